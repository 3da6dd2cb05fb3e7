"""The working calendar against an oracle that looks at every single minute."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.working_time.calendar import DAY_MINUTES, Calendar, Window

MONDAY = date(2026, 3, 2)
MINUTE = timedelta(minutes=1)
DAYS = [MONDAY + timedelta(days=number) for number in range(21)]


@st.composite
def windows(draw: st.DrawFn, *, least: int = 0) -> tuple[Window, ...]:
    """Return up to three windows of a day, some of them touching, some up to midnight."""
    count = draw(st.integers(least, 3))
    edges = draw(st.lists(st.integers(0, DAY_MINUTES), min_size=2 * count, max_size=2 * count))
    pairs = zip(sorted(edges)[::2], sorted(edges)[1::2], strict=True)
    kept = tuple(Window(start=start, end=end) for start, end in pairs if start < end)
    if len(kept) < least:
        return (Window(start=draw(st.integers(0, 1200)), end=DAY_MINUTES),)
    return kept


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    special = draw(st.lists(st.sampled_from(DAYS), unique=True, max_size=8))
    border = draw(st.integers(0, len(special)))
    week = [draw(windows()) for _ in range(7)]
    week[draw(st.integers(0, 6))] = draw(windows(least=1))
    return Calendar(
        week=tuple(week),
        holiday=draw(windows()),
        make_up=draw(windows()),
        holidays=frozenset(special[:border]),
        make_up_days=frozenset(special[border:]),
    )


# Whole minutes of the first week in UTC; every window is seen from both sides within three weeks.
moments = st.integers(0, 7 * DAY_MINUTES).map(lambda minute: datetime(2026, 3, 1, 16, tzinfo=UTC) + minute * MINUTE)
seconds = st.integers(0, 59).map(lambda second: timedelta(seconds=second))


def is_open_minute(calendar: Calendar, at: datetime) -> bool:
    """Look one minute up; the oracle shares nothing with the calendar but its fields."""
    there = at + timedelta(hours=8)
    day, minute = there.date(), 60 * there.hour + there.minute
    if day in calendar.holidays:
        hours = calendar.holiday
    elif day in calendar.make_up_days:
        hours = calendar.make_up
    else:
        hours = calendar.week[day.isoweekday() - 1]
    return any(window.start <= minute < window.end for window in hours)


def minutes_between(calendar: Calendar, begin: datetime, end: datetime) -> int:
    count = 0
    while begin < end:
        count += is_open_minute(calendar, begin)
        begin += MINUTE
    return count


@given(calendars(), moments, seconds)
def test_a_moment_is_open_when_its_minute_is(calendar: Calendar, at: datetime, more: timedelta) -> None:
    assert calendar.is_open(at + more) == is_open_minute(calendar, at)


@given(calendars(), moments)
def test_next_opening_is_the_first_open_minute(calendar: Calendar, at: datetime) -> None:
    expected = at
    while not is_open_minute(calendar, expected):
        expected += MINUTE

    assert calendar.next_opening(at) == expected


@given(calendars(), moments, seconds)
def test_within_an_open_minute_it_is_open_at_once(calendar: Calendar, at: datetime, more: timedelta) -> None:
    moment = at + more
    opening = calendar.next_opening(moment)

    assert (opening == moment) == is_open_minute(calendar, at)
    assert opening >= moment


@given(calendars(), moments, st.integers(0, 4 * DAY_MINUTES))
def test_working_time_between_is_the_number_of_open_minutes(calendar: Calendar, begin: datetime, length: int) -> None:
    end = begin + length * MINUTE

    assert calendar.working_between(begin, end) == minutes_between(calendar, begin, end) * MINUTE


@given(calendars(), moments, st.integers(0, 200))
def test_added_working_time_ends_with_the_last_minute_that_counts(
    calendar: Calendar, at: datetime, minutes: int
) -> None:
    expected, left = at, minutes
    while left:
        left -= is_open_minute(calendar, expected)
        expected += MINUTE

    assert calendar.add_working(at, minutes * MINUTE) == expected


@given(calendars(), moments, seconds, st.integers(0, 10_000), st.integers(0, 10_000))
def test_adding_in_two_parts_is_adding_at_once(
    calendar: Calendar, at: datetime, more: timedelta, one: int, other: int
) -> None:
    begin, first, second = at + more, timedelta(seconds=one), timedelta(seconds=other)

    assert calendar.add_working(calendar.add_working(begin, first), second) == calendar.add_working(
        begin, first + second
    )


@given(calendars(), moments, seconds, st.integers(0, 50_000))
def test_what_was_added_is_found_between(calendar: Calendar, at: datetime, more: timedelta, added: int) -> None:
    working = timedelta(seconds=added)

    assert calendar.working_between(at + more, calendar.add_working(at + more, working)) == working


@given(calendars(), moments, moments)
def test_there_is_no_working_time_backwards(calendar: Calendar, one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))

    assert calendar.working_between(later, earlier) == timedelta(0)


@given(calendars(), moments)
def test_answers_are_in_utc(calendar: Calendar, at: datetime) -> None:
    there = at.astimezone(datetime.fromisoformat("2026-03-01T00:00:00+08:00").tzinfo)

    assert calendar.next_opening(there).tzinfo is UTC
    assert calendar.add_working(there, MINUTE).tzinfo is UTC
    assert calendar.add_working(there, MINUTE) == calendar.add_working(at, MINUTE)
