"""Accounts of agents: unique names, somebody who administers, and the first start."""

import asyncio

import pytest
from sqlalchemy import select

from helpdesk.agents import passwords
from helpdesk.agents import service as agents
from helpdesk.agents.model import Agent, Role
from helpdesk.agents.rights import RIGHTS, Right, demand, may
from helpdesk.audit import AuditEntry
from helpdesk.database import Database
from helpdesk.errors import (
    AgentNotFoundError,
    ForbiddenError,
    LastAdministratorError,
    RoleUnknownError,
    UsernameTakenError,
)
from helpdesk.first_start import create_first_administrator
from tests.scenes import add_agent


@pytest.fixture
async def boss(database: Database) -> Agent:
    return await add_agent(database, "boss", name="主管", role=Role.ADMINISTRATOR)


async def change(database: Database, agent: Agent, **fields: object) -> Agent:
    async with database.transaction() as session:
        return await agents.change_agent(session, agent.id, **fields)


async def account(database: Database, agent: Agent) -> Agent:
    async with database.reading() as session:
        return await agents.get_agent(session, agent.id)


async def test_new_agent_must_change_the_password(database: Database):
    agent = await add_agent(database, " Lin ", name=" 林一 ")

    assert (agent.username, agent.name, agent.must_change_password) == ("lin", "林一", True)
    assert (agent.active, agent.available) == (True, False)


@pytest.mark.parametrize("username", ["boss", " BOSS "], ids=["the same", "other case and spaces"])
async def test_user_names_are_unique(database: Database, boss: Agent, username: str):
    with pytest.raises(UsernameTakenError):
        await add_agent(database, username)

    async with database.reading() as session:
        assert [agent.id for agent in await agents.list_agents(session)] == [boss.id]


async def test_active_agents_are_listed_first(database: Database, boss: Agent):
    gone, here = await add_agent(database, "amy"), await add_agent(database, "zoe")
    await change(database, gone, active=False)

    async with database.reading() as session:
        listed = [agent.username for agent in await agents.list_agents(session)]

    assert listed == ["boss", here.username, gone.username]


@pytest.mark.parametrize("fields", [{"active": False}, {"role": Role.SUPERVISOR}], ids=["deactivated", "demoted"])
async def test_last_administrator_stays(database: Database, boss: Agent, fields: dict[str, object]):
    await add_agent(database, "lin")

    with pytest.raises(LastAdministratorError):
        await change(database, boss, **fields)
    assert (await account(database, boss)).role is Role.ADMINISTRATOR
    assert (await account(database, boss)).active

    await add_agent(database, "second", role=Role.ADMINISTRATOR)
    await change(database, boss, **fields)


async def test_administrator_who_is_inactive_does_not_count(database: Database, boss: Agent):
    second = await add_agent(database, "second", role=Role.ADMINISTRATOR)
    await change(database, second, active=False)

    with pytest.raises(LastAdministratorError):
        await change(database, boss, active=False)


async def test_two_administrators_cannot_remove_each_other_at_once(database: Database, boss: Agent):
    second = await add_agent(database, "second", role=Role.ADMINISTRATOR)

    async with asyncio.timeout(20):
        results = await asyncio.gather(
            change(database, boss, active=False), change(database, second, active=False), return_exceptions=True
        )

    assert [type(result) for result in results if isinstance(result, Exception)] == [LastAdministratorError]
    assert [(await account(database, agent)).active for agent in (boss, second)].count(True) == 1


async def test_last_administrator_can_be_renamed(database: Database, boss: Agent):
    changed = await change(database, boss, name=" 新名字 ", role=Role.ADMINISTRATOR, active=True)

    assert changed.name == "新名字"


@pytest.mark.parametrize("name", ["", "  "], ids=["empty", "blank"])
async def test_name_cannot_be_taken_away(database: Database, boss: Agent, name: str):
    assert (await change(database, boss, name=name)).name == "主管"


async def test_deactivated_agent_is_not_available_any_more(database: Database, boss: Agent):
    agent = await add_agent(database, "lin")
    async with database.transaction() as session:
        (await session.get_one(Agent, agent.id)).available = True

    assert (await change(database, agent, active=False)).available is False
    assert (await change(database, agent, active=True)).available is False


async def test_unknown_agent_is_refused(database: Database, boss: Agent):
    async with database.transaction() as session:
        with pytest.raises(AgentNotFoundError):
            await agents.change_agent(session, "0" * 40, active=False)
        with pytest.raises(AgentNotFoundError):
            await agents.reset_password(session, "0" * 40, password_hash="")


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_roles_are_known_by_name(role: Role):
    assert agents.parse_role(role.value) is role


@pytest.mark.parametrize("name", ["", "root", "ADMINISTRATOR", "Agent"])
def test_unknown_role_is_refused(name: str):
    with pytest.raises(RoleUnknownError):
        agents.parse_role(name)


@pytest.mark.parametrize(
    ("right", "roles"),
    [
        (Right.SERVE, {Role.AGENT, Role.SENIOR, Role.SUPERVISOR, Role.ADMINISTRATOR}),
        (Right.READ_QUEUE, set(Role)),
        (Right.READ_ANY_CONVERSATION, {Role.SUPERVISOR, Role.COMPLIANCE, Role.ADMINISTRATOR}),
        (Right.READ_UNANSWERED, {Role.SENIOR, Role.SUPERVISOR, Role.COMPLIANCE, Role.ADMINISTRATOR}),
        (Right.MANAGE_AGENTS, {Role.ADMINISTRATOR}),
    ],
    ids=lambda value: value.value if isinstance(value, Right) else "",
)
async def test_each_right_belongs_to_its_roles(database: Database, right: Right, roles: set[Role]):
    assert set(RIGHTS) == set(Role)
    for role in Role:
        agent = await add_agent(database, role.value, role=role)
        assert may(agent, right) is (role in roles)
        if role not in roles:
            with pytest.raises(ForbiddenError):
                demand(agent, right)


async def test_first_start_creates_one_administrator_with_a_password_that_works(database: Database):
    password = await create_first_administrator(database)

    async with database.reading() as session:
        (agent,) = await agents.list_agents(session)
        (entry,) = await session.scalars(select(AuditEntry))
    assert password is not None
    assert passwords.matches(agent.password_hash, password)
    assert (agent.username, agent.role, agent.must_change_password) == ("admin", Role.ADMINISTRATOR, True)
    assert (entry.action, entry.subject) == ("first_administrator", f"agent:{agent.id}")
    assert password not in repr(vars(entry))


async def test_second_start_creates_nobody(database: Database):
    await create_first_administrator(database)

    assert await create_first_administrator(database) is None

    async with database.reading() as session:
        assert len(await agents.list_agents(session)) == 1


async def test_start_with_somebody_registered_creates_nobody(database: Database):
    await add_agent(database, "lin")

    assert await create_first_administrator(database) is None
