"""The customer's socket: live messages, acknowledgements, resuming and several tabs."""

from datetime import datetime

from helpdesk import clock
from tests.fakes import FakeBot, says
from tests.integration.gateway.clients import AgentClient, Customer
from tests.integration.gateway.conftest import Gateway


async def close(customer: Customer, agent: AgentClient) -> None:
    """Let an agent serve and end the customer's conversation."""
    await customer.post("/handoff")
    await agent.claim(customer.conversation)
    await agent.do(f"/conversations/{customer.conversation}/close", {"resolution": "resolved"})


async def test_ready_tells_where_the_conversation_stands(customer: Customer) -> None:
    await customer.say("你好")
    await customer.hear("答：你好")

    socket = await customer.connect()

    ready = socket.seen[0]
    assert (ready["conv"], ready["seq_head"], ready["hb"]) == (customer.conversation, 2, 25)
    assert (ready["owner"], ready["queue"], ready["agent"]) == ("bot", None, None)
    assert abs((datetime.fromisoformat(ready["server_time"]) - clock.now()).total_seconds()) < 60


async def test_bot_reply_arrives_by_socket(customer: Customer) -> None:
    socket = await customer.connect()

    await socket.send(t="msg", cid="c-1", text="你好")

    ack = await socket.next("ack")
    reply = await socket.message("答：你好")
    assert (ack["cid"], ack["seq"], ack["conv"]) == ("c-1", 1, customer.conversation)
    assert (reply["sender"], reply["seq"], reply["conversation"]) == ("bot", 2, customer.conversation)


async def test_message_by_http_arrives_by_socket(customer: Customer) -> None:
    socket = await customer.connect()

    sent = await customer.say("你好", client_id="mine")

    echo = await socket.message("你好")
    assert (echo["id"], echo["client_id"], echo["sender"]) == (sent["id"], "mine", "customer")


async def test_frames_of_the_socket_equal_the_messages_of_http(customer: Customer) -> None:
    socket = await customer.connect()
    await customer.say("你好")
    await socket.message("答：")

    pushed = [{k: v for k, v in frame.items() if k != "t"} for frame in socket.seen if frame["t"] == "msg"]

    assert pushed == await customer.transcript()


async def test_acknowledgement_of_a_repeat_is_the_same(customer: Customer, bot: FakeBot) -> None:
    socket = await customer.connect()
    await socket.send(t="msg", cid="c-1", text="你好")
    first = await socket.next("ack")

    await socket.send(t="msg", cid="c-1", text="你好")

    assert await socket.next("ack") == first
    await customer.hear("答：你好")
    assert bot.asked == ["你好"]


async def test_button_can_be_pressed_by_socket(customer: Customer, bot: FakeBot) -> None:
    bot.on("问我", says("对吗？", buttons=({"title": "是的", "payload": {"intent": "affirm"}},)))
    bot.on("affirm", says("好的"))
    socket = await customer.connect()
    await socket.send(t="msg", cid="c-1", text="问我")
    shown = await socket.message("对吗？")

    await socket.send(t="msg", cid="c-2", button={"message": shown["id"], "id": "b1"})

    assert (await socket.message("好的"))["sender"] == "bot"


async def test_resuming_sends_only_what_was_missed(customer: Customer) -> None:
    for text in ("一", "二"):
        await customer.say(text)
    await customer.hear("答：二")

    socket = await customer.connect(conversation=customer.conversation, last_seq=2)

    await socket.message("答：二")
    assert [frame["seq"] for frame in socket.seen if frame["t"] == "msg"] == [3, 4]


async def test_resuming_in_an_earlier_conversation_sends_its_rest_and_the_current_one(
    customer: Customer, gateway: Gateway
) -> None:
    await customer.say("早先")
    await customer.hear("答：早先")
    await close(customer, await gateway.agent())
    await customer.say("后来")

    socket = await customer.connect(conversation=customer.conversation, last_seq=2)

    await socket.message("答：后来")
    messages = [frame for frame in socket.seen if frame["t"] == "msg"]
    earlier = [m["kind"] for m in messages if m["conversation"] == customer.conversation]
    current = [m["text"] for m in messages if m["conversation"] == socket.seen[0]["conv"]]
    assert earlier == ["event", "event", "event", "rating_request"]
    assert current == ["后来", "答：后来"]


async def test_two_tabs_both_hear_everything(customer: Customer) -> None:
    one, two = await customer.connect(), await customer.connect()

    await one.send(t="msg", cid="c-1", text="你好")

    for socket in (one, two):
        await socket.message("答：你好")
        assert [f["text"] for f in socket.seen if f["t"] == "msg"] == ["你好", "答：你好"]


async def test_sync_gives_a_batch_and_says_whether_there_is_more(customer: Customer, bot: FakeBot) -> None:
    bot.on("很多", says(*(f"第{n}句" for n in range(250))))
    await customer.say("很多")
    await customer.hear("第249句")
    socket = await customer.connect(conversation=customer.conversation, last_seq=251)

    await socket.send(t="sync", conv=customer.conversation, after=0)
    first = await socket.next("batch")
    await socket.send(t="sync", conv=customer.conversation, after=first["items"][-1]["seq"])
    second = await socket.next("batch")

    assert [len(first["items"]), first["more"], len(second["items"]), second["more"]] == [200, True, 51, False]


async def test_long_conversation_arrives_whole_and_in_order(customer: Customer, bot: FakeBot) -> None:
    bot.on("很多", says(*(f"第{n}句" for n in range(450))))
    await customer.say("很多")
    await customer.hear("第449句")

    socket = await customer.connect()

    await socket.message("第449句")
    assert [f["seq"] for f in socket.seen if f["t"] == "msg"] == list(range(1, 452))


async def test_state_follows_the_handoff(customer: Customer, gateway: Gateway) -> None:
    agent = await gateway.agent(name="林一")
    socket = await customer.connect()

    await customer.post("/handoff")
    queued = await socket.next("state")
    await agent.claim(customer.conversation)
    served = await socket.next("state")

    assert (queued["owner"], queued["queue"]["position"]) == ("queued", 1)
    assert (served["owner"], served["queue"], served["agent"]) == ("agent", None, {"name": "林一"})


async def test_place_in_the_queue_moves_up_live(customer: Customer, gateway: Gateway) -> None:
    await customer.post("/handoff")
    second = await gateway.customer()
    await second.post("/handoff")
    socket = await second.connect()

    await customer.call("DELETE", "/handoff")

    state = await socket.next("state")
    assert (socket.seen[0]["queue"]["position"], state["queue"]["position"]) == (2, 1)


async def test_handoff_after_a_close_reaches_the_open_socket(customer: Customer, gateway: Gateway) -> None:
    await close(customer, await gateway.agent())
    socket = await customer.connect()

    await customer.post("/handoff")

    state = await socket.next("state", lambda frame: frame["owner"] == "queued")
    assert state["conv"] != customer.conversation


async def test_ping_is_answered(customer: Customer) -> None:
    socket = await customer.connect()

    await socket.send(t="ping")

    assert (await socket.next("pong")) == {"t": "pong"}
