"""Opening a typed case and asking for a person, in one transaction that may be repeated."""

from actions import wiring
from actions.turn import Turn
from helpdesk.cases.fields import CaseFields
from helpdesk.cases.model import Case, CaseType, Priority
from helpdesk.cases.service import open_case
from helpdesk.conversations.store import lock_conversation
from helpdesk.handoff.service import find_request, request_handoff


async def open_and_hand_over(
    turn: Turn,
    *,
    case_type: CaseType,
    priority: Priority,
    reason: str,
    summary: str,
    fields: CaseFields,
) -> str:
    """Open or extend the conversation's case of this type and record the handoff; return the case's number."""
    async with wiring.database().transaction() as session:
        conversation = await lock_conversation(session, turn.conversation_id)
        done = await find_request(session, turn.conversation_id, turn.message_id)
        if done is not None and done.case_id is not None:
            return (await session.get_one(Case, done.case_id)).number
        case = await open_case(
            session,
            conversation,
            case_type=case_type,
            priority=priority,
            summary=summary,
            fields=fields,
            details=turn.understood(),
            actor="bot",
        )
        await request_handoff(
            session,
            conversation_id=turn.conversation_id,
            message_id=turn.message_id,
            reason=reason,
            priority=priority,
            case_id=case.id,
            facts=turn.understood(),
        )
        return case.number
