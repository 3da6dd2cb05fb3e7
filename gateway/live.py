"""Live updates within the process: hints that something is new; the database is the truth."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Typing and read marks: losing old ones harms nobody.
_MOST_FRAMES = 50

QUEUE = "queue"


class Subscription:
    """One reader's mailbox: an event to wait for, and a few short-lived frames."""

    def __init__(self, poll_seconds: float | None = None) -> None:
        """Start with nothing new; `poll_seconds` bounds how long `wait` trusts in hints."""
        self._poll_seconds = poll_seconds
        self._changed = asyncio.Event()
        self._frames: deque[dict[str, Any]] = deque(maxlen=_MOST_FRAMES)

    def hint(self) -> None:
        """Say that there may be something new."""
        self._changed.set()

    def post(self, frame: dict[str, Any]) -> None:
        """Leave a frame that is not kept anywhere else."""
        self._frames.append(frame)
        self._changed.set()

    async def wait(self) -> list[dict[str, Any]]:
        """Wait for a hint and return the frames left meanwhile."""
        if self._poll_seconds is None:
            await self._changed.wait()
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds * random.uniform(0.75, 1.25)):  # noqa: S311 - spreads load
                    await self._changed.wait()
        self._changed.clear()
        frames = list(self._frames)
        self._frames.clear()
        return frames


class Hub:
    """Who wants to hear of which conversation, agent or the queue."""

    def __init__(self, poll_seconds: float | None = None) -> None:
        """Start without readers.

        Hints do not reach other processes. Where several gateways share a database, every reader looks again after
        about `poll_seconds` of its own accord.
        """
        self._poll_seconds = poll_seconds
        self._readers: dict[str, set[Subscription]] = {}

    def subscription(self) -> Subscription:
        """Return a fresh mailbox."""
        return Subscription(self._poll_seconds)

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
        for subscription in tuple(self._readers.get(topic, ())):
            subscription.hint()

    def post(self, topic: str, frame: dict[str, Any], *, but: Subscription | None = None) -> None:
        """Give a short-lived frame to the readers of a topic, except its sender."""
        for subscription in tuple(self._readers.get(topic, ())):
            if subscription is not but:
                subscription.post(frame)
