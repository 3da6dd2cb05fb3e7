"""The audit trail: one chain however many write, nothing lost or kept against a transaction, and changes that show."""

import asyncio
import json

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.audit import AuditEntry, AuditHead, record
from helpdesk.audit import __main__ as command
from helpdesk.audit.reading import AuditFilter, list_entries
from helpdesk.audit.verify import Verdict, verify
from helpdesk.conversations.model import Contact
from helpdesk.database import Database, is_sqlite
from tests.integration.conftest import MovableClock

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def note(session: AsyncSession, subject: str = "test") -> None:
    record(session, actor="system", action="test", subject=subject, details={"b": "二", "a": [1, None]})


async def write(database: Database, count: int = 3) -> None:
    for number in range(count):
        async with database.transaction() as session:
            note(session, f"test:{number}")


async def entries(database: Database) -> list[AuditEntry]:
    async with database.reading() as session:
        return list(await session.scalars(select(AuditEntry).order_by(AuditEntry.seq)))


async def check(database: Database) -> Verdict:
    async with database.reading() as session:
        return await verify(session)


async def unprotect(session: AsyncSession, url: str) -> None:
    """Do what only somebody with all power over the database can do."""
    if is_sqlite(url):
        await session.execute(text("DROP TRIGGER audit_no_update"))
        await session.execute(text("DROP TRIGGER audit_no_delete"))
    else:
        await session.execute(text("DROP TRIGGER audit_no_change ON audit"))


async def test_each_entry_carries_the_hash_of_the_one_before(database: Database):
    await write(database)

    first, second, third = await entries(database)
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    assert (first.previous_hash, second.previous_hash, third.previous_hash) == ("0" * 64, first.hash, second.hash)
    assert await check(database) == Verdict(entries=3, head=third.hash, broken_at=None)


@SQLITE
async def test_entries_of_one_transaction_follow_each_other(database: Database):
    async with database.transaction() as session:
        note(session, "one")
        note(session, "two")

    assert [(entry.seq, entry.subject) for entry in await entries(database)] == [(1, "one"), (2, "two")]
    assert (await check(database)).broken_at is None


async def test_many_who_write_at_once_make_one_chain(database: Database):
    async def work(number: int) -> None:
        async with database.transaction() as session:
            note(session, f"test:{number}")
            await asyncio.sleep(0.005)
            session.add(Contact(name=str(number), created_at=clock.now()))

    async with asyncio.timeout(30):
        await asyncio.gather(*(work(number) for number in range(12)))

    found = await entries(database)
    assert [entry.seq for entry in found] == list(range(1, 13))
    assert len({entry.subject for entry in found}) == 12
    assert (await check(database)).broken_at is None


async def test_failed_transaction_leaves_no_gap(database: Database):
    async def stumble() -> None:
        async with database.transaction() as session:
            note(session, "lost")
            raise LookupError

    await write(database, 1)
    with pytest.raises(LookupError):
        await stumble()
    await write(database, 1)

    assert [(entry.seq, entry.subject) for entry in await entries(database)] == [(1, "test:0"), (2, "test:0")]


async def test_entries_of_a_savepoint_that_failed_are_lost_and_the_others_kept(database: Database):
    async def stumble(session: AsyncSession) -> None:
        async with session.begin_nested():
            note(session, "lost")
            taken = {"id": "c" * 40, "name": "x", "verified": False, "created_at": clock.now()}
            await session.execute(insert(Contact).values(taken))

    async with database.transaction() as session:
        session.add(Contact(id="c" * 40, name="x", created_at=clock.now()))
        note(session, "before")
        with pytest.raises(IntegrityError):
            await stumble(session)
        async with session.begin_nested():
            note(session, "kept")

    assert [entry.subject for entry in await entries(database)] == ["before", "kept"]
    assert (await check(database)).broken_at is None


@pytest.mark.parametrize("how", ["change", "delete"])
async def test_database_itself_refuses_changes(database: Database, how: str):
    await write(database)

    async def tamper() -> None:
        async with database.transaction() as session:
            await session.execute(update(AuditEntry).values(actor="nobody") if how == "change" else delete(AuditEntry))

    with pytest.raises(DBAPIError, match="append-only"):
        await tamper()
    assert [entry.actor for entry in await entries(database)] == ["system"] * 3


TAMPERINGS = {
    "another actor": (update(AuditEntry).where(AuditEntry.seq == 2).values(actor="nobody"), 2),
    "another time": (update(AuditEntry).where(AuditEntry.seq == 3).values(at=clock.now()), 3),
    "other details": (update(AuditEntry).where(AuditEntry.seq == 1).values(details={}), 1),
    "one missing": (delete(AuditEntry).where(AuditEntry.seq == 2), 2),
    "the last cut off": (delete(AuditEntry).where(AuditEntry.seq == 4), 4),
    "all gone": (delete(AuditEntry), 1),
    "another head": (update(AuditHead).values(hash="0" * 64), 5),
}


@SQLITE
@pytest.mark.parametrize("name", TAMPERINGS)
async def test_what_was_tampered_with_shows(
    database: Database, database_url: str, name: str, capsys: pytest.CaptureFixture[str]
):
    await write(database, 4)
    statement, place = TAMPERINGS[name]

    async with database.transaction() as session:
        await unprotect(session, database_url)
        await session.execute(statement)

    assert (await check(database)).broken_at == place
    assert await command.main(database) == 1
    assert f"第 {place} 条" in capsys.readouterr().out


async def test_command_finds_a_whole_trail_whole(database: Database, capsys: pytest.CaptureFixture[str]):
    await write(database, 2)

    assert await command.main(database) == 0

    head = (await entries(database))[-1].hash
    assert head in capsys.readouterr().out


@SQLITE
async def test_long_trail_is_checked_page_by_page(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("helpdesk.audit.verify._PAGE", 2)
    await write(database, 4)

    assert (await check(database)).entries == 4


async def test_entries_are_found_by_actor_action_subject_and_time(database: Database, movable_clock: MovableClock):
    facts = [("agent:1", "claim", "conversation:a"), ("agent:1", "close", "conversation:a"), ("bot", "claim", "case:%")]
    for actor, action, subject in facts:
        async with database.transaction() as session:
            record(session, actor=actor, action=action, subject=subject)
        movable_clock.move(hours=1)

    async def found(**wanted: object) -> list[int]:
        async with database.reading() as session:
            listed = await list_entries(session, AuditFilter(**wanted), limit=10)  # type: ignore[arg-type]
        return [entry.seq for entry in listed]

    assert await found() == [3, 2, 1]
    assert await found(actor="agent:1") == [2, 1]
    assert await found(action="claim") == [3, 1]
    assert await found(subject="conversation:") == [2, 1]
    assert await found(subject="%") == []
    assert await found(subject="case:%") == [3]
    second = (await entries(database))[1].at
    assert await found(since=second) == [3, 2]
    assert await found(before=second) == [1]


@SQLITE
async def test_what_is_hashed_is_what_is_read(database: Database):
    async with database.transaction() as session:
        record(session, actor="system", action="test", subject="test", details={"score": 0.1, "key": {1: "x"}})

    (entry,) = await entries(database)
    assert entry.details == json.loads('{"score": 0.1, "key": {"1": "x"}}')
    assert (await check(database)).broken_at is None
