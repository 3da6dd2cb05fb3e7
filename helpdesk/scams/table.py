"""The reviewed table of what victims are told and asked, from texts/triage.yml; the bot reads the same file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from helpdesk.database import Json

_FILE = Path(__file__).resolve().parent.parent.parent / "texts" / "triage.yml"

# A folded line of YAML leaves a space, which Chinese does not write.
FOLD = re.compile(r"(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])")

# Said while the state is unknown, as the bot does: whoever has paid needs the words soonest.
DEFAULT_STATE = "paid"


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question which is asked at most once, and never when all that it `fills` is known."""

    id: str
    text: str
    fills: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class State:
    """A situation of a victim: its title for agents, the first words and the checklist."""

    id: str
    title: str
    level: str
    first: str
    question: str
    steps: tuple[Json, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """The whole table; `states` are in order, gravest first."""

    states: Mapping[str, State]
    questions: Mapping[str, Question]
    order: Mapping[str, tuple[str, ...]]
    acknowledge: tuple[str, ...]
    # Titles of kinds of scam for agents, by scam code and by L-code.
    types: Mapping[str, str]
    second_scam: str

    def rank(self, state: str | None) -> int:
        """Return 0 for the gravest state; an unknown one comes after all others."""
        return next((place for place, name in enumerate(self.states) if name == state), len(self.states))

    def spoken_as(self, state: str | None) -> str:
        """Return the state whose words fit `state`."""
        return state if state is not None and state in self.states else DEFAULT_STATE

    def questions_of(self, state: str) -> list[Question]:
        """Return what may be asked in a state, its own question first."""
        names = dict.fromkeys((self.states[state].question, *self.order.get(state, ())))
        return [self.questions[name] for name in names]

    def first_words(self, state: str) -> str:
        """Return a state's first words without the question at their end."""
        known = self.states[state]
        return known.first.removesuffix(self.questions[known.question].text).rstrip()

    def step_ids(self) -> frozenset[str]:
        """Return the ids of all steps of all checklists."""
        return frozenset(str(step["id"]) for state in self.states.values() for step in state.steps)


def read_table(loaded: Mapping[str, Any]) -> Table:
    """Build the table from its parsed YAML.

    Raises:
        KeyError: A part is missing, or a state or an order names a question that does not exist.
    """
    questions = {
        name: Question(id=name, text=_written(entry["text"]), fills=tuple(entry["fills"]))
        for name, entry in loaded["questions"].items()
    }
    states = {
        name: State(
            id=name,
            title=entry["title"],
            level=entry["level"],
            first=_written(entry["first"]),
            question=questions[entry["question"]].id,
            steps=tuple(entry["steps"]),
        )
        for name, entry in loaded["states"].items()
    }
    order = {name: tuple(questions[asked].id for asked in names) for name, names in loaded["order"].items()}
    return Table(
        states=states,
        questions=questions,
        order=order,
        acknowledge=tuple(loaded["acknowledge"]),
        types={name: entry["title"] for name, entry in loaded["types"].items()},
        second_scam=_written(loaded["second_scam"]),
    )


@cache
def table() -> Table:
    """Return the table of texts/triage.yml."""
    return read_table(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def _written(sentence: str) -> str:
    return FOLD.sub("", sentence.strip())
