"""Queries on flags, their evidence, history, appeals and notices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.agents.model import Agent
from helpdesk.cases.model import Case, CaseStatus, CaseType
from helpdesk.conversations.model import ChannelIdentity, Contact, Conversation, Message, Owner
from helpdesk.errors import FlagNotFoundError
from helpdesk.gray.model import FlagAppeal, FlagEvent, FlagEvidence, FlagState, RiskNotice, SuspectFlag
from helpdesk.outbox.model import OutboxMessage

PAGE = 50
# Levels of danger to life at which nothing but help is sent.
_DANGER = ("C2", "C3")


@dataclass(frozen=True, kw_only=True)
class FlagFilter:
    """Which flags are meant; `agent_id` leaves only those from conversations that this agent owns now."""

    agent_id: str | None = None
    type: str | None = None
    state: FlagState | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filter as conditions on `SuspectFlag`."""
        found: list[ColumnElement[bool]] = []
        if self.agent_id is not None:
            owned = select(Conversation.id).where(
                Conversation.agent_id == self.agent_id, Conversation.owner == Owner.AGENT
            )
            found.append(
                SuspectFlag.id.in_(select(FlagEvidence.flag_id).where(FlagEvidence.conversation_id.in_(owned)))
            )
        if self.type is not None:
            found.append(SuspectFlag.type == self.type)
        if self.state is not None:
            found.append(SuspectFlag.state == self.state)
        return found


async def is_recorded(session: AsyncSession, message_id: str) -> bool:
    """Return whether a message speaks for a flag already."""
    found = await session.scalar(select(FlagEvidence.id).where(FlagEvidence.message_id == message_id))
    return found is not None


async def lock_flag_of(session: AsyncSession, contact_id: str, flag_type: str) -> SuspectFlag | None:
    """Return a customer's flag of one type with its row locked."""
    return await session.scalar(
        select(SuspectFlag)
        .where(SuspectFlag.contact_id == contact_id, SuspectFlag.type == flag_type)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def get_flag(session: AsyncSession, flag_id: str, *, agent_id: str | None = None) -> SuspectFlag:
    """Return a flag without locking it; with `agent_id` only one that `FlagFilter` would leave.

    Raises:
        FlagNotFoundError: There is none, or it is not the agent's to see.
    """
    conditions = FlagFilter(agent_id=agent_id).conditions()
    flag = await session.scalar(select(SuspectFlag).where(SuspectFlag.id == flag_id, *conditions))
    if flag is None:
        raise FlagNotFoundError
    return flag


async def lock_flag(session: AsyncSession, flag_id: str) -> SuspectFlag:
    """Return a flag with its row locked until the transaction ends.

    Raises:
        FlagNotFoundError: There is none with this id.
    """
    flag = await session.scalar(
        select(SuspectFlag)
        .where(SuspectFlag.id == flag_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if flag is None:
        raise FlagNotFoundError
    return flag


async def list_flags(session: AsyncSession, wanted: FlagFilter, *, page: int) -> Sequence[SuspectFlag]:
    """Return one page (from 1) of flags, newest evidence first."""
    rows = await session.scalars(
        select(SuspectFlag)
        .where(*wanted.conditions())
        .order_by(SuspectFlag.last_seen_at.desc(), SuspectFlag.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return rows.all()


async def count_flags(session: AsyncSession, wanted: FlagFilter) -> dict[FlagState, int]:
    """Return how many flags there are in each state."""
    rows = await session.execute(
        select(SuspectFlag.state, func.count()).where(*wanted.conditions()).group_by(SuspectFlag.state)
    )
    counts = dict(rows.all())
    return {state: counts.get(state, 0) for state in FlagState}


async def confirmed_flags(
    session: AsyncSession, *, since: datetime | None, before: datetime | None
) -> Sequence[SuspectFlag]:
    """Return what the industry system may learn: confirmed flags, those under appeal left out, oldest first."""
    disputed = select(FlagAppeal.flag_id).where(FlagAppeal.outcome.is_(None))
    query = (
        select(SuspectFlag)
        .where(SuspectFlag.state == FlagState.CONFIRMED, SuspectFlag.id.not_in(disputed))
        .order_by(SuspectFlag.decided_at, SuspectFlag.id)
    )
    if since is not None:
        query = query.where(SuspectFlag.decided_at >= since)
    if before is not None:
        query = query.where(SuspectFlag.decided_at < before)
    return (await session.scalars(query)).all()


async def evidence_of(session: AsyncSession, flag_id: str) -> list[tuple[FlagEvidence, Message]]:
    """Return the newest evidence with its messages, newest first."""
    rows = await session.execute(
        select(FlagEvidence, Message)
        .join(Message, Message.id == FlagEvidence.message_id)
        .where(FlagEvidence.flag_id == flag_id)
        .order_by(FlagEvidence.at.desc(), FlagEvidence.id)
        .limit(PAGE)
    )
    return [(evidence, message) for evidence, message in rows]


async def events_of(session: AsyncSession, flag_id: str) -> Sequence[FlagEvent]:
    """Return a flag's history, oldest first."""
    rows = await session.scalars(
        select(FlagEvent).where(FlagEvent.flag_id == flag_id).order_by(FlagEvent.at, FlagEvent.id)
    )
    return rows.all()


async def appeals_of(session: AsyncSession, flag_id: str) -> Sequence[FlagAppeal]:
    """Return all appeals, oldest first."""
    rows = await session.scalars(
        select(FlagAppeal).where(FlagAppeal.flag_id == flag_id).order_by(FlagAppeal.filed_at, FlagAppeal.id)
    )
    return rows.all()


async def find_open_appeal(session: AsyncSession, flag_id: str) -> FlagAppeal | None:
    """Return the appeal that waits for a decision; there is at most one."""
    return await session.scalar(select(FlagAppeal).where(FlagAppeal.flag_id == flag_id, FlagAppeal.outcome.is_(None)))


async def appealed_among(session: AsyncSession, flag_ids: Sequence[str]) -> set[str]:
    """Return which of these flags have an open appeal."""
    rows = await session.scalars(
        select(FlagAppeal.flag_id).where(FlagAppeal.flag_id.in_(flag_ids), FlagAppeal.outcome.is_(None))
    )
    return set(rows)


async def notices_of(session: AsyncSession, flag_id: str) -> list[tuple[RiskNotice, OutboxMessage]]:
    """Return a flag's notices with what became of them, oldest first."""
    rows = await session.execute(
        select(RiskNotice, OutboxMessage)
        .join(OutboxMessage, OutboxMessage.id == RiskNotice.outbox_id)
        .where(RiskNotice.flag_id == flag_id)
        .order_by(RiskNotice.requested_at, RiskNotice.id)
    )
    return [(notice, message) for notice, message in rows]


async def has_open_crisis(session: AsyncSession, contact_id: str) -> bool:
    """Return whether a customer's life may be in danger, in whichever conversation.

    Words of danger to a person who waits or is served open no crisis case; while that conversation goes on they count
    as one.
    """
    in_case = (
        select(Case.id)
        .where(Case.contact_id == contact_id, Case.type == CaseType.CRISIS, Case.status != CaseStatus.CLOSED)
        .exists()
    )
    in_words = (
        select(Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Conversation.contact_id == contact_id,
            Conversation.owner != Owner.CLOSED,
            Message.nlu["crisis"].as_string().in_(_DANGER),
        )
        .exists()
    )
    return bool(await session.scalar(select(in_case | in_words)))


async def find_host_subject(session: AsyncSession, contact_id: str) -> str | None:
    """Return who the customer is to the host app, None for a guest."""
    return await session.scalar(
        select(ChannelIdentity.external_id)
        .where(ChannelIdentity.contact_id == contact_id, ChannelIdentity.channel == "host_app")
        .limit(1)
    )


async def contacts_by_id(session: AsyncSession, contact_ids: Iterable[str]) -> dict[str, Contact]:
    """Return contacts by their ids."""
    rows = await session.scalars(select(Contact).where(Contact.id.in_(set(contact_ids))))
    return {contact.id: contact for contact in rows}


async def agent_names(session: AsyncSession, agent_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of agents by their ids."""
    rows = await session.execute(select(Agent.id, Agent.name).where(Agent.id.in_(set(agent_ids))))
    return dict(rows.all())
