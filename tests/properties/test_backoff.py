"""How long failed deliveries wait: bounds that hold for every attempt, chance and Retry-After."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.outbox.backoff import (
    LONGEST_LIFE,
    LONGEST_PAUSE_SECONDS,
    LONGEST_RETRY_AFTER_SECONDS,
    MOST_ATTEMPTS,
    is_exhausted,
    pause_seconds,
)

attempts = st.integers(1, 10_000)
chances = st.floats(0, 1, exclude_max=True)
retry_afters = st.none() | st.floats(0, 1e12)
AT = datetime(2026, 11, 22, tzinfo=UTC)


@given(attempts, chances)
def test_pause_is_never_short_and_never_endless(attempt: int, chance: float) -> None:
    assert 0.5 <= pause_seconds(attempt, chance=chance) <= LONGEST_PAUSE_SECONDS


@given(attempts, chances, chances)
def test_chance_changes_a_pause_by_less_than_half(attempt: int, one: float, other: float) -> None:
    assert pause_seconds(attempt, chance=one) <= 2 * pause_seconds(attempt, chance=other)


@given(attempts, chances)
def test_pauses_do_not_shrink_from_one_attempt_to_the_next(attempt: int, chance: float) -> None:
    assert pause_seconds(attempt, chance=chance) <= pause_seconds(attempt + 1, chance=chance)


@given(attempts, chances, retry_afters)
def test_receiver_who_asks_for_patience_gets_it_within_reason(
    attempt: int, chance: float, retry_after: float | None
) -> None:
    pause = pause_seconds(attempt, chance=chance, retry_after=retry_after)

    assert pause >= min(retry_after or 0, LONGEST_RETRY_AFTER_SECONDS)
    assert pause >= pause_seconds(attempt, chance=chance)
    assert pause <= max(LONGEST_PAUSE_SECONDS, LONGEST_RETRY_AFTER_SECONDS)


@given(chances)
def test_first_pauses_double(chance: float) -> None:
    pauses = [pause_seconds(attempt, chance=chance) for attempt in range(1, 12)]

    assert all(later == 2 * sooner for sooner, later in pairwise(pauses))


@given(attempts, st.floats(0, 100))
def test_given_up_exactly_after_the_last_attempt_or_the_longest_life(attempt: int, hours: float) -> None:
    age = timedelta(hours=hours)

    given_up = is_exhausted(attempt, first_due_at=AT, next_at=AT + age)

    assert given_up == (attempt >= MOST_ATTEMPTS or age > LONGEST_LIFE)
