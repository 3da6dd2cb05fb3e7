"""Opening, extending and closing cases."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.cases import deadlines, timeline
from helpdesk.cases.fields import CaseFields, EnquiryFields, check_fields
from helpdesk.cases.model import Case, CaseConversation, CaseStatus, CaseType, Priority
from helpdesk.conversations.model import Conversation
from helpdesk.database import Json
from helpdesk.identifiers import spoken_code

_SUFFIX_LENGTH = 6
_SUMMARY_LIMIT = 200


def _new_number() -> str:
    # The date, read off a clock in China, helps people to file it; the random part keeps numbers from being counted or
    # guessed.
    return f"XB{clock.local(clock.now()):%Y%m%d}-{spoken_code(_SUFFIX_LENGTH)}"


async def find_open_case(session: AsyncSession, conversation_id: str, case_type: CaseType | None = None) -> Case | None:
    """Return the conversation's open case (of one type, or the newest of any)."""
    query = (
        select(Case)
        .join(CaseConversation, CaseConversation.case_id == Case.id)
        .where(CaseConversation.conversation_id == conversation_id, Case.status != CaseStatus.CLOSED)
        .order_by(Case.opened_at.desc(), Case.id)
        .limit(1)
        .with_for_update(key_share=True)
    )
    if case_type is not None:
        query = query.where(Case.type == case_type)
    return await session.scalar(query)


async def open_case(
    session: AsyncSession,
    conversation: Conversation,
    *,
    case_type: CaseType,
    priority: Priority,
    summary: str,
    fields: CaseFields,
    details: Json,
    actor: str,
) -> Case:
    """Open a case for a locked conversation, or extend its open case of that type.

    A conversation has at most one open case of a type: a second call adds what is new to the first. The priority is
    never lowered here.
    """
    stored = check_fields(case_type, fields)
    case = await find_open_case(session, conversation.id, case_type)
    if case is not None:
        known = dict(case.fields)
        known.update({name: value for name, value in stored.items() if value not in (None, "", [])})
        case.fields = known
        if priority.rank < case.priority.rank:
            case.priority = priority
        if summary and not case.summary:
            case.summary = summary[:_SUMMARY_LIMIT]
        await timeline.append(session, case, kind="extended", actor=actor, details={**details, "fields": stored})
        return case
    at = clock.now()
    case = Case(
        number=await _unused_number(session),
        type=case_type,
        priority=priority,
        contact_id=conversation.contact_id,
        summary=summary[:_SUMMARY_LIMIT],
        fields=stored,
        opened_at=at,
        updated_at=at,
    )
    session.add(case)
    # The link and the timeline refer to it.
    await session.flush()
    session.add(CaseConversation(case_id=case.id, conversation_id=conversation.id))
    await timeline.append(session, case, kind="opened", actor=actor, details={**details, "fields": stored})
    await deadlines.begin(session, case)
    return case


async def link(session: AsyncSession, case: Case, conversation: Conversation) -> None:
    """Let a case go on in another conversation of the same customer."""
    if conversation.id not in await session.scalars(
        select(CaseConversation.conversation_id).where(CaseConversation.case_id == case.id)
    ):
        session.add(CaseConversation(case_id=case.id, conversation_id=conversation.id))
        await session.flush()


async def open_enquiry_if_none(
    session: AsyncSession,
    conversation: Conversation,
    *,
    priority: Priority,
    summary: str,
    details: Json,
    actor: str,
) -> Case:
    """Return the conversation's newest open case of any type, opening an enquiry when it has none."""
    case = await find_open_case(session, conversation.id)
    if case is not None:
        if priority.rank < case.priority.rank:
            case.priority = priority
        return case
    return await open_case(
        session,
        conversation,
        case_type=CaseType.ENQUIRY,
        priority=priority,
        summary=summary,
        fields=EnquiryFields(),
        details=details,
        actor=actor,
    )


async def _unused_number(session: AsyncSession) -> str:
    while True:
        number = _new_number()
        if await session.scalar(select(Case.id).where(Case.number == number)) is None:
            return number


async def start_work(session: AsyncSession, conversation_id: str, *, agent_id: str) -> None:
    """Note on the conversation's open cases that an agent has taken them up."""
    for case in await open_cases_of(session, conversation_id):
        if case.status is CaseStatus.OPEN:
            case.status = CaseStatus.IN_PROGRESS
        await timeline.append(session, case, kind="taken_up", actor=f"agent:{agent_id}", details={})


async def close_cases(
    session: AsyncSession, conversation_id: str, *, resolution: str, note: str, actor: str, keep_open: bool
) -> None:
    """Record how a conversation ended on its cases, and close them unless work remains."""
    for case in await open_cases_of(session, conversation_id):
        kind = "conversation_closed" if keep_open else "closed"
        await timeline.append(session, case, kind=kind, actor=actor, details={"resolution": resolution, "note": note})
        if not keep_open:
            case.status = CaseStatus.CLOSED
            case.resolution = resolution
            case.closed_at = case.updated_at
            await deadlines.settle(session, case)


async def open_cases_of(session: AsyncSession, conversation_id: str) -> Sequence[Case]:
    """Return all open cases of a conversation, locked."""
    rows = await session.scalars(
        select(Case)
        .join(CaseConversation, CaseConversation.case_id == Case.id)
        .where(CaseConversation.conversation_id == conversation_id, Case.status != CaseStatus.CLOSED)
        .order_by(Case.opened_at)
        .with_for_update(key_share=True)
    )
    return rows.all()


async def case_ids_of(session: AsyncSession, conversation_id: str) -> set[str]:
    """Return the ids of all cases that a conversation belongs to."""
    rows = await session.scalars(
        select(CaseConversation.case_id).where(CaseConversation.conversation_id == conversation_id)
    )
    return set(rows)


async def cases_of_contact(session: AsyncSession, contact_id: str, *, limit: int = 50) -> Sequence[Case]:
    """Return a customer's cases, newest first."""
    rows = await session.scalars(
        select(Case).where(Case.contact_id == contact_id).order_by(Case.opened_at.desc()).limit(limit)
    )
    return rows.all()


async def cases_by_conversation(session: AsyncSession, conversation_ids: Sequence[str]) -> dict[str, Case]:
    """Return the most pressing, then newest case of each conversation that has one, open ones first."""
    rows = await session.execute(
        select(CaseConversation.conversation_id, Case)
        .join(Case, CaseConversation.case_id == Case.id)
        .where(CaseConversation.conversation_id.in_(conversation_ids))
        .order_by(Case.opened_at.desc(), Case.id)
    )
    found: dict[str, Case] = {}
    for conversation_id, case in rows:
        known = found.get(conversation_id)
        if known is None or _weight(case) < _weight(known):
            found[conversation_id] = case
    return found


def _weight(case: Case) -> tuple[bool, int]:
    return case.status is CaseStatus.CLOSED, case.priority.rank
