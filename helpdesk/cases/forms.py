"""What a field that people fill in may hold, and reading what they filled in; pure."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from helpdesk import clock
from helpdesk.privacy.masking import mask

# A hundred million yuan.
_MOST_FEN = 10**10
_MOST_NUMBER = 10_000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Kind = Literal["text", "long_text", "money", "number", "choice", "flag", "day"]


@dataclass(frozen=True, kw_only=True)
class Form:
    """One field of a form.

    Money is in fen; a day is `YYYY-MM-DD` in Beijing and not in the future; `most` counts characters.
    """

    kind: Kind
    most: int = 0
    choices: tuple[str, ...] = ()
    is_required: bool = False

    def read(self, value: Any) -> Any:
        """Return a filled-in value as it is stored, None where the field was left empty.

        Secrets in texts are masked: what agents note is kept for good and may be given to others.

        Raises:
            ValueError: It is not a value of this field, or it is required and empty.
        """
        if value is None or (isinstance(value, str) and not value.strip()):
            if self.is_required:
                message = "a required field is empty"
                raise ValueError(message)
            return None
        if not self._fits(value):
            message = f"not a {self.kind}"
            raise ValueError(message)
        return mask(value.strip()).text if self.kind in {"text", "long_text"} else value

    def _fits(self, value: Any) -> bool:
        match self.kind:
            case "text":
                return isinstance(value, str) and len(value) <= self.most and value.isprintable()
            case "long_text":
                return isinstance(value, str) and len(value) <= self.most and "\0" not in value
            case "choice":
                return isinstance(value, str) and value in self.choices
            case "flag":
                return isinstance(value, bool)
            case "day":
                return isinstance(value, str) and _is_past_day(value)
            case "money":
                return _is_whole(value) and 0 <= value <= _MOST_FEN
            case "number":
                return _is_whole(value) and 0 <= value <= _MOST_NUMBER


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_past_day(value: str) -> bool:
    if not _DAY.fullmatch(value):
        return False
    try:
        return date.fromisoformat(value) <= clock.local(clock.now()).date()
    except ValueError:
        return False


def text(most: int = 100, *, is_required: bool = False) -> dict[str, Form]:
    """Return the metadata of a one-line field."""
    return {"form": Form(kind="text", most=most, is_required=is_required)}


def long_text(most: int = 2000, *, is_required: bool = False) -> dict[str, Form]:
    """Return the metadata of a field of several lines."""
    return {"form": Form(kind="long_text", most=most, is_required=is_required)}


def money(*, is_required: bool = False) -> dict[str, Form]:
    """Return the metadata of an amount in fen."""
    return {"form": Form(kind="money", is_required=is_required)}


def number() -> dict[str, Form]:
    """Return the metadata of a whole number."""
    return {"form": Form(kind="number")}


def choice(choices: str, *, is_required: bool = False) -> dict[str, Form]:
    """Return the metadata of a choice between codes, given with blanks between them."""
    return {"form": Form(kind="choice", choices=tuple(choices.split()), is_required=is_required)}


def flag() -> dict[str, Form]:
    """Return the metadata of yes or no."""
    return {"form": Form(kind="flag")}


def day() -> dict[str, Form]:
    """Return the metadata of a day in Beijing."""
    return {"form": Form(kind="day")}
