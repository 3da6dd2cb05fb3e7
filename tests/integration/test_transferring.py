"""Passing conversations on: to who is there and has room, by supervisors over anybody's head, and never to nobody."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.agents.model import Agent, Role
from helpdesk.conversations import store
from helpdesk.conversations.model import Owner
from helpdesk.database import Database
from helpdesk.errors import AgentNotFoundError, HelpdeskError, NotOwnerError, TransitionNotAllowedError
from helpdesk.handoff import queue, transferring
from helpdesk.handoff.card import reason_text
from helpdesk.handoff.errors import (
    AgentAwayError,
    AgentCannotServeError,
    AgentFullError,
    AgentOfflineError,
    TeamOfflineError,
    TransferToSelfError,
)
from helpdesk.handoff.taking_back import lost_by_agent
from helpdesk.handoff.transferring import Moved
from helpdesk.teams import service as teams
from helpdesk.teams.errors import TeamNotFoundError
from helpdesk.teams.model import Skill
from tests.scenes import (
    Customer,
    add_agent,
    be_at_desk,
    claim,
    intervals,
    last_event,
    leave_desk,
    look_up,
    open_customer,
    queue_up,
)


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def lin(database: Database) -> Agent:
    lin = await add_agent(database, "lin", name="林一")
    await be_at_desk(database, lin)
    return lin


@pytest.fixture
async def wang(database: Database) -> Agent:
    wang = await add_agent(database, "wang", name="王二")
    await be_at_desk(database, wang)
    return wang


@pytest.fixture
async def boss(database: Database) -> Agent:
    return await add_agent(database, "boss", name="何三", role=Role.SUPERVISOR)


@pytest.fixture
async def served(database: Database, customer: Customer, lin: Agent) -> str:
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)
    return conversation_id


async def do[Result](database: Database, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    async with database.transaction() as session:
        return await work(session)


async def to_agent(database: Database, conversation_id: str, giver: Agent, taker: Agent, note: str = "") -> Moved:
    return await do(
        database,
        lambda session: transferring.transfer_to_agent(
            session, conversation_id, giver, to_agent=taker.id, note=note or None
        ),
    )


async def add_team(database: Database, *members: Agent, name: str = "反诈组") -> str:
    detail = await do(
        database,
        lambda session: teams.add_team(
            session, name=name, skills={Skill.FRAUD}, members=[member.id for member in members]
        ),
    )
    return detail.team.id


async def test_transfer_gives_the_conversation_to_the_colleague_with_the_note(
    database: Database, served: str, lin: Agent, wang: Agent
):
    moved = await to_agent(database, served, lin, wang, "客户在等银行回电 13800138000")

    conversation = await look_up(database, served)
    interval = (await intervals(database, served))[-1]
    assert (conversation.owner, conversation.agent_id) == (Owner.AGENT, wang.id)
    assert (interval.reason, interval.decided_by) == ("transferred", f"agent:{lin.id}")
    assert reason_text(interval).startswith("坐席转交：客户在等银行回电")
    assert await last_event(database, served) == ("agent_joined", "人工客服王二已接入，正在查看您前面说的内容。")
    assert moved.agent_ids == (lin.id, wang.id)


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        ("offline", AgentOfflineError),
        ("away", AgentAwayError),
        ("full", AgentFullError),
        ("deactivated", AgentCannotServeError),
        ("compliance", AgentCannotServeError),
    ],
)
@pytest.mark.parametrize("way", ["transfer", "reassign"])
async def test_nobody_who_cannot_take_it_is_given_it(
    database: Database,
    served: str,
    lin: Agent,
    wang: Agent,
    boss: Agent,
    state: str,
    refusal: type[HelpdeskError],
    way: str,
):
    if state == "offline":
        await leave_desk(database, wang)
    elif state == "away":
        await be_at_desk(database, wang, is_available=False)
    elif state == "full":
        await be_at_desk(database, wang, capacity=1)
        await claim(database, await queue_up(database, await open_customer(database)), wang)
    else:
        async with database.transaction() as session:
            row = await session.get_one(Agent, wang.id)
            row.active = state != "deactivated"
            row.role = Role.COMPLIANCE if state == "compliance" else row.role

    async def give(session: AsyncSession) -> Moved:
        if way == "transfer":
            return await transferring.transfer_to_agent(session, served, lin, to_agent=wang.id, note=None)
        return await transferring.reassign(session, served, boss, to_agent=wang.id, reason="均衡")

    with pytest.raises(refusal) as refused:
        await do(database, give)

    assert refused.value.fields["agent"] == "王二"
    assert (await look_up(database, served)).agent_id == lin.id


async def test_nobody_transfers_to_themselves_to_nobody_or_what_is_not_theirs(
    database: Database, served: str, lin: Agent, wang: Agent
):
    with pytest.raises(TransferToSelfError):
        await to_agent(database, served, lin, lin)
    with pytest.raises(NotOwnerError):
        await to_agent(database, served, wang, wang)
    with pytest.raises(AgentNotFoundError):
        await do(
            database,
            lambda session: transferring.transfer_to_agent(session, served, lin, to_agent="0" * 40, note=None),
        )

    assert len(await intervals(database, served)) == 3


async def test_transfer_to_a_team_keeps_the_customers_place(
    database: Database, customer: Customer, served: str, lin: Agent, wang: Agent
):
    team = await add_team(database, wang)
    later = await queue_up(database, await open_customer(database))

    await do(
        database,
        lambda session: transferring.transfer_to_team(
            session, served, lin, to_team=team, note="需要反诈组", may_wait=False
        ),
    )

    async with database.reading() as session:
        waiting = await queue.waiting(session)
    assert [entry.conversation_id for entry in waiting] == [served, later]
    assert (waiting[0].team_id, waiting[0].reason) == (team, "transferred_to_team")
    assert reason_text((await intervals(database, served))[-1]) == "坐席转给团队：需要反诈组"


async def test_team_with_nobody_there_is_refused_unless_the_customer_may_wait(
    database: Database, served: str, lin: Agent, wang: Agent
):
    # The giver alone is nobody: they want somebody else.
    team = await add_team(database, lin, wang)
    await leave_desk(database, wang)

    async def transfer(*, may_wait: bool) -> Moved:
        return await do(
            database,
            lambda session: transferring.transfer_to_team(
                session, served, lin, to_team=team, note=None, may_wait=may_wait
            ),
        )

    with pytest.raises(TeamOfflineError) as refused:
        await transfer(may_wait=False)
    assert refused.value.fields == {"team": "反诈组"}
    assert (await look_up(database, served)).agent_id == lin.id

    await transfer(may_wait=True)
    assert (await look_up(database, served)).owner is Owner.QUEUED


async def test_unknown_and_dissolved_teams_are_refused(database: Database, served: str, lin: Agent, wang: Agent):
    team = await add_team(database, wang)
    await do(database, lambda session: teams.dissolve_team(session, team))

    for unknown in (team, "0" * 40):
        with pytest.raises(TeamNotFoundError):
            await do(
                database,
                lambda session, unknown=unknown: transferring.transfer_to_team(
                    session, served, lin, to_team=unknown, note=None, may_wait=True
                ),
            )


@pytest.mark.parametrize("state", ["queued", "agent"])
async def test_supervisor_takes_over_whoever_has_it(
    database: Database, customer: Customer, lin: Agent, boss: Agent, state: str
):
    conversation_id = await queue_up(database, customer)
    if state == "agent":
        await claim(database, conversation_id, lin)

    await do(database, lambda session: transferring.take_over(session, conversation_id, boss, reason="客户要求主管"))

    conversation = await look_up(database, conversation_id)
    interval = (await intervals(database, conversation_id))[-1]
    assert (conversation.owner, conversation.agent_id) == (Owner.AGENT, boss.id)
    assert (interval.reason, interval.decided_by, interval.note) == ("taken_over", f"agent:{boss.id}", "客户要求主管")
    async with database.reading() as session:
        assert await queue.find_entry(session, conversation_id) is None
        lost = await lost_by_agent(session, lin.id)
    assert [reason_text(one.by) for one in lost] == (["主管接管：客户要求主管"] if state == "agent" else [])


async def test_what_is_the_bots_or_ones_own_is_not_taken_over(
    database: Database, customer: Customer, boss: Agent, lin: Agent
):
    with pytest.raises(TransitionNotAllowedError):
        await do(
            database,
            lambda session: transferring.take_over(session, customer.conversation_id, boss, reason="看看"),
        )

    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, boss)
    with pytest.raises(TransferToSelfError):
        await do(database, lambda session: transferring.take_over(session, conversation_id, boss, reason="看看"))


async def test_supervisor_reassigns_and_both_agents_are_told(
    database: Database, served: str, lin: Agent, wang: Agent, boss: Agent
):
    moved = await do(
        database, lambda session: transferring.reassign(session, served, boss, to_agent=wang.id, reason="均衡")
    )

    async with database.reading() as session:
        lost = await lost_by_agent(session, lin.id)
        owned = await store.conversations_of_agent(session, wang.id)
    assert moved.agent_ids == (lin.id, wang.id)
    assert [one.id for one in owned] == [served]
    assert [one.by.reason for one in lost] == ["reassigned"]
