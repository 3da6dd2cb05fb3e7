"""The queue: its order, a customer's place in it and an honest estimate of the wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import quantiles

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.cases.model import Priority
from helpdesk.handoff.model import QueueEntry

# An estimate needs enough recent waits to rest on; otherwise none is shown.
_SAMPLE_MINUTES = 30
_SAMPLE_LEAST = 5


@dataclass(frozen=True, kw_only=True)
class Place:
    """A waiting customer's place; `estimate_minutes` is a range or None when unsure.

    `promised_at` is by when they were told to expect a reply, None where somebody could answer at once.
    """

    position: int
    estimate_minutes: tuple[int, int] | None
    promised_at: datetime | None


async def enter(session: AsyncSession, conversation_id: str, *, priority: Priority, reason: str) -> QueueEntry:
    """Put a conversation in the queue."""
    entry = QueueEntry(
        conversation_id=conversation_id,
        priority=priority,
        priority_rank=priority.rank,
        reason=reason,
        entered_at=clock.now(),
    )
    session.add(entry)
    return entry


async def find_entry(session: AsyncSession, conversation_id: str) -> QueueEntry | None:
    """Return the conversation's current wait."""
    return await session.scalar(
        select(QueueEntry).where(QueueEntry.conversation_id == conversation_id, QueueEntry.left_at.is_(None))
    )


async def leave(session: AsyncSession, conversation_id: str, *, outcome: str) -> None:
    """End the conversation's wait."""
    entry = await find_entry(session, conversation_id)
    if entry is not None:
        entry.left_at = clock.now()
        entry.outcome = outcome


async def raise_priority(session: AsyncSession, conversation_id: str, priority: Priority, *, reason: str) -> bool:
    """Move a waiting conversation forward; return whether anything changed."""
    entry = await find_entry(session, conversation_id)
    if entry is None or entry.priority_rank <= priority.rank:
        return False
    entry.priority = priority
    entry.priority_rank = priority.rank
    entry.reason = reason
    return True


async def waiting(session: AsyncSession, *, limit: int = 200) -> Sequence[QueueEntry]:
    """Return the queue in the order in which it is served."""
    rows = await session.scalars(
        select(QueueEntry)
        .where(QueueEntry.left_at.is_(None))
        .order_by(QueueEntry.priority_rank, QueueEntry.entered_at, QueueEntry.id)
        .limit(limit)
    )
    return rows.all()


async def place_of(session: AsyncSession, conversation_id: str) -> Place | None:
    """Return a waiting conversation's place, counted in the order that `waiting` gives."""
    entry = await find_entry(session, conversation_id)
    if entry is None:
        return None
    before = or_(
        QueueEntry.priority_rank < entry.priority_rank,
        and_(QueueEntry.priority_rank == entry.priority_rank, QueueEntry.entered_at < entry.entered_at),
        and_(
            QueueEntry.priority_rank == entry.priority_rank,
            QueueEntry.entered_at == entry.entered_at,
            QueueEntry.id < entry.id,
        ),
    )
    ahead = await session.scalar(
        select(func.count()).select_from(QueueEntry).where(QueueEntry.left_at.is_(None), before)
    )
    position = (ahead or 0) + 1
    return Place(
        position=position,
        estimate_minutes=await _estimate(session, position),
        promised_at=entry.promised_at,
    )


async def _estimate(session: AsyncSession, position: int) -> tuple[int, int] | None:
    """Return the wait in minutes, from the intervals between recent claims; None when there are too few."""
    since = clock.now() - timedelta(minutes=_SAMPLE_MINUTES)
    claimed = (
        await session.scalars(
            select(QueueEntry.left_at)
            .where(QueueEntry.outcome == "claimed", QueueEntry.left_at >= since)
            .order_by(QueueEntry.left_at)
        )
    ).all()
    times = [at for at in claimed if at is not None]
    if len(times) <= _SAMPLE_LEAST:
        return None
    gaps = [(later - earlier).total_seconds() / 60 for earlier, later in pairwise(times)]
    low, _, high = quantiles(gaps, n=4)
    return max(1, round(low * position)), max(2, round(high * position) + 1)
