"""Figures of a ranking of labels: shares, calibration, and a threshold chosen on one half and reported on the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import f1_score

BINS = 10
# Share of messages which are none of our matters that may get an answer.
ALLOWED_OUTSIDE = 0.05
HALVES_SEED = 7


@dataclass(frozen=True)
class Judged:
    """What came out for one message."""

    confidence: float
    # Whether an article (not small talk, not "not our matter") came first.
    is_article: bool
    is_right: bool
    is_near: bool


def calibration_error(judged: Sequence[Judged]) -> float:
    """Give the mean distance between confidence and share of right ones over ten bins, weighted by their size."""
    confidence = np.array([one.confidence for one in judged])
    right = np.array([one.is_right for one in judged])
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    errors = [
        (bins == number).mean() * abs(confidence[bins == number].mean() - right[bins == number].mean())
        for number in range(BINS)
        if (bins == number).any()
    ]
    return float(sum(errors))


def share(flags: Sequence[bool]) -> float:
    """Give the share of true ones."""
    return sum(flags) / len(flags) if flags else float("nan")


def macro_f1(labels: Sequence[str], found: Sequence[str]) -> float:
    """Give the mean over the labels of the harmonic mean of precision and recall."""
    return float(f1_score(labels, found, average="macro", zero_division=0))


def topics_of(ranking: Sequence[str], topics: Mapping[str, str]) -> list[str]:
    """Give the distinct topics of a ranking of labels, in order."""
    return list(dict.fromkeys(topics[label] for label in ranking))


def threshold_for(outside: Sequence[Judged], allowed: float = ALLOWED_OUTSIDE) -> float:
    """Give the lowest threshold at which no more than the allowed share of foreign messages is answered."""
    claimed = sorted((one.confidence if one.is_article else 0.0 for one in outside), reverse=True)
    return claimed[min(int(allowed * len(claimed)), len(claimed) - 1)] + 1e-9


def answered(judged: Sequence[Judged], threshold: float) -> list[Judged]:
    """Keep what would be answered with an article."""
    return [one for one in judged if one.is_article and one.confidence >= threshold]


def halves(count: int) -> tuple[list[int], list[int]]:
    """Split so many rows into two halves, the same ones every time."""
    numbers = np.random.default_rng(HALVES_SEED).permutation(count).tolist()
    return numbers[: count // 2], numbers[count // 2 :]
