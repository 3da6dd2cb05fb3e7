"""The action behind the stop-loss words: a scam case at the head of the queue."""

from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions import wiring
from actions.turn import Turn
from helpdesk.cases.model import Priority
from helpdesk.conversations.model import Message
from helpdesk.conversations.store import lock_conversation
from helpdesk.database import Json
from helpdesk.handoff.service import find_request, request_handoff
from helpdesk.scams.service import record


class ReportScam(Action):
    """Opens or extends the scam case with what the customer said and asks for a person at once."""

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_report_scam"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """Keep the report; the gateway tells the customer the case's number. A repeated run changes nothing."""
        turn = Turn.of(tracker)
        async with wiring.database().transaction() as session:
            conversation = await lock_conversation(session, turn.conversation_id)
            if await find_request(session, turn.conversation_id, turn.message_id) is not None:
                return []
            message = await session.get_one(Message, turn.message_id)
            case = await record(session, conversation, message, _nlu(turn, tracker), is_reported=True)
            await request_handoff(
                session,
                conversation_id=turn.conversation_id,
                message_id=turn.message_id,
                reason="scam_p1" if case is not None and case.fields["level"] == "P1" else "scam_p0",
                priority=Priority.URGENT,
                case_id=case.id if case is not None else None,
                facts=turn.understood(),
            )
        return []


def _nlu(turn: Turn, tracker: Tracker) -> Json:
    """Return the turn's understanding in the form in which the gateway keeps it."""
    entities = (tracker.latest_message or {}).get("entities") or []
    return {"intent": {"name": turn.intent}, "scam": turn.scam, "crisis": turn.crisis, "entities": entities}
