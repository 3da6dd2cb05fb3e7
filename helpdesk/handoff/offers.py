"""Offers: a waiting conversation is shown to one agent, who accepts or declines it within a time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents.model import Agent
from helpdesk.conversations import store
from helpdesk.handoff.errors import DeclineReasonUnknownError, NotOfferedError
from helpdesk.handoff.model import OfferOutcome, QueueEntry, RoutingDecision
from helpdesk.texts import titles


async def find_open(session: AsyncSession, entry_id: str) -> RoutingDecision | None:
    """Return the offer of a waiting entry that nothing has become of, whether its time is over or not."""
    return await session.scalar(
        select(RoutingDecision)
        .where(RoutingDecision.entry_id == entry_id, RoutingDecision.settled_at.is_(None))
        .execution_options(populate_existing=True)
    )


async def make(
    session: AsyncSession,
    entry: QueueEntry,
    *,
    agent_id: str,
    why: str,
    candidates: Sequence[dict[str, object]],
    lasts: timedelta,
) -> RoutingDecision:
    """Offer a locked, waiting conversation to an agent."""
    now = clock.now()
    decision = RoutingDecision(
        entry_id=entry.id,
        conversation_id=entry.conversation_id,
        agent_id=agent_id,
        why=why,
        candidates=list(candidates),
        decided_at=now,
        accept_until=now + lasts,
    )
    session.add(decision)
    # The next look must find it: it is one open offer for an entry.
    await session.flush()
    return decision


def settle(offer: RoutingDecision, outcome: OfferOutcome, *, decline_reason: str | None = None) -> None:
    """Record what became of an offer."""
    offer.outcome = outcome
    offer.decline_reason = decline_reason
    offer.settled_at = clock.now()


async def decline(session: AsyncSession, conversation_id: str, agent: Agent, *, reason: str) -> None:
    """Let an agent pass an offer on to the next one.

    Raises:
        NotOfferedError: It is not offered to them, or not any more.
        DeclineReasonUnknownError: There is no such reason.
    """
    if reason not in titles("decline_reasons"):
        raise DeclineReasonUnknownError
    await store.lock_conversation(session, conversation_id)
    offer = await session.scalar(
        select(RoutingDecision).where(
            RoutingDecision.conversation_id == conversation_id,
            RoutingDecision.agent_id == agent.id,
            RoutingDecision.settled_at.is_(None),
        )
    )
    if offer is None:
        raise NotOfferedError
    settle(offer, OfferOutcome.DECLINED, decline_reason=reason)


async def open_by_entry(session: AsyncSession, entry_ids: Collection[str]) -> Mapping[str, RoutingDecision]:
    """Return the open offers of waiting entries, by entry."""
    rows = await session.scalars(
        select(RoutingDecision).where(RoutingDecision.entry_id.in_(entry_ids), RoutingDecision.settled_at.is_(None))
    )
    return {offer.entry_id: offer for offer in rows}


async def count_by_agent(session: AsyncSession, agent_ids: Collection[str]) -> Mapping[str, int]:
    """Return how many offers each agent has before them now; who has none is left out."""
    rows = await session.execute(
        select(RoutingDecision.agent_id, func.count())
        .where(
            RoutingDecision.agent_id.in_(agent_ids),
            RoutingDecision.settled_at.is_(None),
            RoutingDecision.accept_until > clock.now(),
        )
        .group_by(RoutingDecision.agent_id)
    )
    return dict(rows.all())


async def passed_up_since(session: AsyncSession, since: datetime) -> Sequence[tuple[str, str]]:
    """Return who has declined an entry or let its offer run out since a moment: entries' ids, each with an agent's."""
    rows = await session.execute(
        select(RoutingDecision.entry_id, RoutingDecision.agent_id)
        .join(QueueEntry, QueueEntry.id == RoutingDecision.entry_id)
        .where(
            QueueEntry.left_at.is_(None),
            RoutingDecision.outcome.in_([OfferOutcome.DECLINED, OfferOutcome.TIMED_OUT]),
            RoutingDecision.settled_at >= since,
        )
    )
    return [(entry_id, agent_id) for entry_id, agent_id in rows]


async def decisions_of(session: AsyncSession, conversation_id: str) -> Sequence[RoutingDecision]:
    """Return all decisions on a conversation, oldest first."""
    rows = await session.scalars(
        select(RoutingDecision)
        .where(RoutingDecision.conversation_id == conversation_id)
        .order_by(RoutingDecision.decided_at, RoutingDecision.id)
    )
    return rows.all()
