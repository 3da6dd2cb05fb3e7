"""Hints between gateways that share a PostgreSQL database, by its own LISTEN and NOTIFY.

A hint may be lost (a gateway is killed after its commit, the connection breaks): readers look of their own accord as
well, only seldom while this works.
"""

import asyncio
import contextlib
import json
import logging
import secrets
from collections.abc import Iterable
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from gateway.live import Hub
from gateway.socket_writer import run_together

logger = logging.getLogger(__name__)

_CHANNEL = "xiaobao_live"
# PostgreSQL's limit on one notification is 8000 bytes.
_PAYLOAD_MOST = 7_500
# What comes within this time goes out together.
_GATHER_SECONDS = 0.01
_AGAIN_SECONDS = 2.0
_CONNECT_SECONDS = 10
_NOTIFY_SECONDS = 10.0
# What waits for a connection that does not come is of no use later.
_MOST_WAITING = 1_000

Hint = tuple[str, dict[str, Any] | None]


class Relay:
    """Passes this gateway's hints and short-lived frames on to the others, and theirs to this hub."""

    def __init__(self, hub: Hub, database_url: str) -> None:
        """Join the parts; nothing is connected before `run`."""
        self._hub = hub
        self._address = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        # One's own come back too.
        self._name = secrets.token_hex(8)
        self._waiting: asyncio.Queue[Hint] = asyncio.Queue(maxsize=_MOST_WAITING)

    async def run(self) -> None:
        """Listen and pass on until cancelled, connecting again whenever it breaks."""
        self._hub.passes_on_to(self._pass_on)
        while True:
            try:
                await self._serve()
            except Exception:
                # Whatever another release of the gateway says there: this one goes on.
                logger.warning("hints of other gateways are not heard", exc_info=True)
            self._hub.hears_others(False)
            await asyncio.sleep(_AGAIN_SECONDS)

    def _pass_on(self, topic: str, frame: dict[str, Any] | None) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._waiting.put_nowait((topic, frame))

    async def _serve(self) -> None:
        async with await self._connect() as listening, await self._connect() as notifying:
            await listening.execute(f"LISTEN {_CHANNEL}")
            self._hub.hears_others(True)
            # What happened before we listened.
            self._hub.hint_all()
            await run_together(self._listen(listening), self._notify(notifying))

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(
            self._address, autocommit=True, connect_timeout=_CONNECT_SECONDS, keepalives_idle=30
        )

    async def _listen(self, connection: psycopg.AsyncConnection[Any]) -> None:
        async for notification in connection.notifies():
            heard = json.loads(notification.payload)
            if heard["from"] != self._name:
                for topic, frame in heard["hints"]:
                    self._hub.take_over(topic, frame)
        message = "the connection has ended"
        raise OSError(message)

    async def _notify(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            hints = [await self._waiting.get()]
            await asyncio.sleep(_GATHER_SECONDS)
            while not self._waiting.empty():
                hints.append(self._waiting.get_nowait())
            async with asyncio.timeout(_NOTIFY_SECONDS):
                for payload in payloads(self._name, hints):
                    await connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, payload))


def payloads(name: str, hints: Iterable[Hint]) -> list[str]:
    """Return notifications that hold all hints, equal ones once, each short enough to be sent."""
    said: list[str] = []
    part: list[str] = []
    size = 0
    # A dictionary keeps the order: of two frames of one topic the later one has to stay the later one.
    for hint in dict.fromkeys(json.dumps([topic, frame]) for topic, frame in hints):
        if part and size + len(hint) > _PAYLOAD_MOST:
            said.append(_payload(name, part))
            part, size = [], 0
        part.append(hint)
        size += len(hint) + 2
    if part:
        said.append(_payload(name, part))
    return said


def _payload(name: str, hints: list[str]) -> str:
    return f'{{"from": "{name}", "hints": [{", ".join(hints)}]}}'
