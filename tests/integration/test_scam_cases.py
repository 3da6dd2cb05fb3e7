"""The scam case of a conversation: opened by a grave cue, extended by what follows, told to those who must act."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from helpdesk.cases import work
from helpdesk.cases.fields import ScamFields, Transfer, read_scam_fields
from helpdesk.cases.model import Case, CaseEvent, CaseStatus, CaseType, Priority
from helpdesk.cases.service import find_open_case
from helpdesk.cases.timeline import events_of, first_broken
from helpdesk.conversations.model import Message, Owner, Sender
from helpdesk.conversations.store import lock_conversation
from helpdesk.database import Database
from helpdesk.outbox.model import OutboxMessage
from helpdesk.scams.service import record
from helpdesk.turns.service import commit_annotation
from tests.factories import make_nlu, make_scam
from tests.integration.conftest import MovableClock
from tests.scenes import Customer, add_agent, claim, open_customer, queue_up, say, transcript

Json = dict[str, Any]


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


async def tell(database: Database, customer: Customer, text: str, **nlu: Any) -> Message:
    """Record a message that the bot understood so."""
    message = (await say(database, customer, text)).message
    await note(database, message, make_nlu(**nlu))
    return message


async def note(database: Database, message: Message, nlu: Json | None) -> Case | None:
    async with database.transaction() as session:
        conversation = await lock_conversation(session, message.conversation_id)
        return await record(session, conversation, message, nlu)


async def find_case(database: Database, customer: Customer) -> Case | None:
    async with database.reading() as session:
        return await find_open_case(session, customer.conversation_id, CaseType.SCAM)


async def known(database: Database, customer: Customer) -> ScamFields:
    case = await find_case(database, customer)
    assert case is not None
    return read_scam_fields(case.fields)


async def timeline(database: Database, customer: Customer) -> list[CaseEvent]:
    case = await find_case(database, customer)
    assert case is not None
    async with database.reading() as session:
        return list(await events_of(session, case.id))


def paid(level: str = "P0", **fields: Any) -> Json:
    return make_scam(level, state="paid", **fields)


@pytest.mark.parametrize("level", ["P0", "P1"])
async def test_grave_cue_opens_an_urgent_case(database: Database, customer: Customer, level: str):
    await tell(database, customer, "我转了五千", scam=paid(level))

    case = await find_case(database, customer)
    assert case is not None
    assert (case.priority, case.summary, case.fields["level"]) == (Priority.URGENT, "我转了五千", level)
    opened = (await timeline(database, customer))[0]
    assert opened.details["told"] == {"team": "fraud", "within_seconds": {"P0": 60, "P1": 300}[level]}


@pytest.mark.parametrize(
    "scam",
    [make_scam("P2", state="asking"), make_scam("P3", state="education"), None],
    ids=["unsure", "lesson", "nothing"],
)
async def test_milder_words_open_no_case(database: Database, customer: Customer, scam: Json | None):
    await tell(database, customer, "这是骗子吗", scam=scam)

    assert await find_case(database, customer) is None


async def test_unsure_words_are_kept_where_a_case_is_open(database: Database, customer: Customer):
    await tell(database, customer, "我转了五千", scam=paid())
    await tell(database, customer, "他是不是骗子", scam=make_scam("P2", state="asking", amount=None))

    fields = await known(database, customer)
    assert (fields.level, fields.state) == ("P0", "paid")
    assert fields.statements[-1] == "他是不是骗子"


async def test_same_message_again_changes_nothing(database: Database, customer: Customer):
    await tell(database, customer, "我转了五千", scam=paid())
    second = await tell(database, customer, "又转了八千", scam=paid(amount=800_000))
    before, events = await known(database, customer), len(await timeline(database, customer))

    await note(database, second, make_nlu(scam=paid(amount=900_000)))

    assert await known(database, customer) == before
    assert len(await timeline(database, customer)) == events


async def test_timeline_holds_only_what_is_new(database: Database, customer: Customer):
    await tell(database, customer, "我转了五千", scam=paid())
    await tell(database, customer, "你好")
    tail = [{"entity": "account_tail", "value": "1234", "start": 0, "end": 4}]
    await tell(database, customer, "尾号1234", entities=tail)

    events = await timeline(database, customer)
    extended = [event for event in events if event.kind == "extended"]
    assert [set(event.details["new"]) for event in extended] == [{"payer_account_tail4", "statements"}]
    assert first_broken(events) is None


async def test_fifty_sums_in_a_message_keep_the_largest(database: Database, customer: Customer):
    sums = [{"entity": "amount", "value": 100 * n, "start": n, "end": n + 1} for n in range(1, 51)]
    await tell(database, customer, "一共好多笔", scam=paid(amount=None), entities=sums)

    assert (await known(database, customer)).transfers == [Transfer(amount_fen=5000, mentioned=50)]


async def test_case_of_a_hundred_long_messages_stays_small(database: Database, customer: Customer):
    for number in range(100):
        await tell(database, customer, f"{number}" + "我又转了钱" * 380, scam=paid(amount=100_000 + number))

    case = await find_case(database, customer)
    assert case is not None
    assert len(json.dumps(case.fields, ensure_ascii=False)) < 50_000
    assert (await known(database, customer)).statements[-1].startswith("99我又转了钱")


async def test_message_that_nobody_understood_is_no_failure(database: Database, customer: Customer):
    await tell(database, customer, "我转了五千", scam=paid())
    message = (await say(database, customer, "嗯")).message

    assert await note(database, message, None) is not None


async def test_what_others_keep_in_the_fields_stays(database: Database, customer: Customer):
    await tell(database, customer, "我转了五千", scam=paid())
    held = {"status": "held", "reference": "R1", "at": "2026-11-22T08:00:00+00:00"}
    async with database.transaction() as session:
        case = await find_open_case(session, customer.conversation_id, CaseType.SCAM)
        assert case is not None
        case.fields = {**case.fields, "risk_control": held, "later": 1}

    await tell(database, customer, "又转了八千", scam=paid(amount=800_000))

    case = await find_case(database, customer)
    assert case is not None
    assert (case.fields["risk_control"], case.fields["later"]) == (held, 1)


async def test_case_of_an_earlier_release_is_extended(database: Database, customer: Customer):
    await tell(database, customer, "我转了五千", scam=paid())
    old = {
        "level": "P1",
        "scam_type": None,
        "state": "paid",
        "amount_fen": 1,
        "transferred_when": None,
        "statements": [],
    }
    async with database.transaction() as session:
        case = await find_open_case(session, customer.conversation_id, CaseType.SCAM)
        assert case is not None
        case.fields = old

    await tell(database, customer, "又转了八千", scam=paid(amount=800_000))

    assert (await known(database, customer)).amount_fen == 800_000


async def test_protection_is_asked_for_once_a_level(database: Database, customer: Customer):
    await tell(database, customer, "验证码给他了", scam=make_scam("P1", state="information_given"))
    await tell(database, customer, "钱没了", scam=paid())
    await tell(database, customer, "五千块", scam=paid())

    asked = [
        event.details["level"] for event in await timeline(database, customer) if event.kind == "protection_requested"
    ]
    assert asked == ["P1", "P0"]


async def test_follow_ups_are_due_after_a_day_and_three(
    database: Database, customer: Customer, movable_clock: MovableClock
):
    await tell(database, customer, "我转了五千", scam=paid())
    await tell(database, customer, "又转了八千", scam=paid(amount=800_000))

    case = await find_case(database, customer)
    assert case is not None
    async with database.reading() as session:
        rows = await session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == "scam_follow_up").order_by(OutboxMessage.due_at)
        )
        follow_ups = [(row.key, row.payload, row.due_at - case.opened_at) for row in rows]
    assert follow_ups == [
        (f"{case.id}:24h", {"text_key": "hours_24"}, timedelta(hours=24)),
        (f"{case.id}:72h", {"text_key": "hours_72"}, timedelta(hours=72)),
    ]


async def annotate(database: Database, customer: Customer, text: str, **nlu: Any) -> None:
    message = (await say(database, customer, text)).message
    async with database.transaction() as session:
        await commit_annotation(session, question_id=message.id, nlu=make_nlu(**nlu))


@pytest.mark.parametrize(
    ("code", "details", "states"),
    [("no_scam", {}, {"skipped"}), ("loss_stopped", {"stopped_fen": 500_000, "how": "dissuaded"}, {"pending"})],
)
async def test_who_was_not_scammed_is_not_asked_about_it_later(
    database: Database, customer: Customer, code: str, details: Json, states: set[str]
):
    agent = await add_agent(database)
    await tell(database, customer, "我转了五千", scam=paid())
    case = await find_case(database, customer)
    assert case is not None

    async with database.transaction() as session:
        await work.change_status(session, case.id, CaseStatus.PROTECTING, agent_id=agent.id, reason="")
    async with database.transaction() as session:
        await work.close(session, case.id, code, details, agent_id=agent.id, reason="")

    async with database.reading() as session:
        rows = (await session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "scam_follow_up"))).all()
    assert len(rows) == 2
    assert {row.state.value for row in rows} == states


async def test_grave_words_to_an_agent_raise_an_alert_and_say_nothing(database: Database, customer: Customer):
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, await add_agent(database))
    before = len(await transcript(database, conversation_id))

    await annotate(database, customer, "我在共享屏幕", scam=make_scam("P0", state="in_progress", amount=None))

    alert = (await known(database, customer)).alert
    assert alert is not None
    assert (alert["level"], alert["state"]) == ("P0", "in_progress")
    assert [event.kind for event in await timeline(database, customer)].count("alert") == 1
    said = (await transcript(database, conversation_id))[before:]
    assert [message.sender for message in said] == [Sender.CUSTOMER]


async def test_milder_words_to_an_agent_raise_no_alert(database: Database, customer: Customer):
    await tell(database, customer, "我转了五千", scam=paid())
    conversation_id = await queue_up(database, customer)
    conversation = await claim(database, conversation_id, await add_agent(database))
    assert conversation.owner is Owner.AGENT

    await annotate(database, customer, "这是骗子吗", scam=make_scam("P2", state="asking"))

    assert (await known(database, customer)).alert is None
