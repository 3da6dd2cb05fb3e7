"""The one table of what is promised: durations, warnings and pauses, from promises.yml."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from helpdesk.clocks.model import ClockKind

_FILE = Path(__file__).resolve().parent / "promises.yml"

_PRIORITIES = {"urgent", "high", "normal"}


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One kind of promise: either in working time by priority, or in calendar days."""

    title: str
    source: str
    working: Mapping[str, timedelta]
    warn_working: Mapping[str, timedelta]
    days: tuple[int, ...]
    warn_days: tuple[int, ...]
    waits_for_customer: bool


def read_promises(loaded: Mapping[str, Any]) -> dict[ClockKind, Promise]:
    """Build the table from its parsed YAML.

    Raises:
        ValueError: A kind is missing or unknown, has both or neither unit, or a warning comes before the start.
        KeyError: A part is missing.
    """
    promises = {ClockKind(name): _promise(name, entry) for name, entry in loaded.items()}
    absent = [kind.value for kind in ClockKind if kind not in promises]
    if absent:
        message = f"no promise for {', '.join(absent)}"
        raise ValueError(message)
    return promises


def _promise(name: str, entry: Mapping[str, Any]) -> Promise:
    working = _minutes(entry.get("working_minutes", {}))
    warn_working = _minutes(entry.get("warn_minutes", {}))
    days, warn_days = tuple(entry.get("days", ())), tuple(entry.get("warn_days", ()))
    if bool(working) == bool(days):
        message = f"{name}: either working_minutes or days"
        raise ValueError(message)
    if working and not (set(working) == set(warn_working) == _PRIORITIES):
        message = f"{name}: minutes for each priority"
        raise ValueError(message)
    if any(not timedelta(0) < warn_working[priority] < working[priority] for priority in working):
        message = f"{name}: warnings come after the start and before the end"
        raise ValueError(message)
    if days and (list(days) != sorted(set(days)) or not all(0 < before < days[0] for before in warn_days)):
        message = f"{name}: days rise, and warnings come after the start and before the end"
        raise ValueError(message)
    return Promise(
        title=entry["title"],
        source=entry["source"],
        working=working,
        warn_working=warn_working,
        days=days,
        warn_days=warn_days,
        waits_for_customer=entry["waits_for_customer"],
    )


def _minutes(listed: Mapping[str, int]) -> dict[str, timedelta]:
    return {priority: timedelta(minutes=minutes) for priority, minutes in listed.items()}


@cache
def promises() -> dict[ClockKind, Promise]:
    """Return the table of promises.yml."""
    return read_promises(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
