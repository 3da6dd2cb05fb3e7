"""Which agents have a desk open here, told to the database so that every gateway knows."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from gateway.live import QUEUE, Hub
from gateway.undisturbed import undisturbed
from helpdesk.agents import presence
from helpdesk.database import Database
from helpdesk.identifiers import new_id

logger = logging.getLogger(__name__)

# A desk whose socket is blocked asks for the queue every few seconds instead.
_POLLING_SECONDS = 30.0


class Presence:
    """Counts open desk sockets by agent; one statement renews them all."""

    def __init__(self, *, database: Database, hub: Hub, renew_seconds: float = presence.RENEW_SECONDS) -> None:
        """Start with nobody; a new gateway has a new id, the rows of the one before run out."""
        self._database = database
        self._hub = hub
        self._renew_seconds = renew_seconds
        self._gateway_id = new_id()
        self._sockets: Counter[str] = Counter()
        self._polled_at: dict[str, float] = {}

    @asynccontextmanager
    async def of(self, agent_id: str) -> AsyncIterator[None]:
        """Keep an agent present while the block runs, in one of their sockets."""
        self._sockets[agent_id] += 1
        try:
            if self._sockets[agent_id] == 1:
                await undisturbed(self._arrive(agent_id))
            yield
        finally:
            self._sockets[agent_id] -= 1
            if self._sockets[agent_id] <= 0:
                del self._sockets[agent_id]
                # What the page asked for while it was open says nothing of now.
                self._polled_at.pop(agent_id, None)
                await undisturbed(self._leave(agent_id))

    def polled(self, agent_id: str) -> None:
        """Note that an agent's page asked for news by itself; from the next renewal on it counts as an open desk."""
        self._polled_at[agent_id] = time.monotonic()

    async def run(self) -> None:
        """Renew until cancelled."""
        while True:
            await asyncio.sleep(self._renew_seconds)
            try:
                await undisturbed(self._renew())
            except Exception:
                logger.exception("the presence of agents was not renewed")

    async def _arrive(self, agent_id: str) -> None:
        await self._database.retrying(lambda session: presence.arrive(session, agent_id, self._gateway_id))
        self._hub.hint(QUEUE)

    async def _leave(self, agent_id: str) -> None:
        if agent_id in self._sockets:
            return
        await self._database.retrying(lambda session: presence.leave(session, agent_id, self._gateway_id))
        if agent_id in self._sockets:
            # They came back meanwhile, and their coming may have been written before their going.
            await self._arrive(agent_id)
            return
        self._hub.hint(QUEUE)

    async def _renew(self) -> None:
        since = time.monotonic() - _POLLING_SECONDS
        self._polled_at = {agent_id: at for agent_id, at in self._polled_at.items() if at >= since}
        here = {*self._sockets, *self._polled_at}
        if here:
            await self._database.retrying(lambda session: presence.renew(session, self._gateway_id, here))


PRESENCE: web.AppKey[Presence] = web.AppKey("PRESENCE")
