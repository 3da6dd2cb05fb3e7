"""Buttons: shown with ids, resolved on the server, and nobody else's."""

from tests.fakes import FakeBot, says, shows
from tests.integration.gateway.clients import Customer, Json, error_code
from tests.integration.gateway.conftest import Gateway

YES: Json = {"title": "是的", "payload": {"intent": "affirm", "entities": {"reason": "clarified"}}}
NO: Json = {"title": "不是", "payload": {"intent": "deny"}}


async def ask(customer: Customer, bot: FakeBot) -> Json:
    """Let the bot show two buttons and return the message."""
    bot.on("问我", says("对吗？", buttons=(YES, NO)))
    await customer.say("问我")
    return await customer.hear("对吗？")


async def test_shown_button_has_an_id_and_a_title_and_no_payload(customer: Customer, bot: FakeBot) -> None:
    shown = await ask(customer, bot)

    assert shown["body"]["buttons"] == [{"id": "b1", "title": "是的"}, {"id": "b2", "title": "不是"}]
    assert "affirm" not in str(shown)


async def test_pressed_button_reaches_the_bot_as_its_payload_and_title(customer: Customer, bot: FakeBot) -> None:
    shown = await ask(customer, bot)
    bot.on("affirm", says("好的"))

    response = await customer.press(shown, "b1")

    await customer.hear("好的")
    assert response.status == 202
    assert bot.turns[-1]["payload"] == YES["payload"]
    assert bot.turns[-1]["text"] == "是的"


async def test_pressed_button_appears_as_the_customers_words(customer: Customer, bot: FakeBot) -> None:
    shown = await ask(customer, bot)

    await customer.press(shown, "b2")

    said = [m["text"] for m in await customer.transcript() if m["sender"] == "customer"]
    assert said == ["问我", "不是"]


async def test_unknown_button_is_refused(customer: Customer, bot: FakeBot) -> None:
    shown = await ask(customer, bot)

    response = await customer.press(shown, "b3")

    assert response.status == 422
    assert await error_code(response) == "button_unknown"


async def test_unknown_message_of_a_button_is_refused(customer: Customer) -> None:
    response = await customer.press({"id": "0" * 40}, "b1")

    assert response.status == 422
    assert await error_code(response) == "button_unknown"


async def test_button_of_another_customer_is_refused(customer: Customer, bot: FakeBot, gateway: Gateway) -> None:
    shown = await ask(customer, bot)
    stranger = await gateway.customer()

    response = await stranger.press(shown, "b1")

    assert response.status == 422
    assert await error_code(response) == "button_unknown"
    assert await stranger.transcript() == []


async def test_same_client_id_for_a_button_and_the_text_of_its_title_is_refused(
    customer: Customer, bot: FakeBot
) -> None:
    shown = await ask(customer, bot)
    await customer.say("是的", client_id="once")

    response = await customer.post("/messages", {"client_id": "once", "button": {"message": shown["id"], "id": "b1"}})

    assert response.status == 409
    assert await error_code(response) == "client_id_reused"


async def test_conditional_article_offers_a_person_on_a_button(customer: Customer, bot: FakeBot) -> None:
    bot.on("逾期费用", shows("overdue_fee"))
    await customer.say("逾期费用")
    shown = await customer.hear("合同")
    bot.on("request_human", says("这就转"))

    await customer.press(shown, shown["body"]["buttons"][0]["id"])

    await customer.hear("这就转")
    assert [button["title"] for button in shown["body"]["buttons"]] == ["转人工"]
    assert bot.turns[-1]["payload"] == {"intent": "request_human"}


async def test_article_that_needs_no_person_has_no_button(customer: Customer, bot: FakeBot) -> None:
    bot.on("提前还", shows("repay_early"))

    await customer.say("提前还")

    shown = await customer.hear("合同")
    assert "buttons" not in shown["body"]
