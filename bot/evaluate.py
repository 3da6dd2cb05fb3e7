"""Batch evaluation (design.md section 6): `python -m bot.evaluate questions.jsonl predictions.jsonl`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from bot.engine import logs
from bot.engine.answer import nlu
from bot.engine.model import NluModel, NoModelError


class BadLineError(Exception):
    """A line of the input is not an object with an id and a text."""


def main() -> int:
    """Read questions, write predictions in the same order; the result is the exit status."""
    parser = argparse.ArgumentParser(description="Predict a file of questions.")
    parser.add_argument("input", type=Path, help='lines of {"id", "text"}')
    parser.add_argument("output", type=Path, help="where the predictions go, one a line")
    parser.add_argument("--models", default="models", help="folder whose newest model is used")
    arguments = parser.parse_args()
    logs.configure(30)
    try:
        model = NluModel.newest(arguments.models)
        count = 0
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        with arguments.output.open("w", encoding="utf-8") as output:
            for question in read_questions(arguments.input):
                line = predict(model, question)
                output.write(json.dumps(line, ensure_ascii=False) + "\n")
                count += 1
    except (NoModelError, BadLineError, OSError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    print(f"{count} predictions in {arguments.output}", file=sys.stderr)
    return 0


def read_questions(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the questions of a file one by one; empty lines are skipped.

    Raises:
        BadLineError: A line cannot be used.
    """
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                question = json.loads(line)
            except ValueError:
                raise BadLineError(f"{path}:{number}: not JSON") from None
            if not isinstance(question, dict) or not isinstance(question.get("text"), str):
                raise BadLineError(f"{path}:{number}: no object with a text")
            yield question


def predict(model: NluModel, question: dict[str, Any]) -> dict[str, Any]:
    """Give the prediction for one question."""
    found = nlu(model.parse(question["text"]))
    intent = found.pop("intent")
    line = {
        "id": question.get("id"),
        "text": question["text"],
        "intent": intent["name"],
        "confidence": intent["confidence"],
    }
    keys = ("topic", "article", "decision", "candidates", "scam", "gray", "crisis", "entities")
    return {**line, **{key: found[key] for key in keys}}


if __name__ == "__main__":
    sys.exit(main())
