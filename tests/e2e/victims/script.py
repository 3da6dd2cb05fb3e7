"""Conversations of victims as data: who says what in which situation, and what has to be understood of it.

A script is an entry of scripts/*.yml:

    id, type        its name; a kind of the police (`brushing_rebate` …) or a lending scheme (L1 to L18)
    situation       what goes before the cue; one of SITUATIONS
    state, levels   what the scam case may say at the end, one or several; null: no case at all is right as well.
                    For a state of level P2 no case is the rule
    amounts         sums in yuan which the case has to keep, each as a transfer or as the newest sum
    secrets         parts of what is said which may be stored nowhere
    messages        `say`, and `cue` where a reply is due: `urgent` (stop-loss words first), `mild` (advice, with a
                    person one tap away) or `danger` (the words for somebody whose life is in danger first)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SITUATIONS = ("first_message", "greeting", "after_answer", "complaint_form", "negotiation_form", "queued")
CUES = ("urgent", "mild", "danger")
MILD_STATES = frozenset({"asking", "contacted"})
_FOLDER = Path(__file__).parent / "scripts"
_FEN = 100


@dataclass(frozen=True, kw_only=True)
class Line:
    """One message of the customer."""

    say: str
    cue: str | None = None


@dataclass(frozen=True, kw_only=True)
class Script:
    """One conversation; `amounts` in fen, None in `states` and `levels` stands for no case."""

    id: str
    type: str
    situation: str
    states: tuple[str | None, ...]
    levels: tuple[str | None, ...]
    lines: tuple[Line, ...]
    amounts: tuple[int, ...] = ()
    secrets: tuple[str, ...] = ()

    @property
    def may_lack_case(self) -> bool:
        """Whether it is right that no case is opened."""
        return None in self.states or bool(MILD_STATES & set(self.states))


def read_script(entry: Mapping[str, Any]) -> Script:
    """Build a script from its parsed YAML.

    Raises:
        KeyError: A part is missing.
        TypeError: A part is unknown.
    """
    known = {"id", "type", "situation", "state", "levels", "amounts", "secrets", "messages"}
    if entry.keys() - known:
        raise TypeError(f"{entry['id']}: {sorted(entry.keys() - known)}")
    states = entry["state"]
    return Script(
        id=entry["id"],
        type=entry["type"],
        situation=entry["situation"],
        states=tuple(states) if isinstance(states, list) else (states,),
        levels=tuple(entry["levels"]),
        lines=tuple(Line(**message) for message in entry["messages"]),
        amounts=tuple(round(sum_ * _FEN) for sum_ in entry.get("amounts", [])),
        secrets=tuple(entry.get("secrets", [])),
    )


def all_scripts() -> list[Script]:
    """Return the scripts of all files, in the order of their names."""
    return [
        read_script(entry)
        for path in sorted(_FOLDER.glob("*.yml"))
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
