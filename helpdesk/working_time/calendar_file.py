"""Reading the reviewed calendar.yml: refusing what is wrong, warning of what is not certain."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from helpdesk.working_time.calendar import DAY_MINUTES, Calendar, Window

FILE = Path(__file__).resolve().parent / "calendar.yml"

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPECIAL = ("make_up", "holiday")
# The offset of helpdesk.clock; another zone would need its rules.
_TIME_ZONE = "Asia/Shanghai"
_WINDOW = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_LONGEST_HOLIDAY = timedelta(days=14)
# The next year's notice comes in November.
_NEXT_YEAR_KNOWN_IN_MONTH = 11


class CalendarError(Exception):
    """The file cannot be used."""

    def __init__(self, problems: Sequence[str]) -> None:
        """List the problems, one a line."""
        super().__init__("\n".join(["calendar.yml is not usable:", *problems]))
        self.problems = list(problems)


@dataclass(frozen=True, kw_only=True)
class ReviewedCalendar:
    """A calendar with the years for which its holidays were looked up."""

    calendar: Calendar
    certain_years: frozenset[int]
    uncertain_years: frozenset[int]

    def warnings(self, today: date) -> list[str]:
        """Return what a person should look up: years in use, or soon, whose holidays are not certain."""
        needed = [today.year, today.year + 1] if today.month >= _NEXT_YEAR_KNOWN_IN_MONTH else [today.year]
        found = [f"{year}: holidays are not from the official notice yet" for year in sorted(self.uncertain_years)]
        known = self.certain_years | self.uncertain_years
        return found + [f"{year}: no holidays at all" for year in needed if year not in known]


def read_calendar(loaded: object) -> ReviewedCalendar:
    """Build the calendar from its parsed YAML.

    Raises:
        CalendarError: With every problem found, not only the first.
    """
    problems: list[str] = []
    fields = _mapping(loaded, "the file", problems)
    if fields.get("time_zone") != _TIME_ZONE:
        problems.append(f"time_zone: must be {_TIME_ZONE}")
    hours = _mapping(fields.get("hours"), "hours", problems)
    windows = {str(name): _windows(str(name), listed, problems) for name, listed in hours.items()}
    problems += [f"hours: unknown day {name}" for name in windows if name not in (*_WEEK, *_SPECIAL)]
    problems += [f"hours: {name} is missing" for name in (*_WEEK, *_SPECIAL) if name not in windows]
    if not any(windows.get(name) for name in _WEEK):
        problems.append("hours: no day of the week has working time")

    holidays: set[date] = set()
    make_up_days: set[date] = set()
    years: dict[bool, set[int]] = {True: set(), False: set()}
    for year, entry in _mapping(fields.get("years"), "years", problems).items():
        if not isinstance(year, int):
            problems.append(f"years: {year} is not a year")
            continue
        reviewed = _mapping(entry, str(year), problems)
        if not str(reviewed.get("source") or "").strip():
            problems.append(f"{year}: source is missing")
        if not isinstance(reviewed.get("certain"), bool):
            problems.append(f"{year}: certain is neither true nor false")
        years[reviewed.get("certain") is True].add(year)
        for name, bounds in _mapping(reviewed.get("holidays"), f"{year}: holidays", problems).items():
            _add_once(holidays, _holiday(year, str(name), bounds, problems), problems)
        _add_once(make_up_days, _days(year, "make_up", reviewed.get("make_up"), problems), problems)
    problems += [f"{day}: both a holiday and a make-up working day" for day in sorted(holidays & make_up_days)]
    if problems:
        raise CalendarError(problems)
    return ReviewedCalendar(
        calendar=Calendar(
            week=tuple(windows[name] for name in _WEEK),
            holiday=windows["holiday"],
            make_up=windows["make_up"],
            holidays=frozenset(holidays),
            make_up_days=frozenset(make_up_days),
        ),
        certain_years=frozenset(years[True]),
        uncertain_years=frozenset(years[False]),
    )


@cache
def reviewed_calendar() -> ReviewedCalendar:
    """Return the calendar of calendar.yml.

    Raises:
        CalendarError: The file cannot be used.
    """
    return read_calendar(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def working_calendar() -> Calendar:
    """Return the calendar that promises are reckoned with."""
    return reviewed_calendar().calendar


def _mapping(value: object, name: str, problems: list[str]) -> Mapping[Any, Any]:
    if isinstance(value, Mapping):
        return value
    problems.append(f"{name}: not a mapping")
    return {}


def _windows(name: str, listed: object, problems: list[str]) -> tuple[Window, ...]:
    if not isinstance(listed, list):
        problems.append(f"hours: {name} is not a list")
        return ()
    windows = sorted(window for one in listed if (window := _window(name, one, problems)) is not None)
    for earlier, later in pairwise(windows):
        if later.start < earlier.end:
            problems.append(f"hours: {name} has overlapping windows")
    return tuple(windows)


def _window(name: str, written: object, problems: list[str]) -> Window | None:
    match = _WINDOW.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        problems.append(f"hours: {name}: {written} is not written as HH:MM-HH:MM")
        return None
    from_hour, from_minute, to_hour, to_minute = (int(part) for part in match.groups())
    window = Window(start=60 * from_hour + from_minute, end=60 * to_hour + to_minute)
    if max(from_minute, to_minute) >= 60 or not window.start < window.end <= DAY_MINUTES:
        problems.append(f"hours: {name}: {written} is not a time within one day")
        return None
    return window


def _holiday(year: int, name: str, bounds: object, problems: list[str]) -> list[date]:
    found = _days(year, name, bounds, problems)
    if len(found) != 2 or not timedelta(0) <= found[1] - found[0] <= _LONGEST_HOLIDAY:
        problems.append(f"{year}: {name} is not [first day, last day]")
        return []
    return [found[0] + timedelta(days=number) for number in range((found[1] - found[0]).days + 1)]


def _days(year: int, name: str, listed: object, problems: list[str]) -> list[date]:
    found = []
    for one in listed if isinstance(listed, list) else [listed]:
        # A holiday of New Year may begin in December. YAML makes a datetime of a date with a time: not meant.
        if type(one) is date and (one.year == year or (one.year, one.month) == (year - 1, 12)):
            found.append(one)
        else:
            problems.append(f"{year}: {name}: {one} is not a day of that year")
    return found


def _add_once(days: set[date], new: list[date], problems: list[str]) -> None:
    for day in new:
        if day in days:
            problems.append(f"{day}: listed twice")
        days.add(day)
