"""The desk's calls on one's own account: password, second factor, and where one is signed in."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.auth import CURRENT, set_cookie
from gateway.keys import DATABASE, HUB, SECRET_BOX, SETTINGS
from gateway.live import access
from gateway.requests import PATH_ID, read_object, string
from gateway.views import when
from helpdesk import audit
from helpdesk.agents import second_factor, sessions, totp
from helpdesk.agents.model import Agent, AgentSession
from helpdesk.database import Json
from helpdesk.texts import text

_FIELD_MOST = 256


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
    request.app[HUB].hint(access(current.agent.id))
    return web.Response(status=204)


async def list_sessions(request: web.Request) -> web.Response:
    """GET /sessions."""
    current = request[CURRENT]
    async with request.app[DATABASE].reading() as session:
        found = await sessions.list_sessions(session, current.agent.id)
    return web.json_response({"sessions": [_session_view(row, current.session) for row in found]})


def _session_view(row: AgentSession, current: AgentSession) -> Json:
    return {
        "id": row.id,
        "current": row.id == current.id,
        "created_at": when(row.created_at),
        "last_used_at": when(row.last_used_at),
        "address": row.address,
        "browser": row.browser,
    }


async def end_session(request: web.Request) -> web.Response:
    """DELETE /sessions/{id}."""
    agent = request[CURRENT].agent
    async with request.app[DATABASE].transaction() as session:
        await sessions.revoke_one(session, agent.id, request.match_info["id"])
        details = {"session": request.match_info["id"]}
        audit.record(session, actor=f"agent:{agent.id}", action="end_session", subject="desk", details=details)
    request.app[HUB].hint(access(agent.id))
    return web.Response(status=204)


async def end_other_sessions(request: web.Request) -> web.Response:
    """DELETE /sessions: all but the one that asks."""
    current = request[CURRENT]
    async with request.app[DATABASE].transaction() as session:
        await sessions.revoke_all(session, current.agent.id, but=current.session.id)
        audit.record(session, actor=f"agent:{current.agent.id}", action="end_other_sessions", subject="desk")
    request.app[HUB].hint(access(current.agent.id))
    return web.Response(status=204)


async def get_second_factor(request: web.Request) -> web.Response:
    """GET /second-factor."""
    agent = request[CURRENT].agent
    async with request.app[DATABASE].reading() as session:
        factor = await second_factor.find(session, agent.id)
        left = await second_factor.count_recovery_codes(session, agent.id)
    return web.json_response(
        {
            "since": when(factor.confirmed_at) if factor and factor.confirmed_at else None,
            "required": second_factor.is_required(agent, request.app[SETTINGS].require_totp_roles),
            "recovery_codes_left": left,
        }
    )


async def begin_second_factor(request: web.Request) -> web.Response:
    """POST /second-factor/begin: a new secret, shown only here, for who knows the password."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    password = string(fields, "password", most=_FIELD_MOST)
    await sessions.confirm_password(request.app[DATABASE], agent, password)
    async with request.app[DATABASE].transaction() as session:
        secret = await second_factor.begin(session, agent, request.app[SECRET_BOX])
        _record(session, agent, "begin_second_factor")
    link = totp.enrolment_link(secret, account=agent.username, issuer=text("desk", "issuer"))
    return web.json_response({"secret": secret, "link": link, "qr": totp.qr_image(link)})


async def confirm_second_factor(request: web.Request) -> web.Response:
    """POST /second-factor/confirm: takes it into use; other sessions end, this one gets another cookie."""
    current = request[CURRENT]
    code = string(await read_object(request), "code", most=_FIELD_MOST)
    async with request.app[DATABASE].transaction() as session:
        codes = await second_factor.confirm(session, current.agent, code, request.app[SECRET_BOX])
        await sessions.revoke_all(session, current.agent.id, but=current.session.id)
        token = await sessions.rotate(session, current.session)
        _record(session, current.agent, "confirm_second_factor")
    request.app[HUB].hint(access(current.agent.id))
    response = web.json_response({"recovery_codes": codes})
    set_cookie(request, response, token)
    return response


async def renew_recovery_codes(request: web.Request) -> web.Response:
    """POST /second-factor/recovery-codes: ten new ones, shown only here, for who has the generator."""
    agent = request[CURRENT].agent
    await _check_code(request)
    async with request.app[DATABASE].transaction() as session:
        codes = await second_factor.renew_recovery_codes(session, agent, request.app[SECRET_BOX])
        _record(session, agent, "renew_recovery_codes")
    return web.json_response({"recovery_codes": codes})


async def end_second_factor(request: web.Request) -> web.Response:
    """POST /second-factor/end: for who has the generator, where it is not required."""
    agent = request[CURRENT].agent
    await _check_code(request)
    async with request.app[DATABASE].transaction() as session:
        await second_factor.turn_off(session, agent, request.app[SETTINGS].require_totp_roles)
        _record(session, agent, "end_second_factor")
    return web.Response(status=204)


async def _check_code(request: web.Request) -> None:
    code = string(await read_object(request), "code", most=_FIELD_MOST)
    await second_factor.check(request.app[DATABASE], request[CURRENT].agent.id, code, request.app[SECRET_BOX])


def _record(session: AsyncSession, agent: Agent, action: str) -> None:
    audit.record(session, actor=f"agent:{agent.id}", action=action, subject=f"agent:{agent.id}")


def routes() -> list[web.RouteDef]:
    """Return the routes on one's own account."""
    return [
        web.post("/desk/api/password", change_password),
        web.get("/desk/api/sessions", list_sessions, allow_head=False),
        web.delete("/desk/api/sessions", end_other_sessions),
        web.delete(f"/desk/api/sessions/{{id:{PATH_ID}}}", end_session),
        web.get("/desk/api/second-factor", get_second_factor, allow_head=False),
        web.post("/desk/api/second-factor/begin", begin_second_factor),
        web.post("/desk/api/second-factor/confirm", confirm_second_factor),
        web.post("/desk/api/second-factor/recovery-codes", renew_recovery_codes),
        web.post("/desk/api/second-factor/end", end_second_factor),
    ]
