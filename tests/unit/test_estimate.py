"""Estimates of the wait: where there is ground for one, and how they hold against a simulated queue."""

import heapq
import math
import random
from dataclasses import dataclass

import pytest

from helpdesk.handoff.estimate import SAMPLE, SAMPLE_LEAST, SAMPLE_MOST, Pace, estimate_minutes

STEADY = [600.0, 540.0, 660.0, 600.0, 570.0, 630.0, 600.0, 600.0, 590.0, 610.0]


def estimate(position: int, **fields: object) -> tuple[int, int] | None:
    return estimate_minutes(position, Pace(**({"service_seconds": STEADY, "in_service": 4} | fields)))  # type: ignore[arg-type]


def test_range_holds_what_the_average_says():
    low, high = estimate(4) or (0, 0)

    # Four ends of four services of ten minutes.
    assert low < 10 < high


def test_range_grows_with_the_place_and_shrinks_with_the_people():
    first, third, with_more = estimate(1), estimate(3), estimate(3, in_service=12)

    assert first is not None
    assert third is not None
    assert with_more is not None
    assert first < third
    assert with_more < third


def test_more_pressing_newcomers_make_the_wait_longer():
    calm, pressed = estimate(4), estimate(4, overtaking=1 / 600)

    assert calm is not None
    assert pressed is not None
    assert pressed[1] > calm[1]


@pytest.mark.parametrize(
    ("position", "fields"),
    [
        (1, {"service_seconds": STEADY[: SAMPLE_LEAST - 1]}),
        (1, {"service_seconds": []}),
        (1, {"in_service": 0}),
        (2, {"free": 2}),
        (3, {"overtaking": 4 / 600}),
        (60, {"in_service": 1}),
        (9, {"service_seconds": [30.0] * 8 + [9000.0] * 2}),
    ],
    ids=["few services", "no service", "nobody serves", "a free place", "overrun", "hours", "services of all lengths"],
)
def test_no_estimate_where_it_would_be_a_guess(position: int, fields: dict[str, object]):
    assert estimate(position, **fields) is None


@dataclass
class Simulated:
    """What came of the estimates of one simulated day."""

    shown: int = 0
    hidden: int = 0
    inside: int = 0


def simulate(seed: int, *, agents: int, capacity: int, minutes: float, spread: float, urgent: float) -> Simulated:
    """Serve a busy afternoon at `agents * capacity` places; each who has to wait is told an estimate when they come.

    Services are log-normal with this mean and coefficient of variation; a share of the customers is urgent and served
    first. The estimate sees only what a desk would: the services that have ended, and who came.
    """
    chance = random.Random(seed)
    sigma = math.sqrt(math.log(1 + spread**2))
    mu = math.log(minutes * 60) - sigma**2 / 2
    places, result = agents * capacity, Simulated()
    waiting: list[tuple[int, float, int]] = []
    ends: list[tuple[float, float]] = []
    ended: list[tuple[float, float]] = []
    # The urgent ones.
    came: list[float] = []
    told: dict[int, tuple[float, tuple[int, int] | None]] = {}
    now, number = 0.0, 0
    # A little more than can be served, so that there is a queue; then the day ends and the queue is served.
    gap, last = minutes * 60 / places / 1.08, 6 * 3600.0
    arrival = chance.expovariate(1 / gap)
    while arrival < last or waiting:
        if arrival < last and (not ends or arrival <= ends[0][0]):
            now, number = arrival, number + 1
            rank = 0 if chance.random() < urgent else 2
            if rank == 0:
                came.append(now)
            if len(ends) < places:
                took = chance.lognormvariate(mu, sigma)
                heapq.heappush(ends, (now + took, took))
            else:
                heapq.heappush(waiting, (rank, now, number))
                position = sum(one <= (rank, now, number) for one in waiting)
                recent = [took for at, took in ended[-SAMPLE_MOST:] if at >= now - SAMPLE.total_seconds()]
                ahead = sum(at >= now - SAMPLE.total_seconds() for at in came) if rank else 0
                over = ahead / min(SAMPLE.total_seconds(), now)
                pace = Pace(service_seconds=recent, in_service=len(ends), overtaking=over)
                told[number] = now, estimate_minutes(position, pace)
            arrival = now + chance.expovariate(1 / gap)
            continue
        now, took = heapq.heappop(ends)
        ended.append((now, took))
        if waiting:
            _, _, served = heapq.heappop(waiting)
            since, shown = told[served]
            if shown is None:
                result.hidden += 1
            else:
                result.shown += 1
                result.inside += shown[0] * 60 <= now - since <= shown[1] * 60
            took = chance.lognormvariate(mu, sigma)
            heapq.heappush(ends, (now + took, took))
    return result


@pytest.mark.parametrize(
    "setting",
    [
        {"agents": 1, "capacity": 2, "minutes": 8, "spread": 0.6, "urgent": 0.1},
        {"agents": 4, "capacity": 3, "minutes": 12, "spread": 0.8, "urgent": 0.1},
        {"agents": 10, "capacity": 5, "minutes": 15, "spread": 1.0, "urgent": 0.15},
        {"agents": 3, "capacity": 5, "minutes": 10, "spread": 1.2, "urgent": 0.0},
    ],
    ids=["one agent", "a small desk", "a large desk", "services of very different length"],
)
def test_most_waits_lie_within_the_range_that_was_told(setting: dict[str, float]):
    days = [simulate(seed, **setting) for seed in range(30)]  # type: ignore[arg-type]
    shown, inside = sum(day.shown for day in days), sum(day.inside for day in days)
    share_shown = shown / (shown + sum(day.hidden for day in days))
    print(f"{setting}: {shown} estimates, shown to {share_shown:.0%}, right for {inside / shown:.0%}")  # noqa: T201 - the coverage is to be seen

    assert shown > 300
    # Hiding them all would be right as well.
    assert share_shown > 0.6
    assert inside / shown >= 0.7
