"""What the bot noticed of the gray industry in a message, read with care: any part may be missing or odd."""

import math
import re
from dataclasses import dataclass
from typing import Any, TypeGuard

from helpdesk.database import Json
from helpdesk.gray.model import TYPE_LIMIT

# A message has at most 2000 characters; this bounds what a broken producer could send.
_MOST_SPANS = 50
_CODE = re.compile(rf"[a-z][a-z0-9_]{{0,{TYPE_LIMIT - 1}}}")

_Span = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class GrayCue:
    """A suspicion: its type, where in the text it shows, and how strong it is (0 to 1)."""

    type: str
    spans: tuple[_Span, ...] = ()
    score: float = 0.0


def read_gray(nlu: Json | None, *, length: int) -> GrayCue | None:
    """Return what a message of `length` characters says of the gray industry, None when it says nothing.

    A type that we do not know is kept too: the bot may be a release ahead.
    """
    gray = (nlu or {}).get("gray")
    if not isinstance(gray, dict) or not _is_code(gray.get("type")):
        return None
    given = gray.get("spans")
    spans = [_span(one, length) for one in given[:_MOST_SPANS]] if isinstance(given, list) else []
    return GrayCue(
        type=gray["type"], spans=tuple(span for span in spans if span is not None), score=_score(gray.get("score"))
    )


def _span(value: Any, length: int) -> _Span | None:
    if not isinstance(value, dict) or not _is_code(value.get("label")):
        return None
    start, end = value.get("start"), value.get("end")
    if not _is_whole(start) or not _is_whole(end) or not 0 <= start < end <= length:
        return None
    return {"start": start, "end": end, "label": value["label"]}


def _is_code(value: Any) -> bool:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _score(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0.0
    return min(max(float(value), 0.0), 1.0)
