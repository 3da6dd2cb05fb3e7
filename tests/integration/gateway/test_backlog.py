"""What waits, as /metrics tells it."""

import re

import pytest

from helpdesk.cases.model import Priority
from helpdesk.conversations.store import lock_conversation
from helpdesk.database import Database
from helpdesk.handoff import service as handoff
from helpdesk.outbox import service as outbox
from helpdesk.outbox.model import OutboxState
from tests.integration.conftest import MovableClock
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway
from tests.scenes import open_customer


async def figures(gateway: Gateway) -> dict[str, float]:
    text = await (await gateway.client.get("/metrics")).text()
    return {name: float(value) for name, value in re.findall(r"^(xiaobao_\S+) (\S+)$", text, re.MULTILINE)}


async def test_figures_tell_who_and_what_waits(
    gateway: Gateway, database: Database, movable_clock: MovableClock
) -> None:
    customer = await open_customer(database)
    async with database.transaction() as session:
        conversation = await lock_conversation(session, customer.conversation_id)
        await handoff.hand_over(session, conversation, reason="crisis", priority=Priority.URGENT, decided_by="bot")
        dead = await outbox.enqueue(session, destination="notice", kind="x", key="k-1", payload={})
        dead.state = OutboxState.DEAD
    movable_clock.move(seconds=90)

    seen = await figures(gateway)

    assert seen['xiaobao_queue_waiting{priority="urgent"}'] == 1
    assert seen['xiaobao_queue_waiting{priority="normal"}'] == 0
    assert seen["xiaobao_queue_oldest_seconds"] == pytest.approx(90, abs=1)
    assert seen['xiaobao_outbox_dead{destination="notice"}'] == 1
    assert (seen["xiaobao_clocks_breached"], seen["xiaobao_callbacks_due"]) == (0, 0)
    assert seen["xiaobao_database_readable"] == 1


@SQLITE_ONLY
async def test_settled_destination_is_no_longer_told(gateway: Gateway, database: Database) -> None:
    async with database.transaction() as session:
        dead = await outbox.enqueue(session, destination="notice", kind="x", key="k-1", payload={})
        dead.state = OutboxState.DEAD
    before = await figures(gateway)
    async with database.transaction() as session:
        message = await outbox.find_by_key(session, "k-1")
        assert message is not None
        message.state = OutboxState.SKIPPED

    after = await figures(gateway)

    name = 'xiaobao_outbox_dead{destination="notice"}'
    assert (name in before, name in after) == (True, False)


@SQLITE_ONLY
async def test_lost_database_costs_only_its_own_figures(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.backlog.read_backlog", broken)

    seen = await figures(gateway)

    assert seen["xiaobao_database_readable"] == 0
    assert "xiaobao_open_sockets" in seen


async def broken(_session: object) -> None:
    raise OSError
