"""Live updates within the process: hints that something is new; the database is the truth."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# Typing and read marks: losing old ones harms nobody.
_MOST_FRAMES = 50

QUEUE = "queue"

# How often readers look unasked although the hints of other processes arrive: one may have been lost.
_HEARING_POLL_SECONDS = 20.0

# Takes a topic, and a frame or None for a hint.
Relaying = Callable[[str, dict[str, Any] | None], None]
# For desk pages alone: customers wait on QUEUE as well, and get the frames that are posted there.
BROADCASTS = "broadcasts"


def access(agent_id: str) -> str:
    """Return the topic of what an agent may do: a session ended, a role changed."""
    return f"access:{agent_id}"


def about(conversation_id: str) -> str:
    """Return the topic of what only the desk sees of a conversation: its card, its clocks."""
    return f"about:{conversation_id}"


class Subscription:
    """One reader's mailbox: an event to wait for, and a few short-lived frames."""

    def __init__(
        self, poll_seconds: float | None = None, *, patience: Callable[[], float | None] | None = None
    ) -> None:
        """Start with nothing new; `poll_seconds`, or `patience` each time, bounds how long `wait` trusts in hints."""
        self._patience = patience or (lambda: poll_seconds)
        self._changed = asyncio.Event()
        self._frames: deque[dict[str, Any]] = deque(maxlen=_MOST_FRAMES)

    def hint(self) -> None:
        """Say that there may be something new."""
        self._changed.set()

    def post(self, frame: dict[str, Any]) -> None:
        """Leave a frame that is not kept anywhere else."""
        self._frames.append(frame)
        self._changed.set()

    async def wait(self, *, most_seconds: float | None = None) -> list[dict[str, Any]]:
        """Wait for a hint, or until it is time to look unasked, and return the frames left meanwhile."""
        longest = min((limit for limit in (self._patience(), most_seconds) if limit is not None), default=None)
        if longest is None:
            await self._changed.wait()
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(longest * random.uniform(0.75, 1.25)):  # noqa: S311 - spreads load
                    await self._changed.wait()
        self._changed.clear()
        frames = list(self._frames)
        self._frames.clear()
        return frames


class Hub:
    """Who wants to hear of which conversation, agent or the queue."""

    def __init__(self, poll_seconds: float | None = None) -> None:
        """Start without readers.

        Hints reach other processes only by a relay. Where several gateways share a database, every reader looks again
        after about `poll_seconds` of its own accord, more seldom while the relay works.
        """
        self._poll_seconds = poll_seconds
        self._hears_others = False
        self._relay: Relaying | None = None
        self._readers: dict[str, set[Subscription]] = {}

    def subscription(self) -> Subscription:
        """Return a fresh mailbox."""
        return Subscription(patience=self._patience)

    def _patience(self) -> float | None:
        return _HEARING_POLL_SECONDS if self._hears_others else self._poll_seconds

    def passes_on_to(self, relay: Relaying) -> None:
        """Give every hint (None) and frame of this process to `relay` as well, with its topic."""
        self._relay = relay

    def hears_others(self, hears: bool) -> None:
        """Note whether the hints of other processes arrive here."""
        self._hears_others = hears

    @contextmanager
    def subscribed(self, topic: str, subscription: Subscription | None = None) -> Iterator[Subscription]:
        """Deliver hints of `topic` (a conversation's or agent's id, or QUEUE) while the block runs."""
        subscription = subscription or self.subscription()
        self.join(topic, subscription)
        try:
            yield subscription
        finally:
            self.leave(topic, subscription)

    def join(self, topic: str, subscription: Subscription) -> None:
        """Begin to deliver hints of a topic."""
        self._readers.setdefault(topic, set()).add(subscription)

    def leave(self, topic: str, subscription: Subscription) -> None:
        """Stop delivering; leaving twice is harmless."""
        readers = self._readers.get(topic)
        if readers is not None:
            readers.discard(subscription)
            if not readers:
                del self._readers[topic]

    def hint(self, topic: str) -> None:
        """Tell the readers of a topic, after the commit, that it changed."""
        self.take_over(topic, None)
        if self._relay is not None:
            self._relay(topic, None)

    def hint_all(self) -> None:
        """Let every reader of this process look."""
        for topic in tuple(self._readers):
            self.take_over(topic, None)

    def take_over(self, topic: str, frame: dict[str, Any] | None) -> None:
        """Deliver what another process hinted at or posted."""
        for subscription in tuple(self._readers.get(topic, ())):
            if frame is None:
                subscription.hint()
            else:
                subscription.post(frame)

    def post(self, topic: str, frame: dict[str, Any], *, but: Subscription | None = None) -> None:
        """Give a short-lived frame to the readers of a topic, except its sender."""
        for subscription in tuple(self._readers.get(topic, ())):
            if subscription is not but:
                subscription.post(frame)
        if self._relay is not None:
            self._relay(topic, frame)
