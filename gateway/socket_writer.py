"""Writing to a WebSocket without letting a slow reader hold memory."""

import asyncio
import json
from typing import Any

from aiohttp import web

HEARTBEAT_SECONDS = 25
# One frame of a client; longer ones close the socket.
FRAME_LIMIT = 16 * 1024
CLOSE_NOT_AUTHENTICATED = 4001
CLOSE_ORIGIN = 4003
CLOSE_TOO_MUCH = 4008
CLOSE_PROTOCOL = 4010
CLOSE_RESTART = 1012

_SEND_SECONDS = 10.0


class SlowReaderError(Exception):
    """The other side takes nothing any more; the socket is to be closed."""


async def send(socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
    """Send one frame, waiting for the reader only so long.

    Raises:
        SlowReaderError: The reader did not take it in time.
        ConnectionError: The socket is gone.
    """
    try:
        async with asyncio.timeout(_SEND_SECONDS):
            await socket.send_str(json.dumps(frame, ensure_ascii=False))
    except TimeoutError as error:
        raise SlowReaderError from error
