"""What is timed, each in a process of its own: training, and loading with parsing."""

from __future__ import annotations

import resource
import time
from pathlib import Path

from rasa.shared.nlu.training_data.message import Message

from bot.comparison.pipeline import Pipeline, Ranking, fit

WARM_UP = 20


def train(config: str, examples: list[Message], target: Path) -> float:
    """Train a pipeline into a folder; return the seconds it took."""
    begun = time.perf_counter()
    fit(config, examples, target)
    return time.perf_counter() - begun


def parse(config: str, target: Path, texts: list[str], known: list[str]) -> tuple[list[Ranking], list[float], float]:
    """Load a pipeline and rank texts; return the rankings, the milliseconds of each and the megabytes at the peak."""
    pipeline = Pipeline(config, target)
    for text in texts[:WARM_UP]:
        pipeline.ranking(text, known)
    rankings, milliseconds = [], []
    for text in texts:
        begun = time.perf_counter()
        rankings.append(pipeline.ranking(text, known))
        milliseconds.append(1000 * (time.perf_counter() - begun))
    return rankings, milliseconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
