"""Reading a day's facts from the database; what is counted and how is in today.py."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from helpdesk.cases.model import Case, CaseType
from helpdesk.clocks.model import Clock, ClockKind
from helpdesk.conversations.model import Assignment, Message, MessageKind, Owner, Sender
from helpdesk.handoff.model import QueueEntry
from helpdesk.ratings.model import Rating
from helpdesk.reports.day import Day
from helpdesk.reports.facts import ClosedScam, Handoff, Rated, Waiting

_NOTICED = ("P0", "P1")


def _on(day: Day, column: SQLColumnExpression[datetime]) -> ColumnElement[bool]:
    return and_(column >= day.start, column < day.end)


async def wrote_on(session: AsyncSession, day: Day) -> dict[str, datetime]:
    """Return the conversations in which the customer wrote, with when they first did so on the day."""
    rows = await session.execute(
        select(Message.conversation_id, func.min(Message.created_at))
        .where(Message.sender == Sender.CUSTOMER, _on(day, Message.created_at))
        .group_by(Message.conversation_id)
    )
    return dict(rows.all())


async def with_people_on(session: AsyncSession, day: Day) -> frozenset[str]:
    """Return the conversations that waited for or were with people at some moment of the day."""
    rows = await session.scalars(
        select(Assignment.conversation_id)
        .where(
            Assignment.owner.in_((Owner.QUEUED, Owner.AGENT)),
            Assignment.started_at < day.end,
            or_(Assignment.ended_at.is_(None), Assignment.ended_at >= day.start),
        )
        .distinct()
    )
    return frozenset(rows)


async def turns_on(session: AsyncSession, day: Day) -> dict[str, int]:
    """Return how many messages of the day the bot took a turn on, by what it decided; `failed` where it could not."""
    answer = aliased(Message)
    # Named in a query of its own: PostgreSQL takes two uses of the path's parameter for two different expressions.
    answered = (
        select(Message.id, Message.nlu["decision"].as_string().label("decision"))
        .join(answer, answer.in_reply_to == Message.id)
        .where(Message.sender == Sender.CUSTOMER, answer.sender == Sender.BOT, _on(day, Message.created_at))
        .distinct()
        .subquery()
    )
    rows = await session.execute(select(answered.c.decision, func.count()).group_by(answered.c.decision))
    found: dict[str, int] = {decision or "other": number for decision, number in rows}
    failed = await session.scalar(
        select(func.count(Message.id))
        .join(answer, answer.in_reply_to == Message.id)
        .where(
            Message.sender == Sender.CUSTOMER,
            answer.sender == Sender.SYSTEM,
            answer.kind == MessageKind.EVENT,
            _on(day, Message.created_at),
        )
    )
    return found | ({"failed": failed} if failed else {})


async def handoffs_on(session: AsyncSession, day: Day) -> list[Handoff]:
    """Return the handoffs that began on the day, in order, with how each ended."""
    before, after = aliased(Assignment), aliased(Assignment)
    rows = await session.execute(
        select(Assignment, after.owner)
        .join(
            before,
            and_(before.conversation_id == Assignment.conversation_id, before.epoch == Assignment.epoch - 1),
        )
        .outerjoin(
            after, and_(after.conversation_id == Assignment.conversation_id, after.epoch == Assignment.epoch + 1)
        )
        .where(Assignment.owner == Owner.QUEUED, before.owner == Owner.BOT, _on(day, Assignment.started_at))
        .order_by(Assignment.started_at, Assignment.id)
    )
    found = rows.all()
    due = await _first_reply_clocks(session, [one.conversation_id for one, _ in found], day)
    return [
        Handoff(
            conversation_id=one.conversation_id,
            reason=one.reason,
            started_at=one.started_at,
            ended_at=one.ended_at,
            ended_by=next_owner,
            due_at=_due(due.get(one.conversation_id, ()), one),
        )
        for one, next_owner in found
    ]


async def _first_reply_clocks(
    session: AsyncSession, conversation_ids: Sequence[str], day: Day
) -> Mapping[str, list[Clock]]:
    clocks: dict[str, list[Clock]] = defaultdict(list)
    rows = await session.scalars(
        select(Clock)
        .join(Assignment, Assignment.conversation_id == Clock.conversation_id)
        .where(
            Clock.kind == ClockKind.FIRST_REPLY,
            Assignment.owner == Owner.QUEUED,
            _on(day, Assignment.started_at),
        )
        .distinct()
        .order_by(Clock.started_at)
    )
    wanted = set(conversation_ids)
    for clock in rows:
        if clock.conversation_id in wanted:
            clocks[str(clock.conversation_id)].append(clock)
    return clocks


def _due(clocks: Sequence[Clock], wait: Assignment) -> datetime | None:
    """Return when the promise of a wait was due: of the clocks started before its end, the last."""
    begun = [clock for clock in clocks if wait.ended_at is None or clock.started_at <= wait.ended_at]
    return begun[-1].due_at if begun else None


async def waiting_now(session: AsyncSession) -> list[Waiting]:
    """Return who waits, the most pressing first."""
    rows = await session.execute(
        select(QueueEntry.priority, QueueEntry.entered_at)
        .where(QueueEntry.left_at.is_(None))
        .order_by(QueueEntry.priority_rank, QueueEntry.entered_at, QueueEntry.id)
    )
    return [Waiting(priority=priority.value, since=since) for priority, since in rows]


async def first_reply_moments(
    session: AsyncSession, day: Day
) -> tuple[dict[str, list[datetime]], dict[str, list[datetime]]]:
    """Return the moments of handoffs and of agents' replies, by conversation, of all that had a reply on the day."""
    replied_today = (
        select(Message.conversation_id).where(Message.sender == Sender.AGENT, _on(day, Message.created_at)).distinct()
    )
    replied: dict[str, list[datetime]] = defaultdict(list)
    rows = await session.execute(
        select(Message.conversation_id, Message.created_at).where(
            Message.sender == Sender.AGENT,
            Message.conversation_id.in_(replied_today),
            Message.created_at < day.end,
        )
    )
    for conversation_id, at in rows:
        replied[conversation_id].append(at)
    before = aliased(Assignment)
    handed_over: dict[str, list[datetime]] = defaultdict(list)
    moved = await session.execute(
        select(Assignment.conversation_id, Assignment.started_at)
        .join(before, and_(before.conversation_id == Assignment.conversation_id, before.epoch == Assignment.epoch - 1))
        .where(
            Assignment.owner == Owner.QUEUED,
            before.owner == Owner.BOT,
            Assignment.conversation_id.in_(replied_today),
        )
    )
    for conversation_id, at in moved:
        handed_over[conversation_id].append(at)
    return handed_over, replied


async def asked_on(session: AsyncSession, day: Day) -> int:
    """Return how many ratings of sessions with an agent were asked for."""
    asked = await session.scalars(
        select(Message.body).where(Message.kind == MessageKind.RATING_REQUEST, _on(day, Message.created_at))
    )
    return sum("agent" in body for body in asked)


async def ratings_on(session: AsyncSession, day: Day) -> list[Rated]:
    """Return the ratings that were given, as they stand after a change."""
    rows = await session.scalars(select(Rating).where(_on(day, Rating.created_at)))
    return [
        Rated(
            service=rating.service,
            of_session=rating.assignment_id is not None,
            score=rating.score,
            solved=rating.solved,
        )
        for rating in rows
    ]


async def scams_on(session: AsyncSession, day: Day) -> dict[str, str]:
    """Return the conversations with a cue of P0 or P1 in a message of the day, with the gravest."""
    level = Message.nlu[("scam", "level")].as_string()
    rows = await session.execute(
        select(Message.conversation_id, func.min(level))
        .where(Message.sender == Sender.CUSTOMER, level.in_(_NOTICED), _on(day, Message.created_at))
        .group_by(Message.conversation_id)
    )
    return dict(rows.all())


async def closed_scams_on(session: AsyncSession, day: Day) -> list[ClosedScam]:
    """Return the scam cases that were closed on the day; one that became part of another is not counted beside it."""
    rows = await session.scalars(
        select(Case).where(
            Case.type == CaseType.SCAM,
            Case.merged_into_id.is_(None),
            Case.closed_at >= day.start,
            Case.closed_at < day.end,
        )
    )
    return [
        ClosedScam(resolution=case.resolution, amount_fen=int((case.closing or {}).get("amount_fen") or 0))
        for case in rows
    ]


async def promises_on(session: AsyncSession, day: Day) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many promises were broken and how many kept in time on the day, by kind."""
    broken = await session.execute(
        select(Clock.kind, func.count())
        .where(Clock.breached_at >= day.start, Clock.breached_at < day.end)
        .group_by(Clock.kind)
    )
    kept = await session.execute(
        select(Clock.kind, func.count())
        .where(
            Clock.met_at >= day.start,
            Clock.met_at < day.end,
            Clock.met_at <= Clock.due_at,
            Clock.breached_at.is_(None),
        )
        .group_by(Clock.kind)
    )
    return (
        {kind.value: number for kind, number in broken},
        {kind.value: number for kind, number in kept},
    )
