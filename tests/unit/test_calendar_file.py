"""Reading calendar.yml: what is refused, what is warned of, and the days of the official notice."""

import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import yaml

from helpdesk.working_time.calendar import Calendar, Window
from helpdesk.working_time.calendar_file import FILE, CalendarError, read_calendar, reviewed_calendar, working_calendar

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def written() -> dict[str, Any]:
    """Return a calendar that is accepted."""
    return {
        "time_zone": "Asia/Shanghai",
        "hours": {day: ["09:00-12:00", "13:00-24:00"] for day in WEEK} | {"make_up": ["10:00-11:00"], "holiday": []},
        "years": {
            2026: {
                "source": "通知",
                "certain": True,
                "holidays": {"元旦": [date(2026, 1, 1), date(2026, 1, 3)]},
                "make_up": [date(2026, 1, 4)],
            }
        },
    }


def changed(path: list[Any], value: object) -> dict[str, Any]:
    """Return the accepted calendar with one part replaced."""
    loaded = copy.deepcopy(written())
    part = loaded
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return loaded


def test_windows_and_days_are_read():
    calendar = read_calendar(written()).calendar

    assert calendar.windows_on(date(2026, 1, 5)) == (Window(start=540, end=720), Window(start=780, end=1440))
    assert [calendar.windows_on(date(2026, 1, day)) for day in (1, 2, 3)] == [(), (), ()]
    assert calendar.windows_on(date(2026, 1, 4)) == (Window(start=600, end=660),)


def test_windows_may_touch_and_stand_in_any_order():
    calendar = read_calendar(changed(["hours", "monday"], ["12:00-13:00", "09:00-12:00"])).calendar

    assert calendar.working_between(
        datetime(2026, 1, 5, 1, tzinfo=UTC), datetime(2026, 1, 5, 6, tzinfo=UTC)
    ) == timedelta(hours=4)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (["hours", "monday"], ["09:00-12:00", "11:59-13:00"], "hours: monday has overlapping windows"),
        (["hours", "monday"], ["09:00-12:00", "09:00-12:00"], "hours: monday has overlapping windows"),
        (["hours", "funday"], [], "hours: unknown day funday"),
        (["hours", "monday"], ["9:00-12:00"], "hours: monday: 9:00-12:00 is not written as HH:MM-HH:MM"),
        (["hours", "monday"], [540], "hours: monday: 540 is not written as HH:MM-HH:MM"),
        (["hours", "monday"], ["09:60-12:00"], "hours: monday: 09:60-12:00 is not a time within one day"),
        (["hours", "monday"], ["09:00-24:01"], "hours: monday: 09:00-24:01 is not a time within one day"),
        (["hours", "monday"], ["12:00-09:00"], "hours: monday: 12:00-09:00 is not a time within one day"),
        (["hours", "monday"], ["09:00-09:00"], "hours: monday: 09:00-09:00 is not a time within one day"),
        (["hours", "monday"], "09:00-12:00", "hours: monday is not a list"),
        (["hours"], {day: [] for day in (*WEEK, "make_up", "holiday")}, "hours: no day of the week has working time"),
        (["time_zone"], "Asia/Tokyo", "time_zone: must be Asia/Shanghai"),
        (["years", 2026, "make_up"], [date(2026, 1, 2)], "2026-01-02: both a holiday and a make-up working day"),
        (["years", 2026, "make_up"], [date(2026, 1, 4), date(2026, 1, 4)], "2026-01-04: listed twice"),
        (["years", 2026, "make_up"], [date(2027, 1, 4)], "2026: make_up: 2027-01-04 is not a day of that year"),
        (["years", 2026, "make_up"], [datetime(2026, 1, 4, 9)], "is not a day of that year"),  # noqa: DTZ001 - as YAML gives it
        (["years", 2026, "make_up"], ["2026-13-01"], "2026: make_up: 2026-13-01 is not a day of that year"),
        (["years", 2026, "holidays"], {"元旦": [date(2026, 1, 3), date(2026, 1, 1)]}, "is not [first day, last day]"),
        (["years", 2026, "holidays"], {"元旦": [date(2026, 1, 1)]}, "is not [first day, last day]"),
        (["years", 2026, "holidays"], {"元旦": [date(2026, 1, 1), date(2026, 3, 1)]}, "is not [first day, last day]"),
        (["years", 2026, "holidays"], None, "2026: holidays: not a mapping"),
        (["years", 2026, "source"], " ", "2026: source is missing"),
        (["years", 2026, "certain"], "yes", "2026: certain is neither true nor false"),
        (["years"], {"next": {}}, "years: next is not a year"),
        (["years"], [], "years: not a mapping"),
    ],
)  # fmt: skip
def test_wrong_part_is_refused_by_name(path: list[Any], value: object, problem: str):
    with pytest.raises(CalendarError) as refused:
        read_calendar(changed(path, value))

    assert problem in str(refused.value)


def test_every_problem_is_reported_at_once():
    loaded = changed(["hours", "monday"], ["noon"]) | {"time_zone": None}
    del loaded["hours"]["sunday"]

    with pytest.raises(CalendarError) as refused:
        read_calendar(loaded)

    assert len(refused.value.problems) == 3


@pytest.mark.parametrize("loaded", [None, [], "09:00", {}], ids=["nothing", "list", "text", "empty"])
def test_what_is_no_calendar_is_refused(loaded: object):
    with pytest.raises(CalendarError):
        read_calendar(loaded)


@pytest.mark.parametrize(
    ("today", "certain", "warnings"),
    [
        (date(2026, 10, 31), True, []),
        (date(2026, 11, 1), True, ["2027: no holidays at all"]),
        (date(2027, 1, 1), True, ["2027: no holidays at all"]),
        (date(2026, 10, 31), False, ["2026: holidays are not from the official notice yet"]),
    ],
    ids=["known year", "next year is due", "unknown year", "uncertain year"],
)
def test_years_to_look_up_are_warned_of(today: date, certain: bool, warnings: list[str]):
    assert read_calendar(changed(["years", 2026, "certain"], certain)).warnings(today) == warnings


def test_negative_working_time_is_refused():
    with pytest.raises(ValueError, match="taken back"):
        working_calendar().add_working(datetime(2026, 1, 5, tzinfo=UTC), timedelta(seconds=-1))


# 国办发明电〔2025〕7号, counted by hand: the days on which the rule of the week does not hold.
OFF_WEEKDAYS = {
    "01-01", "01-02", "02-16", "02-17", "02-18", "02-19", "02-20", "02-23", "04-06", "05-01", "05-04", "05-05",
    "06-19", "09-25", "10-01", "10-02", "10-05", "10-06", "10-07",
}  # fmt: skip
WORKING_WEEKENDS = {"01-04", "02-14", "02-28", "05-09", "09-20", "10-10"}


def test_days_of_2026_are_those_of_the_notice():
    calendar: Calendar = reviewed_calendar().calendar
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]

    off = {f"{day:%m-%d}" for day in days if day.weekday() < 5 and day in calendar.holidays}
    on = {f"{day:%m-%d}" for day in days if day in calendar.make_up_days}

    assert (off, on) == (OFF_WEEKDAYS, WORKING_WEEKENDS)
    assert all(day.weekday() >= 5 for day in calendar.make_up_days)


def test_only_official_notices_are_called_certain():
    years = yaml.safe_load(FILE.read_text(encoding="utf-8"))["years"]

    assert all(
        "国务院办公厅" in year["source"] and "国办发明电" in year["source"]
        for year in years.values()
        if year["certain"]
    )
    assert 2026 in reviewed_calendar().certain_years
