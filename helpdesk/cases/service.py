"""Opening, extending and closing cases."""

from collections.abc import Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.cases import deadlines, number, states, timeline
from helpdesk.cases.fields import CaseFields, EnquiryFields, check_fields
from helpdesk.cases.model import Case, CaseConversation, CaseStatus, CaseType, Priority
from helpdesk.conversations.model import Conversation, Owner
from helpdesk.database import Json

_SUMMARY_LIMIT = 200
# Over when the conversation is; every other matter has a closing of its own, by whoever is responsible for it.
_ENDS_WITH_CONVERSATION = frozenset({CaseType.ENQUIRY})


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
    """Let a locked case go on in another locked conversation of the same customer, unless it has one of this type."""
    linked = await session.scalars(
        select(CaseConversation.case_id)
        .join(Case, Case.id == CaseConversation.case_id)
        .where(
            CaseConversation.conversation_id == conversation.id,
            or_(Case.id == case.id, and_(Case.type == case.type, Case.status != CaseStatus.CLOSED)),
        )
    )
    if linked.first() is None:
        session.add(CaseConversation(case_id=case.id, conversation_id=conversation.id))
        await timeline.append(session, case, kind="linked", actor="system", details={"conversation": conversation.id})


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
        fresh = number.new_number(clock.now())
        if await session.scalar(select(Case.id).where(Case.number == fresh)) is None:
            return fresh


async def start_work(session: AsyncSession, conversation_id: str, *, agent_id: str) -> None:
    """Note on the conversation's open cases that an agent has taken them up; those without an owner become theirs."""
    for case in await open_cases_of(session, conversation_id):
        if case.status is CaseStatus.OPEN:
            case.status = states.taken_up(case.type)
        if case.owner_id is None:
            case.owner_id = agent_id
        await timeline.append(session, case, kind="taken_up", actor=f"agent:{agent_id}", details={})


async def close_cases(
    session: AsyncSession, conversation_id: str, *, resolution: str, note: str, actor: str, keep_open: bool
) -> None:
    """Record how a conversation ended on its cases; enquiries end with it, unless work remains.

    An enquiry that goes on in another open conversation stays open too.
    """
    for case in await open_cases_of(session, conversation_id):
        ends = not keep_open and case.type in _ENDS_WITH_CONVERSATION
        if ends and await _goes_on_elsewhere(session, case.id, conversation_id):
            ends = False
        kind = "closed" if ends else "conversation_closed"
        await timeline.append(session, case, kind=kind, actor=actor, details={"resolution": resolution, "note": note})
        if ends:
            case.status = CaseStatus.CLOSED
            case.resolution = resolution
            case.closed_at = case.updated_at
            await deadlines.settle(session, case)


async def _goes_on_elsewhere(session: AsyncSession, case_id: str, conversation_id: str) -> bool:
    other = await session.scalar(
        select(Conversation.id)
        .join(CaseConversation, CaseConversation.conversation_id == Conversation.id)
        .where(
            CaseConversation.case_id == case_id,
            Conversation.id != conversation_id,
            Conversation.owner != Owner.CLOSED,
        )
        .limit(1)
    )
    return other is not None


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
