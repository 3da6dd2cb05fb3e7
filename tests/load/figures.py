"""Percentiles and the table that is printed last."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

PERCENTILES = (50, 95, 99)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile: a value that was measured, never one in between.

    Raises:
        ValueError: Nothing was measured.
    """
    if not values:
        message = "nothing was measured"
        raise ValueError(message)
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def summary(values: Sequence[float]) -> dict[str, Any]:
    """Return sample size, percentiles and the longest, in milliseconds."""
    if not values:
        return {"n": 0}
    shown = {f"p{percent}": round(percentile(values, percent) * 1000, 1) for percent in PERCENTILES}
    return {"n": len(values), **shown, "max": round(max(values) * 1000, 1)}


def table(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Return summaries as lines of equal columns."""
    columns = ("n", *(f"p{percent}" for percent in PERCENTILES), "max")
    lines = [f"{'milliseconds':<34}" + "".join(f"{column:>10}" for column in columns)]
    for name, row in rows.items():
        lines.append(f"{name:<34}" + "".join(f"{row.get(column, '-'):>10}" for column in columns))
    return "\n".join(lines)
