"""A victim in the queue does not wait in silence, and nobody else speaks for an agent."""

from typing import Any

import pytest

from helpdesk.cases.fields import ScamFields, read_scam_fields
from helpdesk.cases.model import CaseType, Priority
from helpdesk.cases.service import find_open_case
from helpdesk.conversations.model import Message, MessageKind, Sender
from helpdesk.database import Database
from helpdesk.handoff import queue
from helpdesk.scams.guidance import danger_words
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
    make_turn,
    open_customer,
    queue_up,
    say,
    transcript,
)

PAID = {"scam": make_scam("P0", state="paid", amount=None)}


def stop_loss(state: str) -> BotReply:
    custom = {"kind": "stop_loss", "state": state, "steps": list(table().states[state].steps)}
    return BotReply(response="utter_stop_loss", text="机器人的止损话术", custom=custom)


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def waiting(database: Database, customer: Customer) -> Customer:
    """A customer who waits for a person in an ordinary matter."""
    await queue_up(database, customer)
    return customer


@pytest.fixture
async def victim(database: Database, customer: Customer, renderer: Renderer) -> Customer:
    """A victim whom the bot has told what to do first, and who waits for a person."""
    question = (await say(database, customer, "我刚转了钱")).message
    await ask_for_person(database, question, reason="scam_p0", priority=Priority.URGENT)
    await answer(database, question, make_turn(replies=[stop_loss("paid")], **PAID), renderer)
    return customer


async def write(database: Database, customer: Customer, text: str = "在吗", **nlu: Any) -> list[Message]:
    """Let the customer write while people own the conversation; return what they read in answer."""
    message = (await say(database, customer, text)).message
    await annotate(database, message, **nlu)
    return [one for one in await transcript(database, customer.conversation_id) if one.seq > message.seq]


async def annotate(database: Database, message: Message, **nlu: Any) -> Outcome:
    async with database.transaction() as session:
        return await turns.commit_annotation(session, question_id=message.id, nlu=make_nlu(**nlu))


async def fields_of(database: Database, customer: Customer) -> ScamFields:
    async with database.reading() as session:
        case = await find_open_case(session, customer.conversation_id, CaseType.SCAM)
    assert case is not None
    return read_scam_fields(case.fields)


def question_of(text: str) -> str:
    """Return the question at the end of what was said."""
    (found,) = [one.id for one in table().questions.values() if text.endswith(one.text)]
    return found


async def test_first_words_come_at_once_to_who_waits_for_another_reason(database: Database, waiting: Customer):
    (said,) = await write(database, waiting, "我刚转了钱", **PAID)

    state = table().states["paid"]
    assert (said.sender, said.kind, said.text) == (Sender.SYSTEM, MessageKind.STOP_LOSS, state.first)
    assert said.body == {"steps": list(state.steps)}
    async with database.reading() as session:
        entry = await queue.find_entry(session, waiting.conversation_id)
    assert entry is not None
    assert (entry.priority, entry.reason) == (Priority.URGENT, "cue_while_waiting")


async def test_bots_first_words_are_not_said_again(database: Database, victim: Customer):
    (said,) = await write(database, victim, "怎么还没人", **PAID)

    assert said.kind is MessageKind.TEXT
    assert question_of(said.text) == table().order["paid"][0]


async def test_graver_state_gets_its_own_first_words_once(database: Database, victim: Customer):
    grave = {"scam": make_scam("P0", state="in_progress", amount=None)}

    (first,) = await write(database, victim, "他还在看我屏幕", **grave)
    (second,) = await write(database, victim, "他还在看我屏幕呢", **grave)

    assert (first.kind, first.text) == (MessageKind.STOP_LOSS, table().states["in_progress"].first)
    assert second.kind is MessageKind.TEXT


async def test_milder_state_gets_no_first_words(database: Database, victim: Customer):
    (said,) = await write(database, victim, "验证码也给了", scam=make_scam("P1", state="information_given"))

    assert said.kind is MessageKind.TEXT
    assert (await fields_of(database, victim)).state == "paid"


async def test_questions_are_asked_one_at_a_time_and_never_again(database: Database, victim: Customer):
    asked = []
    for number in range(len(table().order["paid"]) + 2):
        (said,) = await write(database, victim, f"第{number}句")
        asked += [one.id for one in table().questions.values() if one.text in said.text]

    assert asked == list(table().order["paid"])
    assert (await fields_of(database, victim)).asked == ["transfer", *asked]


async def test_every_guidance_begins_with_an_acknowledgement(database: Database, victim: Customer):
    said = [(await write(database, victim, f"第{number}句"))[0].text for number in range(4)]

    assert all(text.startswith(table().acknowledge) for text in said)


async def test_what_was_told_is_not_asked(database: Database, victim: Customer):
    (said,) = await write(database, victim, "我已经报警了")

    assert (await fields_of(database, victim)).police_called is True
    assert question_of(said.text) == table().order["paid"][1]


async def test_answer_is_kept_with_its_question(database: Database, victim: Customer):
    await write(database, victim, "在吗")
    await write(database, victim, "还没有")

    fields = await fields_of(database, victim)
    assert (fields.asked[1], fields.police_called) == ("police_called", False)


async def test_known_transfer_drops_the_question_from_the_first_words(database: Database, waiting: Customer):
    entities = [
        {"entity": "amount", "value": 500_000, "start": 0, "end": 1},
        {"entity": "when", "value": "刚才", "hours_ago": 0.2, "start": 1, "end": 2},
        {"entity": "bank", "value": "工商银行", "start": 2, "end": 3},
    ]
    (said,) = await write(database, waiting, "刚才工行转了五千", entities=entities, **PAID)

    assert table().questions["transfer"].text not in said.text
    assert question_of(said.text) == table().order["paid"][0]


async def test_only_the_last_of_several_messages_is_answered(database: Database, victim: Customer):
    messages = [(await say(database, victim, text)).message for text in ("在吗", "快点", "急")]
    for message in messages:
        await annotate(database, message)

    said = [one for one in await transcript(database, victim.conversation_id) if one.seq > messages[-1].seq]
    assert [one.in_reply_to for one in said] == [messages[-1].id]


async def test_first_words_do_not_wait_for_later_messages(database: Database, waiting: Customer):
    urgent = (await say(database, waiting, "我刚转了钱")).message
    await say(database, waiting, "在吗")

    await annotate(database, urgent, **PAID)

    last = (await transcript(database, waiting.conversation_id))[-1]
    assert (last.kind, last.in_reply_to) == (MessageKind.STOP_LOSS, urgent.id)


async def test_message_is_answered_once(database: Database, victim: Customer):
    message = (await say(database, victim, "在吗")).message
    await annotate(database, message)
    before = len(await transcript(database, victim.conversation_id))

    outcome = await annotate(database, message)

    assert outcome is Outcome.ALREADY_DONE
    assert len(await transcript(database, victim.conversation_id)) == before


async def test_nothing_is_said_while_an_agent_serves(database: Database, victim: Customer):
    await claim(database, victim.conversation_id, await add_agent(database))

    assert await write(database, victim, "他在看我屏幕", scam=make_scam("P0", state="in_progress")) == []


async def test_nothing_is_said_where_there_is_no_scam(database: Database, waiting: Customer):
    assert await write(database, waiting, "在吗") == []
    assert await write(database, waiting, "这是骗子吗", scam=make_scam("P2", state="asking")) == []


@pytest.mark.parametrize("crisis", ["C2", "C3"])
async def test_danger_to_life_comes_before_any_scam(database: Database, victim: Customer, crisis: str):
    grave = make_scam("P0", state="in_progress")

    (said,) = await write(database, victim, "不想活了", crisis=crisis, scam=grave)

    assert (said.sender, said.kind, said.text) == (Sender.SYSTEM, MessageKind.TEXT, danger_words())
    async with database.reading() as session:
        case = await find_open_case(session, victim.conversation_id, CaseType.CRISIS)
    assert case is not None
    assert (case.priority, case.fields["level"]) == (Priority.URGENT, crisis)


async def test_danger_to_life_is_answered_whatever_they_wait_for(database: Database, waiting: Customer):
    (said,) = await write(database, waiting, "不想活了", crisis="C2")

    assert said.text == danger_words()


async def test_words_for_danger_are_said_once_and_nothing_is_asked_after_them(database: Database, victim: Customer):
    await write(database, victim, "不想活了", crisis="C2")

    assert await write(database, victim, "真的不想活了", crisis="C3") == []
    assert await write(database, victim, "没有人陪我") == []


async def test_words_for_danger_of_a_late_bot_are_made_up_for(
    database: Database, customer: Customer, renderer: Renderer
):
    question = (await say(database, customer, "不想活了")).message
    await queue_up(database, customer)
    late = make_turn(replies=[BotReply(response="utter_crisis", text=danger_words())], crisis="C2")

    await answer(database, question, late, renderer, epoch=1)

    said = [one for one in await transcript(database, customer.conversation_id) if one.in_reply_to == question.id]
    assert [(one.sender, one.text) for one in said] == [(Sender.SYSTEM, danger_words())]


async def test_words_for_danger_of_the_bot_are_not_said_again(
    database: Database, customer: Customer, renderer: Renderer
):
    question = (await say(database, customer, "不想活了")).message
    await ask_for_person(database, question, reason="crisis", priority=Priority.URGENT)
    words = BotReply(response="utter_crisis", text=danger_words().replace("。", "。 "))
    await answer(database, question, make_turn(replies=[words], crisis="C2"), renderer)

    assert await write(database, customer, "真的不想活了", crisis="C3") == []


@pytest.mark.parametrize("state", ["paid_earlier", "someone_else", "loan_in_my_name", "account_lent"])
async def test_answer_that_reads_like_a_report_changes_no_state(database: Database, waiting: Customer, state: str):
    level = table().states[state].level
    await write(database, waiting, "出事了", scam=make_scam(level, state=state, amount=None))

    (said,) = await write(database, waiting, "网银转的", scam=make_scam("P0", state="paid", amount=None))

    fields = await fields_of(database, waiting)
    assert (fields.state, fields.level, said.kind) == (state, level, MessageKind.TEXT)


async def test_report_of_another_payment_changes_the_state(database: Database, waiting: Customer):
    await write(database, waiting, "上个月被骗", scam=make_scam("P1", state="paid_earlier", amount=None))

    (said,) = await write(database, waiting, "刚才又转了", scam=make_scam("P0", state="paid", amount=500_000))

    assert (said.kind, said.text) == (MessageKind.STOP_LOSS, table().states["paid"].first)


async def test_despair_is_not_asked_about_money(database: Database, victim: Customer):
    assert await write(database, victim, "没有希望了", crisis="C1") == []


async def test_despair_does_not_hold_back_first_words(database: Database, waiting: Customer):
    (said,) = await write(database, waiting, "钱都没了没有希望了", crisis="C1", **PAID)

    assert said.kind is MessageKind.STOP_LOSS


async def test_who_takes_it_back_is_asked_nothing_more(database: Database, victim: Customer):
    (said,) = await write(database, victim, "虚惊一场")

    fields = await fields_of(database, victim)
    assert (fields.state, fields.level) == ("nothing", "P0")
    assert said.text in table().acknowledge


async def test_dropped_words_of_a_late_bot_are_made_up_for(database: Database, customer: Customer, renderer: Renderer):
    question = (await say(database, customer, "我刚转了钱")).message
    await queue_up(database, customer)

    await answer(database, question, make_turn(replies=[stop_loss("paid")], **PAID), renderer, epoch=1)

    said = [one for one in await transcript(database, customer.conversation_id) if one.in_reply_to == question.id]
    assert [(one.sender, one.kind) for one in said] == [(Sender.SYSTEM, MessageKind.STOP_LOSS)]


async def test_second_scam_is_warned_of_once_when_all_is_asked(database: Database, waiting: Customer):
    await write(database, waiting, "我妈正在给骗子转钱", scam=make_scam("P0", state="someone_else", amount=None))
    said = [(await write(database, waiting, f"第{n}句"))[0].text for n in range(len(table().order["someone_else"]) + 3)]

    assert [table().second_scam in text for text in said].count(True) == 1
    assert (await fields_of(database, waiting)).second_scam_warned


async def test_crisis_asks_the_host_for_protection(database: Database, waiting: Customer):
    await write(database, waiting, "不想活了", crisis="C2")

    async with database.reading() as session:
        case = await find_open_case(session, waiting.conversation_id)
    assert case is not None
    assert case.fields["risk_control"]["status"] == "requested"
