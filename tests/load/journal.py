"""What the load's people have sent, seen and measured."""

import random
import time
from dataclasses import dataclass, field
from typing import Any

from tests.load.seeding import People
from tests.load.shape import Shape


@dataclass
class Journal:
    """One for all: everything happens in one event loop."""

    figures: dict[str, list[float]] = field(default_factory=dict)
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)
    _sent: dict[str, float] = field(default_factory=dict)
    # What an agent has not seen yet, by conversation, oldest first: client id and time.
    _on_the_way: dict[str, list[tuple[str, float]]] = field(default_factory=dict)

    def measured(self, figure: str, seconds: float) -> None:
        self.figures.setdefault(figure, []).append(seconds)

    def sent(self, client_id: str, *, to_agent_in: str | None = None) -> None:
        at = time.perf_counter()
        self._sent[client_id] = at
        if to_agent_in is not None:
            self._on_the_way.setdefault(to_agent_in, []).append((client_id, at))

    def acknowledged(self, client_id: str, *, message: str, seq: int, conversation: str, figure: str) -> None:
        if client_id in self.receipts:
            self.problems.append(f"doubled: {client_id} was acknowledged twice")
        self.receipts[client_id] = {"id": message, "seq": seq, "conversation": conversation}
        self.measured(figure, time.perf_counter() - self._sent[client_id])

    def shown(self, conversation: str, text: str, figure: str) -> None:
        """Note that an agent sees `text`, and with it everything that was written before."""
        pending = self._on_the_way.get(conversation, [])
        for position, (client_id, _) in enumerate(pending):
            if text.endswith(client_id):
                at = time.perf_counter()
                for _, began in pending[: position + 1]:
                    self.measured(figure, at - began)
                del pending[: position + 1]
                return

    def withdrawn(self, client_id: str) -> None:
        """Forget a message that was refused for good: it was never accepted, so it cannot be lost."""
        del self._sent[client_id]

    def refused(self, what: str) -> None:
        self.refusals[what] = self.refusals.get(what, 0) + 1

    @property
    def unacknowledged(self) -> list[str]:
        return sorted(self._sent.keys() - self.receipts.keys())

    @property
    def sent_count(self) -> int:
        return len(self._sent)


@dataclass(frozen=True, kw_only=True)
class World:
    """What everybody in the load shares."""

    url: str
    shape: Shape
    people: People
    journal: Journal
    random: random.Random
