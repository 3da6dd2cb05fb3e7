"""What belongs to another customer: refused as if it did not exist, and left as it was."""

import pytest

from tests.fakes import FakeBot, says
from tests.integration.gateway.clients import Customer, Socket, error_code
from tests.integration.gateway.conftest import Gateway

UNKNOWN = "f" * 40


@pytest.fixture
async def victim(gateway: Gateway) -> Customer:
    """Return a customer with something to hide."""
    victim = await gateway.customer()
    await victim.say("我的卡号是 6222")
    await victim.hear("答：")
    return victim


async def test_own_conversation_can_be_read_by_its_id(victim: Customer) -> None:
    news = await victim.get(f"/messages?conversation={victim.conversation}")

    assert [message["text"] for message in news["messages"]] == ["我的卡号是 6222", "答：我的卡号是 6222"]


@pytest.mark.parametrize("wait", [0, 1])
async def test_another_customers_conversation_cannot_be_read(customer: Customer, victim: Customer, wait: int) -> None:
    response = await customer.call("GET", f"/messages?conversation={victim.conversation}&wait={wait}")

    assert response.status == 404
    assert await error_code(response) == "conversation_not_found"


async def test_refusal_does_not_tell_whether_a_conversation_exists(customer: Customer, victim: Customer) -> None:
    others = await customer.call("GET", f"/messages?conversation={victim.conversation}")
    nobodys = await customer.call("GET", f"/messages?conversation={UNKNOWN}")

    assert (others.status, await others.text()) == (nobodys.status, await nobodys.text())


@pytest.mark.parametrize("conversation", ["%00", "a%20b", "%ff", "../x", "x" * 65, "会话"])
async def test_conversation_id_of_a_wrong_form_is_refused(customer: Customer, conversation: str) -> None:
    response = await customer.call("GET", f"/messages?conversation={conversation}")

    assert response.status == 422
    assert await error_code(response) == "field_invalid"


async def test_socket_with_another_customers_conversation_is_closed(customer: Customer, victim: Customer) -> None:
    socket = Socket(await customer.client.ws_connect("/api/v1/socket"))

    await socket.send(t="auth", v=1, token=customer.token, conv=victim.conversation, last_seq=0)

    assert await socket.closed() == 4001
    assert socket.seen == []


async def test_sync_of_another_customers_conversation_is_refused(customer: Customer, victim: Customer) -> None:
    socket = await customer.connect()

    await socket.send(t="sync", conv=victim.conversation, after=0)

    error = await socket.next("err")
    assert error["code"] == "conversation_not_found"
    assert "6222" not in str(socket.seen)


async def test_read_mark_in_another_customers_conversation_is_refused(
    customer: Customer, victim: Customer, gateway: Gateway
) -> None:
    await victim.post("/handoff")
    agent = await gateway.agent()
    await agent.claim(victim.conversation)
    watching = await agent.watch(victim.conversation)
    socket = await customer.connect()

    await socket.send(t="read", conv=victim.conversation, seq=1)

    assert (await socket.next("err"))["code"] == "conversation_not_found"
    assert "read" not in [frame["t"] for frame in await watching.quiet()]


async def test_own_button_works_and_another_customers_does_not(
    customer: Customer, victim: Customer, bot: FakeBot
) -> None:
    bot.on("问我", says("对吗？", buttons=({"title": "是的", "payload": {"intent": "affirm"}},)))
    await victim.say("问我")
    shown = await victim.hear("对吗？")

    own, other = await victim.press(shown, "b1"), await customer.press(shown, "b1")

    assert (own.status, other.status) == (202, 422)
    assert await error_code(other) == "button_unknown"


async def test_same_client_id_of_two_customers_is_two_messages(customer: Customer, gateway: Gateway) -> None:
    other = await gateway.customer()

    first, second = await customer.say("一", client_id="same"), await other.say("二", client_id="same")

    assert first["id"] != second["id"]
    assert [m["text"] for m in await other.transcript()][:1] == ["二"]


async def test_other_customers_hear_nothing_of_a_message(customer: Customer, gateway: Gateway) -> None:
    other = await (await gateway.customer()).connect()
    own = await customer.connect()

    await customer.say("秘密")
    await own.message("答：秘密")

    assert "秘密" not in str(await other.quiet())
