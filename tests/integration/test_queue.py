"""The queue: urgent first, then the longest wait; true places, and estimates only where they rest on something."""

import asyncio

import pytest

from helpdesk.agents.model import Agent
from helpdesk.cases.model import Priority
from helpdesk.database import Database
from helpdesk.handoff import queue
from helpdesk.handoff import service as handoff
from helpdesk.handoff.queue import Place
from tests.integration.conftest import MovableClock
from tests.scenes import add_agent, be_at_desk, claim, close, leave_desk, open_customer, queue_up, say

URGENT, HIGH, NORMAL = Priority.URGENT, Priority.HIGH, Priority.NORMAL


async def wait(database: Database, priority: Priority = NORMAL) -> str:
    """Let a new customer wait; return the conversation."""
    return await queue_up(database, await open_customer(database), priority=priority)


async def order(database: Database) -> list[str]:
    async with database.reading() as session:
        return [entry.conversation_id for entry in await queue.waiting(session)]


async def place(database: Database, conversation_id: str) -> Place | None:
    async with database.reading() as session:
        return await queue.place_of(session, conversation_id)


async def position(database: Database, conversation_id: str) -> int:
    found = await place(database, conversation_id)
    assert found is not None
    return found.position


@pytest.mark.parametrize(
    ("priorities", "served"),
    [
        ([NORMAL, NORMAL, NORMAL], [0, 1, 2]),
        ([NORMAL, HIGH, URGENT], [2, 1, 0]),
        ([URGENT, NORMAL, URGENT, HIGH, NORMAL], [0, 2, 3, 1, 4]),
    ],
    ids=["same priority", "rising priority", "mixed"],
)
async def test_the_most_pressing_come_first_and_among_them_the_longest_wait(
    database: Database, priorities: list[Priority], served: list[int]
):
    waiting = [await wait(database, priority) for priority in priorities]

    assert await order(database) == [waiting[place] for place in served]


async def test_places_are_the_order(database: Database):
    for priority in (NORMAL, URGENT, HIGH, NORMAL, URGENT):
        await wait(database, priority)

    served = await order(database)

    assert [await position(database, conversation_id) for conversation_id in served] == [1, 2, 3, 4, 5]


async def test_places_are_the_order_even_among_those_who_came_at_the_same_moment(
    database: Database, movable_clock: MovableClock, monkeypatch: pytest.MonkeyPatch
):
    moment = movable_clock()
    monkeypatch.setattr(queue.clock, "now", lambda: moment)
    for _ in range(4):
        await wait(database)

    served = await order(database)

    assert [await position(database, conversation_id) for conversation_id in served] == [1, 2, 3, 4]


async def test_everybody_behind_moves_up_when_one_is_served(database: Database):
    first, second = await wait(database), await wait(database)

    await claim(database, first, await add_agent(database))

    assert await place(database, first) is None
    assert await position(database, second) == 1


async def test_customers_who_come_at_once_each_get_a_place(database: Database):
    customers = [await open_customer(database) for _ in range(6)]

    async with asyncio.timeout(20):
        waiting = await asyncio.gather(*(queue_up(database, customer) for customer in customers))

    assert sorted([await position(database, one) for one in waiting]) == [1, 2, 3, 4, 5, 6]


async def test_a_waiting_conversation_moves_forward_but_not_past_older_ones(database: Database):
    urgent, first, second = await wait(database, URGENT), await wait(database), await wait(database)

    async with database.transaction() as session:
        moved = await queue.raise_priority(session, second, URGENT, reason="cue_while_waiting")

    assert moved
    assert await order(database) == [urgent, second, first]


@pytest.mark.parametrize("priority", [URGENT, HIGH, NORMAL], ids=lambda priority: priority.value)
async def test_a_waiting_conversation_never_moves_back(database: Database, priority: Priority):
    waiting = await wait(database, URGENT)

    async with database.transaction() as session:
        moved = await queue.raise_priority(session, waiting, priority, reason="cue_while_waiting")
        entry = await queue.find_entry(session, waiting)

    assert not moved
    assert entry is not None
    assert (entry.priority, entry.reason) == (URGENT, "request_human")


async def test_what_does_not_wait_cannot_move_forward(database: Database):
    customer = await open_customer(database)

    async with database.transaction() as session:
        assert not await queue.raise_priority(session, customer.conversation_id, URGENT, reason="cue_while_waiting")


async def test_who_comes_back_waits_anew(database: Database):
    customer = await open_customer(database)
    await say(database, customer)
    first = await queue_up(database, customer)
    async with database.transaction() as session:
        await handoff.cancel(session, first)
    other = await wait(database)

    await queue_up(database, customer)

    assert await order(database) == [other, first]


async def serve(database: Database, movable_clock: MovableClock, minutes: list[float]) -> Agent:
    """Let an agent who is there serve one customer after the other for these minutes, and then be full."""
    agent = await add_agent(database)
    for pause in minutes:
        served = await wait(database)
        await claim(database, served, agent)
        movable_clock.move(minutes=pause)
        await close(database, served, agent)
    await be_at_desk(database, agent, capacity=1)
    await claim(database, await wait(database), agent)
    return agent


@pytest.mark.parametrize(("services", "is_shown"), [(7, False), (8, True)], ids=["too few services", "enough services"])
async def test_an_estimate_needs_enough_recent_services(
    database: Database, movable_clock: MovableClock, services: int, is_shown: bool
):
    await serve(database, movable_clock, [6.0] * services)

    found = await place(database, await wait(database))

    assert found is not None
    assert (found.estimate_minutes is not None) is is_shown


async def test_an_estimate_is_a_range_that_grows_with_the_place(database: Database, movable_clock: MovableClock):
    await serve(database, movable_clock, [5, 6, 7, 6, 5, 7, 6, 6])

    first, second = await place(database, await wait(database)), await place(database, await wait(database))

    assert first is not None
    assert second is not None
    assert first.estimate_minutes is not None
    assert second.estimate_minutes is not None
    # One and two services of six minutes on average.
    assert first.estimate_minutes[0] <= 6 <= first.estimate_minutes[1]
    assert second.estimate_minutes[0] <= 12 <= second.estimate_minutes[1]
    assert first.estimate_minutes < second.estimate_minutes


async def test_services_of_hours_ago_say_nothing_of_now(database: Database, movable_clock: MovableClock):
    await serve(database, movable_clock, [6.0] * 8)
    movable_clock.move(hours=2)

    found = await place(database, await wait(database))

    assert found is not None
    assert (found.position, found.estimate_minutes) == (1, None)


@pytest.mark.parametrize("change", ["away", "gone", "has room"])
async def test_no_estimate_where_nobody_would_end_a_service_or_somebody_is_free(
    database: Database, movable_clock: MovableClock, change: str
):
    agent = await serve(database, movable_clock, [6.0] * 8)
    if change == "gone":
        await leave_desk(database, agent)
    else:
        await be_at_desk(database, agent, is_available=change != "away", capacity=5 if change == "has room" else 1)

    found = await place(database, await wait(database))

    assert found is not None
    assert found.estimate_minutes is None
