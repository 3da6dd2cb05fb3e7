"""A day as people in China count it, over times in UTC."""

import datetime as dt
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from helpdesk.clock import BEIJING, local

HOURS = 24


@dataclass(frozen=True, kw_only=True)
class Day:
    """A Beijing day: from `start` up to but without `end`, both UTC."""

    date: dt.date
    start: datetime
    end: datetime

    @classmethod
    def on(cls, day: dt.date) -> "Day":
        """Return the Beijing day of a date."""
        start = datetime.combine(day, time(), tzinfo=BEIJING).astimezone(UTC)
        return cls(date=day, start=start, end=start + timedelta(days=1))

    @classmethod
    def of(cls, at: datetime) -> "Day":
        """Return the Beijing day in which a moment lies."""
        return cls.on(local(at).date())

    def holds(self, at: datetime | None) -> bool:
        """Return whether a moment lies in the day."""
        return at is not None and self.start <= at < self.end

    def hour_of(self, at: datetime) -> int:
        """Return the hour, 0 to 23, in which a moment of the day lies."""
        return int((at - self.start).total_seconds() // 3600)
