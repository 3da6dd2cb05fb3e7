"""Agents of the load: a desk page each, with one conversation open."""

import asyncio
import contextlib
import json
import time
from typing import Any

import aiohttp

from tests.load.customers import COMPRESS
from tests.load.journal import World
from tests.load.seeding import SeededAgent

_READ_SECONDS = 30


class LoadAgent:
    """An agent at the desk; `held` is what they have received of each conversation, by sequence number."""

    def __init__(self, world: World, http: aiohttp.ClientSession, seeded: SeededAgent) -> None:
        self._world = world
        self._http = http
        self.seeded = seeded
        self.mine: list[str] = []
        self.opened: str | None = None
        self.held: dict[str, dict[int, str]] = {}
        self.queue_frames = 0
        self._last = 0
        self._count = 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None
        self._batch = asyncio.Event()
        self._more = False
        self._headers = {
            "Cookie": f"xiaobao_desk={seeded.cookie}",
            "Origin": world.url,
            "X-CSRF-Token": seeded.csrf,
        }

    async def connect(self) -> None:
        self._socket = await self._http.ws_connect(
            f"{self._world.url}/desk/socket", headers=self._headers, compress=COMPRESS
        )
        self._reading = asyncio.create_task(self._read(self._socket))

    async def leave(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading
        if self._socket is not None:
            await self._socket.close()

    async def open(self, conversation: str) -> None:
        """Look at a conversation and wait until what is new of it is there."""
        assert self._socket is not None
        after = max(self.held.get(conversation, {0: ""}))
        while True:
            self._batch.clear()
            await self._socket.send_json({"t": "open", "conv": conversation, "after": after})
            async with asyncio.timeout(_READ_SECONDS):
                await self._batch.wait()
            if not self._more:
                return
            after = self._last

    async def reply(self, conversation: str) -> None:
        """Answer in a conversation, which is opened for it if it is not."""
        if conversation != self.opened:
            await self.open(conversation)
        self._count += 1
        client_id = f"L{self.seeded.name}-{self._count}".replace("坐席", "agent")
        self._world.journal.sent(client_id)
        status, answer = await self._post(
            f"/conversations/{conversation}/messages", {"client_id": client_id, "text": f"您好 {client_id}"}
        )
        if status == 202:
            self._world.journal.acknowledged(
                client_id,
                message=answer["id"],
                seq=answer["seq"],
                conversation=conversation,
                figure="agent_acknowledged",
            )
        else:
            # Somebody else's by now, or closed.
            self._world.journal.withdrawn(client_id)

    async def claim(self, conversation: str) -> None:
        began = time.perf_counter()
        status, _ = await self._post(f"/conversations/{conversation}/claim", {})
        if status == 200:
            self._world.journal.measured("claim", time.perf_counter() - began)

    async def close_conversation(self, conversation: str) -> None:
        await self._post(f"/conversations/{conversation}/close", {"resolution": "resolved", "note": ""})

    async def read_queue(self) -> list[str]:
        """Ask for the whole queue; return who waits, first first."""
        began = time.perf_counter()
        async with self._http.get(f"{self._world.url}/desk/api/queue", headers=self._headers) as answer:
            body = await answer.read()
            assert answer.status == 200, answer.status
        self._world.journal.measured("queue_view", time.perf_counter() - began)
        return [entry["conversation"] for entry in json.loads(body)["entries"]]

    async def conversations(self) -> list[str]:
        """Ask which conversations are one's own."""
        url = f"{self._world.url}/desk/api/conversations?view=mine"
        async with self._http.get(url, headers=self._headers) as answer:
            return [row["id"] for row in (await answer.json())["conversations"]]

    async def _post(self, path: str, fields: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        url = f"{self._world.url}/desk/api{path}"
        async with self._http.post(url, json=fields, headers=self._headers) as answer:
            body = await answer.json()
            if answer.status >= 400:
                self._world.journal.refused(f"agent {body['error']['code']}")
            return answer.status, body

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for received in socket:
            if received.type is not aiohttp.WSMsgType.TEXT:
                break
            # The queue is long and comes often: two hundred pages in one process need not all read it.
            if received.data.startswith('{"t": "queue'):
                self.queue_frames += 1
                continue
            self._handle(json.loads(received.data))
        self._world.journal.problems.append(f"closed: {self.seeded.name}'s page with {socket.close_code}")

    def _handle(self, frame: dict[str, Any]) -> None:
        kind = frame["t"]
        if kind == "mine":
            self.mine = [row["id"] for row in frame["conversations"]]
            for row in frame["conversations"]:
                self._world.journal.shown(row["id"], row["preview"], "customer_to_agents_list")
        elif kind == "batch":
            self.opened, self._more = frame["conv"], frame["more"]
            for item in frame["items"]:
                self._take(item)
            self._last = max(self.held.get(frame["conv"], {0: ""}))
            self._batch.set()
        elif kind == "msg":
            if frame["seq"] != self._last + 1:
                self._world.journal.problems.append(
                    f"order: {self.seeded.name} got {frame['seq']} after {self._last} of {frame['conversation']}"
                )
            self._last = frame["seq"]
            self._take(frame)
            if frame["sender"] == "customer":
                self._world.journal.shown(frame["conversation"], frame["text"], "customer_to_agent")
        elif kind == "err":
            self._world.journal.refused(f"page {frame['code']}")

    def _take(self, message: dict[str, Any]) -> None:
        held = self.held.setdefault(message["conversation"], {})
        if held.setdefault(message["seq"], message["id"]) != message["id"]:
            self._world.journal.problems.append(f"changed: {message['seq']} of {message['conversation']}")
