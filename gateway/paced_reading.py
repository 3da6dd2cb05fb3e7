"""One reading for however many ask at the same moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class PacedReading[Read]:
    """Reads what many want to know, at most once in a while."""

    def __init__(self, read: Callable[[], Awaitable[Read]], *, seconds: float) -> None:
        """Start with nothing read; `seconds` lie between two readings."""
        self._read = read
        self._seconds = seconds
        self._reading = asyncio.Lock()
        self._read_at = float("-inf")
        self._latest: Read

    async def latest(self) -> Read:
        """Return what a reading found that began after this call; who asks right after one waits for the next.

        An older one would lack the very change that made somebody ask, and nothing would make them ask again.
        """
        called_at = time.monotonic()
        async with self._reading:
            if self._read_at <= called_at:
                await asyncio.sleep(max(0.0, self._read_at + self._seconds - called_at))
                # Taken before reading: what changes meanwhile is seen by the next call.
                read_at = time.monotonic()
                self._latest = await self._read()
                self._read_at = read_at
            return self._latest
