"""A gateway that stops and a new one on the same database: nothing is lost and nothing is said twice."""

import asyncio

from tests.fakes import FakeBot, says
from tests.integration.gateway.clients import Customer
from tests.integration.gateway.conftest import Gateway

RESTART = 1012


async def restart(gateway: Gateway, *customers: Customer) -> None:
    await gateway.restart()
    for customer in customers:
        customer.client = gateway.client


async def test_stopping_gateway_tells_sockets_to_come_back(gateway: Gateway, customer: Customer) -> None:
    socket = await customer.connect()
    agent = await gateway.agent()
    desk = await agent.connect()
    codes = asyncio.gather(socket.closed(), desk.closed())

    await gateway.stop()

    assert await codes == [RESTART, RESTART]


async def test_session_and_conversation_outlive_a_restart(gateway: Gateway, customer: Customer) -> None:
    await customer.say("你好")
    await customer.hear("答：你好")
    before = await customer.get("/messages")

    await restart(gateway, customer)

    assert await customer.get("/messages") == before


async def test_new_gateway_resumes_where_the_socket_broke(gateway: Gateway, customer: Customer) -> None:
    socket = await customer.connect()
    await socket.send(t="msg", cid="c-1", text="一")
    last = await socket.message("答：一")

    await restart(gateway, customer)
    resumed = await customer.connect(conversation=customer.conversation, last_seq=last["seq"])
    await resumed.send(t="msg", cid="c-2", text="二")

    await resumed.message("答：二")
    assert [frame["seq"] for frame in resumed.seen if frame["t"] == "msg"] == [3, 4]


async def test_message_resent_after_a_restart_is_the_same(gateway: Gateway, customer: Customer, bot: FakeBot) -> None:
    first = await customer.say("你好", client_id="once")
    await customer.hear("答：你好")

    await restart(gateway, customer)
    again = await customer.say("你好", client_id="once")

    assert again == first
    assert bot.asked == ["你好"]


async def test_restart_in_the_middle_of_a_turn_answers_exactly_once(
    gateway: Gateway, customer: Customer, bot: FakeBot
) -> None:
    gate = bot.gate()
    bot.on("怎么办", says("这样办", gate=gate))
    await customer.say("怎么办")
    await gate.reached.wait()

    await gateway.stop()
    gate.open()
    await gateway.start()
    customer.client = gateway.client

    await customer.hear("这样办")
    assert [m["sender"] for m in await customer.transcript()] == ["customer", "bot"]
    assert {turn["message_id"] for turn in bot.turns} == {(await customer.transcript())[0]["id"]}


async def test_waiting_messages_are_answered_by_the_next_gateway_in_order(
    gateway: Gateway, customer: Customer, bot: FakeBot
) -> None:
    gate = bot.gate()
    bot.on("一", says("答一", gate=gate))
    for text in ("一", "二", "三"):
        await customer.say(text)
    await gate.reached.wait()

    await gateway.stop()
    gate.open()
    await gateway.start()
    customer.client = gateway.client

    await customer.hear("答：三")
    replies = [m["text"] for m in await customer.transcript() if m["sender"] == "bot"]
    assert replies == ["答一", "答：二", "答：三"]


async def test_queue_and_desk_session_outlive_a_restart(gateway: Gateway, customer: Customer) -> None:
    agent = await gateway.agent()
    await customer.post("/handoff")
    cookies = agent.client.session.cookie_jar.filter_cookies(agent.client.make_url("/desk/api/me"))

    await restart(gateway, customer)
    agent.client = await gateway.browser()
    agent.client.session.cookie_jar.update_cookies(cookies, agent.client.make_url("/desk/api/login"))

    queue = await agent.get("/queue")
    assert [entry["conversation"] for entry in queue["entries"]] == [customer.conversation]
