"""Windows for calls, when to try again, and what is a telephone number."""

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.callbacks.errors import PhoneInvalidError
from helpdesk.callbacks.policy import (
    AHEAD,
    LONGEST,
    OFFERED,
    SHORTEST,
    CallWindow,
    clean_phone,
    masked_phone,
    next_try,
    offered_windows,
)
from helpdesk.callbacks.service import spoken
from helpdesk.clock import BEIJING, local
from helpdesk.working_time.calendar import Calendar, Window
from helpdesk.working_time.calendar_file import working_calendar


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of November 2026 in China; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BEIJING).astimezone(UTC)


def told(windows: list[CallWindow]) -> list[str]:
    return [f"{local(w.start):%d %H:%M}-{local(w.end):%H:%M}" for w in windows]


def test_weekend_is_followed_by_mondays_windows_in_pieces() -> None:
    windows = offered_windows(working_calendar(), at(22, 22))

    assert told(windows) == [
        "23 09:00-12:00",
        "23 13:00-17:00",
        "23 17:00-21:00",
        "24 09:00-12:00",
        "24 13:00-17:00",
        "24 17:00-21:00",
    ]


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (at(23, 8, 0), "23 09:00-12:00"),
        (at(23, 8, 31), "23 09:30-12:00"),
        (at(23, 10, 10), "23 11:00-12:00"),
        (at(23, 10, 31), "23 13:00-17:00"),
        (at(23, 20, 0), "24 09:00-12:00"),
    ],
    ids=["before", "half an hour ahead", "what is left", "too little left", "the day is over"],
)
def test_window_that_has_begun_stands_for_what_is_left(now: datetime, first: str) -> None:
    assert told(offered_windows(working_calendar(), now))[0] == first


@pytest.mark.parametrize("hour", range(24))
def test_every_window_lies_ahead_in_working_time_and_is_neither_short_nor_long(hour: int) -> None:
    now, calendar = at(23, hour, 17), working_calendar()

    windows = offered_windows(calendar, now)

    assert len(windows) == OFFERED
    assert windows == sorted(windows, key=lambda window: window.start)
    for window in windows:
        assert window.start >= now + AHEAD
        assert SHORTEST <= window.end - window.start <= LONGEST
        assert calendar.working_between(window.start, window.end) == window.end - window.start


def test_no_window_is_promised_where_hardly_anybody_ever_works() -> None:
    calendar = Calendar(week=((Window(start=540, end=570),),) + ((),) * 6)

    assert offered_windows(calendar, at(22, 22)) == []


def test_midnight_at_the_end_of_a_day_is_its_twenty_fourth_hour() -> None:
    assert spoken(CallWindow(start=at(23, 20), end=at(24, 0))) == "11月23日 20:00–24:00"


def test_next_try_is_half_an_hour_of_working_time_later() -> None:
    assert next_try(working_calendar(), at(23, 11, 45)) == at(23, 13, 15)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13812345678", "13812345678"),
        (" 138 1234-5678 ", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("008613812345678", "13812345678"),
        ("010-62345678", "01062345678"),
        ("(0755) 23456789", "075523456789"),
        ("（0571）8765432", "05718765432"),
    ],
)
def test_numbers_are_taken_as_people_write_them(typed: str, number: str) -> None:
    assert clean_phone(typed) == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "110",
        "12345678901",
        "1381234567",
        "138123456789",
        "62345678",
        "13812345678x",
        "１３８１２３４５６７８",
        "tel:",
        "6222021234567890123",
    ],
)
def test_what_cannot_be_called_is_refused(typed: str) -> None:
    with pytest.raises(PhoneInvalidError):
        clean_phone(typed)


@pytest.mark.parametrize(("number", "masked"), [("13812345678", "138****5678"), ("01062345678", "010****5678")])
def test_lists_show_beginning_and_end(number: str, masked: str) -> None:
    assert masked_phone(number) == masked


def test_ahead_is_less_than_the_shortest_window() -> None:
    assert timedelta(0) < AHEAD < SHORTEST
