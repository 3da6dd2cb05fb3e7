"""When the bot fails: what it could still say is shown, and a person takes over; and messages that people answer."""

import pytest

from helpdesk.agents.model import Agent
from helpdesk.cases.model import Priority
from helpdesk.conversations.model import Message, MessageKind, Owner, Sender, TurnState
from helpdesk.conversations.store import lock_conversation
from helpdesk.database import Database, Json
from helpdesk.handoff import queue
from helpdesk.handoff import service as handoff
from helpdesk.scams.guidance import danger_words
from helpdesk.scams.service import record
from helpdesk.scams.table import table
from helpdesk.turns import service as turns
from helpdesk.turns.model import BotReply
from helpdesk.turns.service import Outcome
from helpdesk.turns.writing import Renderer
from tests.factories import make_nlu, make_scam
from tests.scenes import (
    Customer,
    add_agent,
    answer,
    ask_for_person,
    claim,
    look_up,
    make_turn,
    open_customer,
    queue_up,
    say,
    transcript,
)

STOP_LOSS = BotReply(response="utter_stop_loss", text="先停下。", custom={"kind": "stop_loss", "steps": []})
URGENT = [{"scam": make_scam("P0")}, {"scam": make_scam("P1")}, {"crisis": "C2"}, {"crisis": "C3"}]
NOT_URGENT = [{}, {"scam": make_scam("P2")}, {"scam": make_scam("P3")}, {"crisis": "C1"}]
NAMES = ["first cue", "second cue", "third cue", "fourth cue"]


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def question(database: Database, customer: Customer) -> Message:
    return (await say(database, customer, "我被骗了")).message


@pytest.fixture
async def agent(database: Database) -> Agent:
    return await add_agent(database)


async def fail(
    database: Database,
    question: Message,
    renderer: Renderer,
    *replies: BotReply,
    nlu: Json | None = None,
    epoch: int = 1,
) -> Outcome:
    async with database.transaction() as session:
        return await turns.commit_failure(
            session, question_id=question.id, epoch=epoch, replies=replies, nlu=nlu, renderer=renderer
        )


async def annotate(database: Database, question: Message, nlu: Json | None = None) -> Outcome:
    async with database.transaction() as session:
        return await turns.commit_annotation(session, question_id=question.id, nlu=nlu)


async def entry_of(database: Database, question: Message) -> tuple[Priority, str]:
    async with database.reading() as session:
        entry = await queue.find_entry(session, question.conversation_id)
    assert entry is not None
    return entry.priority, entry.reason


async def said_after(database: Database, question: Message) -> list[tuple[Sender, str]]:
    """Return who said what after the question: an event is told by its name."""
    messages = await transcript(database, question.conversation_id)
    return [(m.sender, m.body.get("event", m.text)) for m in messages if m.seq > question.seq]


async def test_silent_failure_is_apologised_for_and_handed_over(
    database: Database, question: Message, renderer: Renderer
):
    outcome = await fail(database, question, renderer)

    assert outcome is Outcome.HANDED_OVER
    assert await said_after(database, question) == [(Sender.SYSTEM, "bot_unavailable"), (Sender.SYSTEM, "kept")]
    assert await entry_of(database, question) == (Priority.HIGH, "bot_failed")


async def test_what_the_bot_could_still_say_takes_the_place_of_the_apology(
    database: Database, question: Message, renderer: Renderer
):
    await fail(database, question, renderer, STOP_LOSS)

    assert await said_after(database, question) == [(Sender.BOT, "先停下。"), (Sender.SYSTEM, "kept")]


async def test_request_that_the_failed_turn_had_made_keeps_its_reason(
    database: Database, question: Message, renderer: Renderer
):
    await ask_for_person(database, question, reason="scam_p0", priority=Priority.URGENT)

    outcome = await fail(database, question, renderer, STOP_LOSS)

    assert outcome is Outcome.HANDED_OVER
    assert await entry_of(database, question) == (Priority.URGENT, "scam_p0")


@pytest.mark.parametrize(
    ("cue", "priority"),
    [*((cue, Priority.URGENT) for cue in URGENT), *((cue, Priority.HIGH) for cue in NOT_URGENT)],
    ids=[*(f"urgent {name}" for name in NAMES), *(f"not urgent {name}" for name in NAMES)],
)
async def test_urgent_words_put_a_failed_turn_at_the_head_of_the_queue(
    database: Database, question: Message, renderer: Renderer, cue: Json, priority: Priority
):
    await fail(database, question, renderer, nlu=make_nlu(**cue))

    assert await entry_of(database, question) == (priority, "bot_failed")


async def test_bot_says_nothing_once_people_own_the_conversation(
    database: Database, customer: Customer, question: Message, renderer: Renderer
):
    await queue_up(database, customer)

    outcome = await fail(database, question, renderer, STOP_LOSS, nlu=make_nlu(scam=make_scam("P0")))

    # The first words of the queue's own guidance, in place of the bot's.
    kept, guided = await said_after(database, question)
    assert outcome is Outcome.LEFT_TO_PEOPLE
    assert kept == (Sender.SYSTEM, "kept")
    assert guided[0] is Sender.SYSTEM
    assert STOP_LOSS.text not in guided[1]
    assert await entry_of(database, question) == (Priority.URGENT, "cue_while_waiting")


async def test_victim_whom_the_failed_bot_told_nothing_is_told_by_the_queue(
    database: Database, question: Message, renderer: Renderer
):
    await fail(database, question, renderer, nlu=make_nlu(scam=make_scam("P0", state="paid")))

    said = [message for message in await transcript(database, question.conversation_id) if message.seq > question.seq]
    # The words before the line that refers to "the steps above", and in place of the apology.
    assert [message.kind for message in said] == [MessageKind.STOP_LOSS, MessageKind.EVENT]
    assert {message.sender for message in said} == {Sender.SYSTEM}


@pytest.mark.parametrize("scam", [make_scam("P0", state="paid"), None], ids=["cue", "only the intent"])
async def test_victim_whose_report_was_kept_before_the_bot_failed_is_told_what_to_do(
    database: Database, question: Message, renderer: Renderer, scam: Json | None
):
    await report(database, question, scam)

    await fail(database, question, renderer)

    said = [message for message in await transcript(database, question.conversation_id) if message.seq > question.seq]
    assert [message.kind for message in said] == [MessageKind.STOP_LOSS, MessageKind.EVENT]
    assert said[0].text == table().states["paid"].first
    assert await entry_of(database, question) == (Priority.URGENT, "scam_p0")


async def test_words_for_danger_survive_the_bots_failure(database: Database, question: Message, renderer: Renderer):
    async with database.transaction() as session:
        await handoff.request_handoff(
            session,
            conversation_id=question.conversation_id,
            message_id=question.id,
            reason="crisis",
            priority=Priority.URGENT,
            facts={"crisis": "C3", "scam": None},
        )

    await fail(database, question, renderer)

    assert (await said_after(database, question))[0] == (Sender.SYSTEM, danger_words())


async def test_victim_who_has_read_the_bots_card_is_asked_nothing_besides(
    database: Database, question: Message, renderer: Renderer
):
    await fail(database, question, renderer, STOP_LOSS, nlu=make_nlu(scam=make_scam("P0", state="paid")))

    assert await said_after(database, question) == [(Sender.BOT, "先停下。"), (Sender.SYSTEM, "kept")]


async def report(database: Database, question: Message, scam: Json | None) -> None:
    """Keep a report the way the bot's action does, before the turn is stored."""
    async with database.transaction() as session:
        conversation = await lock_conversation(session, question.conversation_id)
        message = await session.get_one(Message, question.id)
        case = await record(session, conversation, message, make_nlu(scam=scam), is_reported=True)
        assert case is not None
        await handoff.request_handoff(
            session,
            conversation_id=question.conversation_id,
            message_id=question.id,
            reason="scam_p0",
            priority=Priority.URGENT,
            case_id=case.id,
            facts={"scam": scam, "crisis": None},
        )


async def test_failure_of_an_earlier_ownership_is_tried_again(
    database: Database, customer: Customer, question: Message, renderer: Renderer
):
    await queue_up(database, customer)
    async with database.transaction() as session:
        await handoff.cancel(session, question.conversation_id)

    outcome = await fail(database, question, renderer, epoch=1)

    assert outcome is Outcome.ASK_AGAIN
    assert (await look_up(database, question.conversation_id)).owner is Owner.BOT


async def test_failure_after_the_answer_changes_nothing(database: Database, question: Message, renderer: Renderer):
    await answer(database, question, make_turn("先看合同。"), renderer)

    outcome = await fail(database, question, renderer)

    assert outcome is Outcome.ALREADY_DONE
    assert await said_after(database, question) == [(Sender.BOT, "先看合同。")]


async def test_answer_after_the_failure_changes_nothing(database: Database, question: Message, renderer: Renderer):
    await fail(database, question, renderer)
    before = await said_after(database, question)

    outcome = await answer(database, question, make_turn("先看合同。"), renderer, epoch=1)

    assert outcome is Outcome.ALREADY_DONE
    assert await said_after(database, question) == before


@pytest.mark.parametrize("nlu", [make_nlu(crisis="C1"), None], ids=["understood", "bot down"])
async def test_message_to_an_agent_is_only_annotated(
    database: Database, customer: Customer, agent: Agent, nlu: Json | None
):
    await claim(database, await queue_up(database, customer), agent)
    question = (await say(database, customer, "在吗")).message

    outcome = await annotate(database, question, nlu)

    async with database.reading() as session:
        done = await session.get_one(Message, question.id)
    assert outcome is Outcome.LEFT_TO_PEOPLE
    assert (done.turn_state, done.nlu) == (TurnState.DONE, nlu)
    assert await said_after(database, question) == []


@pytest.mark.parametrize(
    ("cue", "entry"),
    [
        (URGENT[0], (Priority.URGENT, "cue_while_waiting")),
        (NOT_URGENT[1], (Priority.NORMAL, "request_human")),
    ],
    ids=["urgent", "not urgent"],
)
async def test_urgent_words_while_waiting_move_the_customer_forward(
    database: Database, customer: Customer, cue: Json, entry: tuple[Priority, str]
):
    await queue_up(database, customer)
    question = (await say(database, customer, "对方让我转账")).message

    await annotate(database, question, make_nlu(**cue))

    assert await entry_of(database, question) == entry


async def test_message_that_the_bot_owns_again_is_left_for_the_bot(database: Database, question: Message):
    outcome = await annotate(database, question)

    async with database.reading() as session:
        waiting = await session.get_one(Message, question.id)
    assert outcome is Outcome.ASK_AGAIN
    assert waiting.turn_state is TurnState.WAITING
