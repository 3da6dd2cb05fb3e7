"""One figure: its value with everything needed to check it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# A share or a quantile of fewer than these says more of chance than of the service; it is shown as a dash.
SHARE_LEAST = 10
MEDIAN_LEAST = 5
P90_LEAST = 20
# Below it a satisfaction figure is to be marked as resting on too few.
RATING_LEAST = 30

COUNT, SHARE, SECONDS, FEN = "count", "share", "seconds", "fen"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure of a period; its formula in words is under its id in texts/figures.yml.

    `value` is None where the sample is smaller than `least`. Shares are 0 to 1. `parts` add up to what `whole` says;
    `hours`, where given, are 24 counts of the Beijing day that add up to the value.
    """

    id: str
    unit: str
    value: float | None
    numerator: int | None = None
    denominator: int | None = None
    sample: int
    least: int = 0
    parts: Mapping[str, int] = field(default_factory=dict)
    hours: Sequence[int] = ()

    @property
    def whole(self) -> int:
        """What the parts add up to."""
        return sum(self.parts.values())


def count(name: str, value: int, *, parts: Mapping[str, int] | None = None, hours: Sequence[int] = ()) -> Figure:
    """Return a plain count: its own sample, and never too small."""
    return Figure(id=name, unit=COUNT, value=value, sample=value, parts=parts or {}, hours=hours)


def share(
    name: str, numerator: int, denominator: int, *, least: int = SHARE_LEAST, parts: Mapping[str, int] | None = None
) -> Figure:
    """Return numerator / denominator, None where the denominator is smaller than `least`."""
    enough = denominator >= max(1, least)
    return Figure(
        id=name,
        unit=SHARE,
        value=numerator / denominator if enough else None,
        numerator=numerator,
        denominator=denominator,
        sample=denominator,
        least=least,
        parts=parts or {},
    )


def quantile(name: str, values: Iterable[float], portion: float, *, least: int) -> Figure:
    """Return the smallest of the values that at least `portion` of them do not exceed, in seconds.

    It is one of the values (the nearest rank): nothing is made up between two of them.
    """
    ordered = sorted(values)
    enough = len(ordered) >= max(1, least)
    rank = max(1, math.ceil(portion * len(ordered)))
    return Figure(id=name, unit=SECONDS, value=ordered[rank - 1] if enough else None, sample=len(ordered), least=least)
