"""The desk's socket: subscriptions, read marks, typing and when it closes."""

import pytest

from helpdesk.agents.model import Role
from tests.integration.gateway.clients import AgentClient, Customer, Json
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway

pytestmark = SQLITE_ONLY


@pytest.fixture
async def root(gateway: Gateway) -> AgentClient:
    return await gateway.agent("root", Role.ADMINISTRATOR, name="管理员")


async def test_socket_greets_and_shows_the_queue_and_ones_own(served: Customer, lin: AgentClient) -> None:
    socket = await lin.connect()

    mine = await socket.next("mine")
    assert socket.seen[0]["agent"]["username"] == "lin"
    assert [frame["t"] for frame in socket.seen] == ["hello", "queue", "mine"]
    assert [row["id"] for row in mine["conversations"]] == [served.conversation]


async def test_own_list_counts_unread_words_live(served: Customer, lin: AgentClient) -> None:
    socket = await lin.connect()
    await socket.next("mine")

    await served.say("在吗")

    mine = await socket.next("mine", lambda frame: frame["conversations"][0]["unread"])
    assert (mine["conversations"][0]["unread"], mine["conversations"][0]["preview"]) == (1, "在吗")


async def test_opened_conversation_comes_whole_and_then_live(served: Customer, lin: AgentClient) -> None:
    socket = await lin.connect()

    await socket.send(t="open", conv=served.conversation, after=0)
    batch = await socket.next("batch")
    await served.say("在吗")
    live = await socket.next("msg")

    assert [item["seq"] for item in batch["items"]] == [1, 2]
    assert (batch["conv"], batch["more"]) == (served.conversation, False)
    assert (live["seq"], live["text"]) == (3, "在吗")


async def test_left_conversation_is_heard_no_more(served: Customer, lin: AgentClient) -> None:
    socket = await lin.watch(served.conversation)

    await socket.send(t="leave", conv=served.conversation)
    await served.say("在吗")

    assert "msg" not in [frame["t"] for frame in await socket.quiet()]


async def test_change_of_owner_shows_in_the_open_conversation(served: Customer, lin: AgentClient) -> None:
    socket = await lin.watch(served.conversation)

    await lin.do(f"/conversations/{served.conversation}/close", {"resolution": "resolved"})

    frame = await socket.next("conversation", lambda frame: frame["conversation"]["owner"] == "closed")
    assert frame["conversation"]["resolution"] == "resolved"


async def test_conversation_that_another_agent_claims_is_taken_from_view(
    customer: Customer, lin: AgentClient, gateway: Gateway
) -> None:
    await customer.post("/handoff")
    watching = await lin.watch(customer.conversation)
    wu = await gateway.agent("wu", name="吴二")

    await wu.claim(customer.conversation)
    assert (await watching.next("err"))["code"] == "conversation_not_found"
    await customer.say("秘密")

    assert "秘密" not in str(await watching.quiet())


@pytest.mark.parametrize("conversation", ["f" * 40, "x", "", "\0"])
async def test_unknown_conversation_is_refused(lin: AgentClient, conversation: str) -> None:
    socket = await lin.connect()

    await socket.send(t="open", conv=conversation, after=0)

    assert (await socket.next("err"))["code"] == "conversation_not_found"


async def test_agents_read_mark_reaches_the_customer(served: Customer, lin: AgentClient) -> None:
    socket = await served.connect()
    sent = await served.say("在吗")
    desk = await lin.watch(served.conversation)

    await desk.send(t="read", conv=served.conversation, seq=sent["seq"])

    assert await socket.next("read") == {"t": "read", "conv": served.conversation, "seq": sent["seq"], "by": "agent"}
    assert (await lin.get("/conversations"))["conversations"][0]["unread"] == 0


async def test_read_mark_goes_no_further_than_the_last_message(served: Customer, lin: AgentClient) -> None:
    socket, desk = await served.connect(), await lin.watch(served.conversation)

    await desk.send(t="read", conv=served.conversation, seq=900)
    by_agent = await socket.next("read")
    await socket.send(t="read", conv=served.conversation, seq=900)
    by_customer = await desk.next("read")

    assert [by_agent["seq"], by_customer["seq"]] == [2, 2]


async def test_customers_read_mark_reaches_the_desk(served: Customer, lin: AgentClient) -> None:
    desk = await lin.watch(served.conversation)
    reply = await lin.reply(served.conversation, "您好")
    socket = await served.connect()

    await socket.send(t="read", conv=served.conversation, seq=reply["seq"])

    frame = await desk.next("read", lambda frame: frame["by"] == "customer")
    assert (frame["conv"], frame["seq"]) == (served.conversation, reply["seq"])


async def test_typing_is_seen_by_the_other_side_only(served: Customer, lin: AgentClient) -> None:
    socket, desk = await served.connect(), await lin.watch(served.conversation)
    await desk.next("conversation")

    await desk.send(t="typing", conv=served.conversation, on=True)
    by_agent = await socket.next("typing")
    await socket.send(t="typing", on=True)
    by_customer = await desk.next("typing")

    assert (by_agent["on"], by_customer["on"]) == (True, True)
    assert (by_agent["conv"], by_customer["by"]) == (served.conversation, "customer")
    assert "typing" not in [frame["t"] for frame in await socket.quiet()]


async def test_typing_while_the_bot_answers_goes_nowhere(customer: Customer, root: AgentClient) -> None:
    await customer.say("你好")
    await customer.hear("答：")
    desk = await root.watch(customer.conversation)
    socket = await customer.connect()

    await socket.send(t="typing", on=True)
    await socket.quiet()

    assert "typing" not in [frame["t"] for frame in await desk.quiet()]


async def test_agent_of_no_concern_cannot_type_or_mark_read(
    served: Customer, gateway: Gateway, lin: AgentClient
) -> None:
    socket = await served.connect()
    other = await (await gateway.agent("wu", name="吴二")).connect()

    await other.send(t="typing", conv=served.conversation, on=True)
    await other.send(t="read", conv=served.conversation, seq=1)
    await other.quiet()

    assert not {"typing", "read"} & {frame["t"] for frame in await socket.quiet()}


BAD: dict[str, Json] = {
    "unknown kind": {"t": "dance"},
    "no kind": {},
    "open nothing": {"t": "open"},
    "open after a word": {"t": "open", "conv": "x", "after": "0"},
    "read nothing": {"t": "read"},
    "type nowhere": {"t": "typing", "conv": "x", "on": True},
}


@pytest.mark.parametrize("frame", BAD.values(), ids=BAD.keys())
async def test_refused_frame_leaves_the_socket_open(lin: AgentClient, frame: Json) -> None:
    socket = await lin.connect()

    await socket.send(**frame)

    error = await socket.next("err")
    assert error["code"]
    assert error["message"]
    await socket.quiet()
