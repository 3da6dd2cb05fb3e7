"""What a customer should not have sent is stored nowhere, and warned of once."""

import pytest
from sqlalchemy import select

from helpdesk.agents.model import Agent
from helpdesk.conversations.model import Sender
from helpdesk.conversations.service import write_agent_reply
from helpdesk.database import Database
from helpdesk.errors import AsksForSecretError, ClientIdReusedError
from helpdesk.handoff.service import requeue
from helpdesk.tables import metadata
from helpdesk.turns.writing import Renderer
from tests.scenes import (
    Customer,
    add_agent,
    answer,
    claim,
    close,
    closed_conversation,
    make_turn,
    open_customer,
    queue_up,
    say,
    transcript,
)

SECRETS = ("6222020012345678903", "11010519491231002X", "483920", "hunter22")
ALL = f"卡号{SECRETS[0]}，身份证{SECRETS[1]}，验证码{SECRETS[2]}，密码是{SECRETS[3]}"


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def agent(database: Database) -> Agent:
    return await add_agent(database)


async def everything(database: Database) -> str:
    """Return the content of every table."""
    async with database.reading() as session:
        rows = [(await session.execute(select(table))).all() for table in metadata.sorted_tables]
    return repr(rows)


async def warnings(database: Database, conversation_id: str) -> list[str]:
    events = [m for m in await transcript(database, conversation_id) if m.body.get("event") == "masked"]
    return [event.body["secret"] for event in events]


async def test_no_secret_is_in_any_table(database: Database, customer: Customer, agent: Agent, renderer: Renderer):
    accepted = await say(database, customer, ALL)
    await answer(database, accepted.message, make_turn("好的", decision="fallback"), renderer)
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, agent)

    stored = await everything(database)

    assert "[银行卡尾号8903]" in stored
    assert [secret for secret in SECRETS if secret in stored] == []


async def test_customer_is_warned_once_of_each_kind(database: Database, customer: Customer):
    await say(database, customer, "验证码483920")
    await say(database, customer, "又来了一个验证码 112233")
    await say(database, customer, ALL)

    assert await warnings(database, customer.conversation_id) == ["code", "card", "identity", "password"]


async def test_warning_follows_its_message_and_says_what_was_hidden(database: Database, customer: Customer):
    await say(database, customer, "卡号6222020012345678903")

    message, warning = await transcript(database, customer.conversation_id)

    assert (message.text, message.seq, warning.seq) == ("卡号[银行卡尾号8903]", 1, 2)
    assert (warning.sender, warning.turn_state) == (Sender.SYSTEM, None)
    assert "银行卡号已经隐藏" in warning.text


async def test_message_without_a_secret_is_stored_as_it_is(database: Database, customer: Customer):
    await say(database, customer, "给13800000000转了5000元，工单XB20261122-ABC234")

    (message,) = await transcript(database, customer.conversation_id)
    assert message.text == "给13800000000转了5000元，工单XB20261122-ABC234"


async def test_next_conversation_warns_again(database: Database, customer: Customer, agent: Agent):
    await say(database, customer, "验证码483920")
    await closed_conversation(database, customer, agent)

    accepted = await say(database, customer, "验证码483920")

    assert await warnings(database, accepted.message.conversation_id) == ["code"]


async def test_repeat_of_a_masked_message_gets_the_first_answer(database: Database, customer: Customer):
    first = await say(database, customer, ALL, client_id="c1")

    again = await say(database, customer, ALL, client_id="c1")

    assert (again.message.id, again.is_new) == (first.message.id, False)
    assert len(await transcript(database, customer.conversation_id)) == 5


async def test_other_text_under_the_same_id_is_refused(database: Database, customer: Customer):
    await say(database, customer, "验证码483920", client_id="c1")

    with pytest.raises(ClientIdReusedError):
        await say(database, customer, "密码hunter22", client_id="c1")

    assert await warnings(database, customer.conversation_id) == ["code"]


async def test_agent_cannot_ask_for_a_secret(database: Database, customer: Customer, agent: Agent):
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, agent)
    before = await transcript(database, conversation_id)

    with pytest.raises(AsksForSecretError) as refused:
        await reply(database, conversation_id, agent, "请把验证码发给我")

    assert refused.value.fields["secret"] == "code"
    assert len(await transcript(database, conversation_id)) == len(before)


async def test_secrets_in_an_agents_notes_are_not_stored(database: Database, customer: Customer, agent: Agent):
    await say(database, customer)
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, agent)
    async with database.transaction() as session:
        await requeue(session, conversation_id, agent, note=f"客户卡号{SECRETS[0]}")
    await claim(database, conversation_id, agent)

    await close(database, conversation_id, agent, note=f"身份证{SECRETS[1]}已核对")

    stored = await everything(database)
    assert "客户卡号[银行卡尾号8903]" in stored
    assert "身份证[身份证号已隐藏]已核对" in stored
    assert [secret for secret in SECRETS if secret in stored] == []


async def test_agent_may_warn_of_a_secret(database: Database, customer: Customer, agent: Agent):
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, agent)

    await reply(database, conversation_id, agent, "请不要把验证码告诉任何人")

    assert (await transcript(database, conversation_id))[-1].text == "请不要把验证码告诉任何人"


async def reply(database: Database, conversation_id: str, agent: Agent, text: str) -> None:
    async with database.transaction() as session:
        await write_agent_reply(
            session,
            conversation_id=conversation_id,
            agent_id=agent.id,
            agent_name=agent.name,
            client_id="a-1",
            text=text,
        )
