"""Raising alerts once each, and clearing them when their matter is over; the outbox is the only memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from helpdesk import clock as wall
from helpdesk.agents.service import anybody_available
from helpdesk.alerts.policy import DESTINATIONS, ENDING, Matter, OnCall, destination_of, is_left_waiting, key_of
from helpdesk.cases.model import Case, CaseType, Priority
from helpdesk.cases.service import cases_by_conversation
from helpdesk.clocks.model import Clock
from helpdesk.clocks.service import is_open
from helpdesk.database import Json
from helpdesk.handoff.model import QueueEntry
from helpdesk.outbox import service as outbox
from helpdesk.outbox.model import OutboxMessage, OutboxState

# The newest first: older ones have been told, and must not hide what is new.
_MOST = 200
# What is older has been dealt with in some other way, or nobody ever will.
_LOOKS_BACK = timedelta(days=7)
_CLEAR = "clear"
_LEVELLED = {CaseType.SCAM, CaseType.CRISIS}
_ON_ITS_WAY = (OutboxState.PENDING, OutboxState.SENDING, OutboxState.SENT)


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One matter of one subject (a wait, a clock, a delivery, a gateway) that the people on call are told of once."""

    matter: Matter
    subject: str
    payload: Json
    case_id: str | None = None


async def find_matters(session: AsyncSession, *, patience_seconds: float) -> list[Alert]:
    """Return what is worth an alert now, told or not: waits, clocks and dead letters."""
    return [
        *await _left_waiting(session, patience_seconds),
        *await _clocks(session),
        *await _dead_letters(session),
    ]


async def _left_waiting(session: AsyncSession, patience_seconds: float) -> list[Alert]:
    rows = await session.scalars(
        select(QueueEntry)
        .where(QueueEntry.left_at.is_(None), QueueEntry.priority == Priority.URGENT)
        .order_by(QueueEntry.entered_at.desc(), QueueEntry.id)
        .limit(_MOST)
    )
    entries = rows.all()
    if not entries:
        return []
    is_somebody_available = await anybody_available(session)
    cases = await cases_by_conversation(session, [entry.conversation_id for entry in entries])
    now = wall.now()
    return [
        _about(
            Matter.UNCLAIMED,
            entry.id,
            cases.get(entry.conversation_id),
            since=entry.entered_at,
            conversation_id=entry.conversation_id,
            variant=None if is_somebody_available else "nobody",
        )
        for entry in entries
        if is_left_waiting(
            entry.entered_at,
            now,
            is_somebody_available=is_somebody_available,
            patience_seconds=patience_seconds,
        )
    ]


async def _clocks(session: AsyncSession) -> list[Alert]:
    """Return the urgent promises to waiting customers that are about to be broken, or are."""
    rows = await session.scalars(
        select(Clock)
        .where(
            is_open(),
            Clock.conversation_id.is_not(None),
            Clock.priority == Priority.URGENT.value,
            (Clock.warned_at.is_not(None)) | (Clock.breached_at.is_not(None)),
            Clock.due_at > wall.now() - _LOOKS_BACK,
        )
        .order_by(Clock.due_at.desc(), Clock.id)
        .limit(_MOST)
    )
    clocks = rows.all()
    cases = await cases_by_conversation(session, [clock.conversation_id for clock in clocks if clock.conversation_id])
    return [
        _about(
            Matter.CLOCK_BREACHED if clock.breached_at else Matter.CLOCK_WARNING,
            clock.id,
            cases.get(clock.conversation_id or ""),
            since=clock.started_at,
            conversation_id=clock.conversation_id,
        )
        for clock in clocks
    ]


async def _dead_letters(session: AsyncSession) -> list[Alert]:
    """Return what was given up lately; alerts themselves are left out, or a broken robot would never fall silent."""
    rows = await session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.state == OutboxState.DEAD,
            OutboxMessage.destination.not_in(DESTINATIONS),
            OutboxMessage.first_due_at > wall.now() - _LOOKS_BACK,
        )
        .order_by(OutboxMessage.first_due_at.desc(), OutboxMessage.id)
        .limit(_MOST)
    )
    found = []
    for message in rows:
        case = await session.get(Case, message.case_id) if message.case_id else None
        found.append(
            Alert(
                matter=Matter.DEAD_LETTER,
                # Replayed and given up once more, it is news again.
                subject=f"{message.id}:{int(message.first_due_at.timestamp())}",
                case_id=message.case_id,
                payload={"case": case.number if case else None, "what": f"{message.destination}/{message.kind}"},
            )
        )
    return found


def _about(
    matter: Matter,
    subject: str,
    case: Case | None,
    *,
    since: datetime,
    conversation_id: str | None,
    variant: str | None = None,
) -> Alert:
    level = case.fields.get("level") if case is not None and case.type in _LEVELLED else None
    return Alert(
        matter=matter,
        subject=subject,
        case_id=case.id if case is not None else None,
        payload={
            "case": case.number if case is not None else None,
            "level": level,
            "since": since.isoformat(),
            "conversation": conversation_id,
            "variant": variant,
        },
    )


async def untold(session: AsyncSession, alerts: Sequence[Alert], on_call: OnCall) -> list[Alert]:
    """Return the alerts that some robot has not been given yet, so that a look without news writes nothing."""
    keys = {key_of(robot, a.matter, a.subject) for a in alerts for robot in on_call.robots_for(a.matter)}
    if not keys:
        return []
    known = set(await session.scalars(select(OutboxMessage.key).where(OutboxMessage.key.in_(keys))))
    return [
        alert
        for alert in alerts
        if any(key_of(robot, alert.matter, alert.subject) not in known for robot in on_call.robots_for(alert.matter))
    ]


async def raise_alerts(session: AsyncSession, alerts: Sequence[Alert], on_call: OnCall) -> None:
    """Put each alert into the outbox, once for each robot that tells of it."""
    for alert in alerts:
        for robot in on_call.robots_for(alert.matter):
            await outbox.enqueue(
                session,
                destination=destination_of(robot),
                kind=alert.matter.value,
                key=key_of(robot, alert.matter, alert.subject),
                payload={"subject": alert.subject, **alert.payload},
                case_id=alert.case_id,
            )


async def find_over(session: AsyncSession, *, recovered: str | None = None) -> list[tuple[OutboxMessage, str | None]]:
    """Return alerts whose matter is over and that were not cleared, with what became of it.

    Args:
        session: A reading session is enough.
        recovered: The gateway whose bot answers (again); alerts of its bot are over.
    """
    cleared = aliased(OutboxMessage)
    rows = await session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.destination.in_(DESTINATIONS),
            OutboxMessage.kind.in_([matter.value for matter in ENDING]),
            OutboxMessage.state.in_(_ON_ITS_WAY),
            OutboxMessage.created_at > wall.now() - _LOOKS_BACK,
            ~exists().where(cleared.key == OutboxMessage.key + f":{_CLEAR}"),
        )
        .order_by(OutboxMessage.created_at, OutboxMessage.id)
    )
    over = []
    for message in rows:
        is_over, variant = await _end_of(session, message, recovered)
        if is_over:
            over.append((message, variant))
    return over


async def _end_of(session: AsyncSession, message: OutboxMessage, recovered: str | None) -> tuple[bool, str | None]:
    subject = str(message.payload.get("subject") or "")
    if message.kind == Matter.UNCLAIMED.value:
        entry = await session.get(QueueEntry, subject)
        if entry is None or entry.left_at is None:
            return entry is None, "left"
        return True, None if entry.outcome == "claimed" else "left"
    if message.kind == Matter.CLOCK_BREACHED.value:
        clock = await session.get(Clock, subject)
        return clock is None or clock.ended_at is not None, None
    return message.payload.get("where") == recovered, None


async def clear(session: AsyncSession, over: Sequence[tuple[OutboxMessage, str | None]]) -> None:
    """Send the all clear of each alert; one that has not left yet is withdrawn instead."""
    for message, variant in over:
        if await outbox.withdraw(session, message.id, code="over"):
            continue
        await outbox.enqueue(
            session,
            destination=message.destination,
            kind=f"{message.kind}_{_CLEAR}",
            key=f"{message.key}:{_CLEAR}",
            payload={**message.payload, "variant": variant},
            case_id=message.case_id,
        )


async def has_open_bot_alert(session: AsyncSession, where: str, robots: Collection[str]) -> bool:
    """Return whether an outage of this gateway's bot has been told and not cleared."""
    cleared = aliased(OutboxMessage)
    rows = await session.scalars(
        select(OutboxMessage).where(
            OutboxMessage.destination.in_([destination_of(robot) for robot in robots]),
            OutboxMessage.kind == Matter.BOT_DOWN.value,
            OutboxMessage.state.in_(_ON_ITS_WAY),
            OutboxMessage.created_at > wall.now() - _LOOKS_BACK,
            ~exists().where(cleared.key == OutboxMessage.key + f":{_CLEAR}"),
        )
    )
    return any(message.payload.get("where") == where for message in rows)


def bot_down(where: str, since: datetime) -> Alert:
    """Return the alert of a gateway whose bot does not answer since a moment."""
    return Alert(
        matter=Matter.BOT_DOWN,
        subject=f"{where}:{int(since.timestamp())}",
        payload={"where": where, "since": since.isoformat()},
    )
