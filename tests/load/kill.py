"""`python -m tests.load.kill`: gateway, bot and actions are killed at random while people write, then all is audited.

Zero lost, zero doubled, every acknowledged message present exactly once, each answered or owned by a person.
"""

import argparse
import asyncio
import itertools
import json
import random
import signal
import sys
import tempfile
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from helpdesk.conversations.model import Owner
from helpdesk.conversations.store import conversations_with_waiting_messages
from helpdesk.database import Database
from tests.databases import sqlite_url
from tests.e2e.stack import Stack
from tests.load.audit import Receipt, Seen, audit
from tests.load.ledger import Ledger, read_ledger

_QUESTIONS = ["提前还款怎么操作", "查进度", "征信在哪里查", "你好", "逾期几天上征信"]
_QUIET_SECONDS = 120
_LOOK_SECONDS = 0.2
# Every so many messages somebody asks for a person, so that both kinds of owners are there when it is dark.
_HANDOFF_EVERY = 12


class KillCustomer(threading.Thread):
    """Sends one message after another, each until it is accepted, and reads everything in the end."""

    def __init__(self, stack: Stack, stop: threading.Event, number: int) -> None:
        super().__init__(daemon=True)
        self._stack = stack
        self._stop_sending = stop
        self._random = random.Random(number)
        self._number = number
        self._session = ""
        self.conversation = ""
        self.receipts: dict[str, Receipt] = {}

    def run(self) -> None:
        opened = self._insist("POST", "/sessions")
        self._session, self.conversation = str(opened["session"]), str(opened["conversation"])
        for count in itertools.count(1):
            if self._stop_sending.is_set():
                return
            client_id = f"K{self._number}-{count}"
            text = self._random.choice(_QUESTIONS)
            answer = self._insist("POST", "/messages", session=self._session, client_id=client_id, text=text)
            self.receipts[client_id] = Receipt(
                id=str(answer["id"]), seq=int(answer["seq"]), conversation=str(answer["conversation"])
            )
            if self._number % 2 and count % _HANDOFF_EVERY == 0:
                self._insist("POST", "/handoff", session=self._session)
            self._stop_sending.wait(self._random.uniform(0.6, 1.4))

    def read(self) -> Seen:
        """Return the whole conversation as this customer gets it, a page at a time."""
        messages: list[tuple[int, str]] = []
        while True:
            after = messages[-1][0] if messages else 0
            path = f"/messages?after={after}&conversation={self.conversation}"
            page = self._insist("GET", path, session=self._session)["messages"]
            if not page:
                name = f"customer {self._number}"
                return Seen(reader=name, conversation=self.conversation, after=0, messages=messages)
            messages += [(int(message["seq"]), str(message["id"])) for message in page]

    def _insist(self, method: str, path: str, **fields: str) -> dict[str, Any]:
        while True:
            try:
                status, answer = self._stack.call(method, path, **fields)  # type: ignore[arg-type]  # fields are text
            except (urllib.error.URLError, OSError, ValueError):
                status, answer = 0, {}
            if status in {200, 201, 202}:
                return answer
            assert status in {0, 429}, (status, answer)
            time.sleep(0.1)


def kill_and_audit(
    stack: Stack, kills: Sequence[str], *, customers: int, moments: random.Random, say: bool = False
) -> tuple[list[str], Ledger]:
    """Kill one after another while customers write; return what is wrong afterwards, and what is stored."""
    stop = threading.Event()
    people = [KillCustomer(stack, stop, number) for number in range(customers)]
    for person in people:
        person.start()
    for number, name in enumerate(kills, start=1):
        time.sleep(moments.uniform(0.5, 2.5))
        stack.kill(name)
        time.sleep(moments.uniform(0.0, 1.0))
        stack.start(name)
        if say:
            written = sum(len(person.receipts) for person in people)
            sys.stdout.write(f"  {number:3} of {len(kills)}: {name} killed, {written} messages acknowledged\n")
            sys.stdout.flush()
    stop.set()
    for person in people:
        person.join(timeout=_QUIET_SECONDS)
        assert not person.is_alive(), "a customer could not finish"
    _wait_until_all_are_done(stack.database)
    ledger = _apart(_read(stack.database))
    receipts = {client_id: receipt for person in people for client_id, receipt in person.receipts.items()}
    return audit(ledger, receipts, [person.read() for person in people], prefix="K"), ledger


def _apart[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """Run in a thread of its own: the tests' browser keeps a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _read(path: Path) -> Ledger:
    database = Database(sqlite_url(path))
    try:
        return await read_ledger(database)
    finally:
        await database.close()


def _wait_until_all_are_done(path: Path) -> None:
    async def waiting() -> Sequence[str]:
        database = Database(sqlite_url(path))
        try:
            async with database.reading() as session:
                return await conversations_with_waiting_messages(session, limit=1)
        finally:
            await database.close()

    deadline = time.monotonic() + _QUIET_SECONDS
    while _apart(waiting()):
        assert time.monotonic() < deadline, "messages still wait"
        time.sleep(_LOOK_SECONDS)


def main() -> None:
    """Start the three real processes, kill, audit and end with an error where anything is wrong."""
    # Whoever ends this ends what it has started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    parser = argparse.ArgumentParser(prog="python -m tests.load.kill")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--customers", type=int, default=6)
    parser.add_argument("--seed", type=int, default=20261122)
    given = parser.parse_args()
    moments = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="xb-kill-") as folder:
        stack = Stack(Path(folder), BOT_BUDGET_SECONDS="45")
        stack.prepare()
        try:
            stack.start()
            kills = [moments.choice(stack.names) for _ in range(given.kills)]
            findings, ledger = kill_and_audit(stack, kills, customers=given.customers, moments=moments, say=True)
        finally:
            stack.stop()
    owners = Counter(row.owner for row in ledger.conversations.values())
    result = {
        "killed": dict(Counter(kills)),
        "messages": sum(len(entries) for entries in ledger.messages.values()),
        "owners": {owner.value: owners[owner] for owner in Owner},
        "findings": findings,
    }
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    if findings:
        sys.exit(1)


if __name__ == "__main__":
    main()
