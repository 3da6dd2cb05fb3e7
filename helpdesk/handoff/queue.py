"""The queue: its order, a customer's place in it and an honest estimate of the wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, literal, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.cases.model import Priority
from helpdesk.handoff import offers
from helpdesk.handoff.model import OfferOutcome, QueueEntry, RoutingDecision
from helpdesk.handoff.pace import serving_now

PAGE = 200
# The order in which customers are served.
_ORDER = (QueueEntry.priority_rank, QueueEntry.vulnerable.desc(), QueueEntry.entered_at, QueueEntry.id)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A waiting customer's place; `estimate_minutes` is a range or None when unsure.

    `promised_at` is by when they were told to expect a reply, None where somebody could answer at once.
    """

    position: int
    estimate_minutes: tuple[int, int] | None
    promised_at: datetime | None


async def enter(
    session: AsyncSession,
    conversation_id: str,
    *,
    priority: Priority,
    reason: str,
    vulnerable: bool = False,
    team_id: str | None = None,
    keeps_place: bool = False,
) -> QueueEntry:
    """Put a conversation in the queue: at the end of its band or, with `keeps_place`, where it stood last time."""
    previous = await _last_left(session, conversation_id) if keeps_place else None
    entry = QueueEntry(
        conversation_id=conversation_id,
        priority=priority,
        priority_rank=priority.rank,
        vulnerable=vulnerable,
        reason=reason,
        team_id=team_id,
        entered_at=previous.entered_at if previous is not None else clock.now(),
    )
    session.add(entry)
    return entry


async def find_entry(session: AsyncSession, conversation_id: str) -> QueueEntry | None:
    """Return the conversation's current wait."""
    return await session.scalar(
        select(QueueEntry).where(QueueEntry.conversation_id == conversation_id, QueueEntry.left_at.is_(None))
    )


async def _last_left(session: AsyncSession, conversation_id: str) -> QueueEntry | None:
    return await session.scalar(
        select(QueueEntry)
        .where(QueueEntry.conversation_id == conversation_id, QueueEntry.left_at.is_not(None))
        .order_by(QueueEntry.left_at.desc())
        .limit(1)
    )


async def leave(session: AsyncSession, conversation_id: str, *, outcome: str, agent_id: str | None = None) -> None:
    """End the conversation's wait, and with it an offer: accepted if it goes to the agent whom it was made to."""
    entry = await find_entry(session, conversation_id)
    if entry is None:
        return
    entry.left_at = clock.now()
    entry.outcome = outcome
    offer = await offers.find_open(session, entry.id)
    if offer is not None:
        is_accepted = agent_id is not None and offer.agent_id == agent_id
        offers.settle(offer, OfferOutcome.ACCEPTED if is_accepted else OfferOutcome.WITHDRAWN)


async def raise_priority(session: AsyncSession, conversation_id: str, priority: Priority, *, reason: str) -> bool:
    """Move a waiting conversation forward; return whether anything changed."""
    entry = await find_entry(session, conversation_id)
    if entry is None or entry.priority_rank <= priority.rank:
        return False
    entry.priority = priority
    entry.priority_rank = priority.rank
    entry.reason = reason
    return True


async def note_vulnerable(session: AsyncSession, conversation_id: str) -> None:
    """Let a waiting customer who turned out to be vulnerable go ahead of those who are equally pressing."""
    entry = await find_entry(session, conversation_id)
    if entry is not None:
        entry.vulnerable = True


async def waiting(session: AsyncSession, *, limit: int | None = PAGE) -> Sequence[QueueEntry]:
    """Return the queue in the order in which it is served; without a limit, all of it."""
    rows = await session.scalars(select(QueueEntry).where(QueueEntry.left_at.is_(None)).order_by(*_ORDER).limit(limit))
    return rows.all()


async def shown(session: AsyncSession) -> Sequence[QueueEntry]:
    """Return what desks show of the queue: its beginning, and from behind it what is before an agent now.

    An offer that nobody saw would only run out.
    """
    first = await waiting(session, limit=PAGE)
    if len(first) < PAGE:
        return first
    offered = await session.scalars(
        select(QueueEntry)
        .join(RoutingDecision, RoutingDecision.entry_id == QueueEntry.id)
        .where(
            QueueEntry.left_at.is_(None),
            RoutingDecision.settled_at.is_(None),
            QueueEntry.id.not_in([entry.id for entry in first]),
        )
        .order_by(*_ORDER)
    )
    return [*first, *offered]


async def place_of(session: AsyncSession, conversation_id: str) -> Place | None:
    """Return a waiting conversation's place, counted in the order that `waiting` gives."""
    entry = await find_entry(session, conversation_id)
    if entry is None:
        return None
    same_band = QueueEntry.priority_rank == entry.priority_rank
    equal = and_(same_band, QueueEntry.vulnerable.is_(entry.vulnerable))
    before = or_(
        QueueEntry.priority_rank < entry.priority_rank,
        and_(same_band, QueueEntry.vulnerable.is_(True), not_(literal(entry.vulnerable))),
        and_(equal, QueueEntry.entered_at < entry.entered_at),
        and_(equal, QueueEntry.entered_at == entry.entered_at, QueueEntry.id < entry.id),
    )
    ahead = await session.scalar(
        select(func.count()).select_from(QueueEntry).where(QueueEntry.left_at.is_(None), before)
    )
    position = (ahead or 0) + 1
    return Place(
        position=position,
        estimate_minutes=(await serving_now(session)).estimate(position, entry.priority_rank),
        promised_at=entry.promised_at,
    )


async def places(session: AsyncSession) -> dict[str, Place]:
    """Return the place of everybody who waits, by conversation: the same as `place_of` for each."""
    serving = await serving_now(session)
    return {
        entry.conversation_id: Place(
            position=position,
            estimate_minutes=serving.estimate(position, entry.priority_rank),
            promised_at=entry.promised_at,
        )
        for position, entry in enumerate(await waiting(session, limit=None), start=1)
    }
