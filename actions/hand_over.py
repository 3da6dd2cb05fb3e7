"""The action that asks for a person without a case of its own type."""

from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions import wiring
from actions.turn import Turn
from helpdesk.cases.model import Priority
from helpdesk.handoff.service import request_handoff

# Intents that lead here for a reason other than two misses.
_REASONS = {"request_human": "request_human", "not_helpful": "not_helpful", "affirm": "request_human"}


class HandOver(Action):
    """Records that the conversation goes to a person; the gateway makes it so when it stores the turn."""

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_hand_over"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """Record the request; a repeated run changes nothing."""
        turn = Turn.of(tracker)
        async with wiring.database().transaction() as session:
            await request_handoff(
                session,
                conversation_id=turn.conversation_id,
                message_id=turn.message_id,
                reason=_REASONS.get(turn.intent, "repeated_miss"),
                priority=Priority.NORMAL,
                facts=turn.understood(),
            )
        return []
