"""The owner machine: each permitted move is recorded, each other one changes nothing."""

from itertools import pairwise, product

import pytest

from helpdesk.agents.model import Agent
from helpdesk.conversations import store
from helpdesk.conversations.model import Owner
from helpdesk.conversations.ownership import change_owner
from helpdesk.database import Database
from helpdesk.errors import TransitionNotAllowedError
from tests.scenes import Customer, add_agent, intervals, look_up, open_customer

# How a conversation gets to each owner, from its beginning with the bot.
PATHS = {
    Owner.BOT: [],
    Owner.QUEUED: [Owner.QUEUED],
    Owner.AGENT: [Owner.QUEUED, Owner.AGENT],
    Owner.CLOSED: [Owner.QUEUED, Owner.AGENT, Owner.CLOSED],
}
PERMITTED = {
    Owner.BOT: {Owner.QUEUED, Owner.CLOSED},
    Owner.QUEUED: {Owner.AGENT, Owner.BOT, Owner.CLOSED},
    Owner.AGENT: {Owner.AGENT, Owner.QUEUED, Owner.BOT, Owner.CLOSED},
    Owner.CLOSED: set(),
}
MOVES = list(product(Owner, Owner))


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def agent(database: Database) -> Agent:
    return await add_agent(database)


@pytest.fixture
async def colleague(database: Database) -> Agent:
    return await add_agent(database, "wang", name="王二")


async def move(database: Database, customer: Customer, target: Owner, agent: Agent | None, note: str = "") -> None:
    async with database.transaction() as session:
        conversation = await store.lock_conversation(session, customer.conversation_id)
        await change_owner(
            session,
            conversation,
            target,
            reason="test",
            decided_by="system",
            agent_id=agent.id if agent else None,
            note=note,
        )


async def bring_to(database: Database, customer: Customer, owner: Owner, agent: Agent) -> None:
    for step in PATHS[owner]:
        await move(database, customer, step, agent if step is Owner.AGENT else None)


@pytest.mark.parametrize(("owner", "target"), MOVES, ids=[f"{a.value} to {b.value}" for a, b in MOVES])
async def test_only_permitted_moves_change_the_owner(
    database: Database, customer: Customer, agent: Agent, colleague: Agent, owner: Owner, target: Owner
):
    await bring_to(database, customer, owner, agent)
    before = await look_up(database, customer.conversation_id)
    holder = colleague if target is Owner.AGENT else None

    if target in PERMITTED[owner]:
        await move(database, customer, target, holder)
        wanted = (target, before.owner_epoch + 1)
    else:
        with pytest.raises(TransitionNotAllowedError) as refused:
            await move(database, customer, target, holder)
        assert refused.value.fields == {"owner": owner.value, "target": target.value}
        wanted = (owner, before.owner_epoch)

    after = await look_up(database, customer.conversation_id)
    assert (after.owner, after.owner_epoch) == wanted
    assert len(await intervals(database, customer.conversation_id)) == after.owner_epoch


@pytest.mark.parametrize(
    ("target", "with_agent"), [(Owner.AGENT, False), (Owner.BOT, True)], ids=["agent without one", "bot with one"]
)
async def test_an_agent_is_named_exactly_where_agents_own(
    database: Database, customer: Customer, agent: Agent, target: Owner, with_agent: bool
):
    await bring_to(database, customer, Owner.QUEUED, agent)

    with pytest.raises(TransitionNotAllowedError):
        await move(database, customer, target, agent if with_agent else None)


async def test_an_agent_cannot_pass_on_to_themselves(database: Database, customer: Customer, agent: Agent):
    await bring_to(database, customer, Owner.AGENT, agent)

    with pytest.raises(TransitionNotAllowedError):
        await move(database, customer, Owner.AGENT, agent)

    assert (await look_up(database, customer.conversation_id)).owner_epoch == 3


async def test_intervals_follow_each_other_without_a_gap(database: Database, customer: Customer, agent: Agent):
    await bring_to(database, customer, Owner.CLOSED, agent)

    recorded = await intervals(database, customer.conversation_id)

    assert [interval.owner for interval in recorded] == [Owner.BOT, Owner.QUEUED, Owner.AGENT, Owner.CLOSED]
    assert [interval.epoch for interval in recorded] == [1, 2, 3, 4]
    assert all(earlier.ended_at == later.started_at for earlier, later in pairwise(recorded))
    assert recorded[-1].ended_at is None


async def test_interval_says_who_decided_and_why(database: Database, customer: Customer, agent: Agent):
    await move(database, customer, Owner.QUEUED, None, note="客户很急")

    interval = (await intervals(database, customer.conversation_id))[-1]

    assert (interval.reason, interval.decided_by, interval.note) == ("test", "system", "客户很急")


async def test_end_is_recorded_only_while_closed(database: Database, customer: Customer, agent: Agent):
    await bring_to(database, customer, Owner.AGENT, agent)
    assert (await look_up(database, customer.conversation_id)).closed_at is None

    await move(database, customer, Owner.CLOSED, None)

    closed = await look_up(database, customer.conversation_id)
    assert closed.closed_at == (await intervals(database, customer.conversation_id))[-1].started_at
    assert closed.agent_id is None
