"""The one place that reads the wall clock."""

from datetime import UTC, datetime, timedelta, timezone

# China has one time and no daylight saving (since 1991); a fixed offset needs no time zone files.
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(tz=UTC)


def local(at: datetime) -> datetime:
    """Return a time as people in China read it off the clock."""
    return at.astimezone(BEIJING)
