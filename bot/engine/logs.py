"""Logging which cannot quote a customer."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

# Everything else that Rasa attaches to an event may hold text: messages, slots, tracker states, events.
SAFE_KEYS = frozenset({"event", "level", "action_name", "placeholder_key", "len_extraction_events"})


def configure(level: int) -> None:
    """Send logs to standard error at this level.

    Rasa writes slot values and whole events at debug level through ordinary loggers, so its loggers stay
    at INFO even when ours are more talkative.
    """
    logging.basicConfig(
        level=max(level, logging.INFO),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
        force=True,
    )
    logging.getLogger("bot").setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            without_content,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(max(level, logging.INFO)),
        cache_logger_on_first_use=True,
    )


def without_content(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """Keep only what is known to hold no text, also of exceptions: their frames hold messages."""
    kept = {key: value for key, value in event.items() if key in SAFE_KEYS}
    error = event.get("exc_info")
    if isinstance(error, BaseException):
        kept["error"] = type(error).__name__
    return kept
