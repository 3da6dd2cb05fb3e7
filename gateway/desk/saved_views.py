"""The desk's calls on views: filters under a name, with how many conversations each holds."""

from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.auth import CURRENT
from gateway.errors import RequestError
from gateway.keys import DATABASE
from gateway.requests import PATH_ID, boolean, read_object, string
from gateway.views import row_views
from helpdesk.agents.model import Agent
from helpdesk.database import Json
from helpdesk.saved_views import filter as filters
from helpdesk.saved_views import service
from helpdesk.saved_views.filter import ConversationFilter, read_filter
from helpdesk.saved_views.model import NAME_LIMIT, SavedView


async def list_views(request: web.Request) -> web.Response:
    """GET /views."""
    agent = request[CURRENT].agent
    async with request.app[DATABASE].reading() as session:
        shown = [await _view(session, view, agent) for view in await service.views_for(session, agent.id)]
    return web.json_response({"views": shown})


async def add_view(request: web.Request) -> web.Response:
    """POST /views."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        view = await service.save_view(
            session, agent, name=_name(fields), wanted=_filter(fields), is_shared=boolean(fields, "shared")
        )
        shown = await _view(session, view, agent)
    return web.json_response({"view": shown}, status=201)


async def change_view(request: web.Request) -> web.Response:
    """PUT /views/{id}."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        view = await service.change_view(
            session,
            request.match_info["id"],
            agent,
            name=_name(fields),
            wanted=_filter(fields),
            is_shared=boolean(fields, "shared"),
        )
        shown = await _view(session, view, agent)
    return web.json_response({"view": shown})


async def delete_view(request: web.Request) -> web.Response:
    """DELETE /views/{id}."""
    async with request.app[DATABASE].transaction() as session:
        await service.delete_view(session, request.match_info["id"], request[CURRENT].agent)
    return web.Response(status=204)


async def get_view(request: web.Request) -> web.Response:
    """GET /views/{id}/conversations."""
    agent = request[CURRENT].agent
    async with request.app[DATABASE].reading() as session:
        view = await service.get_view(session, request.match_info["id"], agent.id)
        return await _found(session, read_filter(view.filter), agent)


async def search(request: web.Request) -> web.Response:
    """GET /conversations/search?owner=&…: a filter that nobody has saved."""
    async with request.app[DATABASE].reading() as session:
        return await _found(session, read_filter(dict(request.query)), request[CURRENT].agent)


async def _found(session: AsyncSession, wanted: ConversationFilter, agent: Agent) -> web.Response:
    rows = await row_views(session, await filters.find_conversations(session, wanted, agent))
    return web.json_response({"conversations": rows})


async def _view(session: AsyncSession, view: SavedView, agent: Agent) -> Json:
    return {
        "id": view.id,
        "name": view.name,
        "filter": view.filter,
        "shared": view.is_shared,
        "may_change": service.may_change(view, agent),
        "count": await filters.count_conversations(session, read_filter(view.filter), agent),
    }


def _name(fields: dict[str, Any]) -> str:
    return string(fields, "name", most=NAME_LIMIT)


def _filter(fields: dict[str, Any]) -> ConversationFilter:
    value = fields.get("filter")
    if not isinstance(value, dict):
        raise RequestError("field_invalid", status=422, field="filter")
    return read_filter(value)


def routes() -> list[web.RouteDef]:
    """Return the routes on views."""
    one = f"/desk/api/views/{{id:{PATH_ID}}}"
    return [
        # Before the route of one conversation, which would take the word for an id.
        web.get("/desk/api/conversations/search", search, allow_head=False),
        web.get("/desk/api/views", list_views, allow_head=False),
        web.post("/desk/api/views", add_view),
        web.put(one, change_view),
        web.delete(one, delete_view),
        web.get(f"{one}/conversations", get_view, allow_head=False),
    ]
