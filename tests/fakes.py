"""Stand-ins for what is outside: the bot behind its private channel (docs/protocol.md, section 4)."""

import asyncio
import hmac
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from helpdesk.cases.model import Priority
from helpdesk.database import Database
from helpdesk.handoff.service import request_handoff
from tests.factories import make_nlu

BOT_TOKEN = "token-of-the-fake-bot"

Json = dict[str, Any]


class Gate:
    """Holds an answer back until the test opens it, and tells when somebody waits before it."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._open = asyncio.Event()

    def open(self) -> None:
        self._open.set()

    async def pass_through(self) -> None:
        self.reached.set()
        await self._open.wait()


@dataclass(frozen=True, kw_only=True)
class Handoff:
    """What an action writes into the database during the turn."""

    reason: str = "request_human"
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, kw_only=True)
class Scripted:
    """One answer of the bot; `raw` is sent instead of the well-formed answer."""

    replies: tuple[Json, ...] = ()
    nlu: Json | None = field(default_factory=make_nlu)
    status: int = 200
    code: str | None = None
    raw: bytes | None = None
    handoff: Handoff | None = None
    gate: Gate | None = None

    def content(self) -> Json:
        """Return the JSON object of the answer."""
        if self.code is None:
            return {"replies": list(self.replies), "nlu": self.nlu, "state": {"active_loop": None, "slots": {}}}
        said = {"replies": list(self.replies), "nlu": self.nlu} if self.replies or self.nlu else {}
        return {"error": {"code": self.code, "message": "scripted"}, **said}


def says(*texts: str, buttons: tuple[Json, ...] = (), nlu: Json | None = None, **more: Any) -> Scripted:
    """Answer with plain replies; the buttons stand under the last one."""
    replies: list[Json] = [{"response": "utter_scripted", "text": text} for text in texts]
    if buttons:
        replies[-1]["buttons"] = list(buttons)
    return Scripted(replies=tuple(replies), nlu=nlu or make_nlu(), **more)


def shows(article: str, text: str = "short") -> Scripted:
    """Answer with an article."""
    reply = {"response": f"utter_faq/{article}", "text": text, "article": article, "custom": {"article": article}}
    return Scripted(replies=(reply,), nlu=make_nlu(article=article))


def fails(status: int, code: str, *, replies: tuple[Json, ...] = (), nlu: Json | None = None, **more: Any) -> Scripted:
    """Refuse with an error, and with what was said until then."""
    return Scripted(status=status, code=code, replies=replies, nlu=nlu, **more)


def babbles(raw: bytes, status: int = 200) -> Scripted:
    """Send bytes that are not an answer."""
    return Scripted(raw=raw, status=status)


class FakeBot:
    """Answers as scripted; the same message id gets the same answer again."""

    def __init__(self, database_url: str) -> None:
        self.turns: list[Json] = []
        self.parses: list[Json] = []
        self.is_ready = True
        self._database = Database(database_url)
        self._scripts: dict[str, list[Scripted]] = {}
        self._gates: list[Gate] = []
        self._answered: dict[str, Json] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._server: TestServer | None = None
        self._port: int | None = None

    def on(self, text: str, *answers: Scripted) -> None:
        """Answer `text` (or the intent of a pressed button) so, one answer an attempt; the last one stays."""
        self._scripts[text] = list(answers)

    def gate(self) -> Gate:
        """Return a gate that opens at the latest when the bot stops."""
        self._gates.append(gate := Gate())
        return gate

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def asked(self) -> list[str]:
        """The texts of all turns, repeated ones included."""
        return [turn["text"] for turn in self.turns]

    async def start(self) -> None:
        """Listen; after a stop, on the same port again."""
        app = web.Application()
        app.add_routes(
            [
                web.post("/webhooks/gateway/turn", self._turn),
                web.post("/webhooks/gateway/parse", self._parse),
                web.get("/webhooks/gateway/ready", self._ready),
            ]
        )
        self._server = TestServer(app, port=self._port)
        await self._server.start_server()
        self._port = self._server.port

    async def stop(self) -> None:
        """Refuse connections from now on."""
        for gate in self._gates:
            gate.open()
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def close(self) -> None:
        """Stop for good."""
        await self.stop()
        await self._database.close()

    async def _turn(self, request: web.Request) -> web.Response:
        asked = await self._read(request, {"conversation", "message_id", "text"}, {"payload", "metadata"})
        if isinstance(asked, web.Response):
            return asked
        self.turns.append(asked)
        async with self._locks.setdefault(asked["conversation"], asyncio.Lock()):
            if asked["message_id"] in self._answered:
                return web.json_response(self._answered[asked["message_id"]])
            scripted = self._scripted(asked)
            if scripted.gate is not None:
                await scripted.gate.pass_through()
            if scripted.handoff is not None:
                await self._hand_over(asked, scripted.handoff)
            if scripted.raw is not None:
                return _bytes(scripted)
            if scripted.status == 200:
                self._answered[asked["message_id"]] = scripted.content()
            return web.json_response(scripted.content(), status=scripted.status)

    async def _parse(self, request: web.Request) -> web.Response:
        asked = await self._read(request, {"text"}, {"message_id"})
        if isinstance(asked, web.Response):
            return asked
        self.parses.append(asked)
        scripted = self._scripted(asked)
        if scripted.gate is not None:
            await scripted.gate.pass_through()
        if scripted.raw is not None:
            return _bytes(scripted)
        return web.json_response({"nlu": scripted.nlu})

    async def _ready(self, request: web.Request) -> web.Response:
        refused = self._refusal(request)
        return refused or web.json_response({"model": "fake.tar.gz"})

    async def _read(self, request: web.Request, needed: set[str], allowed: set[str]) -> Json | web.Response:
        refused = self._refusal(request)
        if refused is not None:
            return refused
        asked = await request.json()
        if not needed <= set(asked) <= needed | allowed or not all(isinstance(asked[name], str) for name in needed):
            return _error(400, "malformed")
        return dict(asked)

    def _refusal(self, request: web.Request) -> web.Response | None:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {BOT_TOKEN}".encode()):
            return _error(401, "unauthorized")
        return None if self.is_ready else _error(503, "model_not_ready")

    def _scripted(self, asked: Json) -> Scripted:
        key = asked["payload"]["intent"] if "payload" in asked else asked["text"]
        answers = self._scripts.get(key)
        if not answers:
            return says(f"答：{asked['text']}")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def _hand_over(self, asked: Json, handoff: Handoff) -> None:
        async with self._database.transaction() as session:
            await request_handoff(
                session,
                conversation_id=asked["conversation"],
                message_id=asked["message_id"],
                reason=handoff.reason,
                priority=handoff.priority,
            )


def _error(status: int, code: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": code}}, status=status)


def _bytes(scripted: Scripted) -> web.Response:
    return web.Response(body=scripted.raw, status=scripted.status, content_type="application/json")
