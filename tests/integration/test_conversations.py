"""Taking in messages: idempotent, in order, and in a new linked conversation after a close."""

import asyncio
from itertools import pairwise

import pytest

from helpdesk.agents.model import Agent
from helpdesk.conversations.model import Owner, Sender, TurnState
from helpdesk.conversations.service import write_agent_reply
from helpdesk.database import Database
from helpdesk.errors import ClientIdReusedError, NotOwnerError, TextEmptyError
from helpdesk.handoff.service import return_to_bot
from tests.integration.conftest import MovableClock
from tests.scenes import (
    Customer,
    add_agent,
    claim,
    closed_conversation,
    intervals,
    look_up,
    open_customer,
    queue_up,
    say,
    transcript,
)


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def agent(database: Database) -> Agent:
    return await add_agent(database)


async def test_message_is_stored_and_waits_for_its_turn(database: Database, customer: Customer):
    accepted = await say(database, customer, " 怎么还款\n")

    (stored,) = await transcript(database, customer.conversation_id)
    assert (stored.id, stored.seq, stored.text) == (accepted.message.id, 1, "怎么还款")
    assert (stored.sender, stored.turn_state) == (Sender.CUSTOMER, TurnState.WAITING)
    assert accepted.is_new


async def test_refused_message_leaves_no_trace(database: Database, customer: Customer):
    with pytest.raises(TextEmptyError):
        await say(database, customer, "\u200b")

    assert await transcript(database, customer.conversation_id) == []
    assert (await look_up(database, customer.conversation_id)).last_seq == 0


async def test_repeated_message_gets_the_first_answer(database: Database, customer: Customer):
    first = await say(database, customer, "怎么还款", client_id="c1")
    await say(database, customer, "还有呢", client_id="c2")

    again = await say(database, customer, "怎么还款 ", client_id="c1")

    assert (again.message.id, again.message.seq, again.is_new) == (first.message.id, 1, False)
    assert len(await transcript(database, customer.conversation_id)) == 2


async def test_message_sent_ten_times_at_once_is_stored_once(database: Database, customer: Customer):
    async with asyncio.timeout(20):
        accepted = await asyncio.gather(*(say(database, customer, "怎么还款", client_id="c1") for _ in range(10)))

    assert len({one.message.id for one in accepted}) == 1
    assert [one.is_new for one in accepted].count(True) == 1
    assert len(await transcript(database, customer.conversation_id)) == 1


async def test_ten_messages_at_once_get_consecutive_numbers(database: Database, customer: Customer):
    async with asyncio.timeout(20):
        accepted = await asyncio.gather(*(say(database, customer, f"第{n}句") for n in range(10)))

    assert sorted(one.message.seq for one in accepted) == list(range(1, 11))
    assert (await look_up(database, customer.conversation_id)).last_seq == 10


async def test_client_id_cannot_be_used_for_other_text(database: Database, customer: Customer):
    await say(database, customer, "怎么还款", client_id="c1")

    with pytest.raises(ClientIdReusedError):
        await say(database, customer, "怎么退款", client_id="c1")

    assert [message.text for message in await transcript(database, customer.conversation_id)] == ["怎么还款"]


async def test_customers_choose_their_client_ids_independently(database: Database, customer: Customer):
    other = await open_customer(database)
    await say(database, customer, "怎么还款", client_id="c1")

    accepted = await say(database, other, "怎么退款", client_id="c1")

    assert accepted.is_new
    assert accepted.message.conversation_id == other.conversation_id


async def test_message_after_the_close_opens_a_linked_conversation(
    database: Database, customer: Customer, agent: Agent
):
    closed = await closed_conversation(database, customer, agent)

    accepted = await say(database, customer, "我还有一个问题")

    opened = await look_up(database, accepted.message.conversation_id)
    assert (opened.previous_id, opened.owner, opened.contact_id) == (closed, Owner.BOT, customer.contact_id)
    assert accepted.message.seq == 1
    assert [interval.owner for interval in await intervals(database, opened.id)] == [Owner.BOT]


async def test_messages_at_once_after_the_close_open_one_conversation(
    database: Database, customer: Customer, agent: Agent
):
    closed = await closed_conversation(database, customer, agent)

    async with asyncio.timeout(20):
        accepted = await asyncio.gather(*(say(database, customer, f"第{n}句") for n in range(5)))

    (opened,) = {one.message.conversation_id for one in accepted}
    assert opened != closed


async def test_repeat_after_the_close_is_still_known(database: Database, customer: Customer, agent: Agent):
    first = await say(database, customer, "怎么还款", client_id="c1")
    closed = await closed_conversation(database, customer, agent)

    again = await say(database, customer, "怎么还款", client_id="c1")

    assert (again.message.id, again.is_new, again.owner) == (first.message.id, False, Owner.CLOSED)
    assert again.message.conversation_id == closed


async def test_the_open_conversation_is_found_after_the_clock_went_back(
    database: Database, agent: Agent, movable_clock: MovableClock
):
    customer = await open_customer(database)
    await closed_conversation(database, customer, agent)
    movable_clock.move(hours=-1)
    first = await say(database, customer, "我还有一个问题")

    second = await say(database, customer, "在吗")

    assert second.message.conversation_id == first.message.conversation_id


async def test_times_of_a_transcript_never_run_backwards(database: Database, customer: Customer, agent: Agent):
    closed = await closed_conversation(database, customer, agent)

    messages = await transcript(database, closed)

    assert all(earlier.created_at <= later.created_at for earlier, later in pairwise(messages))
    assert (await look_up(database, closed)).last_message_at == messages[-1].created_at


async def reply(database: Database, customer: Customer, agent: Agent, text: str = "您好", client_id: str = "r1"):
    async with database.transaction() as session:
        return await write_agent_reply(
            session,
            conversation_id=customer.conversation_id,
            agent_id=agent.id,
            agent_name=agent.name,
            client_id=client_id,
            text=text,
        )


async def test_the_owning_agent_replies_and_has_read_what_stands_above(
    database: Database, customer: Customer, agent: Agent
):
    await say(database, customer, client_id="r1")
    await claim(database, await queue_up(database, customer), agent)

    accepted = await reply(database, customer, agent)

    conversation = await look_up(database, customer.conversation_id)
    assert (accepted.message.sender, accepted.message.body) == (Sender.AGENT, {"agent": {"name": "林一"}})
    assert conversation.agent_read_seq == conversation.last_seq == accepted.message.seq


@pytest.mark.parametrize("holder", ["nobody", "another agent"])
async def test_agent_without_the_conversation_cannot_reply(
    database: Database, customer: Customer, agent: Agent, holder: str
):
    await say(database, customer)
    await queue_up(database, customer)
    if holder == "another agent":
        await claim(database, customer.conversation_id, await add_agent(database, "wang", name="王二"))

    with pytest.raises(NotOwnerError):
        await reply(database, customer, agent)


async def test_repeated_reply_gets_the_first_answer_even_after_the_conversation_moved_on(
    database: Database, customer: Customer, agent: Agent
):
    await say(database, customer)
    await claim(database, await queue_up(database, customer), agent)
    first = await reply(database, customer, agent)
    async with database.transaction() as session:
        await return_to_bot(session, customer.conversation_id, agent)

    again = await reply(database, customer, agent)

    assert (again.message.id, again.is_new) == (first.message.id, False)
    with pytest.raises(ClientIdReusedError):
        await reply(database, customer, agent, "别的话")
