"""Which conversations belong to a case, and which cases have to do with one another."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.cases import store
from helpdesk.cases.errors import LastConversationError, MergeNotAllowedError, OtherCustomerError
from helpdesk.cases.model import Case, CaseConversation, CaseRelation, CaseStatus, Relation
from helpdesk.cases.work import note
from helpdesk.conversations.store import lock_conversation
from helpdesk.database import Json
from helpdesk.privacy.masking import mask


async def link(session: AsyncSession, case_id: str, conversation_id: str, *, agent_id: str, reason: str) -> Case:
    """Let a case go on in another conversation of the same customer; repeating changes nothing.

    Raises:
        ConversationNotFoundError, CaseNotFoundError: There is none with this id.
        OtherCustomerError: It is another customer's conversation.
        CaseTypeOpenError: It has another open case of this type.
    """
    conversation = await lock_conversation(session, conversation_id)
    case = await store.lock_case(session, case_id)
    if conversation.contact_id != case.contact_id:
        raise OtherCustomerError
    if await _is_linked(session, case_id, conversation_id):
        return case
    if case.status is not CaseStatus.CLOSED:
        await store.demand_room(session, case, conversation_id)
    session.add(CaseConversation(case_id=case.id, conversation_id=conversation_id))
    details: Json = {"conversation": conversation_id, "reason": mask(reason).text}
    await note(session, case, "linked", agent_id, details, conversation=conversation_id)
    return case


async def unlink(session: AsyncSession, case_id: str, conversation_id: str, *, agent_id: str, reason: str) -> Case:
    """Take a conversation out of a case; the timeline keeps that it was in it. Repeating changes nothing.

    Raises:
        ConversationNotFoundError, CaseNotFoundError: There is none with this id.
        LastConversationError: The case has no other one.
    """
    await lock_conversation(session, conversation_id)
    case = await store.lock_case(session, case_id)
    if not await _is_linked(session, case_id, conversation_id):
        return case
    if len(await store.conversation_ids_of(session, [case_id])) == 1:
        raise LastConversationError
    await session.execute(
        delete(CaseConversation).where(
            CaseConversation.case_id == case_id, CaseConversation.conversation_id == conversation_id
        )
    )
    details: Json = {"conversation": conversation_id, "reason": mask(reason).text}
    await note(session, case, "unlinked", agent_id, details, conversation=conversation_id)
    return case


async def relate(
    session: AsyncSession, case_id: str, other_id: str, kind: Relation, *, agent_id: str, reason: str
) -> None:
    """Note on both timelines that two cases have to do with each other; repeating changes nothing.

    Raises:
        CaseNotFoundError: There is none with this id.
        MergeNotAllowedError: It is the same case.
    """
    if case_id == other_id:
        raise MergeNotAllowedError
    cases = await store.lock_cases(session, [case_id, other_id])
    first, second = sorted(cases)
    if await session.get(CaseRelation, (first, second, kind)) is not None:
        return
    case = cases[case_id]
    session.add(CaseRelation(case_id=first, other_id=second, kind=kind, agent_id=agent_id, at=clock.now()))
    await _note_both(session, case, cases[other_id], "related", kind, agent_id, reason)


async def unrelate(
    session: AsyncSession, case_id: str, other_id: str, kind: Relation, *, agent_id: str, reason: str
) -> None:
    """Take back that two cases have to do with each other; repeating changes nothing.

    Raises:
        CaseNotFoundError: There is none with this id.
    """
    cases = await store.lock_cases(session, {case_id, other_id})
    first, second = min(cases), max(cases)
    known = await session.get(CaseRelation, (first, second, kind))
    if known is None:
        return
    await session.delete(known)
    await _note_both(session, cases[case_id], cases[other_id], "unrelated", kind, agent_id, reason)


async def _note_both(
    session: AsyncSession, one: Case, other: Case, event: str, kind: Relation, agent_id: str, reason: str
) -> None:
    words = mask(reason).text
    for case, related in ((one, other), (other, one)):
        details: Json = {"case": related.id, "relation": kind.value, "reason": words}
        await note(session, case, event, agent_id, details, other=related.id, relation=kind.value)


async def _is_linked(session: AsyncSession, case_id: str, conversation_id: str) -> bool:
    found = await session.scalar(
        select(CaseConversation.case_id).where(
            CaseConversation.case_id == case_id, CaseConversation.conversation_id == conversation_id
        )
    )
    return found is not None
