"""Requests to the gateway channel, checked before anything else sees them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.shared.core.domain import Domain

from bot.nlu.decision import decision_for
from bot.nlu.publication import FAQ, response_selection

CHANNEL = "gateway"
MAX_TEXT = 4000
MAX_ID = 200
MAX_METADATA = 16_384


class MalformedRequestError(Exception):
    """The request cannot be understood; code and text go back to the caller."""

    def __init__(self, code: str, message: str) -> None:
        """Keep both for the HTTP answer."""
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Turn:
    """One message of a customer: typed text, or a pressed button with its payload."""

    conversation: str
    message_id: str
    text: str
    payload: Mapping[str, Any] | None
    metadata: Mapping[str, Any]

    def user_message(self, domain: Domain) -> UserMessage:
        """Make the message for Rasa.

        A button skips the NLU pipeline: its meaning is known. Typed text never does, whatever it says.
        """
        message = UserMessage(
            text=self.text,
            sender_id=self.conversation,
            input_channel=CHANNEL,
            message_id=self.message_id,
            metadata=dict(self.metadata),
            parse_data=pressed(self.text, self.payload, domain) if self.payload else None,
        )
        # The constructor strips the text, but spans of cues count from what the customer typed.
        message.text = self.text
        return message


def read_turn(body: bytes) -> Turn:
    """Read the body of a turn.

    Raises:
        MalformedRequestError: The body is not what the protocol says.
    """
    fields = _read_object(body)
    payload = fields.get("payload")
    if payload is not None:
        payload = _read_payload(payload)
    metadata = fields.get("metadata")
    if metadata is None:
        metadata = {}
    if not isinstance(metadata, dict):
        raise MalformedRequestError("metadata_invalid", "metadata is not an object")
    if len(json.dumps(metadata)) > MAX_METADATA:
        raise MalformedRequestError("metadata_invalid", "metadata is too long")
    return Turn(
        conversation=_identifier(fields, "conversation"),
        message_id=_identifier(fields, "message_id"),
        text=_text(fields),
        payload=payload,
        metadata=metadata,
    )


def read_text(body: bytes) -> str:
    """Read the body of a parse request.

    Raises:
        MalformedRequestError: The body is not what the protocol says.
    """
    return _text(_read_object(body))


def pressed(text: str, payload: Mapping[str, Any], domain: Domain) -> dict[str, Any]:
    """Give the parse result of a pressed button.

    Raises:
        MalformedRequestError: The model knows no such intent, entity or article.
    """
    intent = payload["intent"]
    entities = payload.get("entities") or {}
    if intent not in domain.intents:
        raise MalformedRequestError("payload_unknown", f"there is no intent {intent!r}")
    for name in entities:
        if name not in domain.entities:
            raise MalformedRequestError("payload_unknown", f"there is no entity {name!r}")
    parsed: dict[str, Any] = {
        "text": text,
        "intent": {"name": intent, "confidence": 1.0},
        "intent_ranking": [{"name": intent, "confidence": 1.0}],
        "entities": [
            {"entity": name, "value": value, "start": 0, "end": 0, "extractor": "button"}
            for name, value in entities.items()
        ],
        "candidates": [],
        "topic": None,
        "article": None,
        "scam": None,
        "gray": None,
        "crisis": None,
        "decision": decision_for(intent),
    }
    if intent == FAQ:
        article = entities.get("article")
        responses = domain.responses.get(f"utter_{FAQ}/{article}")
        if not responses:
            raise MalformedRequestError("payload_unknown", f"there is no article {article!r}")
        known = responses[0].get("metadata") or {}
        parsed["article"] = article
        parsed["topic"] = known.get("topic")
        parsed["candidates"] = [{"intent": f"{FAQ}/{article}", "article": article, "score": 1.0, **known}]
        parsed["response_selector"] = response_selection(article, 1.0)
    return parsed


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise MalformedRequestError("not_utf8", "the body is not UTF-8") from None
    except (ValueError, RecursionError):
        raise MalformedRequestError("not_json", "the body is not JSON") from None
    if not isinstance(fields, dict):
        raise MalformedRequestError("not_json", "the body is not a JSON object")
    return fields


def _text(fields: Mapping[str, Any]) -> str:
    text = fields.get("text")
    if not isinstance(text, str):
        raise MalformedRequestError("text_invalid", "text is missing or not a string")
    if len(text) > MAX_TEXT:
        raise MalformedRequestError("text_too_long", f"text has more than {MAX_TEXT} characters")
    if not _is_encodable(text):
        raise MalformedRequestError("text_invalid", "text holds half of a surrogate pair")
    return text


def _identifier(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_ID:
        reason = f"{name} is missing, empty, too long or not a string"
        raise MalformedRequestError(f"{name}_invalid", reason)
    if not _is_encodable(value):
        raise MalformedRequestError(f"{name}_invalid", f"{name} is not proper text")
    return value


def _read_payload(payload: Any) -> Mapping[str, Any]:
    if not isinstance(payload, dict) or not isinstance(payload.get("intent"), str):
        raise MalformedRequestError("payload_invalid", "payload has no intent")
    entities = payload.get("entities")
    if entities is not None and not (
        isinstance(entities, dict) and all(isinstance(value, (str, int, float, bool)) for value in entities.values())
    ):
        raise MalformedRequestError("payload_invalid", "entities are not names with plain values")
    return payload


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
