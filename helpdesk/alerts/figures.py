"""How much waits now: customers, deliveries and broken promises, as numbers for monitoring."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock as wall
from helpdesk.callbacks.model import Callback, CallbackState
from helpdesk.cases.model import Priority
from helpdesk.clocks.model import Clock
from helpdesk.clocks.service import is_open
from helpdesk.handoff.model import QueueEntry
from helpdesk.outbox.model import OutboxMessage, OutboxState

_WAITING = (OutboxState.PENDING, OutboxState.SENDING)


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Counts at one moment; ages are in seconds, 0 where nothing waits."""

    # Customers by a value of Priority, every priority.
    queue: dict[str, int]
    queue_oldest_seconds: float
    # Deliveries that are due, by destination.
    outbox_due: dict[str, int]
    outbox_oldest_seconds: float
    outbox_dead: dict[str, int]
    # Promises that are broken while their customer still waits.
    clocks_breached: int
    # Calls that should have been made.
    callbacks_due: int


async def read_backlog(session: AsyncSession) -> Backlog:
    """Count what waits."""
    now = wall.now()
    queued = await session.execute(
        select(QueueEntry.priority, func.count(), func.min(QueueEntry.entered_at))
        .where(QueueEntry.left_at.is_(None))
        .group_by(QueueEntry.priority)
    )
    queue = {priority.value: 0 for priority in Priority}
    entered = []
    for priority, count, oldest in queued:
        queue[priority.value] = count
        entered.append(oldest)
    due = await session.execute(
        select(OutboxMessage.destination, func.count(), func.min(OutboxMessage.due_at))
        .where(OutboxMessage.state.in_(_WAITING), OutboxMessage.due_at <= now)
        .group_by(OutboxMessage.destination)
    )
    outbox_due, due_since = {}, []
    for destination, count, oldest in due:
        outbox_due[destination] = count
        due_since.append(oldest)
    outbox_dead = {}
    for destination, count in await session.execute(
        select(OutboxMessage.destination, func.count())
        .where(OutboxMessage.state == OutboxState.DEAD)
        .group_by(OutboxMessage.destination)
    ):
        outbox_dead[destination] = count
    breached = await session.scalar(
        select(func.count()).select_from(Clock).where(is_open(), Clock.breached_at.is_not(None))
    )
    callbacks = await session.scalar(
        select(func.count()).select_from(Callback).where(Callback.state == CallbackState.OPEN, Callback.next_at <= now)
    )
    return Backlog(
        queue=queue,
        queue_oldest_seconds=max((now - min(entered)).total_seconds(), 0.0) if entered else 0.0,
        outbox_due=outbox_due,
        outbox_oldest_seconds=max((now - min(due_since)).total_seconds(), 0.0) if due_since else 0.0,
        outbox_dead=outbox_dead,
        clocks_breached=breached or 0,
        callbacks_due=callbacks or 0,
    )
