"""Codes, keys, times and sums of a case in Chinese; what has no title is shown as it is stored."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from helpdesk.clock import local
from helpdesk.texts import text, titles

_FEN = 100
_CODED = frozenset(
    {"contact_channel", "channel", "arrival_mode", "related_loan", "related_loans", "how_noticed", "vulnerable_flags"}
)
_MONEY = "_fen"


def titled(prefix: str, key: str) -> str:
    """Return the title of a code, e.g. `event` and `opened`, or the code."""
    return titles("evidence").get(f"{prefix}_{key}", key)


def label(key: str) -> str:
    """Return the title of a field, or its key."""
    known = titles("scam_fields") | titles("case_fields")
    return titles("evidence").get(f"field_{key}") or known.get(key) or key


def resolution_text(code: str | None) -> str | None:
    """Return how a case was closed; enquiries and cases of earlier releases have the conversation's code."""
    known = titles("resolutions") | titles("case_resolutions")
    return known.get(code, code) if code is not None else None


def beijing_time(iso: str | None) -> str:
    """Return a stored time as clocks in China show it, to the second."""
    return f"{local(datetime.fromisoformat(iso)):%Y-%m-%d %H:%M:%S}" if iso else ""


def utc_time(iso: str | None) -> str:
    """Return a stored time in UTC, to the second."""
    return f"{datetime.fromisoformat(iso).astimezone(UTC):%Y-%m-%d %H:%M:%S}" if iso else ""


def both_times(iso: str | None) -> str:
    """Return a stored time in Beijing and in UTC, or that there is none."""
    if iso is None:
        return text("evidence", "none")
    return text("evidence", "times", beijing=beijing_time(iso), utc=utc_time(iso))


def is_known(value: object) -> bool:
    """Return whether a field says anything; false and nought do."""
    return value is not None and value not in ("", [], {})


def value_text(key: str, value: Any) -> str:
    """Return a field's value as one text.

    Only fields of codes are translated, by the name of the field: what a customer wrote may be spelt like a code.
    """
    if value is None:
        return text("evidence", "unknown")
    if isinstance(value, bool):
        return text("scam_values", "affirmed" if value else "denied")
    if isinstance(value, int) and key.endswith(_MONEY):
        return _yuan(value)
    if isinstance(value, list):
        return text("evidence", "separator").join(value_text(key, one) for one in value)
    if isinstance(value, Mapping):
        colon = text("evidence", "colon")
        pairs = (f"{label(name)}{colon}{value_text(name, one)}" for name, one in value.items() if is_known(one))
        return text("evidence", "separator").join(pairs)
    if isinstance(value, str):
        if key in _CODED:
            return titles("scam_values").get(value, value)
        return titles("case_choices").get(f"{key}_{value}") or _time_or_text(value)
    return str(value)


def _yuan(fen: int) -> str:
    sign, whole, rest = "-" if fen < 0 else "", abs(fen) // _FEN, abs(fen) % _FEN
    return text("evidence", "yuan", amount=f"{sign}{whole:,}.{rest:02}")


def _time_or_text(value: str) -> str:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    # A date alone, or what merely reads like one, is left as it is.
    return both_times(value) if at.tzinfo is not None else value


def actor_text(actor: str, names: Mapping[str, str]) -> str:
    """Return who did something: a name where `names` of agents by id has one."""
    kind, _, who = actor.partition(":")
    if not who:
        return titled("actor", actor)
    known = titles("evidence").get(f"actor_{kind}")
    return known.format(name=names.get(who, who)) if known else actor


def pretty(details: Any) -> str:
    """Return details as they are stored, in lines, without fields that say nothing."""
    known = _known_only(details)
    return json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) if is_known(known) else ""


def _known_only(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _known_only(one) for key, one in value.items() if is_known(one)}
    return [_known_only(one) for one in value] if isinstance(value, list) else value
