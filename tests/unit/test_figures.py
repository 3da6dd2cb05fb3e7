"""Figures: nearest-rank quantiles, Beijing days, and words for each of them."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from helpdesk.conversations.model import Owner
from helpdesk.reports import figure
from helpdesk.reports.contacts import sample_of
from helpdesk.reports.day import Day
from helpdesk.reports.facts import DayFacts, Handoff
from helpdesk.reports.today import figures_of
from helpdesk.reports.words import part_title, words

DAY = Day.on(date(2026, 11, 23))


def test_day_begins_at_midnight_in_beijing():
    assert (DAY.start, DAY.end) == (datetime(2026, 11, 22, 16, tzinfo=UTC), datetime(2026, 11, 23, 16, tzinfo=UTC))
    assert DAY.hour_of(DAY.start + timedelta(hours=9, minutes=59)) == 9


@pytest.mark.parametrize(
    ("at", "day"), [("2026-11-22T15:59:59+00:00", 22), ("2026-11-22T16:00:00+00:00", 23)], ids=["before", "after"]
)
def test_moment_belongs_to_the_beijing_day(at: str, day: int):
    assert Day.of(datetime.fromisoformat(at)).date.day == day


@pytest.mark.parametrize(
    ("portion", "value"), [(0.5, 5), (0.9, 9), (1.0, 10), (0.01, 1)], ids=["median", "p90", "greatest", "least"]
)
def test_quantile_is_the_value_at_the_nearest_rank(portion: float, value: int):
    assert figure.quantile("q", range(1, 11), portion, least=5).value == value


def test_quantile_and_share_of_too_few_have_no_value_but_a_sample():
    few, rare = figure.quantile("q", [1.0, 2.0], 0.5, least=5), figure.share("s", 1, 9)

    assert (few.value, few.sample) == (None, 2)
    assert (rare.value, rare.numerator, rare.denominator) == (None, 1, 9)


def test_share_of_enough_has_its_value():
    assert figure.share("s", 3, 10).value == 0.3


def test_each_figure_has_its_words_and_no_words_are_left_over():
    found = figures_of(DayFacts(day=DAY, now=DAY.start, waiting=()))

    assert {one.id for one in found} == set(words())
    assert all(one.title and one.formula and one.source for one in words().values())


def test_each_part_has_a_title():
    handed = [Handoff(conversation_id="c", reason="complaint", started_at=DAY.start, ended_by=Owner.AGENT)]
    found = figures_of(DayFacts(day=DAY, now=DAY.start, waiting=(), handoffs=handed, breached={"review": 1}))

    titles = [part_title(one.id, part) for one in found for part in one.parts]

    assert "客户投诉" in titles
    # P0 and P1 are called so.
    assert all(re.search(r"[一-鿿]|^P[01]$", title) for title in titles)


def test_sample_of_first_contacts_is_the_last_week_whose_windows_are_over():
    first, last = sample_of(DAY)

    assert (first.date, last.date) == (date(2026, 11, 9), date(2026, 11, 15))
    # Whoever asked in its last minute had seven days until the day began.
    assert last.end + timedelta(days=7) <= DAY.start
