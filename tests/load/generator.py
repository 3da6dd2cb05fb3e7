"""The load itself, as a process of its own: `python -m tests.load.generator PLAN RESULT`.

Messages are sent by the clock, whether or not the gateway keeps up: a slow answer must not make the load lighter.
"""

import asyncio
import json
import random
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from tests.load.agents import LoadAgent
from tests.load.customers import LoadCustomer
from tests.load.figures import percentile
from tests.load.journal import Journal, World
from tests.load.seeding import People
from tests.load.shape import TO_AGENT, TO_BOT, Shape

_CONNECT_AT_ONCE = 20
_PROGRESS_SECONDS = 10.0
# After the last message: until everything has arrived.
_SETTLE_SECONDS = 60.0
_LOOK_SECONDS = 0.25


class Load:
    """Everybody who takes part, and what they do."""

    def __init__(self, world: World, http: aiohttp.ClientSession) -> None:
        self._world = world
        self.customers = [LoadCustomer(world, http, seeded) for seeded in world.people.customers]
        self.agents = [LoadAgent(world, http, seeded) for seeded in world.people.agents]
        self._by_conversation = {customer.conversation: customer for customer in self.customers}
        self._tasks: set[asyncio.Task[None]] = set()
        self.lags: list[float] = []
        self._moves = 0

    async def connect(self) -> None:
        """Open all sockets, some at a time, and each agent's first conversation."""
        places = asyncio.Semaphore(_CONNECT_AT_ONCE)

        async def one(person: LoadCustomer | LoadAgent) -> None:
            async with places:
                await person.connect()

        async with asyncio.TaskGroup() as group:
            for person in [*self.customers, *self.agents]:
                group.create_task(one(person))
        for agent in self.agents:
            async with asyncio.timeout(_SETTLE_SECONDS):
                while not agent.mine:  # noqa: ASYNC110 - frames come when they come
                    await asyncio.sleep(_LOOK_SECONDS)
            await agent.open(agent.mine[0])

    async def run(self) -> None:
        """Send by the clock until the time is over, then wait for what is still on its way."""
        shape = self._world.shape
        async with asyncio.timeout(shape.seconds + _SETTLE_SECONDS):
            progress = asyncio.create_task(self._report())
            await asyncio.gather(
                self._paced(shape.rate, self._message, self.lags),
                self._paced(3 * shape.moves_per_second, self._move, []),
                self._paced(shape.queue_reads_per_second, self._read_queue, []),
            )
            progress.cancel()
            await asyncio.gather(*self._tasks)

    async def settle(self) -> None:
        """Wait until all is acknowledged and nothing more comes, and let every agent read what is theirs."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        before = -1
        while time.monotonic() < deadline:
            count = sum(len(got) for customer in self.customers for got in customer.received.values())
            if count == before and not self._world.journal.unacknowledged:
                break
            before = count
            await asyncio.sleep(4 * _LOOK_SECONDS)
        places = asyncio.Semaphore(_CONNECT_AT_ONCE)

        async def read_all(agent: LoadAgent) -> None:
            async with places:
                agent.mine = await agent.conversations()
                for conversation in agent.mine:
                    await agent.open(conversation)

        await asyncio.gather(*(read_all(agent) for agent in self.agents))

    async def _paced(self, rate: float, act: Callable[[], Awaitable[None]], lags: list[float]) -> None:
        if rate <= 0:
            return
        began, number = time.perf_counter(), 0
        while (due := number / rate) < self._world.shape.seconds:
            number += 1
            pause = began + due - time.perf_counter()
            if pause > 0:
                await asyncio.sleep(pause)
            lags.append(max(0.0, time.perf_counter() - began - due))
            task = asyncio.create_task(self._noted(act))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _noted(self, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        except (aiohttp.ClientError, TimeoutError, OSError, AssertionError) as error:
            self._world.journal.problems.append(f"failed: {type(error).__name__} {error}")

    async def _message(self) -> None:
        choose = self._world.random
        lot = choose.randrange(100)
        if lot < TO_AGENT:
            # Every other one to a conversation that its agent looks at.
            opened = choose.choice(self.agents).opened if choose.random() < 0.5 else None
            customer = self._by_conversation.get(opened or "") or choose.choice(self._owned("agent"))
            await customer.say()
        elif lot < TO_AGENT + TO_BOT:
            await choose.choice(self._owned("bot")).say()
        else:
            agent = choose.choice([agent for agent in self.agents if agent.mine])
            await agent.reply(agent.opened if agent.opened in agent.mine else choose.choice(agent.mine))

    async def _move(self) -> None:
        """Let the queue move: one comes, one is claimed, one matter is closed."""
        choose = self._world.random
        self._moves += 1
        agent = choose.choice([agent for agent in self.agents if agent.mine])
        if self._moves % 3 == 0:
            await choose.choice(self._owned("bot")).ask_for_person()
        elif self._moves % 3 == 1:
            waiting = await agent.read_queue()
            if waiting:
                await agent.claim(waiting[0])
        else:
            await agent.close_conversation(choose.choice(agent.mine))

    async def _read_queue(self) -> None:
        await self._world.random.choice(self.agents).read_queue()

    def _owned(self, owner: str) -> Sequence[LoadCustomer]:
        return [customer for customer in self.customers if customer.owner == owner] or self.customers

    async def _report(self) -> None:
        began = time.monotonic()
        journal = self._world.journal
        while True:
            await asyncio.sleep(_PROGRESS_SECONDS)
            took = journal.figures.get("customer_to_agent", [])
            latest = f"{percentile(took, 95) * 1000:.0f} ms" if took else "-"
            sys.stdout.write(
                f"  {time.monotonic() - began:4.0f} s  sent {journal.sent_count}  acknowledged {len(journal.receipts)}"
                f"  to agents p95 {latest}  lag p95 {percentile(self.lags, 95) * 1000:.0f} ms"
                f"  problems {len(journal.problems)}\n"
            )
            sys.stdout.flush()


def _seen(load: Load) -> list[dict[str, Any]]:
    views = []
    for customer in load.customers:
        first = customer.seeded.conversation
        views += [
            {
                "reader": f"customer {customer.seeded.number}",
                "conversation": conversation,
                "after": customer.seeded.last_seq if conversation == first else 0,
                "messages": messages,
            }
            for conversation, messages in customer.received.items()
        ]
    for agent in load.agents:
        views += [
            {
                "reader": agent.seeded.name,
                "conversation": conversation,
                "after": 0,
                "messages": sorted(agent.held.get(conversation, {}).items()),
            }
            for conversation in agent.mine
        ]
    return views


async def generate(plan: dict[str, Any]) -> dict[str, Any]:
    """Connect everybody, apply the load and return what was measured and received."""
    shape = Shape(**plan["shape"])
    world = World(
        url=plan["url"],
        shape=shape,
        people=People.from_json(plan["people"]),
        journal=Journal(),
        random=random.Random(shape.seed),
    )
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=60)
    ) as http:
        load = Load(world, http)
        began = time.perf_counter()
        await load.connect()
        sys.stdout.write(f"  {len(load.customers) + len(load.agents)} sockets in {time.perf_counter() - began:.1f} s\n")
        sys.stdout.flush()
        began, used = time.perf_counter(), _cpu_seconds()
        await load.run()
        share = (_cpu_seconds() - used) / (time.perf_counter() - began)
        await load.settle()
        frames = sum(agent.queue_frames for agent in load.agents)
        views = _seen(load)
        # Leaving is no problem of the gateway's.
        problems = list(world.journal.problems)
        async with asyncio.TaskGroup() as group:
            for person in [*load.customers, *load.agents]:
                group.create_task(person.leave())
    return {
        "figures": world.journal.figures | {"generator_lag": load.lags},
        "receipts": world.journal.receipts,
        "unacknowledged": world.journal.unacknowledged,
        "refusals": world.journal.refusals,
        "problems": problems,
        "seen": views,
        "sent": world.journal.sent_count,
        "queue_frames": frames,
        "cpu": round(share, 3),
    }


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Read the plan, apply it and write the result."""
    plan_path, result_path = map(Path, sys.argv[1:])
    result = asyncio.run(generate(json.loads(plan_path.read_text(encoding="utf-8"))))
    result_path.write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
