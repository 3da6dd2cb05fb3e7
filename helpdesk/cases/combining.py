"""What becomes of the fields of two cases that become one: what only one knows stays, what differs is chosen; pure."""

from collections.abc import Mapping
from typing import Any, Literal

from helpdesk.cases.errors import CaseFieldInvalidError
from helpdesk.database import Json

Side = Literal["winner", "loser"]
SIDES: tuple[Side, ...] = ("winner", "loser")


def is_known(value: Any) -> bool:
    """Return whether a field says anything; no and nought do."""
    return value is not None and value not in ("", [], {})


def differing(winner: Mapping[str, Any], loser: Mapping[str, Any]) -> list[str]:
    """Return the fields of which both cases know something else, so that somebody has to choose.

    Lists and tables never do: they are united.
    """
    return [
        name
        for name, value in winner.items()
        if is_known(value)
        and is_known(loser.get(name))
        and value != loser[name]
        and not _can_be_united(value, loser[name])
    ]


def combine(winner: Mapping[str, Any], loser: Mapping[str, Any], choices: Mapping[str, str]) -> Json:
    """Return the fields of the case that remains.

    Args:
        winner: The fields of the case that remains.
        loser: The fields of the case that becomes part of it.
        choices: For fields that differ, whose value is kept: `winner` (also for those that are not named) or `loser`.

    Raises:
        CaseFieldInvalidError: A choice names a field that does not differ, or neither side.
    """
    open_choices = set(differing(winner, loser))
    for name, side in choices.items():
        if name not in open_choices or side not in SIDES:
            raise CaseFieldInvalidError(field=name)
    combined: Json = dict(winner)
    for name, value in loser.items():
        if not is_known(value):
            continue
        own = winner.get(name)
        if not is_known(own):
            combined[name] = value
        elif _can_be_united(own, value):
            combined[name] = _united(own, value)
        elif choices.get(name) == "loser":
            combined[name] = value
    return combined


def _can_be_united(one: Any, other: Any) -> bool:
    # What risk control answered and an alert are one statement each, not tables.
    if isinstance(one, dict) and isinstance(other, dict):
        return "status" not in one and "level" not in one
    return isinstance(one, list) and isinstance(other, list)


def _united(one: Any, other: Any) -> Any:
    if isinstance(one, dict):
        return {**other, **one}
    return [*one, *(value for value in other if value not in one)]
