"""Batch evaluation: `python -m bot.evaluate questions.jsonl predictions.jsonl` (docs/protocol.md, section 6).

Reads `{"id", "text"}` lines and writes one prediction a line, in order, without taking a turn: the model is loaded once
and lines are streamed, so a file of any length needs the memory of one line.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import logging

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.model import get_latest_model

from bot.engine import answer, logs

CANDIDATES = 5
CANDIDATE_FIELDS = ("article", "topic", "score")
COPIED = ("topic", "article", "decision", "scam", "gray", "crisis", "entities")


class BadLineError(Exception):
    """A line of the input that is not a question; says which."""


def questions(path: Path) -> Iterator[dict[str, str]]:
    """Give the questions of a file.

    Raises:
        BadLineError: A line is not a JSON object with the texts `id` and `text`.
    """
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                question = json.loads(line)
            except ValueError as error:
                raise BadLineError(f"{path}:{number}: not JSON") from error
            if not isinstance(question, dict) or not isinstance(question.get("text"), str) or "id" not in question:
                raise BadLineError(f"{path}:{number}: not an object with id and text")
            yield question


async def predict(agent: Agent, question: dict[str, str]) -> dict[str, Any]:
    """Give the prediction for one question."""
    parsed = await agent.processor.parse_message(UserMessage(question["text"], metadata={"channel": "evaluation"}))
    found = answer.nlu(parsed)
    return {
        "id": question["id"],
        "text": question["text"],
        "intent": found["intent"]["name"],
        "confidence": found["intent"]["confidence"],
        "candidates": [
            {field: candidate[field] for field in CANDIDATE_FIELDS} for candidate in found["candidates"][:CANDIDATES]
        ],
        **{field: found[field] for field in COPIED},
    }


async def evaluate(source: Path, target: Path, models: Path = Path("models")) -> int:
    """Predict every line of `source` into `target`; return how many there were."""
    model = get_latest_model(str(models))
    if model is None:
        raise BadLineError(f"no model in {models}/: run `make train` first")
    agent = Agent.load(model)
    count = 0
    with target.open("w", encoding="utf-8") as file:
        for question in questions(source):
            file.write(json.dumps(await predict(agent, question), ensure_ascii=False) + "\n")
            count += 1
    return count


def main(arguments: list[str]) -> int:
    """Evaluate; the result is the exit status."""
    if len(arguments) != 2:
        print("usage: python -m bot.evaluate INPUT.jsonl OUTPUT.jsonl", file=sys.stderr)
        return 2
    logs.configure(logging.WARNING)
    try:
        count = asyncio.run(evaluate(Path(arguments[0]), Path(arguments[1])))
    except (BadLineError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{count} questions evaluated")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
