"""The action that asks for a person without a case of its own type."""

from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions import wiring
from actions.turn import Turn
from helpdesk.handoff.rules import priority_of
from helpdesk.handoff.service import request_handoff

# Intents that lead here for a reason other than repeated misses.
_REASONS = {"request_human": "request_human", "not_helpful": "not_helpful", "angry": "angry"}
_MISSED = "repeated_miss"
# What a button may give as its reason: why the bot offered a person.
_OFFERED = {"repeated_miss", "not_helpful"}


class HandOver(Action):
    """Records that the conversation goes to a person; the gateway makes it so when it stores the turn."""

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_hand_over"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """Record the request; a repeated run changes nothing."""
        turn = Turn.of(tracker)
        reason = _reason(turn.intent, tracker)
        async with wiring.database().transaction() as session:
            await request_handoff(
                session,
                conversation_id=turn.conversation_id,
                message_id=turn.message_id,
                reason=reason,
                priority=priority_of(reason),
                facts=turn.understood(),
            )
        return []


def _reason(intent: str, tracker: Tracker) -> str:
    """Return why a person is asked for: a pressed button says it better than the intent it stands for."""
    entities = (tracker.latest_message or {}).get("entities") or []
    offered = next((entity.get("value") for entity in entities if entity.get("entity") == "reason"), None)
    return offered if offered in _OFFERED else _REASONS.get(intent, _MISSED)
