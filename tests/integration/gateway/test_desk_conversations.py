"""An agent and a customer: talking, closing, giving back and queueing again."""

import pytest
from sqlalchemy import select

from helpdesk.audit import AuditEntry
from helpdesk.database import Database
from tests.factories import make_nlu, make_scam
from tests.fakes import FakeBot, says, shows
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import Gateway, Settle


def path(customer: Customer, call: str = "") -> str:
    return f"/conversations/{customer.conversation}{call}"


async def test_reply_reaches_the_customers_socket_within_a_second(served: Customer, lin: AgentClient) -> None:
    socket = await served.connect()

    await lin.reply(served.conversation, "您好，我来帮您")

    message = await socket.next("msg", lambda frame: frame["sender"] == "agent", seconds=1)
    assert (message["text"], message["body"]) == ("您好，我来帮您", {"agent": {"name": "林一"}})
    assert message["client_id"] is None


async def test_customers_words_reach_the_desk_within_a_second(served: Customer, lin: AgentClient) -> None:
    desk = await lin.watch(served.conversation)

    await served.say("我很着急")

    message = await desk.next("msg", lambda frame: frame["text"] == "我很着急", seconds=1)
    assert (message["sender"], message["client_id"]) == ("customer", None)


async def test_reply_reaches_a_waiting_read(served: Customer, lin: AgentClient) -> None:
    await lin.reply(served.conversation, "您好")

    assert (await served.hear("您好"))["sender"] == "agent"


async def test_bot_is_silent_while_an_agent_owns(served: Customer, bot: FakeBot, settled: Settle) -> None:
    await served.say("利息多少")
    await settled()

    assert bot.asked == []
    assert [parsed["text"] for parsed in bot.parses] == ["利息多少"]
    assert "bot" not in [message["sender"] for message in await served.transcript()]


async def test_same_reply_again_is_stored_once(served: Customer, lin: AgentClient) -> None:
    first = await lin.reply(served.conversation, "您好", client_id="a-1")

    second = await lin.reply(served.conversation, "您好", client_id="a-1")

    other = await lin.post(path(served, "/messages"), {"client_id": "a-1", "text": "再见"})
    assert second == first
    assert (other.status, await error_code(other)) == (409, "client_id_reused")


async def test_agent_and_customer_may_choose_the_same_client_id(served: Customer, lin: AgentClient) -> None:
    await served.say("一", client_id="same")

    reply = await lin.reply(served.conversation, "二", client_id="same")

    messages = (await lin.get(path(served, "/messages")))["messages"]
    assert [m["client_id"] for m in messages if m["seq"] == reply["seq"]] == ["same"]


@pytest.mark.parametrize(("text", "code"), [("", "text_empty"), ("\0", "text_empty"), ("长" * 2001, "text_too_long")])
async def test_reply_without_or_with_too_much_text_is_refused(
    served: Customer, lin: AgentClient, text: str, code: str
) -> None:
    response = await lin.post(path(served, "/messages"), {"client_id": "a-1", "text": text})

    assert (response.status, await error_code(response)) == (422, code)


async def test_detail_tells_the_agent_what_was_said(customer: Customer, lin: AgentClient, bot: FakeBot) -> None:
    bot.on("提前还款", shows("repay_early"))
    scam = make_scam("P1", amount=2_000_00)
    bot.on("有人叫我转2000块", says("先停下", nlu=make_nlu("report_scam", scam=scam)))
    for text, answer in (("提前还款", "合同"), ("有人叫我转2000块", "先停下")):
        await customer.say(text)
        await customer.hear(answer)
    # A cue of this level goes to a person, whether the bot asks for one or not.
    await customer.owned_by("queued")

    detail = await lin.claim(customer.conversation)

    card = detail["card"]
    assert (detail["owner"], detail["agent"]["name"], detail["unread"]) == ("agent", "林一", 2)
    assert (card["reason"], card["summary"]) == ("scam_p1", "有人叫我转2000块")
    assert card["said"] == ["提前还款", "有人叫我转2000块"]
    assert [article["id"] for article in card["articles"]] == ["repay_early"]
    assert (card["scam"]["level"], card["scam"]["amount_fen"]) == ("P1", 2_000_00)
    assert [a["owner"] for a in detail["assignments"]] == ["bot", "queued", "agent"]
    assert {"code": "resolved", "text": "已解决"} in detail["resolutions"]


async def test_desk_reads_the_bots_part_too(customer: Customer, lin: AgentClient) -> None:
    await customer.say("你好")
    await customer.hear("答：你好")
    await customer.post("/handoff")

    messages = (await lin.get(path(customer, "/messages")))["messages"]
    later = (await lin.get(path(customer, "/messages?after=2")))["messages"]

    assert [m["sender"] for m in messages] == ["customer", "bot", "system"]
    assert [m["sender"] for m in later] == ["system"]


async def test_reading_a_conversation_leaves_a_trace(customer: Customer, lin: AgentClient, database: Database) -> None:
    await customer.post("/handoff")

    await lin.get(path(customer))

    async with database.reading() as session:
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "read_conversation"))).all()
    assert [(e.actor, e.subject) for e in entries] == [(f"agent:{lin.id}", f"conversation:{customer.conversation}")]


async def test_waiting_conversation_is_open_to_agents_until_somebody_claims_it(
    customer: Customer, lin: AgentClient, gateway: Gateway
) -> None:
    wu = await gateway.agent("wu", name="吴二")
    await customer.post("/handoff")
    waiting = await wu.call("GET", path(customer))
    await lin.claim(customer.conversation)

    served = [await wu.call("GET", path(customer)), await wu.call("GET", path(customer, "/messages"))]

    assert waiting.status == 200
    assert [response.status for response in served] == [404, 404]
    assert (await lin.call("GET", path(customer))).status == 200


async def test_agent_may_search_and_read_articles(lin: AgentClient) -> None:
    found = await lin.get("/articles?q=提前还款")
    article = await lin.get("/articles/repay_early")

    missing = await lin.call("GET", "/articles/nothing")
    assert found["articles"][0]["id"] == "repay_early"
    assert article["article"]["title"] == "提前还款怎么操作"
    assert (missing.status, await error_code(missing)) == (404, "article_not_found")


@pytest.mark.parametrize("view", ["all", "MINE", "%00"])
async def test_unknown_view_is_refused(lin: AgentClient, view: str) -> None:
    response = await lin.call("GET", f"/conversations?view={view}")

    assert (response.status, await error_code(response)) == (422, "field_invalid")
