"""Killing any process at any moment loses and doubles nothing; `make kill-test` is the long version."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.conversations.model import Sender
from tests.e2e.stack import Stack
from tests.load.kill import kill_and_audit

pytestmark = pytest.mark.processes

# Each once, and the gateway again: it is where messages are accepted.
_KILLS = ["gateway", "actions", "bot", "gateway"]
_CUSTOMERS = 4


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path, BOT_BUDGET_SECONDS="45")
    stack.prepare()
    stack.start()
    yield stack
    stack.stop()


def test_no_accepted_message_is_lost_or_answered_twice(stack: Stack) -> None:
    findings, ledger = kill_and_audit(stack, _KILLS, customers=_CUSTOMERS, moments=random.Random(20261122))

    assert findings == []
    written = [entry for entries in ledger.messages.values() for entry in entries if entry.sender is Sender.CUSTOMER]
    assert len(written) >= len(_KILLS) * 2
