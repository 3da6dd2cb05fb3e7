"""A customer with a flag, and two who decide."""

import pytest

from helpdesk.agents.model import Agent
from helpdesk.conversations.sessions import HostIdentity
from helpdesk.database import Database
from helpdesk.gray.model import SuspectFlag
from tests.integration.gray.flags import confirm, only_flag, tell
from tests.scenes import (
    Customer,
    add_agent,
    open_customer,
)


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database, HostIdentity(subject="user-7", name="王小明"))


@pytest.fixture
async def lin(database: Database) -> Agent:
    return await add_agent(database)


@pytest.fixture
async def wu(database: Database) -> Agent:
    return await add_agent(database, "wu", name="吴二")


@pytest.fixture
async def flag(database: Database, customer: Customer) -> SuspectFlag:
    await tell(database, customer)
    return await only_flag(database)


@pytest.fixture
async def confirmed(database: Database, flag: SuspectFlag, lin: Agent) -> SuspectFlag:
    await confirm(database, flag, lin)
    return flag
