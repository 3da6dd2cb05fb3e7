"""The words for victims, from the table `texts/triage.yml` which bot and desk share, as responses of the bot.

They are responses of the model, not of an action: a victim hears what to do first although the action server or
the database is away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from rasa.shared.exceptions import RasaException

STOP_LOSS_ACTION = "utter_stop_loss"
STATE_SLOT = "scam_state"
# Said while the state is unknown, as by the button "I was cheated": whoever has paid needs the words soonest.
DEFAULT_STATE = "paid"
STEP_KEYS = frozenset({"id", "title", "detail"})
# A folded line of YAML leaves a space, which Chinese does not write; the desk reads the table in the same way.
FOLD = re.compile(r"(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])")


class BrokenTriageError(RasaException):
    """The table cannot be used; carries every problem, not only the first."""


def load_states(path: Path) -> dict[str, dict[str, Any]]:
    """Read the states of the table, gravest first, each with `first` and `steps`.

    Raises:
        BrokenTriageError: A state could not be spoken of; a model without it would leave a victim unanswered.
    """
    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BrokenTriageError(f"{path}: {error}") from error
    states = table.get("states") if isinstance(table, dict) else None
    questions = table.get("questions") if isinstance(table, dict) else None
    if not isinstance(states, dict) or not isinstance(questions, dict):
        raise BrokenTriageError(f"{path}: states or questions are missing")
    problems = [f"{path}: {name}: {reason}" for name, state in states.items() for reason in _problems(state, questions)]
    if DEFAULT_STATE not in states:
        problems.append(f"{path}: {DEFAULT_STATE}: missing, and said when the state is unknown")
    if problems:
        raise BrokenTriageError("\n".join(problems))
    return {name: {**state, "first": FOLD.sub("", state["first"].strip())} for name, state in states.items()}


def stop_loss_responses(states: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give the variations of `utter_stop_loss`: the default, then one a state.

    Rasa prefers a variation whose condition holds, so the default is said for an unknown state only.
    """
    return [
        _response(DEFAULT_STATE, states[DEFAULT_STATE]),
        *(
            {**_response(name, state), "condition": [{"type": "slot", "name": STATE_SLOT, "value": name}]}
            for name, state in states.items()
        ),
    ]


def _response(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": state["first"], "custom": {"kind": "stop_loss", "state": name, "steps": state["steps"]}}


def _problems(state: Any, questions: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(state, dict):
        yield "is not a mapping"
        return
    first = state.get("first")
    if not isinstance(first, str) or not first.strip():
        yield "first is missing or not text"
    elif "{" in first or "}" in first:
        # Rasa would take braces for a slot.
        yield "first holds a brace"
    question = questions.get(state.get("question"))
    if not isinstance(question, dict) or not isinstance(question.get("text"), str):
        yield f"question {state.get('question')!r} does not exist"
    elif isinstance(first, str) and not first.endswith(question["text"]):
        yield f"first does not end with its question {state['question']!r}"
    steps = state.get("steps")
    if not isinstance(steps, list) or not steps:
        yield "steps is not a list, or is empty"
        return
    for number, step in enumerate(steps, start=1):
        if not isinstance(step, dict) or not step.keys() >= STEP_KEYS:
            yield f"step {number} lacks id, title or detail"
        elif not all(isinstance(value, str) for value in step.values()):
            yield f"step {number} holds what YAML does not read as text: quote it"
