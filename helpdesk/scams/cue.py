"""What the bot understood of a message, read with care: any part may be missing or odd."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from helpdesk.database import Json
from helpdesk.scams.triage import LEVELS, Cue

REPORT_INTENT = "report_scam"
# A message has at most 2000 characters; this bounds what a broken producer could send.
_MOST_ENTITIES = 200
_MOST_OF_A_KIND = 20
_VALUE_LIMIT = 200
_CODE_LIMIT = 64
# Far above any transfer, far below what a column or a sum could not hold.
_MOST_FEN = 10**15
_MOST_HOURS = 24 * 365 * 20
_TAIL = re.compile(r"[0-9]{3,4}")
# What the detector marks where a message tells of money that went.
_OF_PAYMENT = frozenset({"paid", "loss"})
_PAID = "paid"
# A whole card or identity number is never collected here, however it got this far.
_LONG_NUMBER = re.compile(r"(?:[0-9][ -]?){13,}")


@dataclass(frozen=True, kw_only=True)
class Details:
    """What one message names, in its order; amounts in fen."""

    amounts: tuple[int, ...] = ()
    when: str | None = None
    hours_ago: float | None = None
    banks: tuple[str, ...] = ()
    tails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    meeting_ids: tuple[str, ...] = ()


def read_cue(nlu: Json | None) -> Cue | None:
    """Return what a message says of a scam, None when it says nothing.

    Without a cue, the intent alone ("I was cheated", as on the button) counts as the gravest level in an unknown state.
    """
    nlu = nlu or {}
    scam = nlu.get("scam")
    if not isinstance(scam, dict):
        intent = nlu.get("intent")
        is_reported = isinstance(intent, dict) and intent.get("name") == REPORT_INTENT
        return Cue(level="P0", is_bare=True) if is_reported else None
    details = read_details(nlu)
    level, amount = scam.get("level"), scam.get("amount")
    state = _code(scam.get("state"))
    is_told = _is_amount(amount) or details.hours_ago is not None or not _OF_PAYMENT.isdisjoint(_labels(scam))
    return Cue(
        level=level if level in LEVELS else None,
        type=_code(scam.get("type")),
        state=state,
        amount_fen=amount if _is_amount(amount) else None,
        when=_text(scam.get("when")) or details.when,
        hours_ago=details.hours_ago,
        is_bare=state in (_PAID, None) and not is_told,
    )


def read_details(nlu: Json | None) -> Details:
    """Return the entities of a message that belong to a scam case."""
    entities = (nlu or {}).get("entities")
    found = [one for one in entities if isinstance(one, dict)][:_MOST_ENTITIES] if isinstance(entities, list) else []

    def texts(kind: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_texts(found, kind)))[:_MOST_OF_A_KIND]

    whens = [one for one in found if one.get("entity") == "when"]
    hours = [value for one in whens if (value := _hours(one.get("hours_ago"))) is not None]
    return Details(
        amounts=tuple(one["value"] for one in found if one.get("entity") == "amount" and _is_amount(one.get("value"))),
        when=next(_texts(whens, "when"), None),
        # Of several times the latest: what went last can be stopped soonest.
        hours_ago=min(hours, default=None),
        banks=texts("bank"),
        tails=tuple(tail for tail in texts("account_tail") if _TAIL.fullmatch(tail)),
        phones=texts("phone"),
        urls=texts("url"),
        apps=texts("app"),
        meeting_ids=texts("meeting_id"),
    )


def _labels(scam: Json) -> Iterator[str]:
    spans = scam.get("spans")
    for span in spans if isinstance(spans, list) else []:
        if isinstance(span, dict) and (label := _code(span.get("label"))):
            yield label


def _texts(entities: list[Json], kind: str) -> Iterator[str]:
    for one in entities:
        if one.get("entity") == kind and (value := _text(one.get("value"))):
            yield value


def _text(value: Any) -> str | None:
    if not isinstance(value, str) or not value.strip() or _LONG_NUMBER.search(value):
        return None
    return value.strip()[:_VALUE_LIMIT]


def _code(value: Any) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _CODE_LIMIT else None


def _is_amount(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_FEN


def _hours(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if 0 <= value <= _MOST_HOURS else None
