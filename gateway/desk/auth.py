"""Signing in at the desk: cookie, CSRF token and the current agent."""

import hmac
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.addresses import client_address
from gateway.desk.devices import device_of
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB, SECRET_BOX, SETTINGS, SIGN_IN_LIMIT
from gateway.live import QUEUE, access
from gateway.origins import is_same
from gateway.requests import boolean, read_object, string
from gateway.views import agent_view
from helpdesk import audit, clock
from helpdesk.agents import second_factor, sessions
from helpdesk.agents.errors import SecondFactorNeededError
from helpdesk.agents.model import Agent, AgentSession
from helpdesk.agents.sessions import SessionLimits, SignedIn
from helpdesk.errors import NotSignedInError, PasswordChangeRequiredError
from helpdesk.settings import Settings

_COOKIE = "xiaobao_desk"
_FIELD_MOST = 256
# Both are open without a session; the second one looks at the cookie itself.
_SIGNING_IN = {"/desk/api/login", "/desk/api/login/code"}
# What somebody with a one-time password may still do.
_BEFORE_PASSWORD_CHANGE = {"/desk/api/me", "/desk/api/password", "/desk/api/logout"}
# What somebody may still do who must set up a second factor first.
_BEFORE_SECOND_FACTOR = {
    *_BEFORE_PASSWORD_CHANGE,
    "/desk/api/second-factor",
    "/desk/api/second-factor/begin",
    "/desk/api/second-factor/confirm",
}


@dataclass(frozen=True, kw_only=True)
class SignedInAgent:
    """The agent behind a request; `lacks_second_factor` where they must set one up first."""

    agent: Agent
    session: AgentSession
    lacks_second_factor: bool = False

    @property
    def must_wait(self) -> bool:
        """Whether nothing of the desk is open to them before they have a password and a second factor of their own."""
        return self.agent.must_change_password or self.lacks_second_factor


CURRENT: web.RequestKey[SignedInAgent] = web.RequestKey("CURRENT", SignedInAgent)


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name: behind HTTPS one that no other host and no plain connection can set."""
    return f"__Host-{_COOKIE}" if settings.secure_cookies else _COOKIE


def _cookie_path(settings: Settings) -> str:
    # The prefix demands the whole site; elsewhere the cookie goes to the desk only.
    return "/" if settings.secure_cookies else "/desk"


def session_limits(settings: Settings) -> SessionLimits:
    """Return how long desk sessions last."""
    return SessionLimits(hours=settings.desk_session_hours, idle_minutes=settings.desk_idle_minutes)


def session_token(request: web.Request) -> str:
    """Return the value of the desk's cookie, empty where there is none."""
    return request.cookies.get(cookie_name(request.app[SETTINGS]), "")


async def identify(request: web.Request) -> SignedInAgent:
    """Return the agent of a request's cookie; the session does not count as idle.

    Raises:
        NotSignedInError: There is no valid session.
    """
    token = session_token(request)
    if not token:
        raise NotSignedInError
    async with request.app[DATABASE].glancing() as session:
        agent, row = await sessions.authenticate(session, token)
        current = await _current(session, request.app, agent, row)
    await _note_use(request.app, row)
    return current


async def identify_again(app: web.Application, before: SignedInAgent, *, is_use: bool = False) -> SignedInAgent:
    """Return what has become of an agent whose socket is open.

    Args:
        app: The gateway.
        before: Who opened the socket, with which session.
        is_use: The person did something: the session does not count as idle.

    Raises:
        NotSignedInError: The session ended, or more is asked of the agent before the desk is open to them again.
    """
    async with app[DATABASE].reading() as session:
        agent, row = await sessions.authenticate_again(session, before.session.id)
        current = await _current(session, app, agent, row)
    if current.must_wait:
        raise NotSignedInError
    if is_use:
        await _note_use(app, row)
    return current


async def _current(session: AsyncSession, app: web.Application, agent: Agent, row: AgentSession) -> SignedInAgent:
    is_required = second_factor.is_required(agent, app[SETTINGS].require_totp_roles)
    lacks = is_required and await second_factor.find(session, agent.id) is None
    return SignedInAgent(agent=agent, session=row, lacks_second_factor=lacks)


async def _note_use(app: web.Application, row: AgentSession) -> None:
    await sessions.note_use(app[DATABASE], row, session_limits(app[SETTINGS]))


@web.middleware
async def desk_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let only signed-in agents through to the desk API, and only our own pages change anything."""
    if not request.path.startswith("/desk/api/"):
        return await handler(request)
    is_change = request.method not in {"GET", "HEAD"}
    if is_change and "Origin" in request.headers and not is_same(request):
        raise RequestError("csrf_invalid", status=403)
    if request.path in _SIGNING_IN:
        return await handler(request)
    current = await identify(request)
    if is_change:
        given = request.headers.get("X-CSRF-Token", "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), current.session.csrf_token.encode()):
            raise RequestError("csrf_invalid", status=403)
    if current.agent.must_change_password and request.path not in _BEFORE_PASSWORD_CHANGE:
        raise PasswordChangeRequiredError
    if current.lacks_second_factor and request.path not in _BEFORE_SECOND_FACTOR:
        raise SecondFactorNeededError
    request[CURRENT] = current
    return await handler(request)


def _me(current: SignedInAgent) -> dict[str, object]:
    return {
        "agent": agent_view(current.agent),
        "csrf": current.session.csrf_token,
        "must_change_password": current.agent.must_change_password,
        "must_set_second_factor": current.lacks_second_factor,
    }


def set_cookie(request: web.Request, response: web.Response, token: str) -> None:
    """Give the browser a session's cookie, out of the reach of scripts and of other sites."""
    settings = request.app[SETTINGS]
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=settings.desk_session_hours * 3600,
        path=_cookie_path(settings),
        httponly=True,
        samesite="Strict",
        secure=settings.secure_cookies,
    )


async def login(request: web.Request) -> web.Response:
    """POST /login."""
    request.app[SIGN_IN_LIMIT].use(client_address(request))
    fields = await read_object(request)
    signed_in = await sessions.sign_in(
        request.app[DATABASE],
        username=string(fields, "username", most=_FIELD_MOST),
        password=string(fields, "password", most=_FIELD_MOST),
        device=device_of(request),
        limits=session_limits(request.app[SETTINGS]),
    )
    return await _signed_in(request, signed_in)


async def login_with_code(request: web.Request) -> web.Response:
    """POST /login/code: the second step, with a code of the generator or a recovery code."""
    request.app[SIGN_IN_LIMIT].use(client_address(request))
    fields = await read_object(request)
    is_recovery_code = "recovery_code" in fields
    signed_in = await sessions.sign_in_with_code(
        request.app[DATABASE],
        session_token(request),
        code=string(fields, "recovery_code" if is_recovery_code else "code", most=_FIELD_MOST),
        is_recovery_code=is_recovery_code,
        box=request.app[SECRET_BOX],
        device=device_of(request),
        limits=session_limits(request.app[SETTINGS]),
    )
    return await _signed_in(request, signed_in)


async def _signed_in(request: web.Request, signed_in: SignedIn) -> web.Response:
    if before := session_token(request):
        # A browser has one session: what its cookie opened before ends here, and is not only forgotten there.
        async with request.app[DATABASE].transaction() as session:
            await sessions.revoke(session, before)
    if signed_in.pending:
        # Nothing is said of the account before the second step.
        response = web.json_response({"second_factor": True})
    else:
        async with request.app[DATABASE].reading() as session:
            agent, row = await sessions.authenticate(session, signed_in.token)
            response = web.json_response(_me(await _current(session, request.app, agent, row)))
    set_cookie(request, response, signed_in.token)
    return response


async def logout(request: web.Request) -> web.Response:
    """POST /logout: ends this session; nobody stays available without one."""
    current = request[CURRENT]
    async with request.app[DATABASE].transaction() as session:
        await sessions.revoke(session, session_token(request))
        agent = await session.get_one(Agent, current.agent.id)
        agent.available = False
        agent.available_since = None
        audit.record(session, actor=f"agent:{agent.id}", action="sign_out", subject="desk")
    request.app[HUB].hint(access(current.agent.id))
    settings = request.app[SETTINGS]
    response = web.Response(status=204)
    response.del_cookie(cookie_name(settings), path=_cookie_path(settings), secure=settings.secure_cookies)
    return response


async def me(request: web.Request) -> web.Response:
    """GET /me."""
    return web.json_response(_me(request[CURRENT]))


async def set_availability(request: web.Request) -> web.Response:
    """PUT /me/availability."""
    available = boolean(await read_object(request), "available")
    async with request.app[DATABASE].transaction() as session:
        agent = await session.get_one(Agent, request[CURRENT].agent.id)
        agent.available_since = (agent.available_since or clock.now()) if available else None
        agent.available = available
        details = {"available": available}
        audit.record(session, actor=f"agent:{agent.id}", action="set_availability", subject="desk", details=details)
    request.app[HUB].hint(QUEUE)
    return web.json_response({"available": available})


def routes() -> list[web.RouteDef]:
    """Return the routes of signing in and out."""
    return [
        web.post("/desk/api/login", login),
        web.post("/desk/api/login/code", login_with_code),
        web.post("/desk/api/logout", logout),
        web.get("/desk/api/me", me, allow_head=False),
        web.put("/desk/api/me/availability", set_availability),
    ]
