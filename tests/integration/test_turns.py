"""What becomes of a bot's turn: stored whole or not at all, and never after people have taken over."""

import asyncio

import pytest

from helpdesk.agents.model import Agent
from helpdesk.conversations.model import Message, MessageKind, Sender, TurnState
from helpdesk.conversations.service import accept_button
from helpdesk.database import Database
from helpdesk.errors import ButtonUnknownError
from helpdesk.handoff import service as handoff
from helpdesk.turns.model import BotButton, BotReply
from helpdesk.turns.service import Outcome
from helpdesk.turns.writing import Renderer
from tests.scenes import (
    CHANNEL,
    Customer,
    add_agent,
    answer,
    claim,
    close,
    make_turn,
    open_customer,
    queue_up,
    say,
    transcript,
)


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def question(database: Database, customer: Customer) -> Message:
    return (await say(database, customer, "提前还款怎么操作")).message


@pytest.fixture
async def agent(database: Database) -> Agent:
    return await add_agent(database)


async def bot_messages(database: Database, question: Message) -> list[Message]:
    return [m for m in await transcript(database, question.conversation_id) if m.sender is Sender.BOT]


async def stored(database: Database, question: Message) -> Message:
    async with database.reading() as session:
        return await session.get_one(Message, question.id)


async def test_replies_are_stored_in_order_with_what_was_understood(
    database: Database, question: Message, renderer: Renderer
):
    turn = make_turn("先看合同。", "还有问题吗？")

    outcome = await answer(database, question, turn, renderer)

    replies = await bot_messages(database, question)
    done = await stored(database, question)
    assert outcome is Outcome.ANSWERED
    assert [(m.seq, m.text, m.in_reply_to, m.reply_index) for m in replies] == [
        (2, "先看合同。", question.id, 0),
        (3, "还有问题吗？", question.id, 1),
    ]
    assert (done.turn_state, done.nlu) == (TurnState.DONE, turn.nlu)


async def test_article_is_rendered_and_its_version_recorded(database: Database, question: Message, renderer: Renderer):
    await answer(database, question, make_turn(article="repay_early"), renderer)

    (shown,) = await bot_messages(database, question)
    article = renderer.library.articles["repay_early"]
    assert (shown.kind, shown.text) == (MessageKind.ANSWER, "先看 合同，再打 400-000-0000。")
    assert (shown.article_id, shown.article_version) == ("repay_early", article.version)
    assert shown.body["article"]["sources"] == [{"name": "民法典", "article": "677"}]


async def test_article_that_is_gone_falls_back_to_what_the_bot_said(
    database: Database, question: Message, renderer: Renderer
):
    await answer(database, question, make_turn(article="gone_since"), renderer)

    (shown,) = await bot_messages(database, question)
    assert (shown.kind, shown.text, shown.article_id) == (MessageKind.TEXT, "short", None)


async def test_placeholders_in_a_plain_reply_are_filled(database: Database, question: Message, renderer: Renderer):
    await answer(database, question, make_turn("请打 {{PLATFORM_HOTLINE}}。"), renderer)

    assert [m.text for m in await bot_messages(database, question)] == ["请打 400-000-0000。"]


async def test_stop_loss_card_keeps_its_steps(database: Database, question: Message, renderer: Renderer):
    steps = [{"id": "police", "title": "拨打 110", "detail": "说“电信诈骗”", "call": "110"}]
    card = BotReply(response="utter_stop_loss", text="先停下。", custom={"kind": "stop_loss", "steps": steps})

    await answer(database, question, make_turn(replies=[card]), renderer)

    (shown,) = await bot_messages(database, question)
    assert (shown.kind, shown.body) == (MessageKind.STOP_LOSS, {"steps": steps})


async def test_what_a_button_does_stays_on_the_server(
    database: Database, customer: Customer, question: Message, renderer: Renderer
):
    payload = {"intent": "faq", "entities": {"article": "repay_early"}}
    reply = BotReply(response="utter_clarify", text="哪一个？", buttons=(BotButton(title="提前还款", payload=payload),))
    await answer(database, question, make_turn(replies=[reply]), renderer)
    (shown,) = await bot_messages(database, question)

    async def press(by: Customer, button_id: str) -> Message:
        async with database.transaction() as session:
            accepted = await accept_button(
                session,
                contact_id=by.contact_id,
                channel=CHANNEL,
                client_id="pressed",
                message_id=shown.id,
                button_id=button_id,
            )
        return accepted.message

    pressed = await press(customer, "b1")

    assert shown.body == {"buttons": [{"id": "b1", "title": "提前还款"}]}
    assert (pressed.text, pressed.payload) == ("提前还款", payload)
    for somebody, button_id in ((customer, "b2"), (await open_customer(database), "b1")):
        with pytest.raises(ButtonUnknownError):
            await press(somebody, button_id)


async def test_late_turn_is_dropped_once_people_own_the_conversation(
    database: Database, customer: Customer, question: Message, renderer: Renderer
):
    await queue_up(database, customer)
    turn = make_turn("先看合同。")

    outcome = await answer(database, question, turn, renderer, epoch=1)

    done = await stored(database, question)
    assert outcome is Outcome.LEFT_TO_PEOPLE
    assert await bot_messages(database, question) == []
    assert (done.turn_state, done.nlu) == (TurnState.DONE, turn.nlu)


async def test_late_turn_is_asked_again_after_people_gave_the_conversation_back(
    database: Database, customer: Customer, question: Message, renderer: Renderer
):
    await queue_up(database, customer)
    async with database.transaction() as session:
        await handoff.cancel(session, question.conversation_id)

    late = await answer(database, question, make_turn("先看合同。"), renderer, epoch=1)
    waiting = await stored(database, question)
    again = await answer(database, question, make_turn("先看合同。"), renderer)

    assert (late, waiting.turn_state) == (Outcome.ASK_AGAIN, TurnState.WAITING)
    assert again is Outcome.ANSWERED
    assert len(await bot_messages(database, question)) == 1


async def test_turn_that_is_stored_three_times_at_once_answers_once(
    database: Database, question: Message, renderer: Renderer
):
    async with asyncio.timeout(20):
        outcomes = await asyncio.gather(
            *(answer(database, question, make_turn("先看合同。"), renderer) for _ in range(3))
        )

    assert sorted(outcome.value for outcome in outcomes) == ["already_done", "already_done", "answered"]
    assert len(await bot_messages(database, question)) == 1


async def test_late_turn_of_a_closed_conversation_says_nothing(
    database: Database, customer: Customer, question: Message, agent: Agent, renderer: Renderer
):
    await claim(database, await queue_up(database, customer), agent)
    await close(database, question.conversation_id, agent)
    before = len(await transcript(database, question.conversation_id))

    outcome = await answer(database, question, make_turn("先看合同。", article="victim_stop"), renderer, epoch=1)

    assert outcome is Outcome.LEFT_TO_PEOPLE
    assert len(await transcript(database, question.conversation_id)) == before
