"""Starting, pausing, meeting and marking clocks; each of them may be repeated.

The caller holds the row lock of the conversation or case. Locks are taken in one order: conversation, case, clock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock as wall
from helpdesk.clocks.model import Clock, ClockKind
from helpdesk.clocks.policy import promises
from helpdesk.errors import ExtensionNotAllowedError
from helpdesk.working_time.calendar_file import working_calendar

_PAGE = 200


def is_open() -> ColumnElement[bool]:
    """Return the condition that a clock is neither met nor dropped."""
    return and_(Clock.met_at.is_(None), Clock.dropped_at.is_(None))


async def find_open(
    session: AsyncSession, kind: ClockKind, *, case_id: str | None = None, conversation_id: str | None = None
) -> Clock | None:
    """Return the open clock of a kind, locked."""
    return await session.scalar(
        select(Clock)
        .where(
            is_open(),
            Clock.kind == kind,
            Clock.case_id == case_id if case_id else Clock.conversation_id == conversation_id,
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def start(
    session: AsyncSession,
    kind: ClockKind,
    *,
    case_id: str | None = None,
    conversation_id: str | None = None,
    priority: str = "normal",
    at: datetime | None = None,
) -> Clock:
    """Start a clock, now or at an earlier moment; one that runs already goes on unchanged."""
    known = await find_open(session, kind, case_id=case_id, conversation_id=conversation_id)
    if known is not None:
        return known
    promise = promises()[kind]
    started_at = at or wall.now()
    clock = Clock(
        kind=kind,
        case_id=case_id,
        conversation_id=conversation_id,
        priority=priority if promise.working else None,
        days=promise.days[0] if promise.days else None,
        started_at=started_at,
        due_at=started_at,
    )
    if promise.working:
        clock.due_at, clock.warn_at = _working_times(kind, priority, started_at)
    else:
        clock.due_at = started_at + timedelta(days=promise.days[0])
        clock.warn_at = _next_warning(clock, started_at)
    session.add(clock)
    return clock


def working_due(kind: ClockKind, priority: str, at: datetime) -> datetime:
    """Return when a promise in working time that is made at `at` has to be kept."""
    return working_calendar().add_working(at, promises()[kind].working[priority])


def _working_times(kind: ClockKind, priority: str, at: datetime) -> tuple[datetime, datetime]:
    """Return when a promise that is made at `at` is due and when to warn."""
    before_warning = promises()[kind].working[priority] - promises()[kind].warn_working[priority]
    return working_due(kind, priority, at), working_calendar().add_working(at, before_warning)


def _next_warning(clock: Clock, after: datetime) -> datetime | None:
    warnings = (clock.due_at - timedelta(days=days) for days in promises()[clock.kind].warn_days)
    return min((at for at in warnings if at > after), default=None)


async def hasten(session: AsyncSession, kind: ClockKind, *, conversation_id: str, priority: str) -> None:
    """Let a more pressing priority bring a running promise forward; it is never put off."""
    clock = await find_open(session, kind, conversation_id=conversation_id)
    if clock is None or clock.paused_since is not None:
        return
    due_at, warn_at = _working_times(kind, priority, wall.now())
    if due_at < clock.due_at:
        clock.priority, clock.due_at, clock.warn_at = priority, due_at, warn_at


def pause(clock: Clock) -> None:
    """Stop counting on an open, locked clock; a paused one stays as it is."""
    if clock.paused_since is None:
        clock.paused_since = wall.now()


def resume(clock: Clock) -> None:
    """Count on: what was left at the pause is left now; a running clock stays as it is."""
    since = clock.paused_since
    if since is None:
        return
    now = wall.now()
    clock.due_at = _shifted(clock, clock.due_at, since, now)
    if clock.warn_at is not None:
        clock.warn_at = _shifted(clock, clock.warn_at, since, now)
    clock.paused_seconds += round((now - since).total_seconds())
    clock.paused_since = None


def _shifted(clock: Clock, moment: datetime, since: datetime, now: datetime) -> datetime:
    if moment <= since:
        # It was over before the pause, and a pause repairs nothing.
        return moment
    if not promises()[clock.kind].working:
        return moment + (now - since)
    calendar = working_calendar()
    return calendar.add_working(now, calendar.working_between(since, moment))


async def extend(session: AsyncSession, kind: ClockKind, *, case_id: str) -> Clock:
    """Give a running promise in days its next length, e.g. 30 days for a complaint instead of 15.

    The caller records reason, approver and that the customer was told.

    Raises:
        ExtensionNotAllowedError: No such clock runs, it is breached, or the table has no further length.
    """
    clock = await find_open(session, kind, case_id=case_id)
    if clock is None or clock.days is None or clock.breached_at is not None or clock.is_breach_due(wall.now()):
        raise ExtensionNotAllowedError
    longer = next((days for days in promises()[kind].days if days > clock.days), None)
    if longer is None:
        raise ExtensionNotAllowedError
    clock.due_at += timedelta(days=longer - clock.days)
    clock.days = longer
    clock.warn_at = _next_warning(clock, wall.now())
    # It has time again.
    clock.warned_at = None
    return clock


async def meet(
    session: AsyncSession, kind: ClockKind, *, case_id: str | None = None, conversation_id: str | None = None
) -> bool:
    """End the open clock of a kind because the promise was kept; return whether there was one.

    One that is kept too late is found by the sweep: see `Clock.is_breach_due`.
    """
    clock = await find_open(session, kind, case_id=case_id, conversation_id=conversation_id)
    if clock is None:
        return False
    resume(clock)
    clock.met_at = wall.now()
    clock.warn_at = None
    return True


async def drop_all(session: AsyncSession, *, conversation_id: str) -> None:
    """End all open clocks of a conversation because nobody waits for them any more."""
    rows = await session.scalars(
        select(Clock)
        .where(is_open(), Clock.conversation_id == conversation_id)
        .order_by(Clock.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    for clock in rows:
        drop(clock)


def drop(clock: Clock) -> None:
    """End an open, locked clock because nobody waits for it any more."""
    resume(clock)
    clock.dropped_at = wall.now()
    clock.warn_at = None


async def due_ids(session: AsyncSession) -> Sequence[str]:
    """Return the clocks that need a warning or a breach noted, the most overdue first, without locking them."""
    now = wall.now()
    ended_at = func.coalesce(Clock.met_at, Clock.dropped_at)
    overdue = and_(Clock.breached_at.is_(None), Clock.due_at < now, or_(ended_at.is_(None), ended_at > Clock.due_at))
    # Ended clocks have no warning left.
    to_warn = Clock.warn_at <= now
    rows = await session.scalars(
        select(Clock.id)
        .where(Clock.paused_since.is_(None), or_(overdue, to_warn))
        .order_by(Clock.due_at, Clock.id)
        .limit(_PAGE)
    )
    return rows.all()


async def lock(session: AsyncSession, clock_id: str) -> Clock | None:
    """Return a clock as it is now, locked."""
    return await session.scalar(
        select(Clock)
        .where(Clock.id == clock_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def mark_warned(clock: Clock, now: datetime) -> None:
    """Record that people were warned; the next warning is the next one still to come."""
    clock.warned_at = now
    clock.warn_at = _next_warning(clock, now)


def mark_breached(clock: Clock, now: datetime) -> None:
    """Record that the promise is broken."""
    clock.breached_at = now
    clock.warn_at = None
