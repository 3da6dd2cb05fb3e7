"""The desk's calls on agents' accounts, for administrators."""

import asyncio

from aiohttp import web

from gateway.desk.auth import CURRENT
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB
from gateway.live import QUEUE
from gateway.requests import PATH_ID, boolean, read_object, string
from gateway.views import agent_view
from helpdesk import audit
from helpdesk.agents import passwords, service
from helpdesk.agents.rights import Right, demand, may
from helpdesk.handoff.service import requeue_all

_NAME_MOST = 40
_USERNAME_MOST = 64


async def list_agents(request: web.Request) -> web.Response:
    """GET /agents."""
    demand(request[CURRENT].agent, Right.MANAGE_AGENTS)
    async with request.app[DATABASE].reading() as session:
        agents = await service.list_agents(session)
    return web.json_response({"agents": [agent_view(agent) for agent in agents]})


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
    return web.json_response({"agent": agent_view(agent), "one_time_password": password}, status=201)


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
        moved: list[str] = []
        if not agent.active or not may(agent, Right.SERVE):
            moved = await requeue_all(session, agent.id, decided_by=f"agent:{administrator.id}")
        audit.record(
            session,
            actor=f"agent:{administrator.id}",
            action="change_agent",
            subject=f"agent:{agent.id}",
            details={"active": agent.active, "role": agent.role.value},
        )
    # Their open sockets look again whether they are still welcome.
    request.app[HUB].hint(agent.id)
    for conversation_id in moved:
        request.app[HUB].hint(conversation_id)
    if moved:
        request.app[HUB].hint(QUEUE)
    return web.json_response({"agent": agent_view(agent)})


async def reset_password(request: web.Request) -> web.Response:
    """POST /agents/{id}/password."""
    administrator = request[CURRENT].agent
    demand(administrator, Right.MANAGE_AGENTS)
    password = passwords.one_time_password()
    password_hash = await asyncio.to_thread(passwords.hash_password, password)
    async with request.app[DATABASE].transaction() as session:
        agent = await service.reset_password(session, request.match_info["id"], password_hash=password_hash)
        audit.record(session, actor=f"agent:{administrator.id}", action="reset_password", subject=f"agent:{agent.id}")
    request.app[HUB].hint(agent.id)
    return web.json_response({"one_time_password": password})


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
    ]
