"""Putting deliveries into the outbox, claiming what is due and recording how it went."""

import random
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from helpdesk import audit, clock
from helpdesk.database import Json
from helpdesk.errors import OutboxMessageNotDeadError, OutboxMessageNotFoundError
from helpdesk.outbox.backoff import is_exhausted, pause_seconds
from helpdesk.outbox.model import OutboxMessage, OutboxState

# Longer than any call with its timeout; a killed sender's messages come back after it.
LEASE = timedelta(seconds=60)
_PAGE = 200

_UNSETTLED = (OutboxState.PENDING, OutboxState.SENDING)


async def enqueue(
    session: AsyncSession,
    *,
    destination: str,
    kind: str,
    key: str,
    payload: Json,
    due_at: datetime | None = None,
    case_id: str | None = None,
    conversation_id: str | None = None,
) -> OutboxMessage:
    """Keep a delivery in the caller's transaction; the same `key` again returns the first one unchanged.

    It leaves after the commit, not before `due_at` (None: at once). Those of one destination and case leave in the
    order in which they are due.
    """
    known = await find_by_key(session, key)
    if known is not None:
        return known
    at = clock.now()
    message = OutboxMessage(
        destination=destination,
        kind=kind,
        key=key,
        payload=payload,
        case_id=case_id,
        conversation_id=conversation_id,
        first_due_at=due_at or at,
        due_at=due_at or at,
        created_at=at,
    )
    try:
        async with session.begin_nested():
            session.add(message)
    except IntegrityError:
        # Somebody else was first; only that may stand behind it.
        known = await find_by_key(session, key)
        if known is None:
            raise
        return known
    return message


async def find_by_key(session: AsyncSession, key: str) -> OutboxMessage | None:
    """Return the delivery with this key, settled or not."""
    return await session.scalar(select(OutboxMessage).where(OutboxMessage.key == key))


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(OutboxMessage.state == OutboxState.PENDING, OutboxMessage.due_at <= now),
        # Its sender was killed.
        and_(OutboxMessage.state == OutboxState.SENDING, OutboxMessage.locked_until <= now),
    )


def _is_for(destination: str | None, others: Collection[str]) -> ColumnElement[bool]:
    if destination is not None:
        return OutboxMessage.destination == destination
    return OutboxMessage.destination.not_in(others) if others else true()


async def is_any_due(session: AsyncSession, *, destination: str | None = None, others: Collection[str] = ()) -> bool:
    """Return whether claiming is worth a writing transaction, which on SQLite holds up all others.

    Args:
        session: A reading session is enough.
        destination: Only this one; None: all but `others`.
        others: Destinations that have a sender of their own.
    """
    due = select(OutboxMessage.id).where(_is_due(clock.now()), _is_for(destination, others)).limit(1)
    return await session.scalar(due) is not None


async def was_sent_within(session: AsyncSession, destination: str, pause: timedelta) -> bool:
    """Return whether any sender delivered something to `destination` within the last moments."""
    since = clock.now() - pause
    sent = select(OutboxMessage.id).where(OutboxMessage.destination == destination, OutboxMessage.sent_at > since)
    return await session.scalar(sent.limit(1)) is not None


async def is_put_off(session: AsyncSession, destination: str, error: str) -> bool:
    """Return whether a delivery to `destination` failed with `error` and its time to try again has not come."""
    waits = select(OutboxMessage.id).where(
        OutboxMessage.destination == destination,
        OutboxMessage.state == OutboxState.PENDING,
        OutboxMessage.last_error == error,
        OutboxMessage.due_at > clock.now(),
    )
    return await session.scalar(waits.limit(1)) is not None


async def withdraw(session: AsyncSession, message_id: str, *, code: str) -> bool:
    """Skip a delivery that nobody has tried yet, because there is nothing left to tell; return whether it was so."""
    message = await _lock(session, message_id)
    if message is None or message.state is not OutboxState.PENDING or message.attempts:
        return False
    mark_skipped(message, code)
    return True


async def withdraw_of_case(session: AsyncSession, case_id: str, *, destination: str, reason: str) -> int:
    """Skip what is still to be delivered for a case; return how many there were."""
    rows = await session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.case_id == case_id,
            OutboxMessage.destination == destination,
            OutboxMessage.state == OutboxState.PENDING,
        )
        .order_by(OutboxMessage.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    pending = rows.all()
    for message in pending:
        mark_skipped(message, reason)
    return len(pending)


async def supersede(session: AsyncSession, key: str) -> None:
    """Skip a delivery that has failed and waits for another attempt, because a later one says the same and more."""
    known = await find_by_key(session, key)
    message = await _lock(session, known.id) if known is not None else None
    if message is not None and message.state is OutboxState.PENDING and message.attempts:
        mark_skipped(message, "superseded")


async def claim_due(
    session: AsyncSession, limit: int, *, destination: str | None = None, others: Collection[str] = ()
) -> Sequence[OutboxMessage]:
    """Take up to `limit` due messages, oldest first; nobody else gets them until their lease has run out.

    A message waits while an earlier one of the same destination and case is unsettled. `destination` and `others` are
    as in `is_any_due`.
    """
    now = clock.now()
    earlier = aliased(OutboxMessage)
    is_blocked = exists().where(
        earlier.destination == OutboxMessage.destination,
        earlier.case_id == OutboxMessage.case_id,
        earlier.state.in_(_UNSETTLED),
        or_(
            earlier.first_due_at < OutboxMessage.first_due_at,
            and_(earlier.first_due_at == OutboxMessage.first_due_at, earlier.id < OutboxMessage.id),
        ),
    )
    rows = await session.scalars(
        select(OutboxMessage)
        .where(_is_due(now), _is_for(destination, others), ~is_blocked)
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
        .with_for_update(of=OutboxMessage, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    claimed = rows.all()
    for message in claimed:
        message.state = OutboxState.SENDING
        message.attempts += 1
        message.locked_until = now + LEASE
    return claimed


async def lock_claimed(session: AsyncSession, message_id: str, *, attempt: int) -> OutboxMessage | None:
    """Return a message that this attempt still holds, locked; None where its lease ran out and others went on."""
    message = await _lock(session, message_id)
    if message is None or message.state is not OutboxState.SENDING or message.attempts != attempt:
        return None
    return message


async def _lock(session: AsyncSession, message_id: str) -> OutboxMessage | None:
    return await session.scalar(
        select(OutboxMessage)
        .where(OutboxMessage.id == message_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def mark_sent(message: OutboxMessage, response: Json) -> None:
    """Record that a claimed message arrived, and what was answered."""
    _settle(message, OutboxState.SENT, response=response)
    message.sent_at = clock.now()


def mark_skipped(message: OutboxMessage, reason: str) -> None:
    """Record that there is nobody to send a claimed message to."""
    _settle(message, OutboxState.SKIPPED, error=reason)


def mark_failed(
    message: OutboxMessage, error: str, *, is_final: bool = False, retry_after: float | None = None
) -> None:
    """Record a failed attempt of a claimed message: it is tried again later, or dead.

    Args:
        message: One that this sender holds.
        error: A code, never the receiver's words.
        is_final: Trying again would give the same.
        retry_after: Seconds that the receiver asked to be left alone.
    """
    seconds = pause_seconds(message.attempts, chance=random.random(), retry_after=retry_after)  # noqa: S311 - spreads load
    next_at = clock.now() + timedelta(seconds=seconds)
    if is_final or is_exhausted(message.attempts, first_due_at=message.first_due_at, next_at=next_at):
        _settle(message, OutboxState.DEAD, error=error)
        return
    _settle(message, OutboxState.PENDING, error=error)
    message.due_at = next_at


def postpone(message: OutboxMessage, pause: timedelta, *, patience: timedelta, code: str) -> None:
    """Give a claimed message back because this is not its moment; skip it once that has lasted longer than `patience`.

    The attempt does not count.
    """
    next_at = clock.now() + pause
    if next_at - message.first_due_at > patience:
        mark_skipped(message, code)
        return
    _settle(message, OutboxState.PENDING, error=code)
    message.attempts -= 1
    message.due_at = next_at


def release(message: OutboxMessage) -> None:
    """Give a claimed message back untried, because the sender stops; the attempt does not count."""
    _settle(message, OutboxState.PENDING, error=message.last_error)
    message.attempts -= 1


def _settle(
    message: OutboxMessage, state: OutboxState, *, error: str | None = None, response: Json | None = None
) -> None:
    message.state = state
    message.locked_until = None
    message.last_error = error
    message.response = response


async def list_messages(session: AsyncSession, state: OutboxState) -> Sequence[OutboxMessage]:
    """Return the newest messages in one state."""
    rows = await session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.state == state)
        .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id)
        .limit(_PAGE)
    )
    return rows.all()


async def replay(session: AsyncSession, message_id: str, *, actor: str) -> OutboxMessage:
    """Let a dead message be tried again from the start; its id, and so its idempotency key, stays.

    Raises:
        OutboxMessageNotFoundError: There is none with this id.
        OutboxMessageNotDeadError: It is not dead.
    """
    message = await _lock(session, message_id)
    if message is None:
        raise OutboxMessageNotFoundError
    if message.state is not OutboxState.DEAD:
        raise OutboxMessageNotDeadError
    audit.record(
        session,
        actor=actor,
        action="replay_outbox",
        subject=f"outbox:{message.id}",
        details={"destination": message.destination, "kind": message.kind, "error": message.last_error},
    )
    message.state = OutboxState.PENDING
    message.attempts = 0
    message.first_due_at = message.due_at = clock.now()
    return message
