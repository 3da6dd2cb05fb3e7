"""The checklist under the first words: what a victim has ticked, kept in the case for the agent to see."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.cases import timeline
from helpdesk.cases.fields import ScamFields, read_scam_fields
from helpdesk.cases.model import Case, CaseConversation, CaseType
from helpdesk.conversations.model import Conversation, Message, MessageKind
from helpdesk.conversations.store import get_conversation, lock_conversation
from helpdesk.errors import ConversationNotFoundError


class StepUnknownError(LookupError):
    """No message to this customer has such a step."""


async def tick(session: AsyncSession, *, contact_id: str, message_id: str, step: str, done: bool) -> tuple[Case, str]:
    """Tick a step of a stop-loss message, or take the tick back; the same again changes nothing.

    Returns the case that keeps it and the id of the message's conversation.

    Raises:
        StepUnknownError: The message is not this customer's, or has no such step, or nothing is kept for it.
    """
    message = await session.get(Message, message_id)
    if message is None or message.kind is not MessageKind.STOP_LOSS:
        raise StepUnknownError
    conversation = await lock_conversation(session, message.conversation_id)
    if conversation.contact_id != contact_id or step not in {one.get("id") for one in message.body.get("steps", [])}:
        raise StepUnknownError
    case = await _newest_scam_case(session, conversation, locks=True)
    if case is None:
        raise StepUnknownError
    ticks = dict(read_scam_fields(case.fields).checklist)
    if done == (step in ticks):
        return case, conversation.id
    if done:
        ticks[step] = clock.now().isoformat()
    else:
        del ticks[step]
    case.fields = {**case.fields, "checklist": ticks}
    kind = "step_done" if done else "step_undone"
    await timeline.append(session, case, kind=kind, actor="customer", details={"step": step})
    return case, conversation.id


async def checklist_of(session: AsyncSession, *, contact_id: str, conversation_id: str) -> Case | None:
    """Return the scam case which holds a conversation's checklist, None where there is none.

    Raises:
        ConversationNotFoundError: It is not this customer's.
    """
    conversation = await get_conversation(session, conversation_id)
    if conversation.contact_id != contact_id:
        raise ConversationNotFoundError
    return await _newest_scam_case(session, conversation)


def since(case: Case, fields: ScamFields) -> datetime:
    """Return from when a countdown runs: when the money went or, while that is unknown, when we first heard of it."""
    return datetime.fromisoformat(fields.transferred_at) if fields.transferred_at else case.opened_at


async def _newest_scam_case(session: AsyncSession, conversation: Conversation, *, locks: bool = False) -> Case | None:
    """Return the conversation's scam case, an open one before a closed one.

    `locks`: for changing it; another of its conversations may be writing to it without this one's lock.
    """
    query = (
        select(Case)
        .join(CaseConversation, CaseConversation.case_id == Case.id)
        .where(CaseConversation.conversation_id == conversation.id, Case.type == CaseType.SCAM)
        .order_by(Case.closed_at.is_not(None), Case.opened_at.desc(), Case.id)
        .limit(1)
    )
    return await session.scalar(query.with_for_update(of=Case, key_share=True) if locks else query)
