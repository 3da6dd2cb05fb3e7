"""The desk's calls on notices to everybody: reading them, announcing one, taking it back."""

from aiohttp import web

from gateway.desk.auth import CURRENT
from gateway.keys import DATABASE, HUB
from gateway.live import BROADCASTS
from gateway.requests import PATH_ID, integer, read_object, string
from gateway.views import when
from helpdesk.agents.rights import Right, demand
from helpdesk.broadcasts import service
from helpdesk.broadcasts.model import Broadcast
from helpdesk.database import Json

_TEXT_MOST = 1000
_MINUTES_MOST = 10**6


def _view(broadcast: Broadcast, author: str) -> Json:
    return {
        "id": broadcast.id,
        "text": broadcast.text,
        "by": author,
        "at": when(broadcast.created_at),
        "expires_at": when(broadcast.expires_at),
    }


async def _current(request: web.Request) -> list[Json]:
    async with request.app[DATABASE].reading() as session:
        return [_view(broadcast, author) for broadcast, author in await service.current(session)]


async def list_broadcasts(request: web.Request) -> web.Response:
    """GET /broadcasts: for everybody who is signed in."""
    return web.json_response({"broadcasts": await _current(request)})


async def announce(request: web.Request) -> web.Response:
    """POST /broadcasts."""
    agent = request[CURRENT].agent
    demand(agent, Right.BROADCAST)
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        broadcast = await service.announce(
            session,
            agent,
            text=string(fields, "text", most=_TEXT_MOST),
            minutes=integer(fields, "minutes", low=0, high=_MINUTES_MOST),
        )
    await _tell(request)
    return web.json_response({"broadcast": _view(broadcast, agent.name)}, status=201)


async def withdraw(request: web.Request) -> web.Response:
    """DELETE /broadcasts/{id}."""
    agent = request[CURRENT].agent
    demand(agent, Right.BROADCAST)
    async with request.app[DATABASE].transaction() as session:
        await service.withdraw(session, agent, request.match_info["id"])
    await _tell(request)
    return web.Response(status=204)


async def _tell(request: web.Request) -> None:
    request.app[HUB].post(BROADCASTS, {"t": "broadcasts", "broadcasts": await _current(request)})


def routes() -> list[web.RouteDef]:
    """Return the routes on broadcasts."""
    return [
        web.get("/desk/api/broadcasts", list_broadcasts, allow_head=False),
        web.post("/desk/api/broadcasts", announce),
        web.delete(f"/desk/api/broadcasts/{{id:{PATH_ID}}}", withdraw),
    ]
