"""The handoff card: the agent knows what was said, shown and found, so that the customer repeats nothing."""

from typing import Any

import pytest

from helpdesk.conversations import store
from helpdesk.conversations.model import Owner
from helpdesk.database import Database, Json
from helpdesk.handoff.card import build_card
from helpdesk.handoff.service import cancel
from helpdesk.scams.table import table
from helpdesk.turns.model import BotReply, BotTurn
from helpdesk.turns.writing import Renderer
from tests.factories import make_scam
from tests.scenes import (
    Customer,
    add_agent,
    answer,
    case_of,
    closed_conversation,
    look_up,
    make_turn,
    open_customer,
    queue_up,
    say,
    transcript,
)

TITLES = {"repay_early": "提前还款怎么操作"}


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


async def card_of(database: Database, conversation_id: str) -> Json | None:
    async with database.reading() as session:
        return await build_card(session, await store.get_conversation(session, conversation_id), TITLES)


async def shown_card(database: Database, customer: Customer) -> dict[str, Any]:
    """Return the card of the customer's conversation, handed over where no urgent words have done that."""
    conversation_id = customer.conversation_id
    if (await look_up(database, conversation_id)).owner is not Owner.QUEUED:
        conversation_id = await queue_up(database, customer)
    card = await card_of(database, conversation_id)
    assert card is not None
    return card


async def talk(database: Database, customer: Customer, text: str, turn: BotTurn, renderer: Renderer) -> None:
    await answer(database, (await say(database, customer, text)).message, turn, renderer)


async def test_there_is_no_card_before_a_handoff(database: Database, customer: Customer):
    await say(database, customer)

    assert await card_of(database, customer.conversation_id) is None


async def test_card_holds_the_last_five_of_the_customers_own_words(
    database: Database, customer: Customer, renderer: Renderer
):
    for number in range(1, 8):
        await talk(database, customer, f"第{number}句", make_turn("好的。"), renderer)

    card = await shown_card(database, customer)

    assert card["said"] == ["第3句", "第4句", "第5句", "第6句", "第7句"]
    assert (card["reason"], card["reason_text"]) == ("request_human", "客户要求人工")


async def test_summary_passes_over_the_request_for_a_person(database: Database, customer: Customer, renderer: Renderer):
    await talk(database, customer, "催收打给我\n家人了", make_turn("好的。", intent="complain"), renderer)
    await talk(database, customer, "转人工", make_turn("好的。", intent="request_human"), renderer)

    assert (await shown_card(database, customer))["summary"] == "催收打给我 家人了"


async def test_long_summary_is_cut(database: Database, customer: Customer):
    await say(database, customer, "还" * 200)

    assert (await shown_card(database, customer))["summary"] == "还" * 79 + "…"


async def test_card_of_a_silent_customer_is_empty_but_whole(database: Database, customer: Customer):
    card = await shown_card(database, customer)

    assert (card["summary"], card["said"], card["intent"], card["articles"]) == ("", [], None, [])
    assert (card["misses"], card["scam"]) == (0, None)


async def test_shown_articles_are_named_once_with_their_versions(
    database: Database, customer: Customer, renderer: Renderer
):
    for text in ("怎么还", "再说一次"):
        await talk(database, customer, text, make_turn(article="repay_early"), renderer)

    card = await shown_card(database, customer)

    version = renderer.library.articles["repay_early"].version
    assert card["articles"] == [{"id": "repay_early", "title": "提前还款怎么操作", "version": version}]
    assert card["intent"] == {"name": "repay_early", "title": "提前还款怎么操作", "confidence": 0.93}


async def test_intents_are_named_in_chinese(database: Database, customer: Customer, renderer: Renderer):
    await talk(database, customer, "我要投诉", make_turn("好的。", intent="complain", confidence=0.8), renderer)

    assert (await shown_card(database, customer))["intent"] == {"name": "complain", "title": "投诉", "confidence": 0.8}


async def test_card_tells_what_was_named_where_the_bot_was_unsure_and_what_would_fit(
    database: Database, customer: Customer, renderer: Renderer
):
    unsure = make_turn("没有听明白。", decision="fallback", article=None)
    unsure.nlu["candidates"] = [{"article": "repay_early", "topic": "repayment", "score": 0.4}]
    unsure.nlu["candidates"].append({"article": "overdue_fee", "topic": "overdue", "score": 0.001})
    unsure.nlu["entities"] = [{"entity": "amount", "value": 120_000, "start": 0, "end": 4}]
    await talk(database, customer, "1200的那个怎么弄，打我13812345678", unsure, renderer)

    card = await shown_card(database, customer)

    nearest = [{"id": "repay_early", "title": "提前还款怎么操作", "score": 0.4}]
    hidden = "1200的那个怎么弄，打我138****5678"
    assert [(one["label"], one["value"]) for one in card["details"]] == [("金额", "1200")]
    assert card["doubt"] == {"decision": "fallback", "text": hidden, "candidates": nearest}
    assert card["suggestions"] == nearest
    assert card["turns"] == [{"sender": "customer", "text": hidden}, {"sender": "bot", "text": "没有听明白。"}]
    assert (card["said"], card["earlier"]) == ([hidden], [])


async def test_misses_are_counted(database: Database, customer: Customer, renderer: Renderer):
    for decision in ("fallback", "clarify", "answer", "fallback"):
        await talk(database, customer, "嗯嗯", make_turn("没有听明白。", decision=decision), renderer)

    assert (await shown_card(database, customer))["misses"] == 3


async def test_gravest_cue_is_shown_with_the_words_that_gave_it(
    database: Database, customer: Customer, renderer: Renderer
):
    spans = [{"start": 0, "end": 2, "label": "cue"}]
    first = make_scam("P0", state="paid", amount=None, when="刚才", spans=spans)
    for text, scam in (("刚转了账", first), ("一共五千", make_scam("P2", amount=500_000)), ("谢谢", None)):
        await talk(database, customer, text, make_turn("好的。", scam=scam), renderer)

    scam = (await shown_card(database, customer))["scam"]

    assert (scam["level"], scam["state"], scam["spans"], scam["text"]) == ("P0", "paid", spans, "刚转了账")
    assert (scam["amount_fen"], scam["when"]) == (500_000, "刚才")


async def test_cue_that_opens_no_case_is_shown_with_what_later_words_add(
    database: Database, customer: Customer, renderer: Renderer
):
    first = make_scam("P2", type=None, state="asking", amount=None, when="刚才")
    for text, scam in (("这是骗子吗", first), ("要我转五千", make_scam("P3", state="education", amount=500_000))):
        await talk(database, customer, text, make_turn("好的。", scam=scam), renderer)

    shown = (await shown_card(database, customer))["scam"]

    first_words = next(m for m in await transcript(database, customer.conversation_id) if m.text == "这是骗子吗")
    assert shown == {
        "message": first_words.id,
        "level": "P2",
        "type": "fake_service",
        "state": "asking",
        "amount_fen": 500_000,
        "when": "刚才",
        "spans": [],
        "text": "这是骗子吗",
    }


async def test_scam_case_is_shown_in_words(database: Database, customer: Customer, renderer: Renderer):
    entities = [
        {"entity": "amount", "value": 500_000, "start": 0, "end": 1},
        {"entity": "when", "value": "昨晚", "hours_ago": 11.5, "start": 1, "end": 2},
        {"entity": "bank", "value": "工商银行", "start": 2, "end": 3},
    ]
    scam = make_scam("P0", state="paid", type="fake_loan_fee", when="昨晚")
    card = BotReply(
        response="utter_stop_loss", text="先停下", custom={"kind": "stop_loss", "state": "paid", "steps": []}
    )
    await talk(database, customer, "昨晚转了五千", make_turn(replies=[card], scam=scam, entities=entities), renderer)

    shown = (await shown_card(database, customer))["scam"]

    assert (shown["state_text"], shown["type_text"], shown["lending_code"]) == (
        table().states["paid"].title,
        table().types["L3"],
        "L3",
    )
    assert {"label": "第1笔转账", "value": "5,000.00 元、昨晚、工商银行"} in shown["fields"]
    assert "收款人" in shown["missing"]
    assert "付款银行" not in shown["missing"]
    assert (shown["hours_ago"], shown["alert"], shown["risk_control"]["status"]) == (11, None, "requested")
    assert shown["asked"] == [table().questions["transfer"].text]
    assert shown["next_question"]["id"] == table().order["paid"][0]
    assert {step["done_at"] for step in shown["checklist"]} == {None}


async def test_earlier_matters_of_the_customer_are_listed(database: Database, customer: Customer):
    earlier = await closed_conversation(database, customer, await add_agent(database))
    await closed_conversation(database, await open_customer(database), await add_agent(database, "wang", name="王二"))
    await say(database, customer, "又来了")

    card = await shown_card(database, customer)

    number = (await case_of(database, earlier)).number
    assert card["earlier_conversations"] == 1
    assert card["earlier_cases"] == [{"number": number, "type_text": "咨询", "status_text": "已办结"}]


async def test_the_newest_handoff_gives_the_reason(database: Database, customer: Customer):
    await say(database, customer)
    conversation_id = await queue_up(database, customer)
    async with database.transaction() as session:
        await cancel(session, conversation_id)

    await queue_up(database, customer, reason="complaint")

    card = await card_of(database, conversation_id)
    assert card is not None
    assert card["reason"] == "complaint"
