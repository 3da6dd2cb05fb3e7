"""Several agents at one conversation: who looks, who was first, how far the customer is, what is hidden."""

from datetime import timedelta

import jwt
import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.agents.model import Role
from helpdesk.database import Database
from helpdesk.reveals.model import Reveal
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, StartGateway

SECRET = "a secret of the host app, long enough"


async def test_pages_on_a_conversation_are_told_of_each_other(
    served: Customer, lin: AgentClient, gateway: Gateway
) -> None:
    chief = await gateway.agent("chief", Role.SUPERVISOR, name="主管")
    own = await lin.watch(served.conversation)
    other = await chief.watch(served.conversation)

    both = await own.next("viewers", lambda frame: len(frame["viewers"]) == 2)
    await other.send(t="typing", conv=served.conversation, on=True)
    typing = await own.next("viewers", lambda frame: any(viewer["typing"] for viewer in frame["viewers"]))
    await other.send(t="leave", conv=served.conversation)
    alone = await own.next("viewers", lambda frame: len(frame["viewers"]) == 1)

    assert {viewer["name"] for viewer in both["viewers"]} == {"林一", "主管"}
    assert [viewer["name"] for viewer in typing["viewers"] if viewer["typing"]] == ["主管"]
    assert alone["viewers"] == [{"id": lin.id, "name": "林一", "typing": False}]


@SQLITE_ONLY
async def test_who_looks_is_told_to_nobody_outside_and_ends_with_the_socket(
    served: Customer, lin: AgentClient, gateway: Gateway
) -> None:
    chief = await gateway.agent("chief", Role.SUPERVISOR, name="主管")
    customer, own = await served.connect(), await lin.watch(served.conversation)
    other = await chief.watch(served.conversation)
    await own.next("viewers", lambda frame: len(frame["viewers"]) == 2)

    await other.connection.close()

    await own.next("viewers", lambda frame: len(frame["viewers"]) == 1)
    assert "viewers" not in {frame["t"] for frame in await customer.quiet()}


async def test_reply_that_crosses_a_colleagues_is_refused_until_it_is_meant(
    served: Customer, lin: AgentClient, gateway: Gateway
) -> None:
    seen = (await served.transcript())[-1]["seq"]
    await lin.reply(served.conversation, "我先看一下")
    wu = await gateway.agent("wu", name="吴二")
    await lin.do(f"/conversations/{served.conversation}/requeue", {})
    await wu.claim(served.conversation)
    path = f"/conversations/{served.conversation}/messages"

    crossed = await wu.post(path, {"client_id": "w-1", "text": "您好", "seen": seen})
    error = (await crossed.json())["error"]
    anyway = await wu.post(path, {"client_id": "w-1", "text": "您好"})
    informed = await wu.post(path, {"client_id": "w-2", "text": "在的", "seen": error["seq"]})

    assert (crossed.status, error["code"], error["agent"]) == (409, "replied_meanwhile", "林一")
    assert (anyway.status, informed.status) == (202, 202)


@SQLITE_ONLY
async def test_own_replies_and_the_customers_words_never_cross(served: Customer, lin: AgentClient) -> None:
    await lin.reply(served.conversation, "第一句", "a-1")
    await served.say("好的")

    response = await lin.post(
        f"/conversations/{served.conversation}/messages", {"client_id": "a-2", "text": "第二句", "seen": 0}
    )

    assert response.status == 202


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("number", "secret"),
    [
        ("6222021234567890128", "card"),
        ("11010519491231002X", "identity"),
        ("６２２２０２１２３４５６７８９０１２８", "card"),
    ],
)
async def test_reply_with_a_full_card_or_identity_number_is_refused(
    served: Customer, lin: AgentClient, number: str, secret: str
) -> None:
    body = {"client_id": "a-1", "text": f"您的号码是 {number} 对吗"}

    refused = await lin.post(f"/conversations/{served.conversation}/messages", body)

    assert (refused.status, (await refused.json())["error"]["secret"]) == (422, secret)
    assert number not in str(await served.transcript())


async def test_desk_learns_when_a_reply_has_reached_the_customer_and_was_read(
    served: Customer, lin: AgentClient
) -> None:
    desk = await lin.watch(served.conversation)
    seq = (await lin.reply(served.conversation, "您好"))["seq"]
    before = await lin.get(f"/conversations/{served.conversation}/messages")

    socket = await served.connect()
    await socket.message("您好")
    delivered = await desk.next("delivered", lambda frame: frame["seq"] == seq)
    await socket.send(t="read", conv=served.conversation, seq=seq)
    read = await desk.next("read", lambda frame: frame["by"] == "customer")

    assert before["delivered_seq"] < seq
    assert (delivered["conv"], read["seq"]) == (served.conversation, seq)
    after = await lin.get(f"/conversations/{served.conversation}/messages")
    assert (after["delivered_seq"], after["read_seq"]) == (seq, seq)


@SQLITE_ONLY
async def test_polling_delivers_as_well_and_a_fresh_page_is_told(served: Customer, lin: AgentClient) -> None:
    seq = (await lin.reply(served.conversation, "您好"))["seq"]
    await served.get("/messages")

    desk = await lin.watch(served.conversation)

    assert (await desk.next("delivered"))["seq"] == seq


@pytest.fixture
async def known(start_gateway: StartGateway) -> tuple[Gateway, Customer]:
    """A gateway, and a customer whom the host app has named."""
    gateway = await start_gateway(HOST_APP_SECRET=SECRET)
    now = int(clock.now().timestamp())
    claims = {"sub": "user-123456", "name": "王小明", "aud": "xiaobao", "iat": now, "exp": now + 300}
    return gateway, await gateway.customer(token=jwt.encode(claims, SECRET, algorithm="HS256"))


async def test_name_and_identity_are_hidden_until_somebody_gives_a_reason(
    known: tuple[Gateway, Customer], database: Database
) -> None:
    gateway, customer = known
    await customer.say("打我电话 13812345678")
    await customer.post("/handoff")
    lin = await gateway.agent("lin", name="林一")
    queue = await lin.get("/queue")
    detail = await lin.claim(customer.conversation)
    path = f"/conversations/{customer.conversation}/reveal"

    assert customer.opened["customer"]["name"] == "王小明"
    shown = str([queue, detail, await lin.get("/conversations")])
    assert "王小明" not in shown
    assert "13812345678" not in str(queue)
    assert "user-123456" not in shown
    assert detail["customer"]["name"] == "王**"
    assert detail["identities"] == [{"channel": "host_app", "id": "****3456"}]
    assert (await lin.get(path))["revealed"] is None

    revealed = (await lin.do(path, {"reason": "电话回访核对姓名"}))["revealed"]

    assert (revealed["name"], revealed["identities"]) == ("王小明", [{"channel": "host_app", "id": "user-123456"}])
    assert (await lin.get(path))["revealed"] == revealed
    async with database.transaction() as session:
        row = (await session.scalars(select(Reveal))).one()
        assert (row.reason, row.agent_id) == ("电话回访核对姓名", lin.id)
        row.expires_at -= timedelta(hours=1)
    assert (await lin.get(path))["revealed"] is None


async def test_reveal_needs_a_reason_and_a_conversation_of_ones_own(
    served: Customer, lin: AgentClient, gateway: Gateway
) -> None:
    wu = await gateway.agent("wu", name="吴二")
    path = f"/conversations/{served.conversation}/reveal"

    for reason in ("", "  ", "长" * 201):
        assert await error_code(await lin.post(path, {"reason": reason})) == "field_invalid"
    assert await error_code(await wu.post(path, {"reason": "看看"})) == "conversation_not_found"
    assert (await wu.call("GET", path)).status == 404


async def test_revealed_name_is_filled_into_a_canned_reply(known: tuple[Gateway, Customer]) -> None:
    gateway, customer = known
    await customer.post("/handoff")
    lin = await gateway.agent("lin", name="林一")
    await lin.claim(customer.conversation)
    body = {"shortcut": "hi", "folder": "", "title": "问候", "body": "{{customer_name}}您好", "shared": False}
    own = (await lin.do("/canned-replies", body))["reply"]
    use = {"conversation": customer.conversation}

    hidden = await lin.do(f"/canned-replies/{own['id']}/use", use)
    await lin.do(f"/conversations/{customer.conversation}/reveal", {"reason": "称呼客户"})
    named = await lin.do(f"/canned-replies/{own['id']}/use", use)

    assert hidden["gaps"] == ["customer_name"]
    assert named == {"text": "王小明您好", "gaps": []}
