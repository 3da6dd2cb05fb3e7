"""What follows from a bot's turn: a person at the right place in the queue, and questions kept for new articles."""

import asyncio

import pytest

from helpdesk.cases.model import CaseType, Priority
from helpdesk.cases.service import cases_of_contact, find_open_case
from helpdesk.conversations.model import Message, MessageKind, Owner, Sender
from helpdesk.conversations.store import find_current_conversation
from helpdesk.database import Database
from helpdesk.handoff import queue
from helpdesk.handoff import service as handoff
from helpdesk.knowledge.unanswered import list_unanswered
from helpdesk.turns.service import Outcome
from helpdesk.turns.writing import Renderer
from tests.factories import make_scam
from tests.scenes import (
    Customer,
    add_agent,
    answer,
    ask_for_person,
    claim,
    close,
    look_up,
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


@pytest.mark.parametrize(
    ("cue", "reason"),
    [
        ({"scam": make_scam("P0", state="paid")}, "scam_p0"),
        ({"scam": make_scam("P1", state="information_given")}, "scam_p1"),
        ({"crisis": "C2"}, "crisis"),
    ],
    ids=["P0", "P1", "C2"],
)
async def test_urgent_words_are_not_left_to_the_bot_alone(
    database: Database, question: Message, renderer: Renderer, cue: dict[str, object], reason: str
):
    outcome = await answer(database, question, make_turn(article="repay_early", **cue), renderer)

    answered, told, queued = (await transcript(database, question.conversation_id))[1:]
    assert outcome is Outcome.HANDED_OVER
    assert await entry_of(database, question) == (Priority.URGENT, reason)
    assert [message.sender for message in (answered, told, queued)] == [Sender.BOT, Sender.SYSTEM, Sender.SYSTEM]
    assert "110" in told.text
    assert queued.kind is MessageKind.EVENT


async def test_milder_words_stay_with_the_bot(database: Database, question: Message, renderer: Renderer):
    outcome = await answer(database, question, make_turn("先停一停。", scam=make_scam("P2", state="asking")), renderer)

    assert outcome is Outcome.ANSWERED
    assert (await transcript(database, question.conversation_id))[-1].sender is Sender.BOT


@pytest.mark.parametrize(
    ("cue", "reason"),
    [({"scam": make_scam("P0", state="paid")}, "scam_p0"), ({"crisis": "C3"}, "crisis")],
    ids=["scam", "crisis"],
)
async def test_urgent_words_that_cross_an_agents_close_are_taken_up_in_the_next_conversation(
    database: Database,
    customer: Customer,
    question: Message,
    renderer: Renderer,
    cue: dict[str, object],
    reason: str,
):
    await claim_and_close(database, customer)
    before = len(await transcript(database, question.conversation_id))

    await answer(database, question, make_turn("先停下。", **cue), renderer, epoch=1)

    async with database.reading() as session:
        current = await find_current_conversation(session, customer.contact_id)
        assert current is not None
        entry = await queue.find_entry(session, current.id)
        case_type = CaseType.SCAM if "scam" in cue else CaseType.CRISIS
        case = await find_open_case(session, current.id, case_type)
    assert len(await transcript(database, question.conversation_id)) == before
    assert (current.previous_id, current.owner) == (question.conversation_id, Owner.QUEUED)
    assert entry is not None
    assert (entry.priority, entry.reason) == (Priority.URGENT, reason)
    assert case is not None
    told, event = await transcript(database, current.id)
    assert "110" in told.text
    assert (told.sender, event.kind) == (Sender.SYSTEM, MessageKind.EVENT)


async def test_victim_who_writes_again_after_the_close_is_guided_by_the_same_case(
    database: Database, customer: Customer, question: Message, renderer: Renderer
):
    await claim_and_close(database, customer)
    await answer(database, question, make_turn(scam=make_scam("P0", state="paid")), renderer, epoch=1)

    later = (await say(database, customer, "已经报警了")).message
    await answer(database, later, make_turn(), renderer)

    async with database.reading() as session:
        case = await find_open_case(session, later.conversation_id, CaseType.SCAM)
    assert case is not None
    assert case.fields["police_called"] is True
    assert (await transcript(database, later.conversation_id))[-1].sender is Sender.SYSTEM


async def test_close_report_and_next_message_at_once_keep_one_case(
    database: Database, customer: Customer, question: Message, renderer: Renderer
):
    agent = await add_agent(database)
    await claim(database, await queue_up(database, customer), agent)

    await asyncio.gather(
        close(database, question.conversation_id, agent),
        answer(database, question, make_turn(scam=make_scam("P0", state="paid")), renderer, epoch=1),
        say(database, customer, "怎么办"),
    )

    async with database.reading() as session:
        cases = [one for one in await cases_of_contact(session, customer.contact_id) if one.type is CaseType.SCAM]
    assert len(cases) == 1


async def claim_and_close(database: Database, customer: Customer) -> None:
    agent = await add_agent(database)
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, agent)
    await close(database, conversation_id, agent)
