"""The router's sweeps and who counts as gone, and desks that close and open again: on both databases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import router as router_module
from gateway.live import Hub
from gateway.presence import Presence
from gateway.router import Router, RoutingPolicy
from helpdesk import clock
from helpdesk.agents import presence
from helpdesk.conversations.model import Owner
from helpdesk.database import Database
from helpdesk.handoff import offers
from helpdesk.handoff.taking_back import Patience
from helpdesk.routing import service as routing
from tests.integration.conftest import MovableClock
from tests.scenes import add_agent, be_at_desk, claim, look_up, open_customer, queue_up

POLICY = RoutingPolicy(
    is_automatic=True,
    accept_within=timedelta(seconds=30),
    patience=Patience(offline=timedelta(seconds=60), reply=timedelta(hours=1)),
)


class Times:
    """The wall clock and the process's own, moved together."""

    def __init__(self, wall: MovableClock) -> None:
        self._wall = wall
        self._seconds = 1000.0

    def monotonic(self) -> float:
        return self._seconds

    def move(self, seconds: float) -> None:
        self._wall.move(seconds=seconds)
        self._seconds += seconds


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch, movable_clock: MovableClock) -> Times:
    times = Times(movable_clock)
    monkeypatch.setattr(router_module, "time", SimpleNamespace(monotonic=times.monotonic))
    return times


@pytest.fixture
def router(database: Database, times: Times) -> Router:
    return Router(database=database, hub=Hub(), policy=POLICY)


async def sweep_for(router: Router, times: Times, seconds: float) -> None:
    for _ in range(int(seconds // 10)):
        times.move(10)
        await router.sweep()


async def test_after_a_break_nobody_counts_as_gone_before_they_had_time_to_be_noted(
    database: Database, router: Router, times: Times
) -> None:
    lin = await add_agent(database, "lin", name="林一")
    await be_at_desk(database, lin)
    conversation_id = await queue_up(database, await open_customer(database))
    await claim(database, conversation_id, lin)
    await router.sweep()

    # The database is away: neither is presence renewed nor anything looked at.
    times.move(300)
    await router.sweep()
    after_the_break = await look_up(database, conversation_id)
    await sweep_for(router, times, 70)

    assert (after_the_break.owner, after_the_break.agent_id) == (Owner.AGENT, lin.id)
    # Who is really gone is found all the same, only later.
    assert (await look_up(database, conversation_id)).owner is Owner.QUEUED


async def test_offer_ends_the_walk_through_what_nobody_could_take_now(
    database: Database, router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [await queue_up(database, await open_customer(database)) for _ in range(3)]
    await be_at_desk(database, await add_agent(database, "lin", name="林一"))
    looked_at, route = [], routing.route

    async def counted(session: AsyncSession, conversation_id: str, *, accept_within: timedelta) -> object:
        looked_at.append(conversation_id)
        return await route(session, conversation_id, accept_within=accept_within)

    monkeypatch.setattr(routing, "route", counted)

    await router.sweep()

    async with database.reading() as session:
        offered = [one for one in waiting if await offers.decisions_of(session, one)]
    assert (looked_at, offered) == ([waiting[0]], [waiting[0]])


class SlowToLeave(Database):
    """A database that is slow with the second thing it is asked for."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked, self.gate = asyncio.Event(), asyncio.Event()
        self._calls = 0

    async def retrying[T](self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        self._calls += 1
        if self._calls == 2:
            self.asked.set()
            await self.gate.wait()
        return await super().retrying(work)


@pytest.fixture
async def slow(database: Database) -> AsyncIterator[SlowToLeave]:
    slow = SlowToLeave(database.engine.url.render_as_string(hide_password=False))
    yield slow
    await slow.close()


async def test_desk_that_opens_again_while_its_closing_is_written_stays_present(
    database: Database, slow: SlowToLeave
) -> None:
    lin = await add_agent(database, "lin", name="林一")
    desks = Presence(database=slow, hub=Hub())

    async def open_and_close() -> None:
        async with desks.of(lin.id):
            pass

    closing = asyncio.create_task(open_and_close())
    async with asyncio.timeout(10):
        await slow.asked.wait()
        async with desks.of(lin.id):
            slow.gate.set()
            await closing
            async with database.reading() as session:
                until = await presence.seen_until(session, [lin.id])
            assert until[lin.id] > clock.now()
