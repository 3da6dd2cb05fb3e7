"""Customers of the load: an app's socket each, kept to the protocol's letter."""

import asyncio
import contextlib
import json
from typing import Any

import aiohttp

from tests.load.journal import World
from tests.load.seeding import SeededCustomer

# What browsers offer.
COMPRESS = 15


class LoadCustomer:
    """A customer who stays connected; what arrives must be dense and in order."""

    def __init__(self, world: World, http: aiohttp.ClientSession, seeded: SeededCustomer) -> None:
        self._world = world
        self._http = http
        self.seeded = seeded
        self.conversation = seeded.conversation
        self.owner = seeded.owner
        self.last_seq: dict[str, int] = {seeded.conversation: seeded.last_seq}
        self.received: dict[str, list[tuple[int, str]]] = {seeded.conversation: []}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None
        self._count = 0

    async def connect(self) -> None:
        self._socket = await self._http.ws_connect(f"{self._world.url}/api/v1/socket", compress=COMPRESS)
        await self._socket.send_json(
            {
                "t": "auth",
                "v": 1,
                "token": self.seeded.token,
                "conv": self.seeded.conversation,
                "last_seq": self.seeded.last_seq,
            }
        )
        ready = await self._socket.receive_json(timeout=60)
        assert ready["t"] == "ready", ready
        self._reading = asyncio.create_task(self._read(self._socket))

    async def leave(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading
        if self._socket is not None:
            await self._socket.close()

    async def say(self) -> None:
        """Send a message whose text ends with its client id."""
        assert self._socket is not None
        self._count += 1
        client_id = f"L{self.seeded.number}-{self._count}"
        self._world.journal.sent(client_id, to_agent_in=self.conversation if self.owner == "agent" else None)
        await self._socket.send_json({"t": "msg", "cid": client_id, "text": f"请问 {client_id}"})

    async def ask_for_person(self) -> None:
        headers = {"Authorization": f"Bearer {self.seeded.token}"}
        async with self._http.post(f"{self._world.url}/api/v1/handoff", headers=headers) as answer:
            if answer.status != 202:
                self._world.journal.refused(f"handoff {answer.status}")

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for received in socket:
            if received.type is not aiohttp.WSMsgType.TEXT:
                break
            self._handle(json.loads(received.data))
        self._world.journal.problems.append(f"closed: customer {self.seeded.number} with {socket.close_code}")

    def _handle(self, frame: dict[str, Any]) -> None:
        kind = frame["t"]
        journal = self._world.journal
        if kind == "msg":
            conversation, seq = frame["conversation"], frame["seq"]
            last = self.last_seq.get(conversation, 0)
            if seq != last + 1:
                journal.problems.append(f"order: customer {self.seeded.number} got {seq} after {last}")
            self.last_seq[conversation] = seq
            self.received.setdefault(conversation, []).append((seq, frame["id"]))
        elif kind == "ack":
            journal.acknowledged(
                frame["cid"],
                message=frame["mid"],
                seq=frame["seq"],
                conversation=frame["conv"],
                figure="customer_acknowledged",
            )
        elif kind == "state":
            self.conversation, self.owner = frame["conv"], frame["owner"]
        elif kind == "err":
            journal.refused(f"customer {frame['code']}")
