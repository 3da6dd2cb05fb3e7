"""Where a long conversation may be cut, and what has to be kept of the part before."""

from __future__ import annotations

from collections.abc import Sequence

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

# Customers' messages that stay as they were: what a follow-up refers to, and the answer to a repeated request.
KEPT_MESSAGES = 5


def place_to_cut(events: Sequence[Event], kept: int = KEPT_MESSAGES) -> int | None:
    """Return the last place before which everything may be summed up: in front of a message, outside of any form.

    Args:
        events: Of one session, from its beginning.
        kept: How many messages have to stay behind the cut.
    """
    places: list[int] = []
    loop = None
    for place, event in enumerate(events):
        if isinstance(event, ActiveLoop):
            loop = event.name
        elif isinstance(event, UserUttered):
            places.append(place if loop is None else -1)
    free = [place for place in places[: len(places) - kept + 1] if place > 0]
    return free[-1] if free and len(places) >= kept else None


def summary(events: Sequence[Event], sender: str, domain: Domain) -> list[Event]:
    """Return the few events which leave a conversation as all of `events` do: its slots, and waiting for a message."""
    tracker = DialogueStateTracker.from_events(sender, list(events), slots=domain.slots, domain=domain)
    at = events[-1].timestamp
    slots = [
        SlotSet(name, slot.value, timestamp=at)
        for name, slot in tracker.slots.items()
        if slot.value != slot.initial_value
    ]
    return [
        ActionExecuted(ACTION_SESSION_START_NAME, timestamp=at),
        SessionStarted(timestamp=at),
        *slots,
        ActionExecuted(ACTION_LISTEN_NAME, timestamp=at),
    ]
