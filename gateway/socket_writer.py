"""Writing to a WebSocket without letting a slow reader hold memory."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

from aiohttp import web

HEARTBEAT_SECONDS = 25
# One frame of a client; longer ones close the socket.
FRAME_LIMIT = 16 * 1024
CLOSE_INTERNAL = 1011
CLOSE_NOT_AUTHENTICATED = 4001
CLOSE_ORIGIN = 4003
CLOSE_TOO_MUCH = 4008
CLOSE_PROTOCOL = 4010
CLOSE_RESTART = 1012

_SEND_SECONDS = 10.0


class SlowReaderError(Exception):
    """The other side takes nothing any more; the socket is to be closed."""


async def run_together(*parts: Coroutine[Any, Any, None]) -> None:
    """Run the parts of one connection until any of them ends, then end the others and raise what it raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def send(socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
    """Send one frame, waiting for the reader only so long.

    Raises:
        SlowReaderError: The reader did not take it in time.
        ConnectionError: The socket is gone.
    """
    await send_text(socket, json.dumps(frame, ensure_ascii=False))


async def send_text(socket: web.WebSocketResponse, frame: str) -> None:
    """Send a frame that is JSON already, because many get the same.

    Raises:
        SlowReaderError, ConnectionError: As `send`.
    """
    try:
        async with asyncio.timeout(_SEND_SECONDS):
            await socket.send_str(frame)
    except TimeoutError as error:
        raise SlowReaderError from error
