"""One turn of a conversation: at most once a message, and never half of one kept."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa.core.actions.action import ActionBotResponse
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import LockError
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine import answer, reading
from bot.engine.failures import collected_failures
from bot.engine.request import Turn
from bot.nlu.publication import FAQ

# Rasa's lock expires after 60 seconds; a turn has to be over before.
TURN_TIMEOUT_SECONDS = 30
# Asks whether a further question of the message is one of those on the buttons.
OFFER = "utter_also"


class TurnError(Exception):
    """The turn did not work out; carries what was said until then."""

    def __init__(self, code: str, message: str, *, status: int = 500, said: Any = None) -> None:
        """Keep everything for the HTTP answer."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.said = said or {}


async def run_turn(agent: Agent, turn: Turn) -> dict[str, Any]:
    """Let the bot take its turn, or give the answer again if it has already taken it.

    A turn that fails is not stored. So the same message id may be sent again and the turn is then taken
    anew, instead of repeating a half answer for ever.

    Raises:
        TurnError: Something failed on the way.
        MalformedRequestError: A payload names something which the model does not know.
    """
    message = turn.user_message(agent.domain)
    try:
        async with agent.lock_store.lock(turn.conversation):
            return await asyncio.wait_for(_take_turn(agent.processor, agent.domain, message), TURN_TIMEOUT_SECONDS)
    except LockError:
        raise TurnError("busy", "the conversation is busy", status=409) from None
    except asyncio.TimeoutError:  # noqa: UP041  # not the built-in one before Python 3.11
        raise TurnError("turn_failed", "the turn took too long") from None


async def _take_turn(processor: MessageProcessor, domain: Domain, message: UserMessage) -> dict[str, Any]:
    """Do what `MessageProcessor.handle_message` does, but save only a complete turn."""
    output = CollectingOutputChannel()
    tracker = await processor.fetch_tracker_and_update_session(message.sender_id, output, message.metadata)
    earlier = answer.answer(tracker, message.message_id, domain)
    if earlier is not None:
        return earlier
    if message.parse_data is None:
        message.parse_data = await reading.read(processor, message, tracker)
    await processor._handle_message_with_tracker(message, tracker)
    with collected_failures() as failed:
        tracker = await processor.run_action_extract_slots(output, tracker)
        await processor._run_prediction_loop(output, tracker)
    await _say_more(processor, output, tracker)
    _check(tracker, failed, said := answer.answer(tracker, message.message_id, domain))
    await processor.save_tracker(tracker)
    return said


async def _say_more(
    processor: MessageProcessor, output: CollectingOutputChannel, tracker: DialogueStateTracker
) -> None:
    """Answer what else the message asks.

    The rules of the dialogue know one intent a message, and so one answer; what comes after it is said here.
    """
    parsed = tracker.latest_message.parse_data
    responses = [f"utter_{FAQ}/{article}" for article in parsed.get(reading.ALSO) or []]
    if parsed.get(reading.OFFERED):
        responses.append(OFFER)
    for response in responses:
        events = await ActionBotResponse(response).run(output, processor.nlg, tracker, processor.domain)
        tracker.update_with_events(events, processor.domain)


def _check(tracker: DialogueStateTracker, failed: list[str], said: dict[str, Any]) -> None:
    if failed:
        raise TurnError("action_failed", f"{', '.join(failed)} failed", said=said)
    if tracker.latest_action_name != ACTION_LISTEN_NAME:
        raise TurnError("turn_failed", "the rules did not come to an end", said=said)
    if not said["replies"]:
        raise TurnError("empty_reply", "nothing was said", said=said)
