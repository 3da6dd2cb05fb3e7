"""Deliveries that were given up, as supervisors and administrators see and replay them."""

import pytest
from sqlalchemy import select

from helpdesk.agents.model import Role
from helpdesk.audit import AuditEntry
from helpdesk.database import Database
from helpdesk.outbox import service
from helpdesk.outbox.model import OutboxMessage, OutboxState
from tests.integration.gateway.clients import AgentClient, error_code, eventually
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway

pytestmark = SQLITE_ONLY

ALLOWED = {Role.SUPERVISOR, Role.ADMINISTRATOR}


@pytest.fixture
async def boss(gateway: Gateway) -> AgentClient:
    return await gateway.agent("boss", Role.SUPERVISOR, name="主管")


async def put(database: Database, key: str, state: OutboxState = OutboxState.DEAD) -> OutboxMessage:
    """Store a message as the sender would have left it."""
    async with database.transaction() as session:
        message = await service.enqueue(
            session, destination="notice", kind="reminder", key=key, payload={"customer": "user-7"}
        )
        message.attempts = 1
        message.state = state
        message.last_error = "status_401"
    return message


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
async def test_only_supervisors_and_administrators_see_and_replay(
    gateway: Gateway, database: Database, role: Role
) -> None:
    dead = await put(database, "k-1")
    person = await gateway.agent("somebody", role, name="某人")

    seen = await person.call("GET", "/outbox?state=dead")
    replayed = await person.post(f"/outbox/{dead.id}/replay")

    assert [seen.status, replayed.status] == ([200, 200] if role in ALLOWED else [403, 403])


async def test_nobody_replays_without_signing_in(gateway: Gateway, database: Database) -> None:
    dead = await put(database, "k-1")
    client = await gateway.browser()

    seen = await client.get("/desk/api/outbox")
    replayed = await client.post(f"/desk/api/outbox/{dead.id}/replay")

    assert [seen.status, replayed.status] == [401, 401]


async def test_dead_messages_are_listed_without_what_they_hold(boss: AgentClient, database: Database) -> None:
    dead = await put(database, "k-1")
    await put(database, "k-2", OutboxState.SKIPPED)

    listed = await boss.get("/outbox?state=dead")

    [shown] = listed["messages"]
    assert (shown["id"], shown["destination"], shown["error"]) == (dead.id, "notice", "status_401")
    assert "user-7" not in str(listed)


@pytest.mark.parametrize("state", ["gone", "", "DEAD"])
async def test_unknown_state_is_refused(boss: AgentClient, state: str) -> None:
    response = await boss.call("GET", f"/outbox?state={state}")

    assert (response.status, await error_code(response)) == (422, "field_invalid")


async def test_replayed_message_is_tried_again_at_once(boss: AgentClient, database: Database) -> None:
    dead = await put(database, "k-1")

    answer = await boss.do(f"/outbox/{dead.id}/replay")

    async def look() -> OutboxMessage:
        async with database.reading() as session:
            return await session.get_one(OutboxMessage, dead.id)

    tried = await eventually(look, lambda message: message.attempts == 1 and message.locked_until is None)
    assert answer["message"]["state"] == "pending"
    # The gateway of this test has no notice service.
    assert (tried.state, tried.last_error) == (OutboxState.SKIPPED, "not_configured")


async def test_replay_is_in_the_audit_trail(boss: AgentClient, database: Database) -> None:
    dead = await put(database, "k-1")

    await boss.do(f"/outbox/{dead.id}/replay")

    async with database.reading() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "replay_outbox"))).one()
    assert (entry.actor, entry.subject) == (f"agent:{boss.id}", f"outbox:{dead.id}")
    assert "user-7" not in str(entry.details)


async def test_message_that_is_not_dead_is_not_replayed(boss: AgentClient, database: Database) -> None:
    skipped = await put(database, "k-1", OutboxState.SKIPPED)

    response = await boss.post(f"/outbox/{skipped.id}/replay")

    assert (response.status, await error_code(response)) == (409, "outbox_message_not_dead")


@pytest.mark.parametrize("message", ["f" * 40, "x"])
async def test_unknown_message_is_not_found(boss: AgentClient, message: str) -> None:
    response = await boss.post(f"/outbox/{message}/replay")

    assert (response.status, await error_code(response)) == (404, "outbox_message_not_found")
