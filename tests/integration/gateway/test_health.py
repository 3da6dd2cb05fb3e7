"""What monitoring sees: life, readiness and figures without personal data."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient

from tests.factories import make_nlu
from tests.fakes import FakeBot, says
from tests.integration.gateway.clients import Customer, Json
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, Settle, StartGateway

pytestmark = SQLITE_ONLY


async def ready(client: TestClient) -> tuple[int, Json]:
    response = await client.get("/readyz")
    return response.status, await response.json()


async def figures(client: TestClient) -> dict[str, float]:
    """Return the samples of /metrics by name and labels."""
    text = await (await client.get("/metrics")).text()
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def test_gateway_with_database_and_bot_is_ready(gateway: Gateway) -> None:
    assert await ready(gateway.client) == (200, {"database": True, "bot": True})


async def test_gateway_without_a_bot_lives_but_is_not_ready(gateway: Gateway, bot: FakeBot) -> None:
    await bot.stop()

    alive = await gateway.client.get("/healthz")

    assert (alive.status, await alive.json()) == (200, {"status": "ok"})
    assert await ready(gateway.client) == (503, {"database": True, "bot": False})


async def test_gateway_is_not_ready_before_the_bot_has_a_model(gateway: Gateway, bot: FakeBot) -> None:
    bot.is_ready = False

    assert await ready(gateway.client) == (503, {"database": True, "bot": False})


async def test_gateway_with_a_wrong_bot_token_is_not_ready(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(BOT_TOKEN="another token")

    assert await ready(gateway.client) == (503, {"database": True, "bot": False})


@pytest.fixture
async def connections_end() -> AsyncIterator[None]:
    """Stay until the threads of connections that could not be made have ended; aiosqlite does not wait for them."""
    yield
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 10)


async def test_gateway_without_a_database_lives_but_is_not_ready(
    connections_end: None, start_gateway: StartGateway
) -> None:
    gateway = await start_gateway(DATABASE_URL="sqlite+aiosqlite:////nowhere/at/all.db")

    alive = await gateway.client.get("/healthz")

    assert alive.status == 200
    assert await ready(gateway.client) == (503, {"database": False, "bot": True})


async def test_figures_count_messages_turns_and_sockets(gateway: Gateway, customer: Customer, settled: Settle) -> None:
    socket = await customer.connect()
    for text in ("一", "二"):
        await customer.say(text)
    await socket.message("答：二")
    await settled()

    seen = await figures(gateway.client)

    assert seen["xiaobao_messages_total"] == 2
    assert seen["xiaobao_open_sockets"] == 1
    assert seen['xiaobao_turns_total{outcome="answered"}'] == 2
    assert seen["xiaobao_turn_seconds_count"] == 2


async def test_repeated_message_counts_once(gateway: Gateway, customer: Customer) -> None:
    for _ in range(3):
        await customer.say("你好", client_id="once")

    assert (await figures(gateway.client))["xiaobao_messages_total"] == 1


async def test_figures_hold_no_personal_data(
    gateway: Gateway, customer: Customer, bot: FakeBot, settled: Settle
) -> None:
    bot.on("我叫王小明 13800138000", says("好的王小明", nlu=make_nlu("negotiate")))
    sent = await customer.say("我叫王小明 13800138000")
    await customer.post("/handoff")
    agent = await gateway.agent()
    await agent.claim(customer.conversation)
    await settled()

    text = await (await gateway.client.get("/metrics")).text()

    for secret in ("王小明", "13800138000", customer.id, customer.conversation, sent["id"], agent.id, "lin", "林一"):
        assert secret not in text
    assert not re.search(r"[0-9a-f]{32}", text)
