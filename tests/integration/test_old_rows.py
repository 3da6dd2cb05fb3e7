"""Migrations on a database with rows: what an older release has written is kept, and fits what today's code expects."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from helpdesk import audit
from helpdesk.agents.model import Agent, AgentSession
from helpdesk.audit import AuditEntry
from helpdesk.audit.verify import verify
from helpdesk.cases import states, timeline
from helpdesk.cases import store as cases
from helpdesk.cases.model import Case, CaseStatus, CaseType
from helpdesk.conversations.model import Conversation, Message, Owner
from helpdesk.database import Database
from helpdesk.evidence.words import resolution_text
from helpdesk.ratings.model import Rating
from helpdesk.tables import is_described, metadata
from tests import databases

BEFORE = "0005"
AT = datetime(2026, 11, 1, 2, 0, 0, 123456, tzinfo=UTC)
OLD_TYPES = ("enquiry", "complaint", "scam", "identity_theft", "negotiation", "crisis")
OLD_STATUSES = ("open", "in_progress", "closed")


def agent_row(agent_id: str, role: str = "agent") -> dict[str, Any]:
    return {
        "id": agent_id,
        "username": agent_id,
        "name": "客服",
        "role": role,
        "password_hash": "x",
        "must_change_password": False,
        "active": True,
        "available": True,
        "failed_sign_ins": 3,
        "next_sign_in_at": AT,
        "created_at": AT,
    }


def conversation_row(conversation_id: str, contact_id: str, owner: str, **more: Any) -> dict[str, Any]:
    return {
        "id": conversation_id,
        "contact_id": contact_id,
        "channel": "web",
        "owner": owner,
        "owner_epoch": 2,
        "last_seq": 1,
        "customer_read_seq": 1,
        "agent_read_seq": 1,
        "opened_at": AT,
        "last_message_at": AT,
        "closed_at": AT if owner == "closed" else None,
        **more,
    }


def assignment_row(conversation_id: str, epoch: int, owner: str, agent_id: str | None = None) -> dict[str, Any]:
    return {
        "id": f"{conversation_id}-{epoch}",
        "conversation_id": conversation_id,
        "epoch": epoch,
        "owner": owner,
        "agent_id": agent_id,
        "reason": "new",
        "decided_by": "system",
        "started_at": AT + timedelta(minutes=epoch),
        "ended_at": None if epoch == 2 else AT + timedelta(minutes=epoch + 1),
    }


def message_row(conversation_id: str) -> dict[str, Any]:
    return {
        "id": f"m-{conversation_id}",
        "conversation_id": conversation_id,
        "seq": 1,
        "sender": "customer",
        "kind": "text",
        "text": "我想投诉",
        "body": {},
        "button_payloads": {},
        "created_at": AT,
    }


def case_row(case_type: str, status: str) -> dict[str, Any]:
    return {
        "id": f"{case_type}-{status}",
        "number": f"XB-{case_type[:10]}-{status[:4]}",
        "type": case_type,
        "status": status,
        "priority": "normal",
        "contact_id": "contact-served",
        "summary": "",
        "fields": {},
        "resolution": "resolved" if status == "closed" else None,
        "opened_at": AT,
        "updated_at": AT,
        "closed_at": AT if status == "closed" else None,
    }


def rating_row(conversation_id: str, service: str, agent_id: str | None) -> dict[str, Any]:
    return {
        "id": f"r-{conversation_id}",
        "conversation_id": conversation_id,
        "service": service,
        "agent_id": agent_id,
        "score": 4,
        "comment": "",
        "created_at": AT,
    }


def rows() -> dict[str, list[dict[str, Any]]]:
    """What each table holds, in an order in which foreign keys are satisfied."""
    cases_ = [case_row(case_type, status) for case_type in OLD_TYPES for status in OLD_STATUSES]
    conversations = [
        conversation_row("served", "contact-served", "agent", agent_id="lin"),
        conversation_row("by-bot", "contact-ended", "closed", resolution="idle"),
        conversation_row("by-agent", "contact-ended", "closed", resolution="resolved", previous_id="by-bot"),
        # An older release could let two of them be open.
        conversation_row("waits", "contact-twice", "queued"),
        conversation_row("newest", "contact-twice", "bot", opened_at=AT + timedelta(days=1)),
    ]
    return {
        "agent": [agent_row("lin"), agent_row("zhou", "supervisor")],
        "agent_session": [
            {
                "id": "s",
                "token_hash": "t",
                "csrf_token": "c",
                "agent_id": "lin",
                "created_at": AT,
                "expires_at": AT + timedelta(hours=12),
            }
        ],
        "audit": [
            {
                "id": f"a{number}",
                "actor": "agent:lin",
                "action": "read_conversation",
                "subject": "conversation:served",
                # Two of them at one moment; characters, nested tables and numbers as they are stored.
                "details": {"reason": "核对", "of": {"n": number, "share": 0.5}, "none": None},
                "at": AT + timedelta(seconds=number // 2),
            }
            for number in range(5)
        ],
        "contact": [
            {"id": f"contact-{name}", "name": "", "verified": False, "created_at": AT}
            for name in ("served", "ended", "twice")
        ],
        "conversation": conversations,
        "message": [message_row(one["id"]) for one in conversations],
        "assignment": [
            assignment_row(conversation, epoch, owner, agent)
            for conversation, owners in {
                "served": ("bot", "agent"),
                "by-bot": ("bot", "closed"),
                "by-agent": ("agent", "closed"),
                "waits": ("bot", "queued"),
                "newest": ("bot", "bot"),
            }.items()
            for epoch, owner in enumerate(owners, start=1)
            for agent in ["lin" if owner == "agent" else None]
        ],
        "queue_entry": [
            {
                "id": "q",
                "conversation_id": "waits",
                "priority": "normal",
                "priority_rank": 2,
                "reason": "request_human",
                "entered_at": AT,
            }
        ],
        "case": cases_,
        "case_conversation": [{"case_id": one["id"], "conversation_id": "served"} for one in cases_],
        "clock": [
            {
                "id": "due",
                "kind": "first_reply",
                "conversation_id": "waits",
                "started_at": AT,
                "due_at": AT,
                "paused_seconds": 0,
            },
            *(
                {
                    "id": f"met-{number}",
                    "kind": "next_reply",
                    "conversation_id": "served",
                    "started_at": AT,
                    "due_at": AT,
                    "paused_seconds": 0,
                    "met_at": AT,
                }
                for number in range(2)
            ),
        ],
        "rating": [rating_row("by-bot", "bot", None), rating_row("by-agent", "human", "lin")],
    }


def fill(connection: Connection) -> None:
    old = MetaData()
    old.reflect(connection)
    for table, content in rows().items():
        for row in content:
            connection.execute(insert(old.tables[table]), row)


async def on(url: str, do: Callable[[Connection], Any]) -> Any:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(do)
    finally:
        await engine.dispose()


@pytest.fixture
async def upgraded(empty_database_url: str) -> AsyncIterator[Database]:
    """A database of an older release with rows, upgraded to today's."""
    databases.upgrade(empty_database_url, BEFORE)
    await on(empty_database_url, fill)
    databases.upgrade(empty_database_url)
    database = Database(empty_database_url)
    yield database
    await database.close()


def dangling(connection: Connection) -> list[Any]:
    """Rows that refer to nothing: SQLite does not look while tables are copied, PostgreSQL always does."""
    if connection.dialect.name != "sqlite":
        return []
    return list(connection.execute(text("PRAGMA foreign_key_check")))


def differences(connection: Connection) -> list[Any]:
    opts = {"compare_type": True, "include_name": is_described}
    return compare_metadata(MigrationContext.configure(connection, opts=opts), metadata)


async def test_rows_of_an_older_release_are_kept_and_fit_the_models(upgraded: Database):
    def counted(connection: Connection) -> dict[str, int]:
        # Names of our own tables.
        return {
            table: connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()  # noqa: S608
            for table in rows()
        }

    expected = {table: len(content) for table, content in rows().items()}
    # The conversation that is closed for its newer one gets an interval more.
    expected["assignment"] += 1
    assert await on(upgraded.url, counted) == expected
    assert await on(upgraded.url, dangling) == []
    assert await on(upgraded.url, differences) == []


async def test_old_cases_stand_where_their_type_can_stand_and_keep_their_timeline(upgraded: Database):
    async with upgraded.transaction() as session:
        found = {case.id: case for case in await session.scalars(select(Case))}
        for case in found.values():
            assert case.status in states.states(case.type)
            assert case.owner_id == (None if case.status is CaseStatus.CLOSED else "lin")
            assert case.resolution is None or resolution_text(case.resolution) != case.resolution
        await timeline.append(session, found["scam-in_progress"], kind="extended", actor="bot", details={})
        assert timeline.first_broken(await timeline.events_of(session, "scam-in_progress")) is None
        mine = await cases.list_cases(session, cases.CaseFilter(agent_id="lin"), page=1)
    assert found["scam-in_progress"].status is CaseStatus.PROTECTING
    assert found["identity_theft-in_progress"].status is CaseStatus.VERIFYING
    assert {case.type for case in mine} == {CaseType(one) for one in OLD_TYPES}


async def test_old_audit_rows_are_chained_go_on_and_cannot_be_changed(upgraded: Database):
    async with upgraded.transaction() as session:
        audit.record(session, actor="agent:zhou", action="read_audit", subject="audit")
    async with upgraded.reading() as session:
        verdict = await verify(session)
        entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.seq))).all()
    assert (verdict.entries, verdict.broken_at) == (6, None)
    assert [entry.id for entry in entries[:5]] == ["a0", "a1", "a2", "a3", "a4"]
    for change in ("UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"):
        with pytest.raises(Exception, match="append-only"):
            await on(upgraded.url, lambda connection, change=change: connection.execute(text(change)))


async def test_ratings_accounts_and_sessions_at_the_desk_go_on(upgraded: Database):
    async with upgraded.reading() as session:
        lin = await session.get_one(Agent, "lin")
        signed_in = await session.get_one(AgentSession, "s")
        found = {rating.conversation_id: rating for rating in await session.scalars(select(Rating))}
    assert found["by-bot"].assignment_id == "by-bot-1"
    assert found["by-agent"].assignment_id == "by-agent-1"
    assert all(rating.reasons == [] and rating.solved is None for rating in found.values())
    assert (lin.capacity, lin.second_factor_required, lin.available_since) == (5, False, None)
    assert (signed_in.last_used_at, signed_in.ends_at) == (AT, AT + timedelta(hours=12))
    assert (signed_in.pending, signed_in.address, signed_in.browser) == (False, "", "")


async def test_of_two_open_conversations_the_newest_stays_open(upgraded: Database):
    def ends(connection: Connection) -> tuple[Any, Any]:
        left = connection.execute(text("SELECT outcome FROM queue_entry WHERE left_at IS NOT NULL")).scalar_one()
        return left, connection.execute(text("SELECT dropped_at FROM clock WHERE id = 'due'")).scalar_one()

    async with upgraded.reading() as session:
        waits = await session.get_one(Conversation, "waits")
        newest = await session.get_one(Conversation, "newest")
        said = await session.scalar(select(Message.text).where(Message.conversation_id == "waits"))
    assert (waits.owner, waits.resolution, waits.agent_id) == (Owner.CLOSED, "duplicate", None)
    assert (newest.owner, said) == (Owner.BOT, "我想投诉")
    outcome, dropped_at = await on(upgraded.url, ends)
    assert outcome == "duplicate"
    assert dropped_at is not None


async def test_upgraded_rows_can_be_downgraded_again(empty_database_url: str):
    databases.upgrade(empty_database_url, BEFORE)
    await on(empty_database_url, fill)
    databases.upgrade(empty_database_url)

    databases.downgrade(empty_database_url, BEFORE)

    def counted(connection: Connection) -> int:
        return connection.execute(text('SELECT count(*) FROM "case"')).scalar_one()

    assert await on(empty_database_url, counted) == len(OLD_TYPES) * len(OLD_STATUSES)
    assert await on(empty_database_url, dangling) == []
