"""What follows from a bot's turn: a person at the right place in the queue, and questions kept for new articles."""

import pytest

from helpdesk.cases.model import Priority
from helpdesk.conversations.model import Message, Owner, Sender
from helpdesk.database import Database
from helpdesk.handoff import queue
from helpdesk.handoff import service as handoff
from helpdesk.knowledge.unanswered import list_unanswered
from helpdesk.turns.service import Outcome
from helpdesk.turns.writing import Renderer
from tests.factories import make_scam
from tests.scenes import Customer, answer, ask_for_person, look_up, make_turn, open_customer, queue_up, say, transcript


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def question(database: Database, customer: Customer) -> Message:
    return (await say(database, customer, "提前还款怎么操作")).message


async def bot_messages(database: Database, question: Message) -> list[Message]:
    return [m for m in await transcript(database, question.conversation_id) if m.sender is Sender.BOT]


async def entry_of(database: Database, question: Message) -> tuple[Priority, str]:
    async with database.reading() as session:
        entry = await queue.find_entry(session, question.conversation_id)
    assert entry is not None
    return entry.priority, entry.reason


async def test_request_of_an_action_takes_effect_after_the_replies(
    database: Database, question: Message, renderer: Renderer
):
    await ask_for_person(database, question)

    outcome = await answer(database, question, make_turn("已登记。"), renderer)

    _, reply, event = await transcript(database, question.conversation_id)
    assert outcome is Outcome.HANDED_OVER
    assert (reply.sender, event.body["event"]) == (Sender.BOT, "kept")
    assert await entry_of(database, question) == (Priority.HIGH, "complaint")


async def test_request_takes_effect_once(database: Database, customer: Customer, question: Message, renderer: Renderer):
    await ask_for_person(database, question)
    await answer(database, question, make_turn("已登记。"), renderer)
    async with database.transaction() as session:
        conversation = await handoff.cancel(session, question.conversation_id)
        request = await handoff.find_request(session, question.conversation_id, question.id)
        assert request is not None

        changed = await handoff.apply_request(session, conversation, request)

    assert not changed
    assert (await look_up(database, question.conversation_id)).owner is Owner.BOT


async def test_request_of_a_late_turn_moves_the_waiting_customer_forward(
    database: Database, customer: Customer, question: Message, renderer: Renderer
):
    await ask_for_person(database, question, reason="scam_p0", priority=Priority.URGENT)
    await queue_up(database, customer)

    await answer(database, question, make_turn("已登记。"), renderer, epoch=1)

    assert await entry_of(database, question) == (Priority.URGENT, "scam_p0")
    assert await bot_messages(database, question) == []


@pytest.mark.parametrize(
    ("article", "owner", "priority"),
    [
        ("repay_early", Owner.BOT, None),
        ("overdue_fee", Owner.BOT, None),
        ("pii_leak", Owner.QUEUED, Priority.NORMAL),
        ("victim_stop", Owner.QUEUED, Priority.URGENT),
    ],
    ids=["never", "conditional", "always", "urgent"],
)
async def test_policy_of_the_shown_article_decides_on_a_person(
    database: Database, question: Message, renderer: Renderer, article: str, owner: Owner, priority: Priority | None
):
    await answer(database, question, make_turn(article=article), renderer)

    assert (await look_up(database, question.conversation_id)).owner is owner
    if priority is not None:
        assert await entry_of(database, question) == (priority, "article_policy")


async def test_conditional_article_offers_a_person_by_a_button(
    database: Database, question: Message, renderer: Renderer
):
    await answer(database, question, make_turn(article="overdue_fee"), renderer)

    (shown,) = await bot_messages(database, question)
    assert shown.body["buttons"] == [{"id": "b1", "title": "转人工"}]
    assert shown.button_payloads == {"b1": {"intent": "request_human"}}


@pytest.mark.parametrize(
    ("decision", "is_kept"), [("fallback", True), ("clarify", True), ("answer", False), ("flow", False)]
)
async def test_questions_without_an_answer_are_kept(
    database: Database, question: Message, renderer: Renderer, decision: str, is_kept: bool
):
    candidates = [{"article": "repay_early", "topic": "repayment", "score": 0.3}]

    await answer(database, question, make_turn("没有听明白。", decision=decision, candidates=candidates), renderer)

    async with database.reading() as session:
        kept = [(one.text, one.decision, one.candidates) for one in await list_unanswered(session)]
    assert kept == ([("提前还款怎么操作", decision, candidates)] if is_kept else [])


@pytest.mark.parametrize("cue", [{"scam": make_scam("P0")}, {"crisis": "C3"}], ids=["scam", "crisis"])
async def test_urgent_words_move_a_waiting_customer_forward(
    database: Database, customer: Customer, question: Message, renderer: Renderer, cue: dict[str, object]
):
    await queue_up(database, customer)

    await answer(database, question, make_turn("先停下。", **cue), renderer, epoch=1)

    assert await entry_of(database, question) == (Priority.URGENT, "cue_while_waiting")
