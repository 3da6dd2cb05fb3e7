"""POST and GET /messages: storing, reading, waiting and the bot's answers."""

import asyncio

import pytest
from sqlalchemy import select

from helpdesk.conversations.model import Message
from helpdesk.database import Database
from tests.fakes import FakeBot, says, shows
from tests.integration.gateway.clients import Customer, error_code
from tests.integration.gateway.conftest import Gateway, StartGateway


async def test_bot_reply_arrives_by_long_poll(customer: Customer, bot: FakeBot) -> None:
    sent = await customer.say("你好")

    reply = await customer.hear("答：你好")

    assert (sent["seq"], reply["seq"]) == (1, 2)
    assert bot.asked == ["你好"]


async def test_accepted_message_tells_where_it_was_stored(customer: Customer) -> None:
    sent = await customer.say("你好")

    stored = (await customer.transcript())[0]

    assert sent == {"id": stored["id"], "seq": 1, "conversation": customer.conversation}
    assert (stored["sender"], stored["kind"], stored["text"]) == ("customer", "text", "你好")


async def test_three_quick_messages_are_answered_in_their_order(customer: Customer, bot: FakeBot) -> None:
    for text in ("一", "二", "三"):
        await customer.say(text)

    await customer.hear("答：三")

    transcript = await customer.transcript()
    assert [m["text"] for m in transcript if m["sender"] == "customer"] == ["一", "二", "三"]
    assert [m["text"] for m in transcript if m["sender"] == "bot"] == ["答：一", "答：二", "答：三"]
    assert [m["seq"] for m in transcript] == [1, 2, 3, 4, 5, 6]
    assert bot.asked == ["一", "二", "三"]


async def test_same_client_id_again_gives_the_same_answer(customer: Customer, bot: FakeBot) -> None:
    first = await customer.say("你好", client_id="once")

    second = await customer.say("你好", client_id="once")

    await customer.hear("答：你好")
    assert second == first
    assert bot.asked == ["你好"]
    assert len(await customer.transcript()) == 2


async def test_same_client_id_with_other_text_is_refused(customer: Customer) -> None:
    await customer.say("你好", client_id="once")

    response = await customer.post("/messages", {"client_id": "once", "text": "再见"})

    assert response.status == 409
    assert await error_code(response) == "client_id_reused"


async def test_two_deliveries_at_once_of_one_message_store_it_once(customer: Customer) -> None:
    answers = await asyncio.gather(*(customer.say("你好", client_id="once") for _ in range(5)))

    assert len({answer["id"] for answer in answers}) == 1


async def test_own_message_shows_its_client_id_and_the_reply_has_none(customer: Customer) -> None:
    await customer.say("你好", client_id="mine")

    reply = await customer.hear("答：你好")

    assert (await customer.transcript())[0]["client_id"] == "mine"
    assert reply["client_id"] is None


async def test_article_is_rendered_with_sources_dates_and_placeholders(
    start_gateway: StartGateway, bot: FakeBot
) -> None:
    gateway = await start_gateway(PLATFORM_HOTLINE="95xxx")
    customer = await gateway.customer()
    bot.on("怎么提前还", shows("repay_early"))

    await customer.say("怎么提前还")
    reply = await customer.hear("95xxx")

    article = reply["body"]["article"]
    assert (reply["kind"], reply["text"]) == ("answer", "先看 合同，再打 95xxx。")
    assert article["markdown"] == "先看 **合同**，再打 95xxx。"
    assert article["short"] == "一句话：请打 95xxx。"
    assert article["sources"] == [{"name": "民法典", "article": "677"}]
    assert (article["effective_from"], article["reviewed_until"]) == ("2021-01-01", "2027-03-31")
    assert article["related"] == [{"id": "overdue_fee", "title": "逾期费用怎么算"}]
    assert article["expired"] is False


async def test_placeholder_without_a_value_becomes_its_safe_phrase(customer: Customer, bot: FakeBot) -> None:
    bot.on("电话", says("请打 {{PLATFORM_HOTLINE}}。"))

    await customer.say("电话")

    reply = await customer.hear("请打")
    assert reply["text"] == "请打 App“官方渠道”页公布的客服电话。"


async def test_expired_article_says_so_instead_of_its_body(customer: Customer, bot: FakeBot) -> None:
    bot.on("优惠", shows("old_offer"))

    await customer.say("优惠")

    reply = await customer.hear("已经结束")
    assert reply["body"]["article"]["expired"] is True
    assert "合同" not in reply["body"]["article"]["markdown"]


async def test_shown_version_is_recorded(
    customer: Customer, bot: FakeBot, gateway: Gateway, database: Database
) -> None:
    bot.on("怎么提前还", shows("repay_early"))
    await customer.say("怎么提前还")
    reply = await customer.hear("合同")

    async with database.reading() as session:
        stored = await session.scalar(select(Message).where(Message.id == reply["id"]))

    served = await (await gateway.client.get("/api/v1/articles/repay_early")).json()
    assert stored is not None
    assert (stored.article_id, stored.article_version) == ("repay_early", served["article"]["version"])


async def test_article_unknown_to_the_gateway_falls_back_to_the_bots_words(customer: Customer, bot: FakeBot) -> None:
    bot.on("新文章", shows("not_here_yet", text="请打 {{PLATFORM_HOTLINE}}。"))

    await customer.say("新文章")

    reply = await customer.hear("请打 App")
    assert (reply["kind"], "article" in reply["body"]) == ("text", False)


async def test_waiting_read_returns_as_soon_as_there_is_news(customer: Customer) -> None:
    waiting = asyncio.create_task(customer.get("/messages?after=0&wait=25"))

    await customer.say("你好")

    async with asyncio.timeout(5):
        news = await waiting
    assert news["messages"][0]["text"] == "你好"


async def test_waiting_read_without_news_returns_empty_when_its_time_is_over(customer: Customer) -> None:
    news = await customer.get("/messages?after=0&wait=1")

    assert news == {
        "conversation": customer.conversation,
        "messages": [],
        "owner": "bot",
        "queue": None,
        "agent": None,
    }


async def test_reading_after_a_number_leaves_out_what_is_known(customer: Customer) -> None:
    await customer.say("你好")
    await customer.hear("答：你好")

    news = await customer.get("/messages?after=1")

    assert [message["seq"] for message in news["messages"]] == [2]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=1.5", "wait=26", "wait=-1", "after=99999999999999"])
async def test_query_out_of_range_is_refused(customer: Customer, query: str) -> None:
    response = await customer.call("GET", f"/messages?{query}")

    assert response.status == 422
    assert await error_code(response) == "field_invalid"


async def test_most_of_a_page_is_200_messages(customer: Customer, bot: FakeBot) -> None:
    bot.on("很多", says(*(f"第{n}句" for n in range(1, 251))))
    await customer.say("很多")
    await customer.hear("第250句")

    first = await customer.get("/messages?after=0")
    rest = await customer.get(f"/messages?after={first['messages'][-1]['seq']}")

    assert [len(first["messages"]), len(rest["messages"])] == [200, 51]
