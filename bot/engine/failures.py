"""Remembers which custom actions failed during a turn; Rasa logs such a failure and carries on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_failed: ContextVar[list[str] | None] = ContextVar("failed_actions", default=None)


@contextmanager
def collected_failures() -> Iterator[list[str]]:
    """Collect the names of the actions which fail inside the block."""
    names: list[str] = []
    token = _failed.set(names)
    try:
        yield names
    finally:
        _failed.reset(token)


def note_failure(action: str) -> None:
    """Add an action to the innermost collection; without one, do nothing."""
    names = _failed.get()
    if names is not None:
        names.append(action)
