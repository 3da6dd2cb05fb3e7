"""One turn of a conversation at a time: a queue of asyncio locks instead of Rasa's polled tickets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, LockError, LockStore
from rasa.utils.endpoints import EndpointConfig

# More messages of one conversation at once come from a broken client; the gateway sends one at a time.
MOST_WAITING = 16


@dataclass
class _Turns:
    """The lock of one conversation and how many hold it or wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    count: int = 0


class ConversationLockStore(LockStore):
    """Locks within one process, first come, first served; nobody sleeps between attempts.

    Several processes need no common lock: the gateway sends a conversation to one of them.
    """

    def __init__(self, endpoint_config: EndpointConfig | None = None, most_waiting: int = MOST_WAITING) -> None:
        """Start without locks; Rasa passes the entry of endpoints.yml, which says nothing more."""
        self._most_waiting = most_waiting
        self._turns: dict[str, _Turns] = {}

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 1
    ) -> AsyncGenerator[TicketLock, None]:
        """Wait for the conversation's turn.

        Args:
            conversation_id: Whose turn.
            lock_lifetime: Seconds to wait at most.
            wait_time_in_seconds: How often Rasa would look; of no use here.

        Raises:
            LockError: Too many wait already, or the wait was too long.
        """
        turns = self._turns.setdefault(conversation_id, _Turns())
        if turns.count > self._most_waiting:
            raise LockError("too many messages of one conversation wait")
        turns.count += 1
        try:
            try:
                await asyncio.wait_for(turns.lock.acquire(), lock_lifetime)
            except asyncio.TimeoutError:  # noqa: UP041  # not the built-in one before Python 3.11
                raise LockError("the turn before took too long") from None
            try:
                yield TicketLock(conversation_id)
            finally:
                turns.lock.release()
        finally:
            turns.count -= 1
            if turns.count == 0:
                del self._turns[conversation_id]
