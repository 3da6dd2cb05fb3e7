"""The tuned engine and Rasa's own give the same events for the same conversations."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.core.agent import Agent, load_agent
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import SQLTrackerStore
from rasa.model import get_latest_model
from rasa.utils.endpoints import EndpointConfig

from bot.engine import patches
from bot.engine.graph_runner import PlannedGraphRunner
from bot.engine.lock_store import ConversationLockStore
from bot.engine.request import Turn
from bot.engine.tracker_store import DurableTrackerStore
from bot.engine.turn import TurnError, run_turn

ROOT = Path(__file__).resolve().parents[2]
# `make bench` plays 500.
CONVERSATIONS = int(os.environ.get("SAME_EVENTS_CONVERSATIONS", "20"))
TURNS = 6
# Nothing listens there: a turn with a custom action fails in both engines, in the same way.
NO_ACTIONS = "http://127.0.0.1:9/webhook"
VARYING = {"timestamp", "metadata"}


def texts() -> list[str]:
    """Return customers' messages of all kinds, from the examples of the flows and the articles."""
    found: list[str] = []
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            found += [line.removeprefix("- ").strip() for line in str(group.get("examples", "")).splitlines() if line]
    for path in sorted((ROOT / "knowledge").glob("*/*.md")):
        found += yaml.safe_load(path.read_text(encoding="utf-8").split("---")[1])["questions"][:2]
    return found


async def agents(folder: Path) -> tuple[Agent, Agent]:
    """Return the tuned agent and one as Rasa makes it, on the same model."""
    patches.apply()
    model = get_latest_model(str(ROOT / "models"))
    tuned = await load_agent(model_path=model)
    stock = await load_agent(model_path=model)
    for agent, store, lock in (
        (tuned, DurableTrackerStore(tuned.domain, db=str(folder / "tuned.db")), ConversationLockStore()),
        (stock, SQLTrackerStore(stock.domain, db=str(folder / "stock.db")), InMemoryLockStore()),
    ):
        agent.tracker_store = agent.processor.tracker_store = store
        agent.lock_store = agent.processor.lock_store = lock
        agent.processor.action_endpoint = agent.action_endpoint = EndpointConfig(NO_ACTIONS)
    tuned.processor.graph_runner = PlannedGraphRunner.of(tuned.processor.graph_runner)
    return tuned, stock


async def play(agent: Agent, conversation: str, messages: Iterable[str]) -> list[Any]:
    """Return the answer to each message, or how the turn failed."""
    said: list[Any] = []
    for number, text in enumerate(messages):
        try:
            said.append(await run_turn(agent, Turn(conversation, f"{conversation}-{number}", text, None, {})))
        except TurnError as error:
            said.append((error.code, error.status))
    return said


async def events(agent: Agent, conversation: str) -> list[dict[str, Any]]:
    tracker = await agent.tracker_store.retrieve_full_tracker(conversation)
    found = [] if tracker is None else [event.as_dict() for event in tracker.events]
    return [{key: value for key, value in event.items() if key not in VARYING} for event in found]


def test_conversations_have_the_same_events_and_answers(tmp_path: Path) -> None:
    chosen = random.Random(7)
    corpus = [chosen.sample(texts(), TURNS) for _ in range(CONVERSATIONS)]

    async def compare() -> int:
        tuned, stock = await agents(tmp_path)
        compared = 0
        for number, messages in enumerate(corpus):
            name = f"conversation-{number}"
            assert await play(tuned, name, messages) == await play(stock, name, messages), messages
            ours, theirs = await events(tuned, name), await events(stock, name)
            assert ours == theirs, messages
            compared += len(ours)
        return compared

    assert asyncio.run(compare()) > 10 * CONVERSATIONS


@pytest.mark.parametrize("turns", [60])
def test_a_long_conversation_goes_on_as_if_it_had_not_been_summed_up(tmp_path: Path, turns: int) -> None:
    messages = random.Random(11).sample(texts(), turns)

    async def compare() -> None:
        tuned, stock = await agents(tmp_path)
        assert await play(tuned, "long", messages) == await play(stock, "long", messages)
        assert await events(tuned, "long") == await events(stock, "long")
        short = await tuned.tracker_store.retrieve("long")
        assert len(short.events) < len(await events(tuned, "long"))

    asyncio.run(compare())
