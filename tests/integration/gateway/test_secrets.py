"""Secrets at the edge: shown masked to everybody, and refused in an agent's reply with the rule's words."""

from tests.fakes import FakeBot
from tests.integration.gateway.clients import AgentClient, Customer
from tests.integration.gateway.conftest import SQLITE_ONLY

pytestmark = SQLITE_ONLY


async def test_bot_and_customer_see_the_masked_text(customer: Customer, bot: FakeBot) -> None:
    sent = await customer.say("验证码是483920")
    await customer.hear("答：")

    shown = await customer.transcript()

    assert bot.asked == ["验证码是[验证码已隐藏]"]
    assert shown[0]["id"] == sent["id"]
    assert [(m["sender"], m["kind"]) for m in shown] == [("customer", "text"), ("system", "event"), ("bot", "text")]
    assert shown[1]["body"] == {"event": "masked", "secret": "code"}


async def test_masked_text_comes_over_the_socket(customer: Customer) -> None:
    socket = await customer.connect()

    await socket.send(t="msg", cid="s-1", text="卡号 6222020012345678903")

    assert (await socket.message("卡号"))["text"] == "卡号 [银行卡尾号8903]"
    assert (await socket.message("隐藏"))["body"]["event"] == "masked"


async def test_reply_that_asks_for_a_code_is_refused_with_the_rule(served: Customer, lin: AgentClient) -> None:
    response = await lin.post(
        f"/conversations/{served.conversation}/messages", {"client_id": "a-1", "text": "请把验证码发给我"}
    )

    error = (await response.json())["error"]
    assert (response.status, error["code"], error["secret"]) == (422, "asks_for_secret", "code")
    assert "不能在会话里要验证码" in error["message"]
