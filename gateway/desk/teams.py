"""The desk's calls on teams, capacity and who is there now."""

from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.auth import CURRENT
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB
from gateway.live import QUEUE
from gateway.requests import PATH_ID, integer, read_object, string
from helpdesk import audit, clock
from helpdesk.agents import presence
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import RIGHTS, Right, demand
from helpdesk.database import Json
from helpdesk.handoff.load import loads
from helpdesk.teams import service as teams
from helpdesk.teams.model import Skill
from helpdesk.teams.service import TeamDetail
from helpdesk.texts import titles

_NAME_MOST = 40
_MEMBERS_MOST = 500
_ID_MOST = 64
_CAPACITY_MOST = 1000


async def get_teams(request: web.Request) -> web.Response:
    """GET /teams: the teams and everybody who serves, with who is there now."""
    demand(request[CURRENT].agent, Right.READ_QUEUE)
    async with request.app[DATABASE].reading() as session:
        found = await teams.list_teams(session)
        colleagues = await _colleagues(session)
    return web.json_response(
        {
            "teams": [_team_view(team) for team in found],
            "agents": colleagues,
            "skills": [{"code": skill.value, "text": titles("skills")[skill.value]} for skill in Skill],
            "capacity": {"least": teams.CAPACITY[0], "most": teams.CAPACITY[1]},
        }
    )


async def _colleagues(session: AsyncSession) -> list[Json]:
    serving = [role for role, rights in RIGHTS.items() if Right.SERVE in rights]
    rows = await session.scalars(
        select(Agent).where(Agent.active.is_(True), Agent.role.in_(serving)).order_by(Agent.name, Agent.id)
    )
    agents = rows.all()
    ids = [agent.id for agent in agents]
    until = await presence.seen_until(session, ids)
    carried = await loads(session, ids)
    now = clock.now()
    return [
        {
            "id": agent.id,
            "name": agent.name,
            "role": agent.role.value,
            "online": agent.id in until and until[agent.id] > now,
            "available": agent.available,
            "load": carried.get(agent.id, 0),
            "capacity": agent.capacity,
        }
        for agent in agents
    ]


def _team_view(detail: TeamDetail) -> Json:
    return {
        "id": detail.team.id,
        "name": detail.team.name,
        "skills": [skill.value for skill in Skill if skill in detail.skills],
        "members": sorted(detail.members),
    }


async def add_team(request: web.Request) -> web.Response:
    """POST /teams."""
    manager = request[CURRENT].agent
    demand(manager, Right.MANAGE_TEAMS)
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        detail = await teams.add_team(
            session,
            name=_name(fields),
            skills=teams.parse_skills(_texts(fields, "skills")),
            members=_texts(fields, "members"),
        )
        _record(session, manager, "add_team", detail)
    request.app[HUB].hint(QUEUE)
    return web.json_response({"team": _team_view(detail)}, status=201)


async def change_team(request: web.Request) -> web.Response:
    """PUT /teams/{id}."""
    manager = request[CURRENT].agent
    demand(manager, Right.MANAGE_TEAMS)
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        detail = await teams.change_team(
            session,
            request.match_info["id"],
            name=_name(fields) if "name" in fields else None,
            skills=teams.parse_skills(_texts(fields, "skills")) if "skills" in fields else None,
            members=_texts(fields, "members") if "members" in fields else None,
        )
        _record(session, manager, "change_team", detail)
    # Who has which skill decides who is offered what waits.
    request.app[HUB].hint(QUEUE)
    return web.json_response({"team": _team_view(detail)})


async def dissolve_team(request: web.Request) -> web.Response:
    """DELETE /teams/{id}."""
    manager = request[CURRENT].agent
    demand(manager, Right.MANAGE_TEAMS)
    team_id = request.match_info["id"]
    async with request.app[DATABASE].transaction() as session:
        await teams.dissolve_team(session, team_id)
        audit.record(session, actor=f"agent:{manager.id}", action="dissolve_team", subject=f"team:{team_id}")
    request.app[HUB].hint(QUEUE)
    return web.Response(status=204)


async def set_capacity(request: web.Request) -> web.Response:
    """PUT /agents/{id}/capacity."""
    manager = request[CURRENT].agent
    demand(manager, Right.MANAGE_TEAMS)
    fields = await read_object(request)
    capacity = integer(fields, "capacity", low=0, high=_CAPACITY_MOST)
    async with request.app[DATABASE].transaction() as session:
        agent = await teams.set_capacity(session, request.match_info["id"], capacity)
        audit.record(
            session,
            actor=f"agent:{manager.id}",
            action="set_capacity",
            subject=f"agent:{agent.id}",
            details={"capacity": capacity},
        )
    request.app[HUB].hint(QUEUE)
    return web.json_response({"capacity": agent.capacity})


def _record(session: AsyncSession, manager: Agent, action: str, detail: TeamDetail) -> None:
    shown = _team_view(detail)
    audit.record(
        session,
        actor=f"agent:{manager.id}",
        action=action,
        subject=f"team:{detail.team.id}",
        details={"skills": shown["skills"], "members": shown["members"]},
    )


def _name(fields: Json) -> str:
    name = string(fields, "name", most=_NAME_MOST).strip()
    if not name:
        raise RequestError("field_invalid", status=422, field="name")
    return name


def _texts(fields: Json, name: str) -> list[str]:
    """Return a list of short texts.

    Raises:
        RequestError: It is missing or something else.
    """
    values: Any = fields.get(name)
    if not isinstance(values, list) or len(values) > _MEMBERS_MOST:
        raise RequestError("field_invalid", status=422, field=name)
    if any(not isinstance(value, str) or not 0 < len(value) <= _ID_MOST or "\0" in value for value in values):
        raise RequestError("field_invalid", status=422, field=name)
    return list(dict.fromkeys(values))


def routes() -> list[web.RouteDef]:
    """Return the routes on teams."""
    one = f"/desk/api/teams/{{id:{PATH_ID}}}"
    return [
        web.get("/desk/api/teams", get_teams, allow_head=False),
        web.post("/desk/api/teams", add_team),
        web.put(one, change_team),
        web.delete(one, dissolve_team),
        web.put(f"/desk/api/agents/{{id:{PATH_ID}}}/capacity", set_capacity),
    ]
