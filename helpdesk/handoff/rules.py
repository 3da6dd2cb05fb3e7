"""When a conversation goes to a person and how pressing that is: the one table, from rules.yml."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from helpdesk.cases.model import Priority

_FILE = Path(__file__).resolve().parent / "rules.yml"
# The case, the article or the cue decides.
_BY_CASE = "by_case"


class Moment(Enum):
    """When in a conversation the handoff comes."""

    ONCE = "once"
    ANSWER = "answer"
    FORM = "form"
    OFFER = "offer"


@dataclass(frozen=True, kw_only=True)
class HandoffRule:
    """One row; `priority` is None where something else decides."""

    when: str
    source: str
    priority: Priority | None
    at: Moment


def read_rules(loaded: Mapping[str, Mapping[str, Any]]) -> dict[str, HandoffRule]:
    """Build the table from its parsed YAML.

    Raises:
        ValueError: A priority or moment does not exist, or a row does not say when it holds.
        KeyError: A part is missing.
    """
    rules = {}
    for reason, row in loaded.items():
        if not row["when"] or not row["source"]:
            message = f"{reason}: when and source are missing"
            raise ValueError(message)
        priority = None if row["priority"] == _BY_CASE else Priority(row["priority"])
        rules[reason] = HandoffRule(when=row["when"], source=row["source"], priority=priority, at=Moment(row["at"]))
    return rules


@cache
def rules() -> dict[str, HandoffRule]:
    """Return the table of rules.yml."""
    return read_rules(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def priority_of(reason: str) -> Priority:
    """Return the priority with which a reason leads to the queue.

    Raises:
        ValueError: The reason is not in the table, or its priority depends on something else.
    """
    rule = rules().get(reason)
    if rule is None or rule.priority is None:
        message = f"{reason} has no priority of its own"
        raise ValueError(message)
    return rule.priority
