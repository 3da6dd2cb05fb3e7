"""When the desk's socket closes, and with which code."""

import pytest
from sqlalchemy import update

from helpdesk import clock
from helpdesk.agents.model import AgentSession, Role
from helpdesk.database import Database
from tests.integration.gateway.clients import AgentClient, Socket
from tests.integration.gateway.conftest import PASSWORD, SQLITE_ONLY, Gateway

pytestmark = SQLITE_ONLY

NOT_AUTHENTICATED, ORIGIN, PROTOCOL, TOO_BIG = 4001, 4003, 4010, 1009


@pytest.fixture
async def root(gateway: Gateway) -> AgentClient:
    return await gateway.agent("root", Role.ADMINISTRATOR, name="管理员")


async def test_deactivated_agents_socket_closes(lin: AgentClient, root: AgentClient) -> None:
    socket = await lin.connect()

    await root.call("PUT", f"/agents/{lin.id}", {"active": False})

    assert await socket.closed() == NOT_AUTHENTICATED


async def test_signed_out_agents_socket_closes(lin: AgentClient) -> None:
    socket = await lin.connect()

    await lin.post("/logout")

    assert await socket.closed() == NOT_AUTHENTICATED


async def test_socket_closes_when_the_password_was_reset(lin: AgentClient, root: AgentClient) -> None:
    socket = await lin.connect()

    await root.post(f"/agents/{lin.id}/password")

    assert await socket.closed() == NOT_AUTHENTICATED


async def test_socket_without_a_session_closes(gateway: Gateway) -> None:
    origin = f"http://{gateway.client.host}:{gateway.client.port}"

    socket = Socket(await gateway.client.ws_connect("/desk/socket", origin=origin))

    assert await socket.closed() == NOT_AUTHENTICATED


async def test_socket_of_an_expired_session_closes(lin: AgentClient, database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(update(AgentSession).values(expires_at=clock.now()))
    origin = f"http://{lin.client.host}:{lin.client.port}"

    socket = Socket(await lin.client.ws_connect("/desk/socket", origin=origin))

    assert await socket.closed() == NOT_AUTHENTICATED


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None], ids=str)
async def test_page_of_another_site_cannot_use_the_agents_cookie(lin: AgentClient, origin: str | None) -> None:
    assert (await lin.sign_in(PASSWORD)).status == 200

    socket = Socket(await lin.client.ws_connect("/desk/socket", origin=origin))

    assert await socket.closed() == ORIGIN


async def test_binary_frame_closes(lin: AgentClient) -> None:
    socket = await lin.connect()

    await socket.connection.send_bytes(b"{}")

    assert await socket.closed() == PROTOCOL


async def test_frame_over_16_kilobytes_closes(lin: AgentClient) -> None:
    socket = await lin.connect()

    await socket.send(t="ping", filler="a" * 17_000)

    assert await socket.closed() == TOO_BIG
