"""Measure one pipeline: `python -m bot.comparison bot/comparison/pipelines/stock.yml --eval FOLDER [--folds 5]`.

Prints one line of JSON. `FOLDER` holds `topics.jsonl` and `out_of_scope.jsonl`; without it only cross-validation is
done. Training, and loading with parsing, run in processes of their own, so that times and memory are theirs alone.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.comparison import figures
from bot.comparison.figures import Judged
from bot.comparison.measured import parse, train
from bot.comparison.pipeline import examples_of
from bot.crossvalidate import OUT_OF_SCOPE, featurised
from bot.nlu import linear
from bot.nlu.catalogue import Catalogue

SHIPPED = "config.yml"


def main() -> int:
    """Measure, print; the result is the exit status."""
    parser = argparse.ArgumentParser(description="Measure one NLU pipeline.")
    parser.add_argument("config")
    parser.add_argument("--eval", type=Path, help="folder with topics.jsonl and out_of_scope.jsonl")
    parser.add_argument("--folds", type=int, default=5, help="how many of the five folds are held out in turn")
    arguments = parser.parse_args()
    examples = examples_of(SHIPPED)
    topics = {label.name: label.topic for label in Catalogue.from_examples(examples).labels}
    articles = {label.name for label in Catalogue.from_examples(examples).labels if label.article}
    found: dict[str, Any] = {"pipeline": Path(arguments.config).stem}
    with tempfile.TemporaryDirectory() as folder:
        if arguments.eval:
            found |= _on_files(arguments, examples, topics, articles, Path(folder))
        if arguments.folds:
            found |= _cross_validated(arguments, examples, topics, Path(folder))
    print(json.dumps(found))
    return 0


def _on_files(
    arguments: argparse.Namespace,
    examples: list[Message],
    topics: Mapping[str, str],
    articles: set[str],
    folder: Path,
) -> dict[str, Any]:
    rows = [row for row in _lines(arguments.eval / "topics.jsonl") if row["topic"] != "other"]
    foreign = list(_lines(arguments.eval / "out_of_scope.jsonl"))
    texts = [row["text"] for row in rows + foreign]
    target = folder / "whole"
    seconds = _in_process(train, arguments.config, examples, target)
    rankings, milliseconds, megabytes = _in_process(parse, arguments.config, target, texts, list(topics))
    wanted = [{row["topic"], *row["also"]} for row in rows]
    inside = [_judge(r, topics, articles, w) for r, w in zip(rankings, wanted, strict=False)]
    outside = [_judge(r, topics, articles, set()) for r in rankings[len(rows) :]]
    first, second = figures.halves(len(outside))
    threshold = figures.threshold_for([outside[number] for number in first])
    _, reported = figures.halves(len(inside))
    answered = figures.answered([inside[number] for number in reported], threshold)
    return {
        "topic_top1": figures.share([one.is_right for one in inside]),
        "topic_top3": figures.share([one.is_near for one in inside]),
        "calibration_error": figures.calibration_error(inside),
        "threshold": threshold,
        "outside_answered": len(figures.answered([outside[n] for n in second], threshold)) / len(second),
        "inside_answered": len(answered) / len(reported),
        "right_of_answered": figures.share([one.is_right for one in answered]),
        "training_seconds": seconds,
        "parse_p50_ms": float(np.percentile(milliseconds, 50)),
        "parse_p95_ms": float(np.percentile(milliseconds, 95)),
        "memory_mb": megabytes,
    }


def _cross_validated(
    arguments: argparse.Namespace, examples: list[Message], topics: Mapping[str, str], folder: Path
) -> dict[str, Any]:
    # The same folds for all: near paraphrases, by the features of the shipped pipeline, stay together.
    _, features, settings = featurised(SHIPPED)
    folds = linear.grouped_folds(
        features, folds=settings["folds"], similarity=settings["sibling_similarity"], seed=settings["seed"]
    )
    wanted, rankings = [], []
    for number, fold in enumerate(folds[: arguments.folds]):
        held_out = set(fold.tolist())
        rest = [example for place, example in enumerate(examples) if place not in held_out]
        tested = [examples[place] for place in sorted(held_out)]
        target = folder / f"fold{number}"
        _in_process(train, arguments.config, rest, target)
        texts = [example.get(TEXT) for example in tested]
        rankings += _in_process(parse, arguments.config, target, texts, list(topics))[0]
        wanted += [example.get(INTENT) for example in tested]
    names = [[label for label, _ in ranking] for ranking in rankings]
    best = [ranking[0] if ranking else OUT_OF_SCOPE for ranking in names]
    inside = [number for number, label in enumerate(wanted) if label != OUT_OF_SCOPE]
    return {
        "folds": min(arguments.folds, len(folds)),
        "cv_accuracy": figures.share([best[n] == wanted[n] for n in inside]),
        "cv_macro_f1": figures.macro_f1(wanted, best),
        "cv_top3": figures.share([wanted[n] in names[n][:3] for n in inside]),
        "cv_topic": figures.share([topics[best[n]] == topics[wanted[n]] for n in inside]),
    }


def _judge(
    ranking: Sequence[tuple[str, float]], topics: Mapping[str, str], articles: set[str], wanted: set[str]
) -> Judged:
    if not ranking:
        return Judged(0.0, is_article=False, is_right=False, is_near=False)
    order = figures.topics_of([label for label, _ in ranking], topics)
    label, confidence = ranking[0]
    return Judged(
        confidence,
        is_article=label in articles,
        is_right=order[0] in wanted,
        is_near=bool(wanted.intersection(order[:3])),
    )


def _in_process(work: Any, *arguments: Any) -> Any:
    # Started anew, not forked: what this process has loaded would count as theirs.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    sys.exit(main())
