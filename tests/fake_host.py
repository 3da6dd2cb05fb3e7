"""A stand-in for the host system behind a webhook: checks signatures and answers as scripted."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.webhooks import KEY_HEADER, is_signed

SECRET = "secret-of-the-host-0123456789abcd"

Json = dict[str, Any]
Script = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answers(body: Any, *, status: int = 200, **headers: str) -> Script:
    """Answer with JSON, or with the bytes or text given."""

    async def script(request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return web.Response(body=body, status=status, headers=named)
        return web.json_response(body, status=status, headers=named)

    return script


def held(reference: str = "RC-1", **more: Any) -> Script:
    return answers({"status": "held", "reference": reference, **more})


class FakeHost:
    """Answers in the order of `scripts`, the last one for ever; keeps what it was sent and what it refused."""

    def __init__(self) -> None:
        self.scripts: list[Script] = [held()]
        self.received: list[Json] = []
        self.keys: list[str] = []
        self.elsewhere: list[str] = []
        self.refused = 0
        self.waiting = asyncio.Event()
        self.hung_up = asyncio.Event()
        self._server: TestServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.port}/hook"

    async def start(self) -> None:
        app = web.Application()
        app.add_routes([web.post("/hook", self._receive), web.route("*", "/{path:.*}", self._wrong)])
        self._server = TestServer(app)
        await self._server.start_server()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.close()

    async def never(self, request: web.Request) -> web.StreamResponse:
        """Answer nothing, until the other side gives up."""
        self.waiting.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.hung_up.set()
        raise AssertionError

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if not is_signed(SECRET, request.headers, body):
            self.refused += 1
            return web.json_response({}, status=401)
        self.received.append(json.loads(body))
        self.keys.append(request.headers[KEY_HEADER])
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        return await script(request)

    async def _wrong(self, request: web.Request) -> web.StreamResponse:
        self.elsewhere.append(request.path)
        return web.json_response({"status": "held", "reference": "RC-elsewhere"})
