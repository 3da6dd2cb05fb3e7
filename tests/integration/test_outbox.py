"""The outbox on both databases: enqueued once, claimed by one, in order, retried, given up and replayed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, StatementError

from helpdesk import clock
from helpdesk.audit import AuditEntry
from helpdesk.cases.fields import EnquiryFields
from helpdesk.cases.model import CaseType, Priority
from helpdesk.cases.service import open_case
from helpdesk.conversations import store
from helpdesk.database import Database
from helpdesk.errors import OutboxMessageNotDeadError, OutboxMessageNotFoundError
from helpdesk.outbox import service
from helpdesk.outbox.backoff import LONGEST_LIFE, MOST_ATTEMPTS
from helpdesk.outbox.model import OutboxMessage, OutboxState
from tests.integration.conftest import MovableClock
from tests.scenes import open_customer

LEASE_SECONDS = service.LEASE.total_seconds()


async def enqueue(database: Database, key: str = "k-1", **fields: Any) -> OutboxMessage:
    given = {"destination": "notice", "kind": "reminder", "payload": {"key": key}} | fields
    async with database.transaction() as session:
        return await service.enqueue(session, key=key, **given)


async def claim(database: Database, limit: int = 10) -> Sequence[OutboxMessage]:
    async with database.transaction() as session:
        return await service.claim_due(session, limit)


async def keys(database: Database, limit: int = 10) -> list[str]:
    return [message.key for message in await claim(database, limit)]


async def fail(database: Database, message: OutboxMessage, code: str = "timeout", **how: Any) -> OutboxMessage:
    async with database.transaction() as session:
        held = await service.lock_claimed(session, message.id, attempt=message.attempts)
        assert held is not None
        service.mark_failed(held, code, **how)
    return held


async def succeed(database: Database, message: OutboxMessage) -> bool:
    async with database.transaction() as session:
        held = await service.lock_claimed(session, message.id, attempt=message.attempts)
        if held is not None:
            service.mark_sent(held, {"status": "held"})
    return held is not None


async def look_up(database: Database, message_id: str) -> OutboxMessage:
    async with database.reading() as session:
        return await session.get_one(OutboxMessage, message_id)


async def make_case(database: Database) -> str:
    customer = await open_customer(database)
    async with database.transaction() as session:
        conversation = await store.lock_conversation(session, customer.conversation_id)
        case = await open_case(
            session,
            conversation,
            case_type=CaseType.ENQUIRY,
            priority=Priority.NORMAL,
            summary="",
            fields=EnquiryFields(),
            details={},
            actor="system",
        )
    return case.id


async def dead_message(database: Database) -> OutboxMessage:
    await enqueue(database)
    [claimed] = await claim(database)
    return await fail(database, claimed, "status_401", is_final=True)


async def test_message_is_kept_with_what_it_tells_of(database: Database, movable_clock: MovableClock):
    message = await enqueue(database, payload={"text": "提醒", "n": 1})

    kept = await look_up(database, message.id)

    assert (kept.state, kept.attempts, kept.payload) == (OutboxState.PENDING, 0, {"text": "提醒", "n": 1})
    assert kept.due_at == kept.first_due_at <= clock.now()


async def test_message_goes_with_the_transaction_that_is_rolled_back(database: Database):
    async with database.transaction() as session:
        await service.enqueue(session, destination="notice", kind="x", key="k-1", payload={})
        await session.rollback()

    assert await keys(database) == []


async def test_same_key_gives_the_first_message_again(database: Database):
    first = await enqueue(database, payload={"n": 1})

    again = await enqueue(database, payload={"n": 2})

    assert (again.id, again.payload) == (first.id, {"n": 1})
    assert await keys(database) == ["k-1"]


async def test_same_key_gives_the_first_message_even_when_it_was_sent(database: Database):
    first = await enqueue(database)
    [claimed] = await claim(database)
    await succeed(database, claimed)

    again = await enqueue(database)

    assert (again.id, again.state) == (first.id, OutboxState.SENT)
    assert await keys(database) == []


async def test_many_who_enqueue_one_key_at_once_get_one_message(database: Database):
    messages = await asyncio.gather(*(enqueue(database) for _ in range(8)))

    async with database.reading() as session:
        count = await session.scalar(select(func.count()).select_from(OutboxMessage))
    assert (len({message.id for message in messages}), count) == (1, 1)


async def test_what_else_the_transaction_did_survives_a_lost_race_for_the_key(database: Database):
    async def both(number: int) -> None:
        async with database.transaction() as session:
            await service.enqueue(session, destination="notice", kind="x", key=f"own-{number}", payload={})
            await service.enqueue(session, destination="notice", kind="x", key="shared", payload={})

    await asyncio.gather(*(both(number) for number in range(6)))

    assert sorted(await keys(database, 20)) == sorted([*(f"own-{n}" for n in range(6)), "shared"])


async def test_case_that_does_not_exist_is_an_error_and_not_a_repeat(database: Database):
    with pytest.raises(IntegrityError):
        await enqueue(database, case_id="f" * 40)


async def test_two_senders_never_hold_the_same_message(database: Database):
    for number in range(30):
        await enqueue(database, f"k-{number}")

    claims = await asyncio.gather(*(claim(database, 7) for _ in range(6)))

    claimed = [message.id for part in claims for message in part]
    assert len(claimed) == len(set(claimed))
    assert len(claimed) + len(await claim(database, 30)) == 30


async def test_claimed_message_is_not_claimed_again_while_its_lease_lasts(
    database: Database, movable_clock: MovableClock
):
    await enqueue(database)

    first = await keys(database)
    movable_clock.move(seconds=LEASE_SECONDS - 1)

    assert (first, await keys(database)) == (["k-1"], [])


async def test_message_of_a_killed_sender_comes_back(database: Database, movable_clock: MovableClock):
    await enqueue(database)
    await claim(database)

    movable_clock.move(seconds=LEASE_SECONDS + 1)
    [again] = await claim(database)

    assert (again.key, again.attempts) == ("k-1", 2)


async def test_late_outcome_of_a_lost_lease_does_not_count(database: Database, movable_clock: MovableClock):
    await enqueue(database)
    [lost] = await claim(database)
    movable_clock.move(seconds=LEASE_SECONDS + 1)
    [current] = await claim(database)

    assert [await succeed(database, lost), await succeed(database, current)] == [False, True]


async def test_outcome_counts_only_once(database: Database):
    await enqueue(database)
    [claimed] = await claim(database)

    assert [await succeed(database, claimed), await succeed(database, claimed)] == [True, False]


async def test_message_waits_until_it_is_due(database: Database, movable_clock: MovableClock):
    await enqueue(database, due_at=clock.now() + timedelta(hours=24))

    early = await keys(database)
    movable_clock.move(hours=24)

    assert (early, await keys(database)) == ([], ["k-1"])


async def test_nothing_due_is_known_without_a_transaction(database: Database, movable_clock: MovableClock):
    async def is_any_due() -> bool:
        async with database.reading() as session:
            return await service.is_any_due(session)

    await enqueue(database, due_at=clock.now() + timedelta(hours=1))
    seen = [await is_any_due()]
    movable_clock.move(hours=1)
    seen.append(await is_any_due())
    await claim(database)
    seen.append(await is_any_due())
    movable_clock.move(seconds=LEASE_SECONDS + 1)
    seen.append(await is_any_due())

    assert seen == [False, True, False, True]


async def test_messages_of_one_case_leave_one_after_the_other(database: Database, movable_clock: MovableClock):
    case = await make_case(database)
    for key in ("k-1", "k-2", "k-3"):
        await enqueue(database, key, case_id=case)

    left = []
    while claimed := await claim(database):
        left.append([message.key for message in claimed])
        await succeed(database, claimed[0])

    assert left == [["k-1"], ["k-2"], ["k-3"]]


async def test_failed_message_holds_back_those_of_its_case_and_no_others(
    database: Database, movable_clock: MovableClock
):
    case, other = await make_case(database), await make_case(database)
    await enqueue(database, "k-1", case_id=case)
    [first] = await claim(database)
    await fail(database, first)
    await enqueue(database, "same case", case_id=case)
    await enqueue(database, "other case", case_id=other)
    await enqueue(database, "other destination", case_id=case, destination="risk_control")
    await enqueue(database, "no case")

    assert set(await keys(database)) == {"other case", "other destination", "no case"}


async def test_dead_message_holds_nobody_back(database: Database, movable_clock: MovableClock):
    case = await make_case(database)
    await enqueue(database, "k-1", case_id=case)
    [first] = await claim(database)
    await enqueue(database, "k-2", case_id=case)

    await fail(database, first, is_final=True)

    assert await keys(database) == ["k-2"]


async def test_message_for_later_does_not_hold_back_one_for_now(database: Database, movable_clock: MovableClock):
    case = await make_case(database)
    await enqueue(database, "in three days", case_id=case, due_at=clock.now() + timedelta(hours=72))
    await enqueue(database, "tomorrow", case_id=case, due_at=clock.now() + timedelta(hours=24))
    await enqueue(database, "now", case_id=case)

    [now] = await claim(database)
    await succeed(database, now)
    movable_clock.move(hours=100)
    [tomorrow] = await claim(database)

    assert (now.key, tomorrow.key) == ("now", "tomorrow")


async def test_failed_message_is_tried_again_after_a_pause(database: Database, movable_clock: MovableClock):
    await enqueue(database)
    [claimed] = await claim(database)

    failed = await fail(database, claimed)
    at_once = await keys(database)
    movable_clock.move(seconds=1)

    assert (failed.state, failed.last_error, failed.locked_until) == (OutboxState.PENDING, "timeout", None)
    assert (at_once, await keys(database)) == ([], ["k-1"])


async def test_receiver_who_asked_for_patience_is_left_alone(database: Database, movable_clock: MovableClock):
    await enqueue(database)
    [claimed] = await claim(database)

    await fail(database, claimed, "status_503", retry_after=120)
    movable_clock.move(seconds=119)
    early = await keys(database)
    movable_clock.move(seconds=1)

    assert (early, await keys(database)) == ([], ["k-1"])


async def test_message_is_dead_after_the_last_attempt(database: Database, movable_clock: MovableClock):
    message = await enqueue(database)

    states = []
    while claimed := await claim(database):
        states.append((await fail(database, claimed[0])).state)
        movable_clock.move(hours=1)

    assert states == [OutboxState.PENDING] * (MOST_ATTEMPTS - 1) + [OutboxState.DEAD]
    assert (await look_up(database, message.id)).last_error == "timeout"


async def test_message_is_dead_after_a_day_however_few_the_attempts(database: Database, movable_clock: MovableClock):
    await enqueue(database)
    movable_clock.move(seconds=LONGEST_LIFE.total_seconds())
    [claimed] = await claim(database)

    assert (await fail(database, claimed)).state is OutboxState.DEAD


async def test_day_of_a_planned_message_begins_when_it_is_due(database: Database, movable_clock: MovableClock):
    await enqueue(database, due_at=clock.now() + timedelta(hours=72))
    movable_clock.move(hours=73)
    [claimed] = await claim(database)

    assert (await fail(database, claimed)).state is OutboxState.PENDING


async def test_final_refusal_is_dead_at_once(database: Database):
    assert (await dead_message(database)).state is OutboxState.DEAD
    assert await keys(database) == []


async def test_released_message_is_due_again_and_its_attempt_does_not_count(database: Database):
    await enqueue(database)
    [claimed] = await claim(database)

    async with database.transaction() as session:
        held = await service.lock_claimed(session, claimed.id, attempt=1)
        assert held is not None
        service.release(held)

    [again] = await claim(database)
    assert (again.id, again.attempts) == (claimed.id, 1)


async def test_replayed_message_starts_afresh_under_its_old_id(database: Database, movable_clock: MovableClock):
    dead = await dead_message(database)
    movable_clock.move(days=3)

    async with database.transaction() as session:
        await service.replay(session, dead.id, actor="agent:a")

    [again] = await claim(database)
    assert (again.id, again.attempts) == (dead.id, 1)
    assert (await fail(database, again)).state is OutboxState.PENDING


async def test_replay_is_in_the_audit_trail(database: Database):
    dead = await dead_message(database)

    async with database.transaction() as session:
        await service.replay(session, dead.id, actor="agent:a")

    async with database.reading() as session:
        entry = (await session.scalars(select(AuditEntry))).one()
    assert (entry.actor, entry.action, entry.subject) == ("agent:a", "replay_outbox", f"outbox:{dead.id}")
    assert entry.details == {"destination": "notice", "kind": "reminder", "error": "status_401"}


async def test_only_a_dead_message_is_replayed(database: Database):
    message = await enqueue(database)

    async with database.transaction() as session:
        with pytest.raises(OutboxMessageNotDeadError):
            await service.replay(session, message.id, actor="agent:a")
        with pytest.raises(OutboxMessageNotFoundError):
            await service.replay(session, "f" * 40, actor="agent:a")

    async with database.reading() as session:
        assert (await session.scalars(select(AuditEntry))).all() == []


async def test_messages_are_listed_by_state_newest_first(database: Database, movable_clock: MovableClock):
    for key in ("k-1", "k-2"):
        await enqueue(database, key)
        [claimed] = await claim(database)
        await fail(database, claimed, is_final=True)
    await enqueue(database, "k-3")

    async with database.reading() as session:
        dead = await service.list_messages(session, OutboxState.DEAD)
        pending = await service.list_messages(session, OutboxState.PENDING)

    assert ([m.key for m in dead], [m.key for m in pending]) == (["k-2", "k-1"], ["k-3"])


async def test_time_without_zone_is_refused(database: Database):
    with pytest.raises(StatementError, match="naive"):
        await enqueue(database, due_at=datetime(2026, 11, 22))  # noqa: DTZ001 - that is the point
