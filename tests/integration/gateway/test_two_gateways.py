"""Two gateways on one PostgreSQL: each hears what the other wrote, and a message is answered once."""

import pytest

from tests.fakes import FakeBot, says
from tests.integration.gateway.clients import Customer, eventually
from tests.integration.gateway.conftest import Gateway, Settle, StartGateway

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@pytest.fixture
async def other(start_gateway: StartGateway) -> Gateway:
    return await start_gateway()


def at(gateway: Gateway, customer: Customer) -> Customer:
    """Return the same customer's app, talking to another gateway."""
    return Customer(gateway.client, customer.opened)


async def test_session_of_one_gateway_is_good_at_the_other(customer: Customer, other: Gateway) -> None:
    await customer.say("你好")
    await customer.hear("答：你好")

    assert await at(other, customer).transcript() == await customer.transcript()


async def test_socket_at_one_gateway_hears_a_message_of_the_other(customer: Customer, other: Gateway) -> None:
    socket = await at(other, customer).connect()

    await customer.say("你好")

    await socket.message("答：你好")


async def test_waiting_read_at_one_gateway_hears_a_message_of_the_other(customer: Customer, other: Gateway) -> None:
    await customer.say("你好")

    assert await at(other, customer).hear("答：你好")


async def test_agent_at_one_gateway_serves_a_customer_of_the_other(customer: Customer, other: Gateway) -> None:
    agent = await other.agent()
    desk = await agent.connect()
    socket = await customer.connect()

    await customer.post("/handoff")
    await desk.next("queue", lambda frame: frame["entries"])
    await agent.claim(customer.conversation)
    await agent.reply(customer.conversation, "您好")

    assert (await socket.message("您好"))["sender"] == "agent"


async def test_message_that_both_gateways_take_up_is_answered_once(
    customer: Customer, other: Gateway, bot: FakeBot, settled: Settle
) -> None:
    gate = bot.gate()
    bot.on("你好", says("好的", gate=gate))
    await customer.say("你好")

    async def asked() -> int:
        return len(bot.turns)

    await eventually(asked, lambda count: count >= 2)
    gate.open()
    await settled()

    assert [message["text"] for message in await customer.transcript()] == ["你好", "好的"]
