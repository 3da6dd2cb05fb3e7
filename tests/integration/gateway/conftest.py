"""A running gateway with its database, the fake bot, customers and agents."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from gateway.app import init_app
from helpdesk.agents import passwords, service, sessions
from helpdesk.agents.model import Agent, Role
from helpdesk.conversations.store import conversations_with_waiting_messages
from helpdesk.database import Database
from tests.factories import make_knowledge, make_settings
from tests.fakes import BOT_TOKEN, FakeBot
from tests.integration.gateway.clients import AgentClient, Customer, eventually

PASSWORD = "correct horse battery"

# For modules in which nothing depends on the kind of database.
SQLITE_ONLY = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@cache
def password_hash() -> str:
    return passwords.hash_password(PASSWORD)


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Hash with the least work: what is slow on purpose would take half of the time of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        patch.setattr(sessions, "_UNKNOWN_HASH", passwords.hash_password("unknown"))
        yield


@pytest.fixture(scope="session")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_knowledge(tmp_path_factory.mktemp("articles") / "knowledge")


@pytest.fixture
async def bot(database_url: str) -> AsyncIterator[FakeBot]:
    bot = FakeBot(database_url)
    await bot.start()
    yield bot
    await bot.close()


MakeClient = Callable[..., Awaitable[TestClient]]


class Gateway:
    """One running gateway; `restart` is a new one on the same database."""

    def __init__(self, aiohttp_client: MakeClient, folder: Path, **environ: str) -> None:
        self._aiohttp_client = aiohttp_client
        self._folder = folder
        self._environ = environ

    async def start(self, **environ: str) -> None:
        self.app: web.Application = init_app(make_settings(self._folder, **self._environ | environ))
        self.server = TestServer(self.app)
        self.client = await self.browser()

    async def stop(self) -> None:
        await self.server.close()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def browser(self) -> TestClient:
        """Return a client with cookies of its own."""
        return await self._aiohttp_client(self.server)

    async def customer(self, **fields: Any) -> Customer:
        response = await self.client.post("/api/v1/sessions", json=fields)
        assert response.status == 201, await response.text()
        return Customer(self.client, await response.json())

    async def agent(self, username: str = "lin", role: Role = Role.AGENT, *, name: str = "林一") -> AgentClient:
        """Return an agent who has signed in with a password of their own."""
        database = Database(self._environ["DATABASE_URL"])
        async with database.transaction() as session:
            agent: Agent = await service.add_agent(
                session, username=username, name=name, role=role, password_hash=password_hash()
            )
            agent.must_change_password = False
        await database.close()
        client = AgentClient(await self.browser(), agent_id=agent.id, username=username, name=name)
        assert (await client.sign_in(PASSWORD)).status == 200
        return client


StartGateway = Callable[..., Awaitable[Gateway]]
Settle = Callable[[], Awaitable[None]]


@pytest.fixture
async def start_gateway(
    aiohttp_client: MakeClient, tmp_path: Path, database_url: str, bot: FakeBot, articles: Path
) -> AsyncIterator[StartGateway]:
    """Yield a function that starts a gateway with other settings than usual."""
    started: list[Gateway] = []

    async def start(**environ: str) -> Gateway:
        usual = {
            "DATABASE_URL": database_url,
            "BOT_URL": bot.url,
            "BOT_TOKEN": BOT_TOKEN,
            "KNOWLEDGE_DIR": str(articles),
        }
        gateway = Gateway(aiohttp_client, tmp_path, **usual | environ)
        await gateway.start()
        started.append(gateway)
        return gateway

    yield start
    # Before the bot and the database go.
    for gateway in started:
        await gateway.stop()


@pytest.fixture
def settled(database: Database) -> Settle:
    """Return a function that waits until no message waits for the turn worker."""

    async def wait() -> None:
        async def waiting() -> Sequence[str]:
            async with database.reading() as session:
                return await conversations_with_waiting_messages(session, limit=1)

        await eventually(waiting, lambda found: not found)

    return wait


@pytest.fixture
async def gateway(start_gateway: StartGateway) -> Gateway:
    return await start_gateway()


@pytest.fixture
async def customer(gateway: Gateway) -> Customer:
    return await gateway.customer()


@pytest.fixture
async def lin(gateway: Gateway) -> AgentClient:
    return await gateway.agent("lin", name="林一")


@pytest.fixture
async def served(customer: Customer, lin: AgentClient) -> Customer:
    """Return a customer whom agent Lin serves."""
    await customer.post("/handoff")
    await lin.claim(customer.conversation)
    return customer
