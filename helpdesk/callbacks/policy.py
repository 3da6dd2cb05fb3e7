"""Which windows are offered, when to try again, and what is a telephone number: pure functions."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from helpdesk.callbacks.errors import PhoneInvalidError
from helpdesk.clock import BEIJING, local
from helpdesk.working_time.calendar import Calendar

# A wish has to reach the list and somebody's eye before its time comes.
AHEAD = timedelta(minutes=30)
# Nobody keeps a telephone at hand for longer.
LONGEST = timedelta(hours=4)
SHORTEST = timedelta(hours=1)
OFFERED = 6
_DAYS = 30

MOST_ATTEMPTS = 3
# In working time; a line that is engaged is free by then.
RETRY_AFTER = timedelta(minutes=30)
# Longer than most calls; an agent who forgot blocks the call no longer than that.
TAKEN_FOR = timedelta(minutes=15)

_SEPARATORS = re.compile(r"[\s\-()\N{FULLWIDTH LEFT PARENTHESIS}\N{FULLWIDTH RIGHT PARENTHESIS}]")
_COUNTRY = re.compile(r"^(?:\+|00)86")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0[1-9][0-9]{1,2}[2-9][0-9]{6,7}")
_HEAD, _TAIL = 3, 4


@dataclass(frozen=True, kw_only=True)
class CallWindow:
    """A span of working time within one day."""

    start: datetime
    end: datetime


def offered_windows(calendar: Calendar, now: datetime) -> list[CallWindow]:
    """Return the next windows of working time in which a call can be promised, in order."""
    earliest = now + AHEAD
    windows: list[CallWindow] = []
    for days in range(_DAYS):
        day = local(now).date() + timedelta(days=days)
        midnight = datetime.combine(day, time(), tzinfo=BEIJING).astimezone(UTC)
        for span in calendar.windows_on(day):
            start, end = midnight + timedelta(minutes=span.start), midnight + timedelta(minutes=span.end)
            while start < end:
                piece_end = end if end - start <= LONGEST else start + LONGEST
                # A window that has begun stands for what is left of it, from the next half hour on.
                begin = max(start, _next_half_hour(earliest)) if start < earliest else start
                if piece_end - begin >= SHORTEST:
                    windows.append(CallWindow(start=begin, end=piece_end))
                    if len(windows) == OFFERED:
                        return windows
                start = piece_end
    return windows


def _next_half_hour(at: datetime) -> datetime:
    whole = at.replace(minute=30 * (at.minute // 30), second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(minutes=30)


def clean_phone(typed: str) -> str:
    """Return the digits of a telephone number.

    Raises:
        PhoneInvalidError: It is neither a mobile number nor a landline with its area code.
    """
    digits = _COUNTRY.sub("", _SEPARATORS.sub("", typed))
    if not digits.isascii() or not (_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits)):
        raise PhoneInvalidError
    return digits


def masked_phone(phone: str) -> str:
    """Return a number of which only beginning and end can be read."""
    return f"{phone[:_HEAD]}{'*' * (len(phone) - _HEAD - _TAIL)}{phone[-_TAIL:]}"


def next_try(calendar: Calendar, at: datetime) -> datetime:
    """Return when to call again after nobody answered at `at`."""
    return calendar.add_working(at, RETRY_AFTER)
