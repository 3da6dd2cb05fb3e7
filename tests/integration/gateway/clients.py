"""A customer's app and an agent's browser, as the tests drive them: real HTTP and real sockets."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientResponse, ClientWebSocketResponse, WSMsgType
from aiohttp.test_utils import TestClient

Json = dict[str, Any]
API = "/api/v1"
DEADLINE_SECONDS = 8.0
LOOK_SECONDS = 0.01


async def eventually[Seen](look: Callable[[], Awaitable[Seen]], wanted: Callable[[Seen], object] = bool) -> Seen:
    """Look again and again until what is seen is `wanted`, and return it; fail at the deadline."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not wanted(seen := await look()):  # noqa: ASYNC110 - a database tells nobody
            await asyncio.sleep(LOOK_SECONDS)
    return seen


async def error_code(response: ClientResponse) -> str:
    """Return the code of an error answer, which must have a sentence to show."""
    error = (await response.json())["error"]
    assert error["message"]
    return str(error["code"])


class Socket:
    """A WebSocket whose frames are looked for by their kind."""

    def __init__(self, connection: ClientWebSocketResponse) -> None:
        self.connection = connection
        self.seen: list[Json] = []

    async def send(self, **frame: Any) -> None:
        await self.connection.send_str(json.dumps(frame))

    async def next(self, kind: str, wanted: Callable[[Json], bool] = lambda _: True, *, seconds: float = 0) -> Json:
        """Return the next frame of a kind that is `wanted`; frames before it are kept in `seen`."""
        async with asyncio.timeout(seconds or DEADLINE_SECONDS):
            while True:
                received = await self.connection.receive()
                assert received.type is WSMsgType.TEXT, f"closed with {self.connection.close_code} before {kind}"
                frame = json.loads(received.data)
                self.seen.append(frame)
                if frame["t"] == kind and wanted(frame):
                    return dict(frame)

    async def message(self, text: str) -> Json:
        """Return the next message that contains `text`."""
        return await self.next("msg", lambda frame: text in frame["text"])

    async def quiet(self) -> list[Json]:
        """Return what was on its way: everything before the answer to a ping."""
        before = len(self.seen)
        await self.send(t="ping")
        await self.next("pong")
        return self.seen[before:-1]

    async def closed(self) -> int | None:
        """Wait until the other side closes and return its code."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not self.connection.closed:
                received = await self.connection.receive()
                if received.type is WSMsgType.TEXT:
                    self.seen.append(json.loads(received.data))
        return self.connection.close_code


class Customer:
    """A customer with a session."""

    def __init__(self, client: TestClient, opened: Json) -> None:
        self.client = client
        self.token: str = opened["session"]
        self.id: str = opened["customer"]["id"]
        self.opened = opened
        self.conversation: str = opened["conversation"]
        self._numbers = itertools.count(1)

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> ClientResponse:
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        if body is not None:
            options["json"] = body
        return await self.client.request(method, API + path, headers=headers, **options)

    async def get(self, path: str) -> Json:
        response = await self.call("GET", path)
        assert response.status == 200, await response.text()
        return dict(await response.json())

    async def post(self, path: str, body: Any = None) -> ClientResponse:
        return await self.call("POST", path, body)

    async def say(self, text: str, *, client_id: str | None = None) -> Json:
        """Send a message that is accepted."""
        response = await self.post("/messages", {"client_id": client_id or self.fresh_id(), "text": text})
        assert response.status == 202, await response.text()
        return dict(await response.json())

    async def press(self, message: Json, button: str) -> ClientResponse:
        return await self.post(
            "/messages", {"client_id": self.fresh_id(), "button": {"message": message["id"], "id": button}}
        )

    def fresh_id(self) -> str:
        return f"c-{next(self._numbers)}"

    async def transcript(self) -> list[Json]:
        return list((await self.get("/messages"))["messages"])

    async def until(self, wanted: Callable[[Json], bool], *, after: int = 0) -> Json:
        """Long-poll until a message is `wanted` and return it."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                news = await self.get(f"/messages?after={after}&wait=5")
                for message in news["messages"]:
                    after = message["seq"]
                    if wanted(message):
                        return dict(message)

    async def hear(self, text: str, *, after: int = 0) -> Json:
        """Wait for a message from the other side that contains `text`."""
        return await self.until(lambda m: m["sender"] != "customer" and text in m["text"], after=after)

    async def owned_by(self, owner: str) -> Json:
        """Wait until the conversation is owned so and return the news."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                news = await self.get("/messages")
                if news["owner"] == owner:
                    return news
                after = news["messages"][-1]["seq"] if news["messages"] else 0
                await self.get(f"/messages?after={after}&wait=1")

    async def connect(self, *, conversation: str | None = None, last_seq: int = 0, **options: Any) -> Socket:
        """Open a socket that is authenticated."""
        socket = Socket(await self.client.ws_connect(f"{API}/socket", **options))
        where = {"conv": conversation} if conversation else {}
        await socket.send(t="auth", v=1, token=self.token, last_seq=last_seq, **where)
        await socket.next("ready")
        return socket


class AgentClient:
    """An agent's browser: cookies of its own and the CSRF token."""

    def __init__(self, client: TestClient, *, agent_id: str, username: str, name: str) -> None:
        self.client = client
        self.id = agent_id
        self.username = username
        self.name = name
        self.csrf = ""

    async def sign_in(self, password: str) -> ClientResponse:
        response = await self.client.post("/desk/api/login", json={"username": self.username, "password": password})
        if response.status == 200:
            self.csrf = (await response.json())["csrf"]
        return response

    async def sign_in_half(self, password: str) -> ClientResponse:
        """Give the password of an account that has a second factor."""
        response = await self.client.post("/desk/api/login", json={"username": self.username, "password": password})
        assert response.status == 200, await response.text()
        return response

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> ClientResponse:
        given = {"X-CSRF-Token": self.csrf} | headers
        return await self.client.request(method, f"/desk/api{path}", json=body, headers=given)

    async def get(self, path: str) -> Any:
        response = await self.call("GET", path)
        assert response.status == 200, await response.text()
        return await response.json()

    async def post(self, path: str, body: Any = None) -> ClientResponse:
        return await self.call("POST", path, {} if body is None else body)

    async def do(self, path: str, body: Any = None) -> Any:
        """Post something that is accepted."""
        response = await self.post(path, body)
        assert response.status in {200, 201, 202}, await response.text()
        return await response.json()

    async def claim(self, conversation: str) -> Json:
        return dict((await self.do(f"/conversations/{conversation}/claim"))["conversation"])

    async def reply(self, conversation: str, text: str, client_id: str = "a-1") -> Json:
        return dict(await self.do(f"/conversations/{conversation}/messages", {"client_id": client_id, "text": text}))

    async def connect(self, **options: Any) -> Socket:
        """Open the desk's socket as the desk's own page does."""
        origin = f"http://{self.client.host}:{self.client.port}"
        socket = Socket(await self.client.ws_connect("/desk/socket", origin=origin, **options))
        await socket.next("hello")
        return socket

    async def watch(self, conversation: str, after: int = 0) -> Socket:
        """Open the desk's socket on one conversation."""
        socket = await self.connect()
        await socket.send(t="open", conv=conversation, after=after)
        await socket.next("batch")
        return socket
