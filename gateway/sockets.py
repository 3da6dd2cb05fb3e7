"""All open sockets, so that a stopping gateway can say goodbye to them."""

import asyncio

from aiohttp import web

from gateway.socket_writer import CLOSE_RESTART

OPEN_SOCKETS: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("OPEN_SOCKETS")


async def close_all(app: web.Application) -> None:
    """Close every socket with the code that tells clients to come back."""
    sockets = app[OPEN_SOCKETS].copy()
    await asyncio.gather(
        *(socket.close(code=CLOSE_RESTART, message=b"restart") for socket in sockets),
        return_exceptions=True,
    )
