"""Queries on cases for those who work on them: whose they are, what belongs to them, and locking them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.agents.model import Agent
from helpdesk.cases.errors import CaseTypeOpenError
from helpdesk.cases.model import Case, CaseConversation, CaseEvent, CaseMerge, CaseRelation, CaseStatus, CaseType
from helpdesk.conversations.model import Contact, Conversation, Message, Owner
from helpdesk.conversations.store import lock_conversation
from helpdesk.errors import CaseNotFoundError

PAGE = 50
_MOST_ATTACHMENTS = 100


@dataclass(frozen=True, kw_only=True)
class CaseFilter:
    """Which cases are meant; `agent_id` leaves only those of this agent, see `of_agent`.

    `is_open` is asked where no single `status` is; `owner_id` is an agent's id or "none".
    """

    agent_id: str | None = None
    status: CaseStatus | None = None
    is_open: bool | None = None
    type: CaseType | None = None
    owner_id: str | None = None
    contact_id: str | None = None
    number: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filter as conditions on `Case`."""
        found: list[ColumnElement[bool]] = []
        if self.agent_id is not None:
            found.append(of_agent(self.agent_id))
        if self.status is not None:
            found.append(Case.status == self.status)
        if self.is_open is not None:
            found.append(Case.closed_at.is_(None) if self.is_open else Case.closed_at.is_not(None))
        if self.type is not None:
            found.append(Case.type == self.type)
        if self.owner_id is not None:
            found.append(Case.owner_id.is_(None) if self.owner_id == "none" else Case.owner_id == self.owner_id)
        if self.contact_id is not None:
            found.append(Case.contact_id == self.contact_id)
        if self.number:
            found.append(Case.number.contains(self.number, autoescape=True))
        return found


def of_agent(agent_id: str) -> ColumnElement[bool]:
    """Return the condition that a case is an agent's: they own it, or serve one of its conversations now."""
    served = (
        select(CaseConversation.case_id)
        .join(Conversation, Conversation.id == CaseConversation.conversation_id)
        .where(Conversation.owner == Owner.AGENT, Conversation.agent_id == agent_id)
    )
    return or_(Case.owner_id == agent_id, Case.id.in_(served))


async def get_case(session: AsyncSession, key: str, *, agent_id: str | None = None) -> Case:
    """Return a case by its id or number without locking it; with `agent_id` only one of that agent's.

    Raises:
        CaseNotFoundError: There is none, or it is not the agent's to see.
    """
    conditions = [] if agent_id is None else [of_agent(agent_id)]
    case = await session.scalar(select(Case).where(or_(Case.id == key, Case.number == key), *conditions))
    if case is None:
        raise CaseNotFoundError
    return case


async def lock_cases(session: AsyncSession, case_ids: Iterable[str]) -> dict[str, Case]:
    """Return cases as they are now with their rows locked, in the order in which everybody locks several.

    Raises:
        CaseNotFoundError: One of them does not exist.
    """
    wanted = set(case_ids)
    rows = await session.scalars(
        select(Case)
        .where(Case.id.in_(wanted))
        .order_by(Case.opened_at, Case.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = {case.id: case for case in rows}
    if len(found) != len(wanted):
        raise CaseNotFoundError
    return found


async def lock_case(session: AsyncSession, case_id: str) -> Case:
    """Return a case as it is now with its row locked.

    Raises:
        CaseNotFoundError: There is none with this id.
    """
    return (await lock_cases(session, [case_id]))[case_id]


async def lock_with_conversations(session: AsyncSession, *case_ids: str) -> dict[str, Case]:
    """Lock all conversations of some cases, then the cases: nothing can be opened for or linked to them meanwhile.

    Raises:
        CaseNotFoundError: One of them does not exist.
    """
    for conversation_id in await conversation_ids_of(session, case_ids):
        await lock_conversation(session, conversation_id)
    return await lock_cases(session, case_ids)


async def conversation_ids_of(session: AsyncSession, case_ids: Iterable[str]) -> list[str]:
    """Return the ids of the conversations that belong to any of the cases, in the order in which they are locked."""
    rows = await session.scalars(
        select(CaseConversation.conversation_id)
        .where(CaseConversation.case_id.in_(set(case_ids)))
        .distinct()
        .order_by(CaseConversation.conversation_id)
    )
    return list(rows)


async def demand_room(session: AsyncSession, case: Case, conversation_id: str, *, besides: Iterable[str] = ()) -> None:
    """Let a locked conversation have this open case, or refuse: it has at most one open case of a type.

    Raises:
        CaseTypeOpenError: It has another one; those in `besides` do not count.
    """
    other = await session.scalar(
        select(Case.id)
        .join(CaseConversation, CaseConversation.case_id == Case.id)
        .where(
            CaseConversation.conversation_id == conversation_id,
            Case.type == case.type,
            Case.status != CaseStatus.CLOSED,
            Case.id.not_in({case.id, *besides}),
        )
        .limit(1)
    )
    if other is not None:
        raise CaseTypeOpenError


async def list_cases(session: AsyncSession, wanted: CaseFilter, *, page: int) -> Sequence[Case]:
    """Return one page (from 1) of cases: open ones before closed ones, the newest change first."""
    rows = await session.scalars(
        select(Case)
        .where(*wanted.conditions())
        .order_by(Case.closed_at.is_not(None), Case.updated_at.desc(), Case.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return rows.all()


async def count_cases(session: AsyncSession, wanted: CaseFilter) -> int:
    """Return how many cases the filter leaves."""
    return await session.scalar(select(func.count()).select_from(Case).where(*wanted.conditions())) or 0


async def conversations_of(session: AsyncSession, case_id: str) -> Sequence[Conversation]:
    """Return the conversations of a case, oldest first."""
    rows = await session.scalars(
        select(Conversation)
        .join(CaseConversation, CaseConversation.conversation_id == Conversation.id)
        .where(CaseConversation.case_id == case_id)
        .order_by(Conversation.opened_at, Conversation.id)
    )
    return rows.all()


async def linkable_conversations(session: AsyncSession, case: Case, *, limit: int = 20) -> Sequence[Conversation]:
    """Return the newest conversations of the same customer that do not belong to the case."""
    linked = select(CaseConversation.conversation_id).where(CaseConversation.case_id == case.id)
    rows = await session.scalars(
        select(Conversation)
        .where(Conversation.contact_id == case.contact_id, Conversation.id.not_in(linked))
        .order_by(Conversation.opened_at.desc(), Conversation.id)
        .limit(limit)
    )
    return rows.all()


async def attachments_of(session: AsyncSession, case_id: str) -> Sequence[Message]:
    """Return the newest messages of the case's conversations that carry a file (`body.file`), newest first."""
    rows = await session.scalars(
        select(Message)
        .join(CaseConversation, CaseConversation.conversation_id == Message.conversation_id)
        .where(CaseConversation.case_id == case_id, Message.body["file"]["id"].as_string().is_not(None))
        .order_by(Message.created_at.desc(), Message.id)
        .limit(_MOST_ATTACHMENTS)
    )
    return rows.all()


async def relations_of(session: AsyncSession, case_id: str) -> list[tuple[CaseRelation, Case]]:
    """Return the relations of a case, each with the other case."""
    rows = await session.execute(
        select(CaseRelation, Case)
        .join(
            Case,
            or_(
                and_(CaseRelation.case_id == case_id, Case.id == CaseRelation.other_id),
                and_(CaseRelation.other_id == case_id, Case.id == CaseRelation.case_id),
            ),
        )
        .order_by(CaseRelation.at, Case.id)
    )
    return [(relation, case) for relation, case in rows]


async def find_last_merge(session: AsyncSession, case_id: str) -> CaseMerge | None:
    """Return the newest merge of a case, as winner or loser, that was not undone."""
    return await session.scalar(
        select(CaseMerge)
        .where(or_(CaseMerge.winner_id == case_id, CaseMerge.loser_id == case_id), CaseMerge.undone_at.is_(None))
        .order_by(CaseMerge.at.desc(), CaseMerge.id)
        .limit(1)
    )


async def last_seq(session: AsyncSession, case_id: str) -> int:
    """Return the number of the last row of a case's timeline, 0 without any."""
    return await session.scalar(select(func.max(CaseEvent.seq)).where(CaseEvent.case_id == case_id)) or 0


async def readable_among(session: AsyncSession, case_ids: Iterable[str], *, agent_id: str | None) -> set[str]:
    """Return which of these cases are an agent's to see; all of them for None."""
    wanted = set(case_ids)
    if agent_id is None:
        return wanted
    return set(await session.scalars(select(Case.id).where(Case.id.in_(wanted), of_agent(agent_id))))


async def contacts_by_id(session: AsyncSession, contact_ids: Iterable[str]) -> dict[str, Contact]:
    """Return contacts by their ids."""
    rows = await session.scalars(select(Contact).where(Contact.id.in_(set(contact_ids))))
    return {contact.id: contact for contact in rows}


async def agent_names(session: AsyncSession, agent_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of agents by their ids."""
    rows = await session.execute(select(Agent.id, Agent.name).where(Agent.id.in_(set(agent_ids))))
    return dict(rows.all())
