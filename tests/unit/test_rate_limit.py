"""The sliding-window limit, with a clock that only moves when told."""

import pytest

from gateway import rate_limit
from gateway.rate_limit import RateLimitedError, RateLimiter


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> RateLimiter:
    return RateLimiter(most=3, seconds=10, now=clock)


def use_up(limiter: RateLimiter, key: str = "a") -> None:
    for _ in range(3):
        limiter.use(key)


def refused_for(limiter: RateLimiter, key: str = "a") -> int:
    with pytest.raises(RateLimitedError) as refused:
        limiter.use(key)
    return refused.value.retry_after


def test_one_use_more_than_allowed_is_refused(limiter: RateLimiter):
    use_up(limiter)

    assert refused_for(limiter) == 10


def test_keys_do_not_share_their_allowance(limiter: RateLimiter):
    use_up(limiter)

    limiter.use("b")

    assert refused_for(limiter) == 10


def test_waiting_as_long_as_told_is_enough(limiter: RateLimiter, clock: Clock):
    use_up(limiter)
    clock.seconds += 3.2

    clock.seconds += refused_for(limiter)

    limiter.use("a")


def test_the_wait_is_told_in_whole_seconds_rounded_up(limiter: RateLimiter, clock: Clock):
    use_up(limiter)
    clock.seconds += 3.2

    assert refused_for(limiter) == 7


def test_the_wait_is_never_told_as_nothing(limiter: RateLimiter, clock: Clock):
    use_up(limiter)
    clock.seconds += 9.999

    assert refused_for(limiter) == 1


def test_the_window_slides(limiter: RateLimiter, clock: Clock):
    limiter.use("a")
    clock.seconds += 6
    limiter.use("a")
    limiter.use("a")
    clock.seconds += 4

    limiter.use("a")

    assert refused_for(limiter) == 6


def test_refused_uses_do_not_prolong_the_wait(limiter: RateLimiter, clock: Clock):
    use_up(limiter)
    for _ in range(50):
        clock.seconds += 0.1
        refused_for(limiter)
    clock.seconds += 5

    limiter.use("a")


def test_idle_keys_are_forgotten_and_busy_ones_are_not(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rate_limit, "_MOST_KEYS", 2)
    limiter = RateLimiter(most=1, seconds=10, now=clock)
    limiter.use("idle")
    clock.seconds += 10
    limiter.use("busy")

    limiter.use("new")

    assert set(limiter._uses) == {"busy", "new"}
    assert refused_for(limiter, "busy") == 10
