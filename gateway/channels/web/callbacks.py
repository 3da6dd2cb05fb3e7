"""The customer's calls on being called: what can be chosen while waiting, choosing it, and taking it back."""

from datetime import datetime

from aiohttp import web

from gateway.channels.web.identity import current_session
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB, MESSAGE_LIMIT
from gateway.live import QUEUE
from gateway.requests import read_object, string
from gateway.views import when
from helpdesk.callbacks import service
from helpdesk.callbacks.model import Callback
from helpdesk.callbacks.policy import CallWindow
from helpdesk.conversations.store import find_current_conversation
from helpdesk.database import Json
from helpdesk.errors import ConversationNotFoundError

_PHONE_MOST = 40
_TIME_MOST = 40


def _window_view(window: CallWindow) -> Json:
    return {"start": when(window.start), "end": when(window.end), "text": service.spoken(window)}


def _wish_view(wish: Callback | None) -> Json | None:
    if wish is None:
        return None
    return {**_window_view(CallWindow(start=wish.window_start, end=wish.window_end)), "phone": wish.phone_masked}


async def get_callback(request: web.Request) -> web.Response:
    """GET /callback: the windows on offer, none where the customer does not wait, and their wish."""
    customer = await current_session(request)
    async with request.app[DATABASE].reading() as session:
        conversation = await find_current_conversation(session, customer.contact_id)
        if conversation is None:
            raise ConversationNotFoundError
        offer = await service.find_offer(session, conversation)
        shown = {"windows": [_window_view(window) for window in offer.windows], "wish": _wish_view(offer.wish)}
    return web.json_response(shown)


async def post_callback(request: web.Request) -> web.Response:
    """POST /callback: wish for a call, or change the wish."""
    customer = await current_session(request)
    # Each wish is a message and an event on the timeline.
    request.app[MESSAGE_LIMIT].use(customer.contact_id)
    fields = await read_object(request)
    start, phone = _time(string(fields, "start", most=_TIME_MOST)), string(fields, "phone", most=_PHONE_MOST)
    async with request.app[DATABASE].transaction() as session:
        conversation = await find_current_conversation(session, customer.contact_id)
        if conversation is None:
            raise ConversationNotFoundError
        wish = await service.wish(session, conversation.id, start=start, phone=phone)
        shown = _wish_view(wish)
    _changed(request, conversation.id)
    return web.json_response({"wish": shown}, status=201)


async def delete_callback(request: web.Request) -> web.Response:
    """DELETE /callback: do without the call."""
    customer = await current_session(request)
    request.app[MESSAGE_LIMIT].use(customer.contact_id)
    async with request.app[DATABASE].transaction() as session:
        conversation = await find_current_conversation(session, customer.contact_id)
        if conversation is None:
            raise ConversationNotFoundError
        await service.take_back(session, conversation.id)
    _changed(request, conversation.id)
    return web.json_response({"wish": None})


def _time(value: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise RequestError("field_invalid", status=422, field="start") from error
    if at.tzinfo is None:
        raise RequestError("field_invalid", status=422, field="start")
    return at


def _changed(request: web.Request, conversation_id: str) -> None:
    request.app[HUB].hint(conversation_id)
    request.app[HUB].hint(QUEUE)


def routes() -> list[web.RouteDef]:
    """Return the routes on being called."""
    return [
        web.get("/api/v1/callback", get_callback, allow_head=False),
        web.post("/api/v1/callback", post_callback),
        web.delete("/api/v1/callback", delete_callback),
    ]
