"""The answer to a turn, read from the events of the conversation.

The first answer and the answer to a repeated request are made by the same function from the same events.
That is what makes them equal, also after a restart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    SESSION_START_METADATA_SLOT,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine.reading import ALSO, OFFERED

# Responses whose first buttons are candidates, and where those stand in the message.
SUGGESTING = {"utter_clarify": "candidates", "utter_also": OFFERED}
SUGGESTIONS = 3
PAYLOAD = re.compile(r"/(?P<intent>[\w/]+)(?P<entities>\{.*\})?")
SILENT_ACTIONS = {ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME}
ENTITY_KEYS = ("entity", "value", "start", "end")
# Only a time has it.
TIME_KEYS = ("hours_ago",)
NLU_KEYS = ("topic", "article", "scam", "gray", "crisis", "decision")


def answer(tracker: DialogueStateTracker, message_id: str, domain: Domain) -> dict[str, Any] | None:
    """Give the answer to the message with this id, or None when the conversation has no such message."""
    events = list(tracker.events)
    begin = _position(events, message_id)
    if begin is None:
        return None
    end = next((i for i in range(begin + 1, len(events)) if isinstance(events[i], UserUttered)), len(events))
    message = events[begin]
    turn = events[begin + 1 : end]
    at_end = tracker
    if end < len(events):
        at_end = DialogueStateTracker.from_events(tracker.sender_id, events[:end], slots=domain.slots, domain=domain)
    return {
        "replies": [_reply(e, message.parse_data) for e in turn if isinstance(e, BotUttered)],
        "nlu": nlu(message.parse_data),
        "state": {"active_loop": at_end.active_loop_name, "slots": _slots(at_end)},
        "actions": [
            e.action_name for e in turn if isinstance(e, ActionExecuted) and e.action_name not in SILENT_ACTIONS
        ],
    }


def nlu(parsed: Mapping[str, Any]) -> dict[str, Any]:
    """Shape what the pipeline found as the protocol has it."""
    intent = parsed.get("intent") or {}
    result = {
        "intent": {"name": intent.get("name"), "confidence": intent.get("confidence", 0.0)},
        "candidates": [
            {key: candidate[key] for key in ("article", "topic", "score")}
            for candidate in parsed.get("candidates") or []
        ],
        "entities": [
            {key: entity.get(key) for key in ENTITY_KEYS} | {key: entity[key] for key in TIME_KEYS if key in entity}
            for entity in parsed.get("entities") or []
        ],
    }
    result.update({key: parsed.get(key) for key in NLU_KEYS})
    result[ALSO] = list(parsed.get(ALSO) or [])
    return result


def _position(events: Sequence[Event], message_id: str) -> int | None:
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if isinstance(event, UserUttered) and event.message_id == message_id:
            return index
    return None


def _reply(event: BotUttered, parsed: Mapping[str, Any]) -> dict[str, Any]:
    response = event.metadata.get("utter_action")
    custom = event.data.get("custom") or None
    buttons = [_button(button) for button in event.data.get("buttons") or []]
    if response in SUGGESTING:
        # Filled in here rather than by an action: the candidates are in the message already, and asking
        # back must work while the action server does not.
        buttons = _suggestions(parsed.get(SUGGESTING[response]) or []) + buttons
    reply: dict[str, Any] = {"response": response, "text": event.text or ""}
    if custom and custom.get("article"):
        reply["article"] = custom["article"]
    if buttons:
        reply["buttons"] = buttons
    if custom:
        reply["custom"] = custom
    return reply


def _button(button: Mapping[str, Any]) -> dict[str, Any]:
    payload: dict[str, Any] = {"intent": button.get("payload")}
    match = PAYLOAD.fullmatch(button.get("payload") or "")
    if match:
        payload = {"intent": match["intent"]}
        if match["entities"]:
            payload["entities"] = json.loads(match["entities"])
    return {"title": button.get("title"), "payload": payload}


def _suggestions(candidates: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Make a button of each of the best candidates; no two with the same title."""
    buttons: dict[str, dict[str, Any]] = {}
    for candidate in candidates:
        payload: dict[str, Any] = {"intent": candidate["intent"].split("/")[0]}
        if "/" in candidate["intent"]:
            payload["entities"] = {"article": candidate["article"]}
        buttons.setdefault(candidate["title"], {"title": candidate["title"], "payload": payload})
    return list(buttons.values())[:SUGGESTIONS]


def _slots(tracker: DialogueStateTracker) -> dict[str, Any]:
    values = tracker.current_slot_values()
    values.pop(SESSION_START_METADATA_SLOT, None)
    return values
