"""Signing in at the desk: cookie, CSRF token and the current agent."""

import hmac
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.addresses import client_address
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB, SETTINGS, SIGN_IN_LIMIT
from gateway.live import QUEUE
from gateway.origins import is_same
from gateway.requests import boolean, read_object, string
from gateway.views import agent_view
from helpdesk import audit
from helpdesk.agents import sessions
from helpdesk.agents.model import Agent, AgentSession
from helpdesk.errors import NotSignedInError, PasswordChangeRequiredError

COOKIE = "xiaobao_desk"
_FIELD_MOST = 256
# What somebody with a one-time password may still do.
_BEFORE_PASSWORD_CHANGE = {"/desk/api/me", "/desk/api/password", "/desk/api/logout"}


@dataclass(frozen=True, kw_only=True)
class SignedInAgent:
    """The agent behind a request."""

    agent: Agent
    session: AgentSession


CURRENT: web.RequestKey[SignedInAgent] = web.RequestKey("CURRENT", SignedInAgent)


async def identify(request: web.Request) -> SignedInAgent:
    """Return the agent of a request's cookie.

    Raises:
        NotSignedInError: There is no valid session.
    """
    token = request.cookies.get(COOKIE, "")
    if not token:
        raise NotSignedInError
    async with request.app[DATABASE].reading() as session:
        agent, row = await sessions.authenticate(session, token)
    return SignedInAgent(agent=agent, session=row)


@web.middleware
async def desk_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let only signed-in agents through to the desk API, and only our own pages change anything."""
    if not request.path.startswith("/desk/api/"):
        return await handler(request)
    if request.method not in {"GET", "HEAD"} and "Origin" in request.headers and not is_same(request):
        raise RequestError("csrf_invalid", status=403)
    if request.path == "/desk/api/login":
        return await handler(request)
    current = await identify(request)
    if request.method not in {"GET", "HEAD"}:
        given = request.headers.get("X-CSRF-Token", "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), current.session.csrf_token.encode()):
            raise RequestError("csrf_invalid", status=403)
    if current.agent.must_change_password and request.path not in _BEFORE_PASSWORD_CHANGE:
        raise PasswordChangeRequiredError
    request[CURRENT] = current
    return await handler(request)


def _me(agent: Agent, csrf_token: str) -> dict[str, object]:
    return {"agent": agent_view(agent), "csrf": csrf_token, "must_change_password": agent.must_change_password}


async def login(request: web.Request) -> web.Response:
    """POST /login."""
    request.app[SIGN_IN_LIMIT].use(client_address(request))
    fields = await read_object(request)
    database = request.app[DATABASE]
    signed_in = await sessions.sign_in(
        database,
        username=string(fields, "username", most=_FIELD_MOST),
        password=string(fields, "password", most=_FIELD_MOST),
    )
    async with database.transaction() as session:
        audit.record(session, actor=f"agent:{signed_in.agent.id}", action="sign_in", subject="desk")
    response = web.json_response(_me(signed_in.agent, signed_in.csrf_token))
    response.set_cookie(
        COOKIE,
        signed_in.token,
        max_age=sessions.SESSION_HOURS * 3600,
        path="/desk",
        httponly=True,
        samesite="Strict",
        secure=request.app[SETTINGS].secure_cookies,
    )
    return response


async def logout(request: web.Request) -> web.Response:
    """POST /logout: ends this session; nobody stays available without one."""
    current = request[CURRENT]
    async with request.app[DATABASE].transaction() as session:
        await sessions.revoke(session, request.cookies[COOKIE])
        agent = await session.get_one(Agent, current.agent.id)
        agent.available = False
    request.app[HUB].hint(current.agent.id)
    response = web.Response(status=204)
    response.del_cookie(COOKIE, path="/desk")
    return response


async def me(request: web.Request) -> web.Response:
    """GET /me."""
    current = request[CURRENT]
    return web.json_response(_me(current.agent, current.session.csrf_token))


async def change_password(request: web.Request) -> web.Response:
    """POST /password."""
    current = request[CURRENT]
    fields = await read_object(request)
    await sessions.change_password(
        request.app[DATABASE],
        current.agent,
        current.session,
        current=string(fields, "current", most=_FIELD_MOST),
        new=string(fields, "new", most=2 * _FIELD_MOST),
    )
    # The sockets of the other sessions look again whether they are still welcome.
    request.app[HUB].hint(current.agent.id)
    return web.Response(status=204)


async def set_availability(request: web.Request) -> web.Response:
    """PUT /me/availability."""
    available = boolean(await read_object(request), "available")
    async with request.app[DATABASE].transaction() as session:
        agent = await session.get_one(Agent, request[CURRENT].agent.id)
        agent.available = available
    request.app[HUB].hint(QUEUE)
    return web.json_response({"available": available})


def routes() -> list[web.RouteDef]:
    """Return the routes of signing in and out."""
    return [
        web.post("/desk/api/login", login),
        web.post("/desk/api/logout", logout),
        web.get("/desk/api/me", me, allow_head=False),
        web.post("/desk/api/password", change_password),
        web.put("/desk/api/me/availability", set_availability),
    ]
