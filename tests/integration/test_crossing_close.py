"""A customer writes in the moment an agent closes: the message is seen, or somebody takes it up."""

import pytest

from helpdesk.agents.model import Agent
from helpdesk.cases.model import Priority
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Message, Owner
from helpdesk.database import Database, Json
from helpdesk.handoff import queue
from helpdesk.handoff import service as handoff
from helpdesk.handoff.errors import CustomerWroteError
from helpdesk.turns import service as turns
from tests.factories import make_nlu
from tests.scenes import Customer, add_agent, claim, close, look_up, open_customer, queue_up, say


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def lin(database: Database, customer: Customer) -> Agent:
    lin = await add_agent(database, "lin", name="林一")
    await claim(database, await queue_up(database, customer), lin)
    return lin


async def current(database: Database, customer: Customer) -> Conversation:
    async with database.reading() as session:
        found = await store.find_current_conversation(session, customer.contact_id)
    assert found is not None
    return found


async def annotate(database: Database, message: Message, nlu: Json | None) -> None:
    """Let the turn worker come to a message that people answer."""
    async with database.transaction() as session:
        await turns.commit_annotation(session, question_id=message.id, nlu=nlu)


@pytest.mark.parametrize("nlu", [make_nlu("faq"), None], ids=["understood", "bot away"])
async def test_message_that_nobody_saw_goes_to_a_person_in_the_next_conversation(
    database: Database, customer: Customer, lin: Agent, nlu: Json | None
):
    message = (await say(database, customer, "等等，还有一笔账不对")).message
    await close(database, customer.conversation_id, lin)

    await annotate(database, message, nlu)

    conversation = await current(database, customer)
    async with database.reading() as session:
        entry = await queue.find_entry(session, conversation.id)
    assert (conversation.owner, conversation.previous_id) == (Owner.QUEUED, customer.conversation_id)
    assert entry is not None
    assert (entry.priority, entry.reason) == (Priority.HIGH, "wrote_at_close")


@pytest.mark.parametrize("case", ["parting words", "seen by the agent", "looked at before the close"])
async def test_what_needs_no_answer_opens_nothing(database: Database, customer: Customer, lin: Agent, case: str):
    message = (await say(database, customer, "谢谢")).message
    nlu = make_nlu("thanks") if case == "parting words" else make_nlu("faq")
    if case == "looked at before the close":
        await annotate(database, message, nlu)
    if case == "seen by the agent":
        async with database.transaction() as session:
            conversation = await store.lock_conversation(session, customer.conversation_id)
            conversation.agent_read_seq = message.seq
    await close(database, customer.conversation_id, lin)

    await annotate(database, message, nlu)

    assert (await current(database, customer)).owner is Owner.CLOSED


async def test_close_over_an_unseen_message_is_refused_and_nothing_changes(
    database: Database, customer: Customer, lin: Agent
):
    seen = (await look_up(database, customer.conversation_id)).last_seq
    await say(database, customer, "等等")

    with pytest.raises(CustomerWroteError):
        async with database.transaction() as session:
            await handoff.close(session, customer.conversation_id, lin, resolution="resolved", note="", seen=seen)

    assert (await look_up(database, customer.conversation_id)).owner is Owner.AGENT
