"""The desk's calls on conversations: queue, claim, reply, close, give back."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.access import visible_conversation
from gateway.desk.auth import CURRENT
from gateway.desk.queue_board import QUEUE_BOARD
from gateway.desk.views import detail_view
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB, KNOWLEDGE, TURNS
from gateway.live import QUEUE
from gateway.presence import PRESENCE
from gateway.requests import PATH_ID, client_id, integer, query_integer, read_object, string
from gateway.views import message_view, row_views
from helpdesk import audit
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, demand
from helpdesk.canned.wording import refuse_gaps
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Sender
from helpdesk.files import service as files
from helpdesk.handoff import replies
from helpdesk.handoff import service as handoff
from helpdesk.notes.service import conversations_mentioning

_MOST_SEQ = 10**9
_NOTE_MOST = 500
_ID_MOST = 64
_TEXT_MOST = 100_000
_VIEWS = {
    "mine": store.conversations_of_agent,
    "closed": store.conversations_closed_by,
    "mentions": conversations_mentioning,
}


async def get_queue(request: web.Request) -> web.Response:
    """GET /queue."""
    agent = request[CURRENT].agent
    demand(agent, Right.READ_QUEUE)
    request.app[PRESENCE].polled(agent.id)
    return web.json_response(await request.app[QUEUE_BOARD].snapshot())


async def get_conversations(request: web.Request) -> web.Response:
    """GET /conversations?view=mine|closed|mentions."""
    agent = request[CURRENT].agent
    view = request.query.get("view", "mine")
    find = _VIEWS.get(view)
    if find is None:
        raise RequestError("field_invalid", status=422, field="view")
    async with request.app[DATABASE].reading() as session:
        rows = await row_views(session, await find(session, agent.id))
    return web.json_response({"conversations": rows})


async def get_conversation(request: web.Request) -> web.Response:
    """GET /conversations/{id}: what is read of a customer is noted in the audit trail."""
    agent = request[CURRENT].agent
    async with request.app[DATABASE].transaction() as session:
        conversation = await visible_conversation(session, request.match_info["id"], agent)
        note(session, agent, "read_conversation", conversation.id)
    return await answer(request, conversation.id)


async def get_messages(request: web.Request) -> web.Response:
    """GET /conversations/{id}/messages?after=."""
    agent = request[CURRENT].agent
    after = query_integer(request, "after", default=0, low=0, high=_MOST_SEQ)
    async with request.app[DATABASE].transaction() as session:
        conversation = await visible_conversation(session, request.match_info["id"], agent)
        messages = await store.messages_after(session, conversation.id, after)
        # A page that only asks for news, mostly in vain, is still at the reading that was noted.
        if after == 0 or messages:
            note(session, agent, "read_messages", conversation.id, after=after)
    return web.json_response(
        {
            "messages": [message_view(message, reader=Sender.AGENT) for message in messages],
            "delivered_seq": conversation.customer_delivered_seq,
            "read_seq": conversation.customer_read_seq,
        }
    )


async def claim(request: web.Request) -> web.Response:
    """POST /conversations/{id}/claim."""
    agent = request[CURRENT].agent
    demand(agent, Right.SERVE)
    async with request.app[DATABASE].transaction() as session:
        conversation = await handoff.claim(session, request.match_info["id"], agent)
        note(session, agent, "claim", conversation.id)
    return await _changed(request, conversation)


async def reply(request: web.Request) -> web.Response:
    """POST /conversations/{id}/messages."""
    agent = request[CURRENT].agent
    demand(agent, Right.SERVE)
    fields = await read_object(request)
    file_id = string(fields, "file", most=_ID_MOST, default="")
    words = string(fields, "text", most=_TEXT_MOST, default="" if file_id else None)
    refuse_gaps(words)
    async with request.app[DATABASE].transaction() as session:
        file, attached = None, None
        if file_id:
            file, attached = await files.attached_by_agent(session, request.match_info["id"], agent, file_id)
        accepted = await replies.reply(
            session,
            request.match_info["id"],
            agent,
            client_id=client_id(fields),
            text=words,
            attached=attached,
            seen=integer(fields, "seen", low=0, high=_MOST_SEQ) if "seen" in fields else None,
        )
        if file is not None:
            await files.sent_by_agent(session, file, accepted)
        if accepted.is_new:
            note(session, agent, "reply", accepted.message.conversation_id, message=accepted.message.id)
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
            seen=integer(fields, "seen", low=0, high=_MOST_SEQ) if "seen" in fields else None,
        )
        note(session, request[CURRENT].agent, "close", conversation.id, resolution=conversation.resolution)
    return await _changed(request, conversation)


async def return_to_bot(request: web.Request) -> web.Response:
    """POST /conversations/{id}/return."""
    async with request.app[DATABASE].transaction() as session:
        conversation = await handoff.return_to_bot(session, request.match_info["id"], request[CURRENT].agent)
        note(session, request[CURRENT].agent, "return", conversation.id)
    return await _changed(request, conversation)


async def requeue(request: web.Request) -> web.Response:
    """POST /conversations/{id}/requeue."""
    fields = await read_object(request)
    words = string(fields, "note", most=_NOTE_MOST, default="").strip() or None
    async with request.app[DATABASE].transaction() as session:
        conversation = await handoff.requeue(session, request.match_info["id"], request[CURRENT].agent, note=words)
        note(session, request[CURRENT].agent, "requeue", conversation.id)
    return await _changed(request, conversation)


def note(session: AsyncSession, agent: Agent, action: str, conversation_id: str, **details: object) -> None:
    """Note in the audit trail what an agent did with a conversation, or read of it."""
    audit.record(
        session,
        actor=f"agent:{agent.id}",
        action=action,
        subject=f"conversation:{conversation_id}",
        details=details,
    )


async def _changed(request: web.Request, conversation: Conversation) -> web.Response:
    tell_changed(request, conversation)
    return await answer(request, conversation.id)


def tell_changed(request: web.Request, conversation: Conversation) -> None:
    """Let everybody look again after a conversation's owner changed."""
    hub = request.app[HUB]
    hub.hint(conversation.id)
    hub.hint(request[CURRENT].agent.id)
    hub.hint(QUEUE)
    # A message may have come in the moment the owner changed.
    request.app[TURNS].wake(conversation.id)


async def answer(request: web.Request, conversation_id: str) -> web.Response:
    """Return a conversation as the desk shows it."""
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
