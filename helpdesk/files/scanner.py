"""Asking a virus scanner: clamd over its INSTREAM command (clamd(8)), where one is configured."""

import asyncio
import logging
import struct
from enum import Enum
from typing import Protocol

logger = logging.getLogger(__name__)

_SECONDS = 30.0
_CHUNK_BYTES = 64 * 1024
_ANSWER_BYTES = 4096
_END = struct.pack("!I", 0)


class Verdict(Enum):
    """What a scanner says of some bytes."""

    CLEAN = "clean"
    INFECTED = "infected"
    # It did not answer, or not in words we know: nobody has looked.
    UNKNOWN = "unknown"


class Scanner(Protocol):
    """Looks at bytes before anybody else gets them."""

    async def scan(self, content: bytes) -> Verdict:
        """Return the verdict; never raises for a scanner that is away."""
        ...


class NoScanner:
    """For installations without one: everything passes, having been written anew or kept as an attachment."""

    async def scan(self, content: bytes) -> Verdict:
        """Return that nothing was found."""
        del content
        return Verdict.CLEAN


class ClamdScanner:
    """One connection a file, within a time limit."""

    def __init__(self, host: str, port: int, *, seconds: float = _SECONDS) -> None:
        """Keep where clamd listens."""
        self._host = host
        self._port = port
        self._seconds = seconds

    async def scan(self, content: bytes) -> Verdict:
        """Return clamd's verdict."""
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._ask(content)
        except (OSError, TimeoutError, EOFError) as error:
            logger.warning("clamd did not answer: %s", type(error).__name__)
            return Verdict.UNKNOWN
        if answer == b"stream: OK":
            return Verdict.CLEAN
        if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
            logger.warning("clamd found something in a file")
            return Verdict.INFECTED
        # Its limit on sizes, say, is set below ours.
        logger.warning("clamd refused: %s", answer[:80].decode("ascii", "replace"))
        return Verdict.UNKNOWN

    async def _ask(self, content: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            # The z form ends command and answer with a NUL.
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(content), _CHUNK_BYTES):
                chunk = content[start : start + _CHUNK_BYTES]
                writer.write(struct.pack("!I", len(chunk)) + chunk)
                await writer.drain()
            writer.write(_END)
            await writer.drain()
            answer = await reader.readuntil(b"\0")
            return answer[:-1][:_ANSWER_BYTES].strip()
        finally:
            writer.close()
