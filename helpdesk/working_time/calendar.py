"""The working calendar: what is working time, and sums over it; UTC in, UTC out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from helpdesk.clock import BEIJING, local

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, kw_only=True, order=True)
class Window:
    """Working time within a day, from minute `start` up to but without minute `end`; 1440 is midnight at its end."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Hours of a week with the days that differ; the windows of a day are in order and do not overlap.

    Some day of the week has a window, or looking for the next one would never end.
    """

    # Seven, Monday first.
    week: tuple[tuple[Window, ...], ...]
    holiday: tuple[Window, ...] = ()
    make_up: tuple[Window, ...] = ()
    holidays: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """Return the working time of a day in China."""
        if day in self.holidays:
            return self.holiday
        if day in self.make_up_days:
            return self.make_up
        return self.week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        """Return whether `at` is working time."""
        start, _ = next(self._spans(at))
        return start <= at

    def next_opening(self, at: datetime) -> datetime:
        """Return `at` in working time, otherwise when working time begins again."""
        start, _ = next(self._spans(at))
        return max(start, at).astimezone(UTC)

    def add_working(self, at: datetime, working: timedelta) -> datetime:
        """Return the first moment by which `working` has passed since `at`, counting working time only.

        Raises:
            ValueError: `working` is negative.
        """
        if working < timedelta(0):
            message = "working time cannot be taken back"
            raise ValueError(message)
        if not working:
            return at.astimezone(UTC)
        spans, remaining = self._spans(at), working
        while True:
            start, end = next(spans)
            begin = max(start, at)
            if end - begin >= remaining:
                return (begin + remaining).astimezone(UTC)
            remaining -= end - begin

    def working_between(self, begin: datetime, end: datetime) -> timedelta:
        """Return how much working time lies between two moments; none where `end` is not the later one."""
        total = timedelta(0)
        for span_start, span_end in self._spans(begin):
            if span_start >= end:
                break
            total += min(span_end, end) - max(span_start, begin)
        return max(total, timedelta(0))

    def _spans(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the windows that end after `at`, in order and without end."""
        day = local(at).date()
        while True:
            midnight = datetime.combine(day, time(), tzinfo=BEIJING)
            for window in self.windows_on(day):
                end = midnight + timedelta(minutes=window.end)
                if end > at:
                    yield midnight + timedelta(minutes=window.start), end
            day += timedelta(days=1)
