"""Alerts in words: what happened, which case, since when, where at the desk; nothing a customer said or is called."""

from datetime import datetime

from helpdesk.clock import local
from helpdesk.database import Json
from helpdesk.texts import text

_CLEAR = "_clear"


def line_of(kind: str, payload: Json, *, desk_url: str) -> str:
    """Return one alert as a line, and a second one with the link where there is something to open.

    Args:
        kind: The outbox message's kind: a matter, or a matter and `_clear`.
        payload: As `service.raise_alerts` stored it.
        desk_url: The desk's address as people on call reach it; empty: no link.
    """
    said = text(
        "alerts",
        _sentence(kind, payload),
        level=payload.get("level") or text("alerts", "level_other"),
        case=payload.get("case") or text("alerts", "no_case"),
        since=_spoken(payload.get("since")),
        where=payload.get("where") or "",
        what=payload.get("what") or "",
    )
    conversation = payload.get("conversation")
    if not desk_url or not conversation or kind.endswith(_CLEAR):
        return said
    return f"{said}\n{desk_url}#/c/{conversation}"


def _sentence(kind: str, payload: Json) -> str:
    variant = payload.get("variant")
    return f"{kind}_{variant}" if variant else kind


def _spoken(since: object) -> str:
    if not isinstance(since, str):
        return ""
    return f"{local(datetime.fromisoformat(since)):%m-%d %H:%M}"
