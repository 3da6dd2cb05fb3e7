"""What the load looks like, and what has to hold under it."""

from dataclasses import asdict, dataclass
from typing import Any

# Of a hundred messages: how many go from customers to agents and to the bot; the others are agents' replies.
TO_AGENT, TO_BOT = 60, 24


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How many people there are, and how much they do.

    `conversations` are open when the load begins: half are agents', one in ten waits, the bot has the others.
    """

    agents: int
    conversations: int
    rate: float
    seconds: float
    # One customer asks for a person, one is claimed and one is closed this often.
    moves_per_second: float = 1.0
    # Asking for the whole queue, as a desk does whose socket is away.
    queue_reads_per_second: float = 4.0
    seed: int = 20261122

    @property
    def owned(self) -> int:
        return self.conversations // 2

    @property
    def queued(self) -> int:
        return self.conversations // 10

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A figure's 95th percentile must stay below `seconds`."""

    figure: str
    seconds: float


TARGETS = (
    Target(figure="customer_to_agent", seconds=0.3),
    Target(figure="queue_view", seconds=0.2),
)
