"""The handoff card: the agent knows what was said, shown and found, so that the customer repeats nothing."""

from typing import Any

import pytest

from helpdesk.conversations import store
from helpdesk.database import Database, Json
from helpdesk.handoff.card import build_card
from helpdesk.handoff.service import cancel
from helpdesk.turns.model import BotTurn
from helpdesk.turns.writing import Renderer
from tests.factories import make_scam
from tests.scenes import (
    Customer,
    add_agent,
    answer,
    case_of,
    closed_conversation,
    make_turn,
    open_customer,
    queue_up,
    say,
)

TITLES = {"repay_early": "提前还款怎么操作"}


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


async def card_of(database: Database, conversation_id: str) -> Json | None:
    async with database.reading() as session:
        return await build_card(session, await store.get_conversation(session, conversation_id), TITLES)


async def shown_card(database: Database, customer: Customer) -> dict[str, Any]:
    """Hand the customer's conversation over and return its card."""
    card = await card_of(database, await queue_up(database, customer))
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


async def test_misses_are_counted(database: Database, customer: Customer, renderer: Renderer):
    for decision in ("fallback", "clarify", "answer", "fallback"):
        await talk(database, customer, "嗯嗯", make_turn("没有听明白。", decision=decision), renderer)

    assert (await shown_card(database, customer))["misses"] == 3


async def test_gravest_cue_is_shown_with_what_later_words_add(
    database: Database, customer: Customer, renderer: Renderer
):
    spans = [{"start": 0, "end": 2, "label": "cue"}]
    first = make_scam("P0", type=None, amount=None, when="刚才", spans=spans)
    for text, scam in (("正在转账", first), ("一共五千", make_scam("P2", amount=500_000)), ("谢谢", None)):
        await talk(database, customer, text, make_turn("好的。", scam=scam), renderer)

    assert (await shown_card(database, customer))["scam"] == {
        "level": "P0",
        "type": "fake_service",
        "state": "transferring",
        "amount_fen": 500_000,
        "when": "刚才",
        "spans": spans,
        "text": "正在转账",
    }


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
