"""Agents taking conversations and giving them up: one wins, and only the owner decides."""

import asyncio

import pytest

from helpdesk.agents.model import Agent
from helpdesk.cases.model import CaseStatus, Priority
from helpdesk.conversations.model import MessageKind, Owner, Sender
from helpdesk.database import Database
from helpdesk.errors import (
    AlreadyClaimedError,
    ConversationNotFoundError,
    NotOwnerError,
    NotQueuedError,
    ResolutionUnknownError,
)
from helpdesk.handoff import queue
from helpdesk.handoff import service as handoff
from helpdesk.handoff.card import reason_text
from tests.scenes import (
    Customer,
    add_agent,
    case_of,
    claim,
    close,
    intervals,
    last_event,
    look_up,
    open_customer,
    queue_up,
    say,
    transcript,
)


@pytest.fixture
async def customer(database: Database) -> Customer:
    customer = await open_customer(database)
    await say(database, customer, "催收打给我家人了")
    return customer


@pytest.fixture
async def lin(database: Database) -> Agent:
    return await add_agent(database, "lin", name="林一")


@pytest.fixture
async def wang(database: Database) -> Agent:
    return await add_agent(database, "wang", name="王二")


async def test_first_of_two_agents_at_once_gets_the_conversation(
    database: Database, customer: Customer, lin: Agent, wang: Agent
):
    conversation_id = await queue_up(database, customer)

    async with asyncio.timeout(20):
        results = await asyncio.gather(
            *(claim(database, conversation_id, agent) for agent in (lin, wang)), return_exceptions=True
        )

    (refused,) = [result for result in results if isinstance(result, AlreadyClaimedError)]
    winner = lin if results[1] is refused else wang
    conversation = await look_up(database, conversation_id)
    assert (conversation.owner, conversation.agent_id) == (Owner.AGENT, winner.id)
    assert refused.fields == {"agent": winner.name}
    assert [interval.agent_id for interval in await intervals(database, conversation_id)][2:] == [winner.id]


async def test_claiming_twice_changes_nothing(database: Database, customer: Customer, lin: Agent):
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)
    before = await transcript(database, conversation_id)

    again = await claim(database, conversation_id, lin)

    assert (again.owner, again.owner_epoch) == (Owner.AGENT, 3)
    assert len(await transcript(database, conversation_id)) == len(before)


@pytest.mark.parametrize("owner", ["bot", "closed"])
async def test_what_does_not_wait_cannot_be_claimed(database: Database, customer: Customer, lin: Agent, owner: str):
    if owner == "closed":
        await claim(database, await queue_up(database, customer), lin)
        await close(database, customer.conversation_id, lin)

    with pytest.raises(NotQueuedError):
        await claim(database, customer.conversation_id, lin)


async def test_unknown_conversation_cannot_be_claimed(database: Database, lin: Agent):
    with pytest.raises(ConversationNotFoundError):
        await claim(database, "0" * 40, lin)


async def test_claim_is_told_with_the_name_and_starts_work_on_the_case(
    database: Database, customer: Customer, lin: Agent
):
    conversation_id = await queue_up(database, customer)

    await claim(database, conversation_id, lin)

    async with database.reading() as session:
        entry = await queue.find_entry(session, conversation_id)
    event, told = await last_event(database, conversation_id)
    assert (event, told) == ("agent_joined", "人工客服林一已接入，正在查看您前面说的内容。")
    assert (await case_of(database, conversation_id)).status is CaseStatus.IN_PROGRESS
    assert entry is None


async def test_requeued_conversation_keeps_its_urgency_and_the_note(
    database: Database, customer: Customer, lin: Agent, wang: Agent
):
    conversation_id = await queue_up(database, customer, priority=Priority.URGENT)
    await claim(database, conversation_id, lin)

    async with database.transaction() as session:
        await handoff.requeue(session, conversation_id, lin, note="需要会粤语的同事")

    async with database.reading() as session:
        entry = await queue.find_entry(session, conversation_id)
    assert entry is not None
    assert (entry.priority, entry.reason) == (Priority.URGENT, "requeued")
    interval = (await intervals(database, conversation_id))[-1]
    assert reason_text(interval) == "坐席重新排队：需要会粤语的同事"
    assert (await claim(database, conversation_id, wang)).agent_id == wang.id


async def test_returned_conversation_belongs_to_the_bot_again(database: Database, customer: Customer, lin: Agent):
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)

    async with database.transaction() as session:
        await handoff.return_to_bot(session, conversation_id, lin)

    conversation = await look_up(database, conversation_id)
    assert (conversation.owner, conversation.agent_id) == (Owner.BOT, None)


@pytest.mark.parametrize("step", ["return", "requeue", "close"])
async def test_only_the_owning_agent_can_end_their_part(
    database: Database, customer: Customer, lin: Agent, wang: Agent, step: str
):
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)
    steps = {
        "return": lambda session, agent: handoff.return_to_bot(session, conversation_id, agent),
        "requeue": lambda session, agent: handoff.requeue(session, conversation_id, agent, note=None),
        "close": lambda session, agent: handoff.close(session, conversation_id, agent, resolution="resolved", note=""),
    }

    with pytest.raises(NotOwnerError):
        async with database.transaction() as session:
            await steps[step](session, wang)
    assert (await look_up(database, conversation_id)).agent_id == lin.id

    async with database.transaction() as session:
        await steps[step](session, lin)
    assert (await look_up(database, conversation_id)).agent_id is None


async def test_close_asks_for_a_rating_last(database: Database, customer: Customer, lin: Agent):
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)

    closed = await close(database, conversation_id, lin, resolution="informed", note="已说明")

    *_, event, request = await transcript(database, conversation_id)
    assert (closed.owner, closed.resolution, closed.resolution_note) == (Owner.CLOSED, "informed", "已说明")
    assert event.body == {"event": "closed"}
    assert (request.sender, request.kind) == (Sender.SYSTEM, MessageKind.RATING_REQUEST)
    assert request.body["scores"] == [1, 2, 3, 4, 5]
    assert request.body["agent"] == {"name": "林一"}


async def test_unknown_resolution_changes_nothing(database: Database, customer: Customer, lin: Agent):
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)

    with pytest.raises(ResolutionUnknownError):
        await close(database, conversation_id, lin, resolution="bored")

    assert (await look_up(database, conversation_id)).owner is Owner.AGENT


async def test_conversations_of_an_agent_who_leaves_go_back_to_the_queue(
    database: Database, customer: Customer, lin: Agent, wang: Agent
):
    others = await open_customer(database)
    await claim(database, await queue_up(database, customer), lin)
    await claim(database, await queue_up(database, others), wang)

    async with database.transaction() as session:
        moved = await handoff.requeue_all(session, lin.id, decided_by="agent:boss")

    assert moved == [customer.conversation_id]
    assert (await look_up(database, customer.conversation_id)).owner is Owner.QUEUED
    assert (await look_up(database, others.conversation_id)).agent_id == wang.id
