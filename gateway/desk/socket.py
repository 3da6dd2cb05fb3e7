"""The desk's WebSocket: snapshots of the queue and of one's own, and one open conversation live."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSMsgType, web

from gateway.desk.access import visible_conversation
from gateway.desk.auth import SignedInAgent, identify, identify_again
from gateway.desk.margin import Margin
from gateway.desk.queue_board import QUEUE_BOARD
from gateway.desk.routing_views import lost_views
from gateway.desk.viewers import VIEWERS
from gateway.desk.views import detail_view
from gateway.errors import RequestError, describe
from gateway.keys import DATABASE, HUB, KNOWLEDGE
from gateway.live import BROADCASTS, QUEUE, about, access
from gateway.origins import is_same
from gateway.presence import PRESENCE
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
    send_text,
)
from gateway.sockets import OPEN_SOCKETS
from gateway.views import agent_view, message_view, row_views
from helpdesk import audit, clock
from helpdesk.conversations import store
from helpdesk.conversations.model import Owner, Sender
from helpdesk.database import Json
from helpdesk.errors import ConversationNotFoundError, HelpdeskError, NotSignedInError
from helpdesk.notes.service import count_unread

logger = logging.getLogger(__name__)

_MOST_SEQ = 10**9
# Many changes in a moment become one snapshot.
_SNAPSHOT_SECONDS = 0.3
# Card, clocks and history of the open conversation may lag a little behind its messages.
_DETAIL_SECONDS = 1.0
# A session ends by a hint at once; one that has run out is noticed by looking.
_SESSION_SECONDS = 30.0
_LEAST_SECONDS = 0.05


async def desk_socket(request: web.Request) -> web.WebSocketResponse:
    """Serve one desk page until it leaves or its session ends."""
    socket = web.WebSocketResponse(heartbeat=2 * HEARTBEAT_SECONDS, max_msg_size=FRAME_LIMIT)
    await socket.prepare(request)
    # The cookie alone proves nothing: another site's page would send it along.
    if not is_same(request):
        await socket.close(code=CLOSE_ORIGIN)
        return socket
    try:
        current = await identify(request)
    except NotSignedInError:
        await socket.close(code=CLOSE_NOT_AUTHENTICATED)
        return socket
    if current.must_wait:
        await socket.close(code=CLOSE_NOT_AUTHENTICATED)
        return socket
    request.app[OPEN_SOCKETS].add(socket)
    try:
        async with request.app[PRESENCE].of(current.agent.id):
            await _Page(request, socket, current).serve()
    except SlowReaderError:
        await socket.close(code=CLOSE_TOO_MUCH)
    except NotSignedInError:
        await socket.close(code=CLOSE_NOT_AUTHENTICATED)
    except ConnectionError:
        logger.debug("a desk socket broke")
    except Exception:
        # Closed, the page comes back and asks for what it missed; left open, it would be deaf.
        logger.exception("a desk socket failed")
        await socket.close(code=CLOSE_INTERNAL)
    finally:
        request.app[OPEN_SOCKETS].discard(socket)
    return socket


class _Page:
    """One open desk page."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, current: SignedInAgent) -> None:
        self._request = request
        self._app = request.app
        self._socket = socket
        self._current = current
        self._agent = current.agent
        self._access = self._app[HUB].subscription()
        self._queue = self._app[HUB].subscription()
        self._mine = self._app[HUB].subscription()
        self._talk = self._app[HUB].subscription()
        self._details = self._app[HUB].subscription()
        self._queue_version = 0
        self._rows: list[Json] | None = None
        self._lost: list[Json] = []
        self._open: str | None = None
        self._seq = 0
        self._shown: dict[str, Any] = {}
        self._margin = Margin()
        self._unread: int | None = None

    async def serve(self) -> None:
        """Read frames and pump the mailboxes until either side ends."""
        await send(self._socket, {"t": "hello", "agent": agent_view(self._agent)})
        hub = self._app[HUB]
        with (
            hub.subscribed(QUEUE, self._queue),
            hub.subscribed(BROADCASTS, self._queue),
            hub.subscribed(self._agent.id, self._mine),
            hub.subscribed(access(self._agent.id), self._access),
        ):
            await self._send_queue()
            await self._send_mine()
            try:
                await run_together(
                    self._watch_access(),
                    self._read(),
                    self._pump_queue(),
                    self._pump_mine(),
                    self._pump_talk(),
                    self._pump_details(),
                )
            finally:
                self._leave()

    async def _watch_access(self) -> None:
        """End the page as soon as its session ends, and refuse at once what a changed role no longer allows."""
        while True:
            left = (self._current.session.expires_at - clock.now()).total_seconds()
            await self._access.wait(most_seconds=max(_LEAST_SECONDS, min(left, _SESSION_SECONDS)))
            before = self._agent
            await self._look_again()
            if (before.role, before.name) != (self._agent.role, self._agent.name):
                await send(self._socket, {"t": "hello", "agent": agent_view(self._agent)})
                # Is what is open still theirs to see?
                self._talk.hint()

    async def _look_again(self, *, is_use: bool = False) -> None:
        self._current = await identify_again(self._app, self._current, is_use=is_use)
        self._agent = self._current.agent

    async def _pump_queue(self) -> None:
        while True:
            for frame in await self._queue.wait():
                await send(self._socket, frame)
            await self._send_queue()
            await asyncio.sleep(_SNAPSHOT_SECONDS)

    async def _send_queue(self) -> None:
        self._queue_version, frames = await self._app[QUEUE_BOARD].news(self._queue_version)
        for frame in frames:
            await send_text(self._socket, frame)

    async def _pump_mine(self) -> None:
        while True:
            for frame in await self._mine.wait(most_seconds=_SESSION_SECONDS):
                await send(self._socket, frame)
            await self._send_mine()
            await asyncio.sleep(_SNAPSHOT_SECONDS)

    async def _send_mine(self) -> None:
        async with self._app[DATABASE].glancing() as session:
            rows = await row_views(session, await store.conversations_of_agent(session, self._agent.id))
            lost = await lost_views(session, self._agent.id)
            unread = await count_unread(session, self._agent.id)
        if (rows, lost) != (self._rows, self._lost):
            self._rows, self._lost = rows, lost
            await send(self._socket, {"t": "mine", "conversations": rows, "lost": lost})
        if unread != self._unread:
            self._unread = unread
            await send(self._socket, {"t": "notifications", "unread": unread})

    async def _pump_talk(self) -> None:
        while True:
            for frame in await self._talk.wait():
                if frame.get("conv") == self._open:
                    await send(self._socket, frame)
            if self._open is not None:
                await self._watched(self._open, self._send_messages)
                self._details.hint()

    async def _pump_details(self) -> None:
        while True:
            await self._details.wait()
            if self._open is not None:
                await self._watched(self._open, self._send_detail)
                await asyncio.sleep(_DETAIL_SECONDS)

    async def _watched(self, opened: str, show: Callable[[str], Awaitable[None]]) -> None:
        try:
            await show(opened)
        except ConversationNotFoundError as error:
            # Somebody else took it: no longer this agent's to see.
            if self._open == opened:
                self._leave()
                await send(self._socket, {"t": "err", **describe(error)[1]})

    async def _send_messages(self, conversation_id: str) -> None:
        async with self._app[DATABASE].glancing() as session:
            await visible_conversation(session, conversation_id, self._agent)
            messages = await store.messages_after(session, conversation_id, self._seq)
        for message in messages:
            if self._open != conversation_id:
                return
            # Counted before sending: while that waits, the agent may open another conversation.
            self._seq = max(self._seq, message.seq)
            await send(self._socket, {"t": "msg", **message_view(message, reader=Sender.AGENT)})
        if len(messages) == store.PAGE:
            self._talk.hint()

    async def _send_detail(self, conversation_id: str) -> None:
        async with self._app[DATABASE].glancing() as session:
            conversation = await visible_conversation(session, conversation_id, self._agent)
            detail = await detail_view(session, conversation, self._app[KNOWLEDGE].titles())
            beside = await self._margin.news(session, conversation)
        if detail != self._shown and self._open == conversation_id:
            self._shown = detail
            await send(self._socket, {"t": "conversation", "conversation": detail})
        for frame in beside:
            if self._open == conversation_id:
                await send(self._socket, frame)

    async def _read(self) -> None:
        async for received in self._socket:
            if received.type is not WSMsgType.TEXT:
                await self._socket.close(code=CLOSE_PROTOCOL)
                return
            try:
                await self._handle(parse_object(received.data))
            except (RequestError, HelpdeskError) as error:
                if isinstance(error, NotSignedInError):
                    raise
                _, shown = describe(error)
                await send(self._socket, {"t": "err", **shown})

    async def _handle(self, frame: dict[str, Any]) -> None:
        kind = frame.get("t")
        if kind in {"open", "read", "typing"}:
            # As with a request: whoever lost a right a moment ago is refused now.
            await self._look_again(is_use=True)
        if kind == "open":
            await self._open_conversation(
                string(frame, "conv", most=64), integer(frame, "after", low=0, high=_MOST_SEQ)
            )
        elif kind == "leave":
            if frame.get("conv") == self._open:
                self._leave()
        elif kind == "read":
            await self._mark_read(string(frame, "conv", most=64), integer(frame, "seq", low=0, high=_MOST_SEQ))
        elif kind == "typing":
            await self._type(string(frame, "conv", most=64), is_on=frame.get("on") is True)
        elif kind == "ping":
            await send(self._socket, {"t": "pong"})
        else:
            raise RequestError("malformed")

    async def _open_conversation(self, conversation_id: str, after: int) -> None:
        self._leave()
        async with self._app[DATABASE].transaction() as session:
            await visible_conversation(session, conversation_id, self._agent)
            audit.record(
                session,
                actor=f"agent:{self._agent.id}",
                action="read_conversation",
                subject=f"conversation:{conversation_id}",
            )
        # Joined before reading: what comes in between is sent twice at worst, and then dropped by its number.
        self._open, self._seq, self._shown = conversation_id, _MOST_SEQ, {}
        self._app[HUB].join(conversation_id, self._talk)
        self._app[HUB].join(f"desk:{conversation_id}", self._talk)
        self._app[HUB].join(about(conversation_id), self._details)
        self._margin = Margin()
        self._app[VIEWERS].enter(conversation_id, self, self._agent)
        async with self._app[DATABASE].glancing() as session:
            messages = await store.messages_after(session, conversation_id, after)
        self._seq = messages[-1].seq if messages else after
        items = [message_view(message, reader=Sender.AGENT) for message in messages]
        await send(
            self._socket, {"t": "batch", "conv": conversation_id, "items": items, "more": len(items) == store.PAGE}
        )
        # At once, not in its turn: the card is what an agent reads first.
        await self._watched(conversation_id, self._send_detail)
        self._talk.hint()

    def _leave(self) -> None:
        if self._open is not None:
            self._app[HUB].leave(self._open, self._talk)
            self._app[HUB].leave(f"desk:{self._open}", self._talk)
            self._app[HUB].leave(about(self._open), self._details)
            self._app[VIEWERS].leave(self._open, self)
            self._open = None

    async def _mark_read(self, conversation_id: str, seq: int) -> None:
        async with self._app[DATABASE].transaction() as session:
            conversation = await store.lock_conversation(session, conversation_id)
            if conversation.agent_id != self._agent.id or seq <= conversation.agent_read_seq:
                return
            conversation.agent_read_seq = min(seq, conversation.last_seq)
        frame = {"t": "read", "conv": conversation_id, "seq": conversation.agent_read_seq, "by": "agent"}
        self._app[HUB].post(conversation_id, frame, but=self._talk)
        self._app[HUB].hint(self._agent.id)

    async def _type(self, conversation_id: str, *, is_on: bool) -> None:
        async with self._app[DATABASE].glancing() as session:
            conversation = await store.get_conversation(session, conversation_id)
        if conversation.owner is Owner.AGENT and conversation.agent_id == self._agent.id:
            self._app[HUB].post(conversation_id, {"t": "typing", "on": is_on, "conv": conversation_id}, but=self._talk)
        # Colleagues see it whoever serves: somebody may be writing a note.
        self._app[VIEWERS].type(conversation_id, self, is_on=is_on)
