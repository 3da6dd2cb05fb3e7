"""One picture of the queue for all desk pages, drawn at most every 300 ms."""

import asyncio
import time

from aiohttp import web

from gateway.desk.views import queue_view
from helpdesk.database import Database, Json

FRESH_SECONDS = 0.3


class QueueBoard:
    """Reads the queue once for however many pages ask at the same moment."""

    def __init__(self, database: Database) -> None:
        """Start with nothing read."""
        self._database = database
        self._reading = asyncio.Lock()
        self._read_at = float("-inf")
        self._snapshot: Json = {}

    async def snapshot(self) -> Json:
        """Return the queue as it is after this call began; who asks within 300 ms of a reading waits for the next.

        An older picture would lack the very change that made a page ask, and nothing would make it ask again.
        """
        called_at = time.monotonic()
        async with self._reading:
            if self._read_at <= called_at:
                await asyncio.sleep(max(0.0, self._read_at + FRESH_SECONDS - called_at))
                # Taken before reading: what changes meanwhile is seen by the next call.
                read_at = time.monotonic()
                async with self._database.reading() as session:
                    self._snapshot = await queue_view(session)
                self._read_at = read_at
            return self._snapshot


QUEUE_BOARD: web.AppKey[QueueBoard] = web.AppKey("QUEUE_BOARD")
