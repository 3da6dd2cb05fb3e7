"""The desk's calls on conversations: queue, claim, reply, close, give back."""

from aiohttp import web

from gateway.desk.access import visible_conversation
from gateway.desk.auth import CURRENT
from gateway.desk.queue_board import QUEUE_BOARD
from gateway.desk.views import detail_view
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB, KNOWLEDGE, TURNS
from gateway.live import QUEUE
from gateway.requests import PATH_ID, client_id, query_integer, read_object, string
from gateway.views import message_view, row_views
from helpdesk import audit
from helpdesk.agents.rights import Right, demand
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Sender
from helpdesk.handoff import replies
from helpdesk.handoff import service as handoff

_MOST_SEQ = 10**9
_NOTE_MOST = 500
_TEXT_MOST = 100_000


async def get_queue(request: web.Request) -> web.Response:
    """GET /queue."""
    demand(request[CURRENT].agent, Right.READ_QUEUE)
    return web.json_response(await request.app[QUEUE_BOARD].snapshot())


async def get_conversations(request: web.Request) -> web.Response:
    """GET /conversations?view=mine|closed."""
    agent = request[CURRENT].agent
    view = request.query.get("view", "mine")
    if view not in {"mine", "closed"}:
        raise RequestError("field_invalid", status=422, field="view")
    async with request.app[DATABASE].reading() as session:
        find = store.conversations_of_agent if view == "mine" else store.conversations_closed_by
        rows = await row_views(session, await find(session, agent.id))
    return web.json_response({"conversations": rows})


async def get_conversation(request: web.Request) -> web.Response:
    """GET /conversations/{id}: what is read of a customer is noted in the audit trail."""
    agent = request[CURRENT].agent
    async with request.app[DATABASE].transaction() as session:
        conversation = await visible_conversation(session, request.match_info["id"], agent)
        audit.record(
            session, actor=f"agent:{agent.id}", action="read_conversation", subject=f"conversation:{conversation.id}"
        )
    return await _answer(request, conversation.id)


async def get_messages(request: web.Request) -> web.Response:
    """GET /conversations/{id}/messages?after=."""
    after = query_integer(request, "after", default=0, low=0, high=_MOST_SEQ)
    async with request.app[DATABASE].reading() as session:
        conversation = await visible_conversation(session, request.match_info["id"], request[CURRENT].agent)
        messages = await store.messages_after(session, conversation.id, after)
    return web.json_response({"messages": [message_view(message, reader=Sender.AGENT) for message in messages]})


async def claim(request: web.Request) -> web.Response:
    """POST /conversations/{id}/claim."""
    agent = request[CURRENT].agent
    demand(agent, Right.SERVE)
    async with request.app[DATABASE].transaction() as session:
        conversation = await handoff.claim(session, request.match_info["id"], agent)
    return await _changed(request, conversation)


async def reply(request: web.Request) -> web.Response:
    """POST /conversations/{id}/messages."""
    agent = request[CURRENT].agent
    demand(agent, Right.SERVE)
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        accepted = await replies.reply(
            session,
            request.match_info["id"],
            agent,
            client_id=client_id(fields),
            text=string(fields, "text", most=_TEXT_MOST),
        )
    message = accepted.message
    if accepted.is_new:
        request.app[HUB].hint(message.conversation_id)
        request.app[HUB].hint(agent.id)
    return web.json_response({"id": message.id, "seq": message.seq}, status=202)


async def close(request: web.Request) -> web.Response:
    """POST /conversations/{id}/close."""
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        conversation = await handoff.close(
            session,
            request.match_info["id"],
            request[CURRENT].agent,
            resolution=string(fields, "resolution", most=64),
            note=string(fields, "note", most=_NOTE_MOST, default="").strip(),
        )
    return await _changed(request, conversation)


async def return_to_bot(request: web.Request) -> web.Response:
    """POST /conversations/{id}/return."""
    async with request.app[DATABASE].transaction() as session:
        conversation = await handoff.return_to_bot(session, request.match_info["id"], request[CURRENT].agent)
    return await _changed(request, conversation)


async def requeue(request: web.Request) -> web.Response:
    """POST /conversations/{id}/requeue."""
    fields = await read_object(request)
    note = string(fields, "note", most=_NOTE_MOST, default="").strip() or None
    async with request.app[DATABASE].transaction() as session:
        conversation = await handoff.requeue(session, request.match_info["id"], request[CURRENT].agent, note=note)
    return await _changed(request, conversation)


async def _changed(request: web.Request, conversation: Conversation) -> web.Response:
    hub = request.app[HUB]
    hub.hint(conversation.id)
    hub.hint(request[CURRENT].agent.id)
    hub.hint(QUEUE)
    # A message may have come in the moment the owner changed.
    request.app[TURNS].wake(conversation.id)
    return await _answer(request, conversation.id)


async def _answer(request: web.Request, conversation_id: str) -> web.Response:
    async with request.app[DATABASE].reading() as session:
        conversation = await store.get_conversation(session, conversation_id)
        shown = await detail_view(session, conversation, request.app[KNOWLEDGE].titles())
    return web.json_response({"conversation": shown})


def routes() -> list[web.RouteDef]:
    """Return the routes on the queue and conversations."""
    one = f"/desk/api/conversations/{{id:{PATH_ID}}}"
    return [
        web.get("/desk/api/queue", get_queue, allow_head=False),
        web.get("/desk/api/conversations", get_conversations, allow_head=False),
        web.get(one, get_conversation, allow_head=False),
        web.get(f"{one}/messages", get_messages, allow_head=False),
        web.post(f"{one}/claim", claim),
        web.post(f"{one}/messages", reply),
        web.post(f"{one}/close", close),
        web.post(f"{one}/return", return_to_bot),
        web.post(f"{one}/requeue", requeue),
    ]
