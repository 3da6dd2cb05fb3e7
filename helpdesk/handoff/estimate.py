"""How long a waiting customer will wait: a range from how people have served lately, or nothing where that is unsure.

The wait at place p is the time until p conversations have ended, less those places that are free now. With n
conversations being served, each for s on average, that takes about p * s / n. How far it strays from that is taken
from how much the services differ and from how few of them were seen; more pressing newcomers, who will be served first,
make it longer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean, pvariance

# What happened longer ago says little of now.
SAMPLE = timedelta(hours=2)
SAMPLE_MOST = 60
# Fewer completions are no ground for an estimate.
SAMPLE_LEAST = 8
# The range is meant to hold eight waits of ten: this far out on either side of a normal distribution.
_TENTH = 1.2816
# Nobody plans by a range as wide as this.
_WIDEST_MINUTES, _WIDEST_RATIO = 45, 5
_LONGEST_MINUTES = 180
# Beyond it the more pressing ones alone fill nearly all time, and the wait has no end that could be told.
_MOST_OVERTAKEN = 0.7


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How people serve now.

    Attributes:
        service_seconds: How long the services took that ended within `SAMPLE`.
        in_service: Conversations that agents serve who are there.
        free: How many more these agents could take now.
        overtaking: More pressing conversations that came in a second, over `SAMPLE`.
    """

    service_seconds: Sequence[float]
    in_service: int
    free: int = 0
    overtaking: float = 0.0


def estimate_minutes(position: int, pace: Pace) -> tuple[int, int] | None:
    """Return the wait at a place of the queue, 1 the next, as (from, to) in minutes; None where it is unsure.

    From 0 means: within `to` minutes.
    """
    times = pace.service_seconds
    ends = position - pace.free
    serving = pace.in_service + pace.free
    if len(times) < SAMPLE_LEAST or ends <= 0 or pace.in_service == 0:
        return None
    average = fmean(times)
    overtaken = pace.overtaking * average / serving
    if average <= 0 or overtaken >= _MOST_OVERTAKEN:
        return None
    wait = ends * average / serving / (1 - overtaken)
    low, high = _range(wait, _variation(times, ends, serving, overtaken))
    found = math.floor(low / 60), max(2, math.ceil(high / 60))
    return found if _is_sure(*found) else None


def _variation(times: Sequence[float], ends: int, serving: int, overtaken: float) -> float:
    """Return the square of the wait's standard deviation over its mean."""
    one = pvariance(times) / fmean(times) ** 2
    # The next ends of many services come like chance events; of few, or over a long wait, as the services themselves.
    settled = ends / (ends + serving)
    of_ends = ((1 - settled) + settled * one) / ends
    return (of_ends + overtaken / ends) / (1 - overtaken) + one / len(times)


def _range(mean: float, variation: float) -> tuple[float, float]:
    """Return what a tenth of the waits stay below and a tenth exceed, of a gamma distribution (Wilson and Hilferty)."""
    part = variation / 9
    low, high = (max(0.0, 1 - part + sign * _TENTH * math.sqrt(part)) ** 3 for sign in (-1, 1))
    return mean * low, mean * high


def _is_sure(low: int, high: int) -> bool:
    is_narrow = high - low <= _WIDEST_MINUTES and (high <= _WIDEST_RATIO * low or high - low <= _WIDEST_MINUTES // 3)
    return is_narrow and high <= _LONGEST_MINUTES
