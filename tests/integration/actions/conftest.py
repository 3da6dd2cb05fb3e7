"""The actions as rasa-sdk serves them, run with trackers as the bot sends them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk.executor import ActionExecutor

from actions import wiring
from helpdesk.conversations.model import Message
from helpdesk.database import Database
from tests.scenes import Customer, open_customer, say

Json = dict[str, Any]
Run = Callable[..., Awaitable[Json]]


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def message(database: Database, customer: Customer) -> Message:
    return (await say(database, customer, "我被骗了五千")).message


@pytest.fixture
async def executor(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ActionExecutor]:
    """The actions as `python -m rasa_sdk --actions actions` serves them, with settings from the environment."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    wiring.database.cache_clear()
    executor = ActionExecutor()
    executor.register_package("actions")
    yield executor
    await wiring.database().close()
    wiring.database.cache_clear()


@pytest.fixture
def run(executor: ActionExecutor) -> Run:
    """Return a function that runs one action for a message."""

    async def run(
        action: str,
        message: Message,
        *,
        intent: str = "faq",
        slots: Json | None = None,
        said: tuple[str, ...] = (),
        **cues: Any,
    ) -> Json:
        latest = {
            "text": message.text,
            "message_id": message.id,
            "intent": {"name": intent, "confidence": 0.9},
            "entities": [],
            "article": None,
            "scam": None,
            "crisis": None,
            "metadata": {},
            **cues,
        }
        events = [{"event": "user", "text": text} for text in (*said, message.text)]
        result = await executor.run(
            {
                "next_action": action,
                "sender_id": message.conversation_id,
                "domain": {"responses": {}},
                "tracker": {
                    "sender_id": message.conversation_id,
                    "slots": slots or {},
                    "latest_message": latest,
                    "latest_event_time": 0.0,
                    "followup_action": None,
                    "paused": False,
                    "events": [{"event": "action", "name": "action_listen"}, *events],
                    "latest_input_channel": "gateway",
                    "active_loop": {},
                    "latest_action": {},
                },
            }
        )
        assert result is not None
        return result.model_dump()

    return run
