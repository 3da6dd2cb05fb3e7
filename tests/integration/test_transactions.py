"""Transactions: all or nothing, side by side without getting in each other's way, and constraints that hold."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.audit import AuditEntry, record
from helpdesk.conversations import store
from helpdesk.conversations.model import Contact, Conversation, Message, Owner, Sender
from helpdesk.database import Database
from helpdesk.handoff.model import QueueEntry
from tests.scenes import Customer, add_agent, claim, look_up, open_customer, queue_up, say, transcript


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def second_process(database_url: str) -> AsyncIterator[Database]:
    """The same database as another process sees it: the actions beside the gateway."""
    database = Database(database_url)
    yield database
    await database.close()


async def count(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def note(session: AsyncSession, subject: str = "test") -> None:
    record(session, actor="system", action="test", subject=subject)


async def test_clean_exit_commits(database: Database):
    async with database.transaction() as session:
        note(session)

    assert await count(database) == 1


async def test_error_leaves_nothing_behind(database: Database):
    async def stumble() -> None:
        async with database.transaction() as session:
            note(session)
            await session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        await stumble()

    assert await count(database) == 0


async def test_cancelled_transaction_leaves_nothing_behind_and_gives_its_place_back(database: Database):
    reached, never = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        async with database.transaction() as session:
            note(session)
            await session.flush()
            reached.set()
            await never.wait()

    task = asyncio.create_task(hang())
    await reached.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    async with asyncio.timeout(10), database.transaction() as session:
        note(session)
    assert await count(database) == 1


async def test_reading_saves_nothing(database: Database):
    async with database.reading() as session:
        note(session)
        await session.flush()

    assert await count(database) == 0


async def test_two_processes_that_read_and_then_write_do_not_lock_each_other_out(
    database: Database, second_process: Database, customer: Customer
):
    async def talk(process: Database, name: str) -> None:
        for number in range(10):
            await say(process, customer, f"{name} {number}", client_id=f"{name}-{number}")

    async with asyncio.timeout(60):
        await asyncio.gather(
            *(
                talk(process, f"{name}{n}")
                for n in range(2)
                for name, process in (("a", database), ("b", second_process))
            )
        )

    assert [message.seq for message in await transcript(database, customer.conversation_id)] == list(range(1, 41))


async def test_reader_sees_the_last_commit_while_another_process_writes(
    database: Database, second_process: Database, customer: Customer
):
    await say(database, customer, "已提交")
    async with second_process.transaction() as session:
        await store.lock_conversation(session, customer.conversation_id)
        await session.execute(update(Message).values(text="未提交"))

        async with asyncio.timeout(5):
            seen = [message.text for message in await transcript(database, customer.conversation_id)]

        await session.rollback()
    assert seen == ["已提交"]


async def test_work_is_tried_again_when_somebody_else_was_first(database: Database, customer: Customer):
    ids = iter([customer.contact_id, "0" * 40])

    async def work(session: AsyncSession) -> str:
        session.add(contact := Contact(id=next(ids), created_at=datetime.now(UTC)))
        await session.flush()
        return contact.id

    assert await database.retrying(work) == "0" * 40


async def test_work_that_never_succeeds_ends_with_its_error(database: Database):
    tries = 0

    async def work(session: AsyncSession) -> None:
        nonlocal tries
        tries += 1
        raise IntegrityError("", None, Exception())

    with pytest.raises(IntegrityError):
        await database.retrying(work)
    assert 1 < tries < 10


@pytest.mark.parametrize("hours", [0, 8, -5])
async def test_times_come_back_in_utc_whatever_zone_they_had(database: Database, hours: int):
    at = datetime(2026, 11, 22, 16, 0, 0, 123456, tzinfo=timezone(timedelta(hours=hours)))
    async with database.transaction() as session:
        session.add(contact := Contact(created_at=at))

    async with database.reading() as session:
        found = (await session.get_one(Contact, contact.id)).created_at

    assert found == at
    assert found.tzinfo is UTC


async def test_naive_times_are_refused(database: Database):
    with pytest.raises(StatementError, match="naive"):
        async with database.transaction() as session:
            session.add(Contact(created_at=datetime(2026, 11, 22)))  # noqa: DTZ001


@pytest.mark.parametrize(
    "values",
    [
        {"owner": Owner.AGENT},
        {"owner": Owner.CLOSED},
        {"closed_at": datetime(2026, 11, 22, tzinfo=UTC)},
        {"contact_id": "0" * 40},
    ],
    ids=["agent without one", "closed without a time", "time without a close", "unknown contact"],
)
async def test_database_itself_refuses_a_broken_conversation(
    database: Database, customer: Customer, values: dict[str, object]
):
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await session.execute(update(Conversation).values(**values))

    assert (await look_up(database, customer.conversation_id)).owner is Owner.BOT


async def test_database_itself_refuses_an_unknown_owner(database: Database, customer: Customer):
    async def give_to_nobody() -> None:
        async with database.transaction() as session:
            await session.execute(text("UPDATE conversation SET owner = 'nobody'"))

    with pytest.raises(IntegrityError):
        await give_to_nobody()


@pytest.mark.parametrize(
    "columns",
    [{"seq": 2}, {"client_id": "c1"}, {"in_reply_to": "question", "reply_index": 0}],
    ids=["sequence number", "client id", "answer"],
)
async def test_database_itself_refuses_a_double(database: Database, customer: Customer, columns: dict[str, object]):
    question = (await say(database, customer)).message
    if "in_reply_to" in columns:
        columns = columns | {"in_reply_to": question.id}

    async def add(seq: int) -> None:
        values = {"seq": seq, "conversation_id": customer.conversation_id, "text": "答", **columns}
        async with database.transaction() as session:
            session.add(Message(sender=Sender.BOT, created_at=datetime.now(UTC), **values))

    await add(2)
    with pytest.raises(IntegrityError):
        await add(3)

    assert len(await transcript(database, customer.conversation_id)) == 2


async def test_database_itself_refuses_to_let_a_conversation_wait_twice(database: Database, customer: Customer):
    conversation_id = await queue_up(database, customer)

    async def enter_again() -> None:
        async with database.transaction() as session:
            first = await session.scalar(select(QueueEntry))
            assert first is not None
            session.add(
                QueueEntry(
                    conversation_id=conversation_id,
                    priority=first.priority,
                    priority_rank=first.priority_rank,
                    reason="test",
                    entered_at=datetime.now(UTC),
                )
            )

    with pytest.raises(IntegrityError):
        await enter_again()

    await claim(database, conversation_id, await add_agent(database))
    await enter_again()
