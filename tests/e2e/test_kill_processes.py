"""Killing any process at any moment loses and doubles nothing."""

import random
import sqlite3
import threading
import time
import urllib.error
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.stack import Stack

pytestmark = pytest.mark.processes

_CUSTOMERS = 4
# The gateway takes most kills: it is where messages are accepted.
_KILLS = ["gateway", "actions", "gateway", "bot", "gateway", "actions", "bot", "gateway"]
_QUESTIONS = ["提前还款怎么操作", "查进度", "征信在哪里查", "你好", "逾期几天上征信"]
_QUIET_SECONDS = 60


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path, BOT_BUDGET_SECONDS="45")
    stack.prepare()
    stack.start()
    yield stack
    stack.stop()


class _Customer(threading.Thread):
    """Sends one message after another, each until it is accepted."""

    def __init__(self, stack: Stack, stop: threading.Event, number: int) -> None:
        super().__init__(daemon=True)
        self._stack = stack
        self._stop_sending = stop
        self._random = random.Random(number)
        self._number = number
        self.session = ""
        self.accepted: dict[str, str] = {}

    def run(self) -> None:
        self.session = str(self._insist("POST", "/sessions")["session"])
        count = 0
        while not self._stop_sending.is_set():
            count += 1
            client_id = f"c{self._number}-{count}"
            text = self._random.choice(_QUESTIONS)
            answer = self._insist("POST", "/messages", session=self.session, client_id=client_id, text=text)
            self.accepted[client_id] = str(answer["id"])
            self._stop_sending.wait(self._random.uniform(0.6, 1.4))

    def _insist(self, method: str, path: str, **fields: str) -> dict[str, object]:
        while True:
            try:
                status, answer = self._stack.call(method, path, **fields)  # type: ignore[arg-type]  # fields are text
            except (urllib.error.URLError, OSError, ValueError):
                status, answer = 0, {}
            if status in {201, 202}:
                return answer
            assert status in {0, 429}, (status, answer)
            time.sleep(0.1)


def test_no_accepted_message_is_lost_or_answered_twice(stack: Stack) -> None:
    stop = threading.Event()
    customers = [_Customer(stack, stop, number) for number in range(_CUSTOMERS)]
    moments = random.Random(20261122)

    for customer in customers:
        customer.start()
    for name in _KILLS:
        time.sleep(moments.uniform(0.5, 2.5))
        stack.kill(name)
        time.sleep(moments.uniform(0.0, 1.0))
        stack.start(name)
    stop.set()
    for customer in customers:
        customer.join(timeout=60)
        assert not customer.is_alive()

    _wait_until_all_are_done(stack.database)
    accepted = {client_id: message for customer in customers for client_id, message in customer.accepted.items()}
    assert len(accepted) >= len(_KILLS) * 2
    with closing(sqlite3.connect(stack.database)) as connection:
        audit = _Audit(connection)
        assert audit.customer_messages() == accepted
        assert audit.gaps() == []
        assert audit.unanswered() == []
        assert audit.answered_twice() == []


def _wait_until_all_are_done(database: Path) -> None:
    deadline = time.monotonic() + _QUIET_SECONDS
    while time.monotonic() < deadline:
        with closing(sqlite3.connect(database)) as connection:
            (waiting,) = connection.execute("SELECT COUNT(*) FROM message WHERE turn_state = 'waiting'").fetchone()
        if waiting == 0:
            return
        time.sleep(0.2)
    raise AssertionError(f"{waiting} messages still wait")


class _Audit:
    """Looks at the database as an auditor would."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def customer_messages(self) -> dict[str, str]:
        return dict(self._connection.execute("SELECT client_id, id FROM message WHERE sender = 'customer'"))

    def gaps(self) -> list[object]:
        return self._connection.execute(
            "SELECT conversation_id FROM message GROUP BY conversation_id HAVING MAX(seq) != COUNT(*)"
        ).fetchall()

    def unanswered(self) -> list[object]:
        """Messages to the bot, by the owner at their time, without a reply."""
        return self._connection.execute(
            """
            SELECT m.id FROM message m
            WHERE m.sender = 'customer'
              AND NOT EXISTS (SELECT 1 FROM message r WHERE r.in_reply_to = m.id)
              AND NOT EXISTS (
                SELECT 1 FROM assignment a
                WHERE a.conversation_id = m.conversation_id AND a.owner != 'bot'
              )
            """
        ).fetchall()

    def answered_twice(self) -> list[object]:
        """Messages with two replies from the same place of two different turns."""
        return self._connection.execute(
            """
            SELECT in_reply_to FROM message WHERE in_reply_to IS NOT NULL
            GROUP BY in_reply_to HAVING COUNT(*) != COUNT(DISTINCT reply_index) OR MAX(reply_index) + 1 != COUNT(*)
            """
        ).fetchall()
