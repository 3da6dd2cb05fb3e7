"""A running gateway with its database, the fake bot, customers and agents."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from alembic import command
from alembic.config import Config

from gateway.app import init_app
from helpdesk.agents import passwords, service
from helpdesk.agents.model import Agent, Role
from helpdesk.database import Database
from tests.factories import ROOT, make_knowledge, make_settings
from tests.fakes import BOT_TOKEN, FakeBot
from tests.integration.gateway.clients import AgentClient, Customer

PASSWORD = "correct horse battery"


@cache
def password_hash() -> str:
    """Hash once: it is slow on purpose."""
    return passwords.hash_password(PASSWORD)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "xiaobao.db"
    config = Config(ROOT / "alembic.ini")
    config.attributes["url"] = f"sqlite+aiosqlite:///{path}"
    command.upgrade(config, "head")
    return path


@pytest.fixture
def database_url(migrated: Path, tmp_path: Path) -> str:
    path = tmp_path / "xiaobao.db"
    shutil.copy(migrated, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_knowledge(tmp_path_factory.mktemp("articles") / "knowledge")


@pytest.fixture
async def bot(database_url: str) -> AsyncIterator[FakeBot]:
    bot = FakeBot(database_url)
    await bot.start()
    yield bot
    await bot.close()


class Gateway:
    """One running gateway; `restart` is a new one on the same database."""

    def __init__(self, aiohttp_client: Callable[..., Awaitable[TestClient]], folder: Path, **environ: str) -> None:
        self._aiohttp_client = aiohttp_client
        self._folder = folder
        self._environ = environ
        self._customers = 0

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
        database = Database(self.app_settings_url)
        async with database.transaction() as session:
            agent: Agent = await service.add_agent(
                session, username=username, name=name, role=role, password_hash=password_hash()
            )
            agent.must_change_password = False
        await database.close()
        client = AgentClient(await self.browser(), agent_id=agent.id, username=username, name=name)
        assert (await client.sign_in(PASSWORD)).status == 200
        return client

    @property
    def app_settings_url(self) -> str:
        return self._environ["DATABASE_URL"]


StartGateway = Callable[..., Awaitable[Gateway]]


@pytest.fixture
def start_gateway(
    aiohttp_client: Callable[..., Awaitable[TestClient]], tmp_path: Path, database_url: str, bot: FakeBot, articles: Path
) -> StartGateway:
    """Return a function that starts a gateway with other settings than usual."""

    async def start(**environ: str) -> Gateway:
        usual = {
            "DATABASE_URL": database_url,
            "BOT_URL": bot.url,
            "BOT_TOKEN": BOT_TOKEN,
            "KNOWLEDGE_DIR": str(articles),
        }
        gateway = Gateway(aiohttp_client, tmp_path, **usual | environ)
        await gateway.start()
        return gateway

    return start


@pytest.fixture
async def gateway(start_gateway: StartGateway) -> Gateway:
    return await start_gateway()


@pytest.fixture
async def customer(gateway: Gateway) -> Customer:
    return await gateway.customer()
