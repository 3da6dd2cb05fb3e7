"""By when a customer who cannot be answered at once is told to expect a reply."""

from datetime import datetime, timedelta

from helpdesk.cases.model import Priority
from helpdesk.clock import local
from helpdesk.clocks.model import ClockKind
from helpdesk.clocks.service import working_due
from helpdesk.texts import text
from helpdesk.working_time.calendar_file import working_calendar


def is_within_hours(at: datetime) -> bool:
    """Return whether people answer at this time of the working calendar."""
    return working_calendar().is_open(at)


def promised_at(at: datetime, priority: Priority) -> datetime:
    """Return the next opening and the time for a first reply after it, as a whole minute that is not earlier."""
    due = working_due(ClockKind.FIRST_REPLY, priority.value, at)
    minute = due.replace(second=0, microsecond=0)
    return minute if minute == due else minute + timedelta(minutes=1)


def spoken(at: datetime) -> str:
    """Return a moment as it is told to a customer."""
    there = local(at)
    return text("events", "promised", month=there.month, day=there.day, time=f"{there:%H:%M}")
