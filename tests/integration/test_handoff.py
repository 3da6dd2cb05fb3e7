"""Asking for a person: what the customer is told, going back to the bot, and what actions record."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.agents import presence, sessions
from helpdesk.agents.model import Agent
from helpdesk.agents.passwords import hash_password
from helpdesk.cases.model import Priority
from helpdesk.conversations.model import MessageKind, Owner
from helpdesk.database import Database
from helpdesk.errors import HandoffNotQueuedError, TransitionNotAllowedError
from helpdesk.handoff import promise, queue
from helpdesk.handoff import service as handoff
from tests.factories import ROOT
from tests.integration.conftest import MovableClock
from tests.scenes import (
    Customer,
    add_agent,
    case_of,
    claim,
    close,
    last_event,
    look_up,
    open_customer,
    queue_up,
    say,
    transcript,
)

# Monday morning, lunch time and evening in Beijing, as calendar.yml has them; and Sunday.
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LUNCH = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@pytest.fixture
async def customer(database: Database) -> Customer:
    customer = await open_customer(database)
    await say(database, customer, "催收打给我家人了")
    return customer


@pytest.fixture
async def lin(database: Database) -> Agent:
    return await add_agent(database, "lin", name="林一")


async def sign_in(database: Database, agent: Agent) -> str:
    """Make an agent signed in and available; return the session's token."""
    async with database.transaction() as session:
        row = await session.get_one(Agent, agent.id)
        row.password_hash = hash_password("correct horse battery")
        row.available = True
        await presence.arrive(session, agent.id, "gateway-of-the-tests")
    return (await sessions.sign_in(database, username=agent.username, password="correct horse battery")).token


async def test_waiting_customer_can_go_back_to_the_bot(database: Database, customer: Customer):
    conversation_id = await queue_up(database, customer)

    async with database.transaction() as session:
        await handoff.cancel(session, conversation_id)

    async with database.reading() as session:
        assert await queue.find_entry(session, conversation_id) is None
    assert (await look_up(database, conversation_id)).owner is Owner.BOT
    assert (await last_event(database, conversation_id))[0] == "returned_to_bot"


@pytest.mark.parametrize("owner", ["bot", "agent"])
async def test_what_does_not_wait_cannot_be_cancelled(database: Database, customer: Customer, lin: Agent, owner: str):
    if owner == "agent":
        await claim(database, await queue_up(database, customer), lin)

    with pytest.raises(HandoffNotQueuedError):
        async with database.transaction() as session:
            await handoff.cancel(session, customer.conversation_id)


async def test_waiting_twice_is_refused_and_leaves_one_entry(database: Database, customer: Customer):
    conversation_id = await queue_up(database, customer)

    with pytest.raises(TransitionNotAllowedError):
        await queue_up(database, customer)

    async with database.reading() as session:
        assert [entry.conversation_id for entry in await queue.waiting(session)] == [conversation_id]


@pytest.mark.parametrize(
    ("priority", "text"),
    [
        (Priority.NORMAL, "已为您转接人工，您前面还有人时会按顺序接入，当前排第 1 位。"),
        (Priority.URGENT, "已为您紧急转接人工，排在第 1 位。"),
    ],
    ids=["normal", "urgent"],
)
async def test_customer_is_told_their_place_while_somebody_is_there(
    database: Database, customer: Customer, lin: Agent, priority: Priority, text: str, movable_clock: MovableClock
):
    movable_clock.at = MORNING
    await sign_in(database, lin)

    conversation_id = await queue_up(database, customer, priority=priority)

    event, told = await last_event(database, conversation_id)
    assert event == "queued"
    assert told.startswith(text)
    assert (await case_of(database, conversation_id)).number in told
    assert await promised(database, conversation_id) is None


@pytest.mark.parametrize("absence", ["nobody", "not available", "signed out", "deactivated", "desk closed", "crashed"])
async def test_message_is_kept_while_nobody_is_there(
    database: Database, customer: Customer, lin: Agent, absence: str, movable_clock: MovableClock
):
    movable_clock.at = MORNING
    if absence != "nobody":
        token = await sign_in(database, lin)
        async with database.transaction() as session:
            row = await session.get_one(Agent, lin.id)
            row.available = absence != "not available"
            row.active = absence != "deactivated"
            if absence == "signed out":
                await sessions.revoke(session, token)
            if absence == "desk closed":
                await presence.leave(session, lin.id, "gateway-of-the-tests")
        if absence == "crashed":
            # Its gateway renews nothing any more.
            movable_clock.move(seconds=60)

    conversation_id = await queue_up(database, customer)

    event, told = await last_event(database, conversation_id)
    assert event == "kept"
    assert told.startswith("现在没有人工在线。")
    assert f"我们会在北京时间 11 月 23 日 10:{32 if absence == 'crashed' else 31} 前回复您" in told


@pytest.mark.parametrize(
    ("at", "promise_at"),
    [
        (LUNCH, datetime(2026, 11, 23, 5, 30, tzinfo=UTC)),
        (NIGHT, datetime(2026, 11, 24, 1, 30, tzinfo=UTC)),
        (SUNDAY, datetime(2026, 11, 23, 1, 30, tzinfo=UTC)),
        # Chinese New Year: closed from the 15th to the 23rd of February.
        (datetime(2026, 2, 14, 16, 0, tzinfo=UTC), datetime(2026, 2, 24, 1, 30, tzinfo=UTC)),
    ],
    ids=["lunch", "night", "Sunday", "holiday"],
)
async def test_message_outside_hours_is_kept_with_a_promise_for_the_next_opening(
    database: Database,
    customer: Customer,
    lin: Agent,
    at: datetime,
    promise_at: datetime,
    movable_clock: MovableClock,
):
    movable_clock.at = at
    await sign_in(database, lin)

    conversation_id = await queue_up(database, customer)

    event, told = await last_event(database, conversation_id)
    assert event == "kept"
    assert told.startswith("现在不在人工服务时间。")
    assert promise.spoken(promise_at) in told
    assert await promised(database, conversation_id) == promise_at


@pytest.mark.parametrize("at", [MORNING, NIGHT, SUNDAY], ids=["morning", "night", "Sunday"])
async def test_urgent_customer_is_not_left_waiting_while_nobody_is_there(
    database: Database, customer: Customer, at: datetime, movable_clock: MovableClock
):
    movable_clock.at = at

    conversation_id = await queue_up(database, customer, priority=Priority.URGENT)

    told = (await last_event(database, conversation_id))[1]
    assert "请不要等待，马上按上面的步骤联系 110" in told
    # Before any time is named.
    assert told.index("110") < told.index("北京时间")


async def test_urgent_customer_goes_to_whoever_is_there_at_night(
    database: Database, customer: Customer, lin: Agent, movable_clock: MovableClock
):
    movable_clock.at = NIGHT
    await sign_in(database, lin)

    conversation_id = await queue_up(database, customer, priority=Priority.URGENT)

    assert (await last_event(database, conversation_id))[0] == "queued"


async def test_promise_is_a_whole_minute_that_is_not_earlier():
    due = promise.promised_at(MORNING + timedelta(seconds=1), Priority.NORMAL)

    assert due == MORNING + timedelta(minutes=31)
    assert promise.promised_at(MORNING, Priority.NORMAL) == MORNING + timedelta(minutes=30)


async def promised(database: Database, conversation_id: str) -> datetime | None:
    async with database.reading() as session:
        place = await queue.place_of(session, conversation_id)
    assert place is not None
    return place.promised_at


async def test_request_of_an_action_is_recorded_once(database: Database, customer: Customer):
    (message,) = await transcript(database, customer.conversation_id)

    async def ask(reason: str) -> str:
        async with database.transaction() as session:
            request = await handoff.request_handoff(
                session,
                conversation_id=customer.conversation_id,
                message_id=message.id,
                reason=reason,
                priority=Priority.HIGH,
            )
        return request.id

    assert await ask("complaint") == await ask("negotiation")
    async with database.reading() as session:
        request = await handoff.find_request(session, customer.conversation_id, message.id)
    assert request is not None
    assert (request.reason, request.applied_at) == ("complaint", None)


async def test_every_event_is_known_to_the_front_end(
    database: Database, customer: Customer, lin: Agent, movable_clock: MovableClock
):
    movable_clock.at = MORNING
    protocol = (ROOT / "web/shared/protocol.ts").read_text(encoding="utf-8")
    declared = re.search(r"export type EventName = ([^;]+);", protocol)
    conversation_id = await queue_up(database, customer)
    async with database.transaction() as session:
        await handoff.cancel(session, conversation_id)
    await sign_in(database, lin)
    await queue_up(database, customer)
    await claim(database, conversation_id, lin)
    await close(database, conversation_id, lin)

    told = {m.body["event"] for m in await transcript(database, conversation_id) if m.kind is MessageKind.EVENT}

    assert declared is not None
    # The others tell of a bot's failure, of secrets and of calls, and have tests of their own.
    assert told | {"bot_unavailable", "masked", "callback"} == set(re.findall(r'"(\w+)"', declared[1]))
