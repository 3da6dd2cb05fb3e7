"""What became of the day's handoffs, and how soon people replied; pure functions."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum

from helpdesk.conversations.model import Owner
from helpdesk.reports.day import Day
from helpdesk.reports.facts import Handoff

# Taken back at once: a slip of the finger, not a request.
SLIP = timedelta(seconds=5)
# Asked for again so soon after: one request.
REPEAT = timedelta(seconds=60)


class Wait(Enum):
    """How a handoff ended, or stands; each is exactly one of these."""

    IN_TIME = "in_time"
    LATE = "late"
    # Still waiting although the promise is broken.
    OVERDUE = "overdue"
    ABANDONED = "abandoned"
    # Still waiting, in time.
    OPEN = "open"
    # No request in its own right: see SLIP and REPEAT.
    EXCLUDED = "excluded"


def classify(handoffs: Sequence[Handoff], *, now: datetime) -> list[Wait]:
    """Return what became of each handoff, in the order given."""
    again: dict[str, list[datetime]] = {}
    for one in handoffs:
        again.setdefault(one.conversation_id, []).append(one.started_at)
    return [_wait(one, again[one.conversation_id], now) for one in handoffs]


def _wait(one: Handoff, started: Sequence[datetime], now: datetime) -> Wait:
    if one.ended_at is None or one.ended_by is None:
        return Wait.OVERDUE if one.due_at is not None and one.due_at < now else Wait.OPEN
    if one.ended_by is Owner.AGENT:
        return Wait.LATE if one.due_at is not None and one.due_at < one.ended_at else Wait.IN_TIME
    is_repeated = any(one.started_at < other <= one.started_at + REPEAT for other in started)
    if is_repeated or one.ended_at - one.started_at <= SLIP:
        return Wait.EXCLUDED
    return Wait.ABANDONED


def first_replies(
    handed_over: Mapping[str, Sequence[datetime]], replied: Mapping[str, Sequence[datetime]], day: Day
) -> list[tuple[datetime, datetime]]:
    """Return (handoff, first reply of an agent after it) for all first replies that were written on the day.

    Counted by the moment of the reply. A handoff whose next one came without a reply in between has none. The bot's
    words never count.
    """
    found = []
    for conversation_id, replies in replied.items():
        starts, ordered = sorted(handed_over.get(conversation_id, ())), sorted(replies)
        for place, start in enumerate(starts):
            following = bisect_right(ordered, start)
            reply = ordered[following] if following < len(ordered) else None
            until = starts[place + 1] if place + 1 < len(starts) else None
            if reply is not None and day.holds(reply) and (until is None or reply <= until):
                found.append((start, reply))
    return sorted(found)
