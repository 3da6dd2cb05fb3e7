"""Times by calendar and clock, such as "last night at ten" or "last Wednesday", reckoned from a given now.

The words come from the section `calendar` of data/lexicon/details.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.nlu.amounts import AmountReader
from bot.nlu.moments import Moment

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
HALF_DAY = 12
# A date so near ahead is a day to pay on, not one of the year before.
SOON = 31 * DAY
# Without a part of the day, people speak of their waking hours.
WAKES, SLEEPS = 7, 22
MONTHS = 12


class CalendarReader:
    """Finds times by calendar and clock."""

    def __init__(self, words: Mapping[str, Any], numbers: AmountReader, numerals: Mapping[str, int]) -> None:
        """Compile the words; `numerals` are the digits as words."""
        self._numbers = numbers
        self._days: dict[str, int] = words["days"]
        self._near: dict[str, int] = words["near_days"]
        self._weeks: dict[str, int] = words["weeks"]
        self._weekdays: dict[str, int] = words["weekdays"]
        self._quarters: dict[str, int] = words["quarters"]
        self._parts = {word: part for part in words["parts"] for word in [*part["words"], *part["short"]]}
        short = [word for part in words["parts"] for word in part["short"]]
        number = rf"(?:\d{{1,2}}|[{''.join(map(re.escape, numerals))}\u5341]{{1,3}})"
        date_ends = _either(words["day"])
        day = (
            rf"(?P<day>{_either(self._days)})|(?P<near>{_either(self._near)})(?={_either(short)})"
            rf"|(?P<week>{_either(self._weeks)})?(?:{_either(words['week_words'])})(?P<weekday>{_either(self._weekdays)})"
            rf"|(?:(?P<year>\d{{4}}){words['year']})?(?P<month>{number}){words['month']}(?P<of_month>{number})(?:{date_ends})?"
            r"|(?P<year_in_numbers>(?:19|20)\d\d)[-/.](?P<month_in_numbers>\d{1,2})[-/.](?P<day_in_numbers>\d{1,2})"
            rf"|(?P<only_day>{number})(?:{date_ends})(?!{_either(words['not_day'])})"
        )
        clock = (
            rf"(?P<hour>{number})(?:(?P<oclock>{'|'.join(words['oclock'])})(?:(?P<half>{words['half']})|(?P<quarter>{_either(self._quarters)})"
            rf"|{words['zero']}?(?P<minute>{number}){words['minute']}?)?|:(?P<after_colon>[0-5]\d)(?::[0-5]\d)?(?!\d))"
        )
        between = rf"(?:{_either(words['between'])}){{0,3}}"
        part = rf"(?P<part>{_either(self._parts)})"
        self._time = re.compile(
            rf"(?<![\d.])(?:(?P<date>{day})(?:{between}{part})?(?:{between}(?P<clock>{clock}))?"
            rf"|{_renamed(part)}(?:{between}(?P<clock_2>{_renamed(clock)}))?|(?P<clock_3>{_renamed(clock, 3)}))"
        )

    def every(self, text: str, now: datetime) -> Iterator[Moment]:
        """Yield the times of a text in its order; what lies ahead of `now` is no time ago.

        Without a clock the end of the day or its part counts: what went last can be stopped soonest.
        """
        for match in self._time.finditer(text):
            hours = self._hours(match, now)
            if hours is not None:
                yield Moment(hours, match.start(), match.end())

    def _hours(self, match: re.Match[str], now: datetime) -> float | None:
        groups = _merged(match)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        day = self._day(groups, midnight)
        if groups.get("date") and day is None:
            return None
        part = self._parts.get(groups.get("part", ""))
        if part is None and day is None and not _is_clear(groups):
            return None
        if groups.get("clock"):
            at = self._at(groups, part, day, now)
            return None if at is None else _hours_between(at, now)
        begin = (day or midnight) + HOUR * (part["from"] if part else 0)
        end = (day or midnight) + HOUR * (part["to"] if part else 24)
        if day is None and begin > now:
            # "This evening" said in the morning, without a day, was yesterday's.
            begin, end = begin - DAY, end - DAY
        return _hours_between(end, now) if end <= now else _hours_between(begin, now) / 2

    def _day(self, groups: Mapping[str, str], midnight: datetime) -> datetime | None:
        """Give the midnight with which the day begins, None without one or with one that does not exist."""
        if "day" in groups or "near" in groups:
            back = self._days[groups["day"]] if "day" in groups else self._near[groups["near"]]
            return midnight - DAY * back
        if "weekday" in groups:
            ahead = self._weekdays[groups["weekday"]] - midnight.weekday()
            if "week" in groups:
                return midnight + DAY * (ahead - 7 * self._weeks[groups["week"]])
            return midnight + DAY * (ahead if ahead <= 0 else ahead - 7)
        if "day_in_numbers" in groups:
            return _date(midnight, *(int(groups[f"{unit}_in_numbers"]) for unit in ("year", "month", "day")))
        if "of_month" in groups:
            month, of_month = self._number(groups["month"]), self._number(groups["of_month"])
            if "year" in groups:
                return _date(midnight, int(groups["year"]), month, of_month)
            found = _date(midnight, midnight.year, month, of_month)
            if found is None or found <= midnight:
                return found
            return None if found - midnight <= SOON else _date(midnight, midnight.year - 1, month, of_month)
        if "only_day" in groups:
            of_month = self._number(groups["only_day"])
            found = _date(midnight, midnight.year, midnight.month, of_month)
            if found is not None and found <= midnight:
                return found
            earlier = midnight.month - 1 or MONTHS
            return _date(midnight, midnight.year - (earlier == MONTHS), earlier, of_month)
        return None

    def _at(
        self, groups: Mapping[str, str], part: Mapping[str, Any] | None, day: datetime | None, now: datetime
    ) -> datetime | None:
        hour, minute = self._number(groups["hour"]), self._minute(groups)
        if hour > 24 or minute > 59:
            return None
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if part is not None:
            at = (day or midnight) + HOUR * _in_part(hour, part) + timedelta(minutes=minute)
            return at - DAY if day is None and at > now else at
        # "08:15" and "10:30" are read from a screen, which shows 24 hours; "2:30" is said.
        is_exact = "after_colon" in groups and len(groups["hour"]) > 1
        readings = [hour] if is_exact or hour >= HALF_DAY or hour == 0 else [hour, hour + HALF_DAY]
        if day is not None and day < midnight:
            readings = [reading for reading in readings if WAKES <= reading <= SLEEPS] or readings
            return day + HOUR * readings[0] + timedelta(minutes=minute)
        times = [(day or midnight) + HOUR * reading + timedelta(minutes=minute) for reading in readings]
        if day is None:
            times += [at - DAY for at in times]
        return max((at for at in times if at <= now), default=times[0])

    def _minute(self, groups: Mapping[str, str]) -> int:
        if "half" in groups:
            return 30
        if "quarter" in groups:
            return self._quarters[groups["quarter"]]
        return self._number(groups.get("minute") or groups.get("after_colon") or "0")

    def _number(self, numeral: str) -> int:
        return int(numeral) if numeral.isdecimal() else int(self._numbers.value(numeral) or 0)


def _in_part(hour: int, part: Mapping[str, Any]) -> int:
    """Give the hour after midnight which an hour of the clock means in a part of the day."""
    if hour > HALF_DAY:
        return hour
    if "afternoon" not in part:
        return 0 if hour == HALF_DAY and part["from"] == 0 else hour
    if part.get("is_night") and (hour == HALF_DAY or hour < part["afternoon"]):
        return hour % HALF_DAY + 24
    # "Noon, eleven o'clock" is in the morning.
    if hour == HALF_DAY or (part["from"] < HALF_DAY and part["from"] <= hour):
        return hour
    return hour + HALF_DAY


def _is_clear(groups: Mapping[str, str]) -> bool:
    """Tell whether a time of the clock alone is one: a word for "a little" reads like "one o'clock"."""
    return groups["hour"].isdecimal() or any(name in groups for name in ("half", "quarter", "minute"))


def _date(midnight: datetime, year: int, month: int, day: int) -> datetime | None:
    try:
        return midnight.replace(year=year, month=month, day=day)
    except ValueError:
        return None


def _hours_between(at: datetime, now: datetime) -> float:
    return round(max((now - at) / HOUR, 0.0), 2)


def _merged(match: re.Match[str]) -> dict[str, str]:
    """Give the groups that took part, whichever of the alternatives they stand in."""
    return {re.sub(r"_\d$", "", name): found for name, found in match.groupdict().items() if found is not None}


def _renamed(pattern: str, number: int = 2) -> str:
    return re.sub(r"\?P<(\w+)>", rf"?P<\1_{number}>", pattern)


def _either(words: Any) -> str:
    return "|".join(re.escape(str(word)) for word in sorted(words, key=len, reverse=True))
