"""What the people on call are told, by whom of the robots, and when: pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from helpdesk.settings import ALERT_ROBOTS

# Each robot is a destination `alert_<robot>` of the outbox.
_DESTINATION_PREFIX = "alert_"


class Matter(Enum):
    """Something that people have to be told of outside the desk."""

    # An urgent customer waits, and nobody is there or nobody has claimed in time.
    UNCLAIMED = "unclaimed"
    CLOCK_WARNING = "clock_warning"
    CLOCK_BREACHED = "clock_breached"
    BOT_DOWN = "bot_down"
    DEAD_LETTER = "dead_letter"


# Somebody has to act now, at any hour; the others can wait for whoever looks after the system.
CRITICAL = frozenset({Matter.UNCLAIMED, Matter.CLOCK_BREACHED, Matter.BOT_DOWN})
# Matters that end, so that an all clear is sent.
ENDING = frozenset({Matter.UNCLAIMED, Matter.CLOCK_BREACHED, Matter.BOT_DOWN})


@dataclass(frozen=True, kw_only=True)
class OnCall:
    """The on-call list: which robots tell of critical matters, and which of the others."""

    critical: tuple[str, ...] = ()
    warning: tuple[str, ...] = ()

    def robots_for(self, matter: Matter) -> tuple[str, ...]:
        """Return the robots that tell of a matter, none where nobody is to be told."""
        return self.critical if matter in CRITICAL else self.warning

    @property
    def robots(self) -> tuple[str, ...]:
        """All robots that tell of anything."""
        return tuple(name for name in ALERT_ROBOTS if name in self.critical + self.warning)


def is_left_waiting(
    entered_at: datetime, now: datetime, *, is_somebody_available: bool, patience_seconds: float
) -> bool:
    """Return whether an urgent customer who waits since `entered_at` is a matter for the people on call."""
    return not is_somebody_available or now - entered_at >= timedelta(seconds=patience_seconds)


def destination_of(robot: str) -> str:
    """Return the outbox's destination of a robot."""
    return f"{_DESTINATION_PREFIX}{robot}"


DESTINATIONS = tuple(destination_of(robot) for robot in ALERT_ROBOTS)


def key_of(robot: str, matter: Matter, subject: str) -> str:
    """Return the key under which a robot tells of a matter exactly once."""
    return f"alert:{robot}:{matter.value}:{subject}"


def fitting(lines: Iterable[str], *, separator: str, most_bytes: int) -> list[str]:
    """Return the first lines that fit one message of `most_bytes` bytes of UTF-8 together, at least the first one."""
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line.encode()) + (len(separator.encode()) if kept else 0)
        if kept and size > most_bytes:
            break
        kept.append(line)
    return kept
