"""First-contact resolution against a naive count that looks at every pair."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.reports.first_contact import SITTING, WINDOW, Ask, Outcome, Verdict, first_contacts

START = datetime(2026, 11, 2, tzinfo=UTC)
HOURS = st.integers(0, 40 * 24)
NAMES = st.sampled_from(["li", "wang"])
TOPICS = st.sampled_from(["repayment", "overdue"])


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


asks = st.builds(
    lambda contact, topic, number, hours, owned: Ask(
        # A conversation has one customer.
        contact_id=contact,
        topic=topic,
        conversation_id=f"{contact}-{number}",
        at=at(hours),
        owned_by_people=owned,
        served=owned,
    ),
    NAMES,
    TOPICS,
    st.integers(1, 3),
    HOURS,
    st.booleans(),
)
verdicts = st.builds(
    lambda contact, topic, about, later, solved: Verdict(
        contact_id=contact, topic=topic, about=at(about), given=at(about + later), solved=solved
    ),
    NAMES,
    TOPICS,
    HOURS,
    st.integers(0, 100),
    st.booleans(),
)
nows = st.integers(0, 60 * 24).map(at)
# Two questions of one customer on one topic never come at the very same moment: then there is no order to agree on.
asked = st.lists(asks, max_size=12, unique_by=lambda ask: (ask.contact_id, ask.topic, ask.at))
# Nor two words.
given_words = st.lists(verdicts, max_size=8, unique_by=lambda one: (one.contact_id, one.topic, one.given))


def naive(all_asks: list[Ask], words: list[Verdict], now: datetime) -> Counter[tuple[str, str, datetime, str]]:
    """Decide for each question by itself, looking at all others."""
    seen = [one for one in all_asks if one.at <= now]
    found: Counter[tuple[str, str, datetime, str]] = Counter()

    def mine(one: Ask) -> list[Ask]:
        return [other for other in seen if (other.contact_id, other.topic) == (one.contact_id, one.topic)]

    def before(one: Ask) -> Ask | None:
        return max((other for other in mine(one) if other.at < one.at), key=lambda other: other.at, default=None)

    def begins(one: Ask) -> bool:
        other = before(one)
        if other is None or other.conversation_id != one.conversation_id:
            return True
        return not one.owned_by_people and one.at - other.at > SITTING

    for one in seen:
        other = before(one)
        if not begins(one) or (other is not None and one.at - other.at <= WINDOW):
            continue
        later_starts = [next_one.at for next_one in mine(one) if next_one.at > one.at and begins(next_one)]
        border = min(later_starts, default=None)
        end = max(x.at for x in mine(one) if x.at >= one.at and (border is None or x.at < border))
        own = [
            word
            for word in words
            if (word.contact_id, word.topic) == (one.contact_id, one.topic)
            and word.given <= now
            and word.about >= one.at
            and (border is None or word.about < border)
        ]
        last = max(own, key=lambda word: word.given, default=None)
        if last is not None and not last.solved:
            outcome = "denied"
        elif border is not None and border - end <= WINDOW:
            outcome = "returned"
        elif now - end <= WINDOW:
            outcome = "pending"
        else:
            outcome = "unconfirmed" if last is None else "resolved"
        found[one.contact_id, one.topic, one.at, outcome] += 1
    return found


@given(asked, given_words, nows)
def test_agrees_with_the_naive_count(all_asks: list[Ask], words: list[Verdict], now: datetime):
    found = first_contacts(all_asks, words, now=now)

    assert Counter((one.contact_id, one.topic, one.began_at, one.outcome.value) for one in found) == naive(
        all_asks, words, now
    )


@given(asked, given_words, nows, st.randoms(use_true_random=False))
def test_order_of_the_data_does_not_matter(
    all_asks: list[Ask], words: list[Verdict], now: datetime, chance: random.Random
):
    shuffled, reshuffled = list(all_asks), list(words)
    chance.shuffle(shuffled)
    chance.shuffle(reshuffled)

    assert first_contacts(shuffled, reshuffled, now=now) == first_contacts(all_asks, words, now=now)


@given(asked, given_words, nows)
def test_what_comes_later_leaves_an_earlier_judging_as_it_was(all_asks: list[Ask], words: list[Verdict], now: datetime):
    known = [one for one in all_asks if one.at <= now], [one for one in words if one.given <= now]

    assert first_contacts(*known, now=now) == first_contacts(all_asks, words, now=now)


@given(asked, given_words, nows)
def test_nothing_is_resolved_without_a_word_or_before_its_window_is_over(
    all_asks: list[Ask], words: list[Verdict], now: datetime
):
    for one in first_contacts(all_asks, words, now=now):
        if one.outcome is Outcome.RESOLVED:
            assert now - one.ended_at > WINDOW
            assert any(word.solved and (word.contact_id, word.topic) == (one.contact_id, one.topic) for word in words)
