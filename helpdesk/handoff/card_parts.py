"""Parts of the handoff card that are read out of what the bot understood; pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any

from helpdesk.conversations.model import Message, MessageKind
from helpdesk.database import Json
from helpdesk.privacy.hiding import hidden_phones
from helpdesk.texts import titles

_TURNS = 6
_TURN_LENGTH = 120
_MOST_DETAILS = 12
_MOST_CANDIDATES = 3
_FEN = 100
_UNSURE = {"clarify", "fallback", "handoff"}
_NOT_SAID = {MessageKind.EVENT, MessageKind.RATING_REQUEST}


def details_of(said: Sequence[Message]) -> list[Json]:
    """Return what the customer's words name (sums, times, banks, numbers …), each once, where it was said first."""
    labels = titles("details")
    found: dict[tuple[str, str], Json] = {}
    for message in said:
        for kind, value in _entities(message):
            if kind in labels:
                shown = {"kind": kind, "label": labels[kind], "value": value, "message": message.id}
                found.setdefault((kind, value), shown)
    return list(found.values())[:_MOST_DETAILS]


def _entities(message: Message) -> list[tuple[str, str]]:
    entities = (message.nlu or {}).get("entities")
    if not isinstance(entities, list):
        return []
    return [
        (str(one.get("entity")), _value(str(one.get("entity")), one.get("value")))
        for one in entities
        if isinstance(one, dict) and one.get("value") not in (None, "")
    ]


def _value(kind: str, value: Any) -> str:
    if kind == "amount" and isinstance(value, int):
        from_fen = value / _FEN
        return f"{from_fen:.2f}".rstrip("0").rstrip(".")
    return hidden_phones(str(value)) if kind == "phone" else str(value)


def last_turns(messages: Sequence[Message]) -> list[Json]:
    """Return the last things that were said before people took over, by whom, shortened."""
    spoken = [message for message in messages if message.kind not in _NOT_SAID]
    return [{"sender": message.sender.value, "text": _short(message.text)} for message in spoken[-_TURNS:]]


def _short(text: str) -> str:
    line = " ".join(hidden_phones(text).split())
    return line if len(line) <= _TURN_LENGTH else line[: _TURN_LENGTH - 1] + "\N{HORIZONTAL ELLIPSIS}"


def doubt_of(said: Sequence[Message], article_titles: Mapping[str, str]) -> Json | None:
    """Return what the bot was unsure about last: its decision and the nearest articles; None where it never was."""
    for message in reversed(said):
        nlu = message.nlu or {}
        if nlu.get("decision") in _UNSURE:
            return {
                "decision": nlu["decision"],
                "text": _short(message.text),
                "candidates": candidates_of(message, article_titles)[:_MOST_CANDIDATES],
            }
    return None


def candidates_of(message: Message, article_titles: Mapping[str, str]) -> list[Json]:
    """Return the articles that the bot thought of for a message, the best first; those out of use are left out."""
    found: dict[str, Json] = {}
    candidates = (message.nlu or {}).get("candidates")
    for one in candidates if isinstance(candidates, list) else []:
        article = one.get("article") if isinstance(one, dict) else None
        if isinstance(article, str) and article in article_titles:
            score = one.get("score")
            found.setdefault(
                article,
                {
                    "id": article,
                    "title": article_titles[article],
                    "score": float(score) if isinstance(score, int | float) else 0.0,
                },
            )
    return list(found.values())
