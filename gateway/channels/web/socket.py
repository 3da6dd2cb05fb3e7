"""The customer's WebSocket (docs/protocol.md, section 2)."""

import asyncio
import logging
import time
from typing import Any

from aiohttp import WSMsgType, web

from gateway.channels.web.delivery import note_delivery
from gateway.channels.web.identity import session_of_token
from gateway.channels.web.intake import take_in
from gateway.channels.web.reading import Cursor, read_news
from gateway.errors import RequestError, describe
from gateway.keys import DATABASE, HUB
from gateway.live import QUEUE
from gateway.origins import is_allowed
from gateway.queue_places import QUEUE_PLACES
from gateway.rate_limit import RateLimitedError, RateLimiter
from gateway.requests import integer, parse_object, string
from gateway.socket_writer import (
    CLOSE_INTERNAL,
    CLOSE_NOT_AUTHENTICATED,
    CLOSE_ORIGIN,
    CLOSE_PROTOCOL,
    CLOSE_TOO_MUCH,
    FRAME_LIMIT,
    HEARTBEAT_SECONDS,
    SlowReaderError,
    run_together,
    send,
)
from gateway.sockets import OPEN_SOCKETS
from gateway.views import message_view, when
from helpdesk import clock
from helpdesk.conversations import store
from helpdesk.conversations.model import CustomerSession, Owner, Sender
from helpdesk.errors import ConversationNotFoundError, HelpdeskError, SessionInvalidError

logger = logging.getLogger(__name__)

_AUTH_SECONDS = 10.0
_MOST_SEQ = 10**9
_REFUSALS_BEFORE_CLOSE = 40
# A client that reads and types sends far fewer frames; messages have their own, stricter limit.
_FRAMES, _FRAME_SECONDS = 120, 10
_QUEUE_SECONDS = 0.3


async def customer_socket(request: web.Request) -> web.WebSocketResponse:
    """Serve one client until it leaves."""
    socket = web.WebSocketResponse(heartbeat=2 * HEARTBEAT_SECONDS, max_msg_size=FRAME_LIMIT)
    await socket.prepare(request)
    if not is_allowed(request):
        # Closed after the upgrade, so that the page learns why and does not try again.
        await socket.close(code=CLOSE_ORIGIN)
        return socket
    request.app[OPEN_SOCKETS].add(socket)
    try:
        await _Client(request.app, socket).serve()
    except SlowReaderError:
        await socket.close(code=CLOSE_TOO_MUCH)
    except ConnectionError:
        # The other side is gone; whatever it missed is in the database.
        logger.debug("a customer's socket broke")
    except Exception:
        # Closed, the client comes back and asks for what it missed; left open, it would be deaf.
        logger.exception("a customer's socket failed")
        await socket.close(code=CLOSE_INTERNAL)
    finally:
        request.app[OPEN_SOCKETS].discard(socket)
    return socket


class _Client:
    """One connected client: a reader of its frames, and a pump of what is new."""

    def __init__(self, app: web.Application, socket: web.WebSocketResponse) -> None:
        self._app = app
        self._socket = socket
        self._news = self._app[HUB].subscription()
        self._moves = self._app[HUB].subscription()
        self._cursor = Cursor(None, 0)
        self._state: dict[str, Any] = {}
        self._topic: str | None = None
        self._refusals = 0
        self._frames = RateLimiter(most=_FRAMES, seconds=_FRAME_SECONDS, now=time.monotonic)

    async def serve(self) -> None:
        """Authenticate, then read and pump until either side ends."""
        try:
            async with asyncio.timeout(_AUTH_SECONDS):
                first = await self._socket.receive()
            customer = await self._authenticate(first.data if first.type is WSMsgType.TEXT else "")
        except (TimeoutError, SessionInvalidError, RequestError, ConversationNotFoundError):
            await self._socket.close(code=CLOSE_NOT_AUTHENTICATED)
            return
        hub = self._app[HUB]
        with hub.subscribed(customer.contact_id, self._news):
            try:
                await run_together(self._read(customer), self._pump(customer), self._pump_moves())
            finally:
                hub.leave(QUEUE, self._moves)
                if self._topic is not None:
                    hub.leave(self._topic, self._news)

    async def _authenticate(self, raw: str) -> CustomerSession:
        frame = parse_object(raw)
        if frame.get("t") != "auth":
            raise RequestError("malformed")
        customer = await session_of_token(self._app, string(frame, "token", most=256))
        self._cursor = Cursor(
            string(frame, "conv", most=64, default="") or None, integer(frame, "last_seq", low=0, high=_MOST_SEQ)
        )
        async with self._app[DATABASE].glancing() as session:
            current = await store.find_current_conversation(session, customer.contact_id)
            if current is None:
                raise ConversationNotFoundError
            # Look before answering: a cursor in somebody else's conversation ends here.
            news = await read_news(session, customer.contact_id, Cursor(self._cursor.conversation_id, self._cursor.seq))
        await send(
            self._socket,
            {
                "t": "ready",
                "conv": current.id,
                "seq_head": current.last_seq,
                "server_time": when(clock.now()),
                "hb": HEARTBEAT_SECONDS,
                **news.state,
            },
        )
        self._state = {"conv": current.id, **news.state}
        self._news.hint()
        return customer

    async def _pump(self, customer: CustomerSession) -> None:
        """Send what is new whenever there may be something."""
        while True:
            for frame in await self._news.wait():
                await send(self._socket, frame)
            while True:
                async with self._app[DATABASE].glancing() as session:
                    news = await read_news(session, customer.contact_id, self._cursor)
                self._follow(news.conversation.id)
                for message in news.messages:
                    await send(self._socket, {"t": "msg", **message})
                await note_delivery(self._app, news.conversation, news.messages)
                if not news.more:
                    break
            self._watch_queue(news.conversation.owner is Owner.QUEUED)
            await self._show({"conv": news.conversation.id, **news.state})

    async def _pump_moves(self) -> None:
        """Tell who waits of every move of the queue: nothing else can have changed, so nothing else is looked at."""
        while True:
            await self._moves.wait()
            asked = self._state
            if asked.get("queue") is not None:
                place = await self._app[QUEUE_PLACES].place(asked["conv"])
                # Who has left the queue meanwhile hears so by a hint of their own.
                if place is not None and self._state is asked:
                    await self._show({**asked, "queue": place})
            await asyncio.sleep(_QUEUE_SECONDS)

    async def _show(self, state: dict[str, Any]) -> None:
        if state != self._state:
            self._state = state
            await send(self._socket, {"t": "state", **state})

    def _follow(self, conversation_id: str) -> None:
        if self._topic != conversation_id:
            if self._topic is not None:
                self._app[HUB].leave(self._topic, self._news)
            self._topic = conversation_id
            self._app[HUB].join(conversation_id, self._news)
            # Whatever came between reading and joining is looked at once more.
            self._news.hint()

    def _watch_queue(self, is_waiting: bool) -> None:
        # Only who waits needs to hear that the queue moved.
        if is_waiting:
            self._app[HUB].join(QUEUE, self._moves)
        else:
            self._app[HUB].leave(QUEUE, self._moves)

    async def _read(self, customer: CustomerSession) -> None:
        async for received in self._socket:
            if received.type is not WSMsgType.TEXT:
                await self._socket.close(code=CLOSE_PROTOCOL)
                return
            cid: object = None
            try:
                self._frames.use("")
                frame = parse_object(received.data)
                cid = frame.get("cid")
                await self._handle(customer, frame)
            except (RequestError, RateLimitedError, HelpdeskError) as error:
                await self._refuse(error, cid)
            if self._refusals > _REFUSALS_BEFORE_CLOSE:
                await self._socket.close(code=CLOSE_TOO_MUCH)
                return

    async def _refuse(self, error: Exception, cid: object) -> None:
        self._refusals += 1
        _, shown = describe(error)
        frame = {"t": "err", **shown}
        if isinstance(cid, str):
            frame["cid"] = cid[:64]
        await send(self._socket, frame)

    async def _handle(self, customer: CustomerSession, frame: dict[str, Any]) -> None:
        kind = frame.get("t")
        if kind == "msg":
            message = await take_in(self._app, customer, frame, id_field="cid")
            await send(
                self._socket,
                {
                    "t": "ack",
                    "cid": frame["cid"],
                    "mid": message.id,
                    "seq": message.seq,
                    "conv": message.conversation_id,
                },
            )
        elif kind == "sync":
            await self._sync(customer, frame)
        elif kind == "read":
            await self._mark_read(customer, frame)
        elif kind == "typing":
            if self._topic is not None and self._state.get("owner") == Owner.AGENT.value:
                typing = {"t": "typing", "conv": self._topic, "on": frame.get("on") is True, "by": "customer"}
                self._app[HUB].post(f"desk:{self._topic}", typing)
        elif kind == "ping":
            await send(self._socket, {"t": "pong"})
        else:
            raise RequestError("malformed")

    async def _sync(self, customer: CustomerSession, frame: dict[str, Any]) -> None:
        conversation_id = string(frame, "conv", most=64)
        async with self._app[DATABASE].glancing() as session:
            conversation = await store.get_conversation(session, conversation_id)
            if conversation.contact_id != customer.contact_id:
                raise ConversationNotFoundError
            found = await store.messages_after(session, conversation_id, integer(frame, "after", low=0, high=_MOST_SEQ))
        items = [message_view(message, reader=Sender.CUSTOMER) for message in found]
        more = bool(found) and found[-1].seq < conversation.last_seq
        await send(self._socket, {"t": "batch", "conv": conversation_id, "items": items, "more": more})

    async def _mark_read(self, customer: CustomerSession, frame: dict[str, Any]) -> None:
        conversation_id = string(frame, "conv", most=64)
        seq = integer(frame, "seq", low=0, high=_MOST_SEQ)
        async with self._app[DATABASE].glancing() as session:
            conversation = await store.get_conversation(session, conversation_id)
        if conversation.contact_id != customer.contact_id:
            raise ConversationNotFoundError
        seq = min(seq, conversation.last_seq)
        if seq <= conversation.customer_read_seq:
            return
        async with self._app[DATABASE].transaction() as session:
            conversation = await store.lock_conversation(session, conversation_id)
            conversation.customer_read_seq = max(seq, conversation.customer_read_seq)
        self._app[HUB].post(
            f"desk:{conversation_id}", {"t": "read", "conv": conversation_id, "seq": seq, "by": "customer"}
        )
