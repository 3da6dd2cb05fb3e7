"""The desk's calls on agents' accounts, for administrators."""

import asyncio
from collections.abc import Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.auth import CURRENT
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB, SETTINGS
from gateway.live import QUEUE, access
from gateway.requests import PATH_ID, boolean, read_object, string
from gateway.views import agent_view, when
from helpdesk import audit
from helpdesk.agents import delays, passwords, second_factor, service, sessions
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, demand, may
from helpdesk.database import Json
from helpdesk.handoff.service import requeue_all

_NAME_MOST = 40
_USERNAME_MOST = 64


async def list_agents(request: web.Request) -> web.Response:
    """GET /agents."""
    demand(request[CURRENT].agent, Right.MANAGE_AGENTS)
    async with request.app[DATABASE].reading() as session:
        shown = await _account_views(session, request, await service.list_agents(session))
    return web.json_response({"agents": shown})


async def _account_views(session: AsyncSession, request: web.Request, agents: Sequence[Agent]) -> list[Json]:
    """Return agents as an administrator sees them."""
    roles = request.app[SETTINGS].require_totp_roles
    secured = await second_factor.holders(session, [agent.id for agent in agents])
    doors = {agent.id: delays.name_door(agent.username) for agent in agents}
    codes = {agent.id: delays.factor_door(agent.id) for agent in agents}
    closed = await delays.closed_until(session, [*doors.values(), *codes.values()])
    views = []
    for agent in agents:
        until = [closed[door] for door in (doors[agent.id], codes[agent.id]) if door in closed]
        views.append(
            {
                **agent_view(agent),
                "second_factor": agent.id in secured,
                "second_factor_required": agent.second_factor_required,
                "second_factor_required_by_role": agent.role in roles,
                "last_sign_in_at": when(agent.last_sign_in_at) if agent.last_sign_in_at else None,
                "delayed_until": when(max(until)) if until else None,
            }
        )
    return views


async def add_agent(request: web.Request) -> web.Response:
    """POST /agents."""
    administrator = request[CURRENT].agent
    demand(administrator, Right.MANAGE_AGENTS)
    fields = await read_object(request)
    password = passwords.one_time_password()
    password_hash = await asyncio.to_thread(passwords.hash_password, password)
    async with request.app[DATABASE].transaction() as session:
        agent = await service.add_agent(
            session,
            username=_filled(string(fields, "username", most=_USERNAME_MOST), "username"),
            name=_filled(string(fields, "name", most=_NAME_MOST), "name"),
            role=service.parse_role(string(fields, "role", most=32)),
            password_hash=password_hash,
        )
        audit.record(
            session,
            actor=f"agent:{administrator.id}",
            action="add_agent",
            subject=f"agent:{agent.id}",
            details={"role": agent.role.value},
        )
        [shown] = await _account_views(session, request, [agent])
    return web.json_response({"agent": shown, "one_time_password": password}, status=201)


async def change_agent(request: web.Request) -> web.Response:
    """PUT /agents/{id}."""
    administrator = request[CURRENT].agent
    demand(administrator, Right.MANAGE_AGENTS)
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        agent = await service.change_agent(
            session,
            request.match_info["id"],
            active=boolean(fields, "active") if "active" in fields else None,
            role=service.parse_role(string(fields, "role", most=32)) if "role" in fields else None,
            name=_filled(string(fields, "name", most=_NAME_MOST), "name") if "name" in fields else None,
        )
        if "second_factor_required" in fields:
            agent.second_factor_required = boolean(fields, "second_factor_required")
        moved: list[str] = []
        if not agent.active or not may(agent, Right.SERVE):
            moved = await requeue_all(session, agent.id, decided_by=f"agent:{administrator.id}")
        audit.record(
            session,
            actor=f"agent:{administrator.id}",
            action="change_agent",
            subject=f"agent:{agent.id}",
            details={
                "active": agent.active,
                "role": agent.role.value,
                "second_factor_required": agent.second_factor_required,
            },
        )
        [shown] = await _account_views(session, request, [agent])
    # Their open sockets look again whether they are still welcome.
    request.app[HUB].hint(access(agent.id))
    request.app[HUB].hint(agent.id)
    for conversation_id in moved:
        request.app[HUB].hint(conversation_id)
    if moved:
        request.app[HUB].hint(QUEUE)
    return web.json_response({"agent": shown})


async def reset_password(request: web.Request) -> web.Response:
    """POST /agents/{id}/password."""
    administrator = request[CURRENT].agent
    demand(administrator, Right.MANAGE_AGENTS)
    password = passwords.one_time_password()
    password_hash = await asyncio.to_thread(passwords.hash_password, password)
    async with request.app[DATABASE].transaction() as session:
        agent = await service.reset_password(session, request.match_info["id"], password_hash=password_hash)
        audit.record(session, actor=f"agent:{administrator.id}", action="reset_password", subject=f"agent:{agent.id}")
    request.app[HUB].hint(access(agent.id))
    return web.json_response({"one_time_password": password})


async def reset_second_factor(request: web.Request) -> web.Response:
    """POST /agents/{id}/second-factor/reset: for who has lost it; their sessions end."""
    administrator = request[CURRENT].agent
    demand(administrator, Right.MANAGE_AGENTS)
    async with request.app[DATABASE].transaction() as session:
        agent = await service.get_agent(session, request.match_info["id"])
        await second_factor.remove(session, agent.id)
        await sessions.revoke_all(session, agent.id)
        audit.record(
            session, actor=f"agent:{administrator.id}", action="reset_second_factor", subject=f"agent:{agent.id}"
        )
    request.app[HUB].hint(access(agent.id))
    return web.Response(status=204)


async def unlock(request: web.Request) -> web.Response:
    """POST /agents/{id}/unlock: forgets the failed attempts, so that signing in is not delayed any more."""
    administrator = request[CURRENT].agent
    demand(administrator, Right.MANAGE_AGENTS)
    async with request.app[DATABASE].transaction() as session:
        agent = await service.get_agent(session, request.match_info["id"])
        await delays.forgive(session, delays.name_door(agent.username))
        await delays.forgive(session, delays.factor_door(agent.id))
        audit.record(session, actor=f"agent:{administrator.id}", action="unlock_agent", subject=f"agent:{agent.id}")
    return web.Response(status=204)


def _filled(value: str, name: str) -> str:
    if not value.strip():
        raise RequestError("field_invalid", status=422, field=name)
    return value.strip()


def routes() -> list[web.RouteDef]:
    """Return the routes on agents."""
    one = f"/desk/api/agents/{{id:{PATH_ID}}}"
    return [
        web.get("/desk/api/agents", list_agents, allow_head=False),
        web.post("/desk/api/agents", add_agent),
        web.put(one, change_agent),
        web.post(f"{one}/password", reset_password),
        web.post(f"{one}/second-factor/reset", reset_second_factor),
        web.post(f"{one}/unlock", unlock),
    ]
