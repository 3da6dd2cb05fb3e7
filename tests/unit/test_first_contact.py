"""First-contact resolution: what is a first contact, and what becomes of it."""

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.reports.first_contact import Ask, FirstContact, Outcome, Verdict, first_contacts

START = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
LATER = START + timedelta(days=60)


def ask(days: float = 0, *, conversation: str = "c1", topic: str = "repayment", **fields: bool) -> Ask:
    at = START + timedelta(days=days)
    return Ask(contact_id="li", topic=topic, conversation_id=conversation, at=at, **fields)


def said(solved: bool, about: float = 0, *, given: float | None = None, topic: str = "repayment") -> Verdict:
    return Verdict(
        contact_id="li",
        topic=topic,
        about=START + timedelta(days=about),
        given=START + timedelta(days=about if given is None else given),
        solved=solved,
    )


def outcomes(asks: list[Ask], verdicts: list[Verdict], now: datetime = LATER) -> list[str]:
    return [one.outcome.value for one in first_contacts(asks, verdicts, now=now)]


def only(asks: list[Ask], verdicts: list[Verdict]) -> FirstContact:
    (found,) = first_contacts(asks, verdicts, now=LATER)
    return found


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ([], "unconfirmed"),
        ([said(True)], "resolved"),
        ([said(False)], "denied"),
        ([said(False), said(True, given=1)], "resolved"),
        ([said(True), said(False, given=1)], "denied"),
        ([said(True, topic="overdue")], "unconfirmed"),
    ],
    ids=["no word", "solved", "not solved", "changed to solved", "changed to not solved", "word on another topic"],
)
def test_customers_word_decides(verdicts: list[Verdict], outcome: str):
    assert outcomes([ask()], verdicts) == [outcome]


def test_coming_back_within_a_week_undoes_a_confirmation():
    assert outcomes([ask(), ask(6.9, conversation="c2")], [said(True)]) == ["returned"]


def test_coming_back_after_a_week_is_a_first_contact_again():
    assert outcomes([ask(), ask(7.1, conversation="c2")], [said(True)]) == ["resolved", "unconfirmed"]


def test_another_topic_is_no_return():
    assert outcomes([ask(), ask(2, conversation="c2", topic="overdue")], [said(True)]) == ["resolved", "unconfirmed"]


def test_return_of_a_return_is_no_first_contact():
    assert outcomes([ask(), ask(5, conversation="c2"), ask(10, conversation="c3")], []) == ["returned"]


def test_questions_of_one_sitting_are_one_contact():
    found = only([ask(), ask(0.5), ask(0.9)], [])

    assert (found.began_at, found.ended_at) == (START, START + timedelta(days=0.9))


def test_questions_days_apart_in_one_conversation_with_the_bot_are_two_contacts():
    assert outcomes([ask(), ask(3)], [said(True)]) == ["returned"]


def test_what_is_asked_while_people_have_it_goes_on_with_the_contact():
    assert outcomes([ask(), ask(3, owned_by_people=True)], [said(True, about=3)]) == ["resolved"]


def test_window_that_is_still_open_is_pending_and_a_denial_is_not():
    now = START + timedelta(days=6)

    assert outcomes([ask()], [said(True)], now) == ["pending"]
    assert outcomes([ask()], [said(False)], now) == ["denied"]


def test_word_that_comes_late_counts_for_what_it_is_about():
    asks = [ask(), ask(10, conversation="c2")]

    assert outcomes(asks, [said(True, about=0, given=12)]) == ["resolved", "unconfirmed"]


def test_what_is_dated_after_the_judging_is_not_looked_at():
    now = START + timedelta(days=5)

    assert outcomes([ask(), ask(6, conversation="c2")], [said(False, given=5.5)], now) == ["pending"]


@pytest.mark.parametrize("served", [True, False])
def test_contact_is_the_agents_where_one_served(served: bool):
    assert only([ask(), ask(0.1, served=served)], []).by_people is served


def test_nothing_asked_is_nothing_judged():
    assert first_contacts([], [said(True)], now=LATER) == []


def test_denial_wins_over_a_return():
    assert outcomes([ask(), ask(2, conversation="c2")], [said(False)]) == [Outcome.DENIED.value]
