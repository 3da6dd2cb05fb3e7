"""Warnings and breaches: noted once, on the timeline, for the people who have to know."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.clock_sweeper import ClockSweeper
from gateway.live import QUEUE, Hub
from helpdesk.agents.model import Agent, Role
from helpdesk.cases import escalation
from helpdesk.cases.model import Case, CaseEvent
from helpdesk.cases.timeline import events_of, first_broken
from helpdesk.clocks import service
from helpdesk.clocks.model import Clock, ClockKind, ClockState
from helpdesk.database import Database
from helpdesk.handoff import replies
from helpdesk.handoff import service as handoff
from tests.integration.conftest import MovableClock
from tests.integration.test_clocks import complain
from tests.scenes import Customer, add_agent, claim, open_customer, queue_up, say

# Monday, 10:00 in Beijing.
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
NOTED = ("clock_warning", "clock_breached")


@pytest.fixture(autouse=True)
def morning(movable_clock: MovableClock) -> None:
    movable_clock.at = MORNING


@pytest.fixture
async def customer(database: Database) -> Customer:
    customer = await open_customer(database)
    await say(database, customer, "催收打给我家人了")
    return customer


@pytest.fixture
async def chief(database: Database) -> Agent:
    return await add_agent(database, "chief", name="何三", role=Role.SUPERVISOR)


@pytest.fixture
async def waiting(database: Database, customer: Customer, chief: Agent) -> str:
    """Return the conversation of a customer who waits for a first reply."""
    return await queue_up(database, customer)


async def sweep(database: Database, hub: Hub | None = None) -> None:
    await ClockSweeper(database=database, hub=hub or Hub()).sweep()


async def noted(database: Database) -> list[CaseEvent]:
    async with database.reading() as session:
        rows = await session.scalars(select(CaseEvent).where(CaseEvent.kind.in_(NOTED)).order_by(CaseEvent.seq))
        return list(rows)


async def kinds(database: Database) -> list[str]:
    return [event.kind for event in await noted(database)]


async def clock(database: Database) -> Clock:
    async with database.reading() as session:
        return (await session.scalars(select(Clock).order_by(Clock.started_at))).first()  # type: ignore[return-value]


async def test_nothing_is_noted_in_time(database: Database, waiting: str, movable_clock: MovableClock):
    movable_clock.move(minutes=19)

    await sweep(database)

    assert await noted(database) == []


async def test_warning_comes_before_the_breach_and_each_once(
    database: Database, waiting: str, movable_clock: MovableClock
):
    movable_clock.move(minutes=21)
    await sweep(database)
    await sweep(database)
    assert (await clock(database)).state is ClockState.WARNING
    movable_clock.move(minutes=10)
    await sweep(database)
    await sweep(database)

    assert await kinds(database) == ["clock_warning", "clock_breached"]
    assert (await clock(database)).state is ClockState.BREACHED


async def test_breach_names_the_promise_and_the_people(
    database: Database, waiting: str, chief: Agent, movable_clock: MovableClock
):
    lin = await add_agent(database, "lin", name="林一")
    await add_agent(database, "root", name="管理员", role=Role.ADMINISTRATOR)
    gone = await add_agent(database, "gone", name="走了", role=Role.SUPERVISOR)
    async with database.transaction() as session:
        (await session.get_one(Agent, gone.id)).active = False
    await claim(database, waiting, lin)
    due_at = (await clock(database)).due_at
    movable_clock.move(minutes=31)

    await sweep(database)

    (event,) = await noted(database)
    assert event.actor == "system"
    assert event.details == {"clock": "first_reply", "due_at": due_at.isoformat(), "to": [lin.id, chief.id]}


async def test_without_a_supervisor_the_administrators_have_to_know(
    database: Database, customer: Customer, movable_clock: MovableClock
):
    root = await add_agent(database, "root", name="管理员", role=Role.ADMINISTRATOR)
    await queue_up(database, customer)
    movable_clock.move(minutes=31)

    await sweep(database)

    (event,) = await noted(database)
    assert event.details["to"] == [root.id]


async def test_desk_pages_and_people_are_hinted(
    database: Database, waiting: str, chief: Agent, movable_clock: MovableClock
):
    hub = Hub()
    movable_clock.move(minutes=31)

    with (
        hub.subscribed(QUEUE) as queue,
        hub.subscribed(waiting) as conversation,
        hub.subscribed(chief.id) as person,
        hub.subscribed("somebody else") as other,
    ):
        await sweep(database, hub)

        async with asyncio.timeout(1):
            for reader in (queue, conversation, person):
                await reader.wait()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await other.wait()


async def test_two_gateways_note_a_breach_once(
    database: Database, database_url: str, waiting: str, movable_clock: MovableClock
):
    movable_clock.move(minutes=31)
    other = Database(database_url)

    await asyncio.gather(*(sweep(one) for one in (database, other) * 3))

    await other.close()
    assert await kinds(database) == ["clock_breached"]


async def test_clock_that_somebody_else_has_noted_is_left_alone(
    database: Database, waiting: str, movable_clock: MovableClock
):
    movable_clock.move(minutes=31)
    async with database.reading() as session:
        (clock_id,) = await service.due_ids(session)
    await sweep(database)

    async with database.transaction() as session:
        assert await escalation.escalate(session, clock_id) is None


async def test_late_reply_is_noted_as_a_breach(
    database: Database, waiting: str, chief: Agent, movable_clock: MovableClock
):
    await claim(database, waiting, chief)
    movable_clock.move(minutes=31)
    async with database.transaction() as session:
        await replies.reply(session, waiting, chief, client_id="1", text="您好")

    await sweep(database)
    await sweep(database)

    assert await kinds(database) == ["clock_breached"]
    assert (await clock(database)).state is ClockState.BREACHED


async def test_reply_in_time_is_never_noted(
    database: Database, waiting: str, chief: Agent, movable_clock: MovableClock
):
    await claim(database, waiting, chief)
    async with database.transaction() as session:
        await replies.reply(session, waiting, chief, client_id="1", text="您好")
    movable_clock.move(days=3)

    await sweep(database)

    assert await noted(database) == []


@pytest.mark.parametrize(("minutes", "expected"), [(10, []), (31, ["clock_breached"])], ids=["in time", "too late"])
async def test_leaving_the_queue_hides_no_breach(
    database: Database, waiting: str, movable_clock: MovableClock, minutes: int, expected: list[str]
):
    movable_clock.move(minutes=minutes)
    async with database.transaction() as session:
        await handoff.cancel(session, waiting)
    movable_clock.move(days=3)

    await sweep(database)

    assert await kinds(database) == expected


async def test_complaint_is_warned_of_five_three_and_one_day_before(
    database: Database, customer: Customer, movable_clock: MovableClock
):
    await complain(database, customer.conversation_id)
    seen: list[tuple[int, str]] = []

    for day in range(1, 19):
        movable_clock.at = MORNING + timedelta(days=day, minutes=1)
        before = len(await noted(database))
        await sweep(database)
        seen += [(day, event.kind) for event in (await noted(database))[before:]]

    assert seen == [(10, "clock_warning"), (12, "clock_warning"), (14, "clock_warning"), (15, "clock_breached")]


async def test_warnings_that_were_missed_are_given_once(
    database: Database, customer: Customer, movable_clock: MovableClock
):
    await complain(database, customer.conversation_id)
    movable_clock.move(days=13)

    await sweep(database)
    await sweep(database)

    assert await kinds(database) == ["clock_warning"]
    assert (await clock(database)).warn_at is not None


async def test_paused_clock_is_not_noted(database: Database, waiting: str, movable_clock: MovableClock):
    async with database.transaction() as session:
        found = await service.find_open(session, ClockKind.FIRST_REPLY, conversation_id=waiting)
        assert found is not None
        service.pause(found)
    movable_clock.move(days=1)

    await sweep(database)

    assert await noted(database) == []


async def test_timeline_stays_whole(database: Database, waiting: str, movable_clock: MovableClock):
    movable_clock.move(minutes=31)
    await sweep(database)

    async with database.reading() as session:
        case: Sequence[Case] = (await session.scalars(select(Case))).all()
        events = await events_of(session, case[0].id)

    assert events[-1].kind == "clock_breached"
    assert first_broken(events) is None


async def test_clock_that_fails_holds_up_no_other(
    database: Database, waiting: str, movable_clock: MovableClock, monkeypatch: pytest.MonkeyPatch
):
    second = await open_customer(database)
    await queue_up(database, second)
    movable_clock.move(minutes=31)
    real = escalation.escalate

    async def failing(session, clock_id):
        found = await session.get_one(Clock, clock_id)
        if found.conversation_id == waiting:
            raise RuntimeError
        return await real(session, clock_id)

    monkeypatch.setattr(escalation, "escalate", failing)
    await sweep(database)

    assert await kinds(database) == ["clock_breached"]
