"""The desk's calls on notes: what colleagues tell each other, and nobody else."""

from typing import Any

from aiohttp import web
from sqlalchemy import select

from gateway.desk.access import visible_conversation
from gateway.desk.auth import CURRENT
from gateway.desk.note_views import note_views, notification_views
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB
from gateway.live import about
from gateway.requests import PATH_ID, client_id, read_object, string
from helpdesk import audit
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, demand
from helpdesk.notes import service as notes

_TEXT_MOST = 100_000
_MOST_MENTIONS = 20
_ID_MOST = 64


async def get_notes(request: web.Request) -> web.Response:
    """GET /conversations/{id}/notes."""
    agent = request[CURRENT].agent
    async with request.app[DATABASE].transaction() as session:
        conversation = await visible_conversation(session, request.match_info["id"], agent)
        audit.record(session, actor=f"agent:{agent.id}", action="read_notes", subject=f"conversation:{conversation.id}")
        shown = await note_views(session, conversation.id)
    return web.json_response({"notes": shown})


async def post_note(request: web.Request) -> web.Response:
    """POST /conversations/{id}/notes."""
    agent = request[CURRENT].agent
    demand(agent, Right.WRITE_NOTES)
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        conversation = await visible_conversation(session, request.match_info["id"], agent)
        written = await notes.write_note(
            session,
            conversation.id,
            agent,
            client_id=client_id(fields),
            text=string(fields, "text", most=_TEXT_MOST),
            mentions=_ids(fields, "mentions"),
        )
    if written.is_new:
        # Not the conversation's own topic: customers listen to that.
        request.app[HUB].hint(about(conversation.id))
        for told in written.told:
            request.app[HUB].hint(told)
    return web.json_response({"id": written.note.id}, status=202)


async def get_colleagues(request: web.Request) -> web.Response:
    """GET /colleagues: whom a note can mention."""
    own = request[CURRENT].agent.id
    async with request.app[DATABASE].reading() as session:
        rows = await session.execute(
            select(Agent.id, Agent.name).where(Agent.active.is_(True), Agent.id != own).order_by(Agent.name, Agent.id)
        )
    return web.json_response({"colleagues": [{"id": agent_id, "name": name} for agent_id, name in rows]})


async def get_notifications(request: web.Request) -> web.Response:
    """GET /notifications: the newest, and how many are unread."""
    agent = request[CURRENT].agent
    async with request.app[DATABASE].reading() as session:
        shown = await notification_views(session, agent.id)
        unread = await notes.count_unread(session, agent.id)
    return web.json_response({"notifications": shown, "unread": unread})


async def mark_read(request: web.Request) -> web.Response:
    """POST /notifications/read: those of one conversation, or all."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    conversation_id = string(fields, "conversation", most=_ID_MOST, default="") or None
    async with request.app[DATABASE].transaction() as session:
        await notes.mark_read(session, agent.id, conversation_id=conversation_id)
        unread = await notes.count_unread(session, agent.id)
    request.app[HUB].hint(agent.id)
    return web.json_response({"unread": unread})


def _ids(fields: dict[str, Any], name: str) -> list[str]:
    value = fields.get(name, [])
    if (
        not isinstance(value, list)
        or len(value) > _MOST_MENTIONS
        or not all(isinstance(one, str) and 0 < len(one) <= _ID_MOST and "\0" not in one for one in value)
    ):
        raise RequestError("field_invalid", status=422, field=name)
    return value


def routes() -> list[web.RouteDef]:
    """Return the routes on notes and notifications."""
    one = f"/desk/api/conversations/{{id:{PATH_ID}}}/notes"
    return [
        web.get(one, get_notes, allow_head=False),
        web.post(one, post_note),
        web.get("/desk/api/colleagues", get_colleagues, allow_head=False),
        web.get("/desk/api/notifications", get_notifications, allow_head=False),
        web.post("/desk/api/notifications/read", mark_read),
    ]
