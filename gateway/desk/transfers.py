"""The desk's calls that pass conversations on: decline, transfer, take over, reassign, and why it was routed so."""

from aiohttp import web

from gateway.desk.access import visible_conversation
from gateway.desk.auth import CURRENT
from gateway.desk.conversations import answer, tell_changed
from gateway.desk.routing_views import decision_views
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB
from gateway.live import QUEUE
from gateway.requests import PATH_ID, boolean, read_object, string
from helpdesk import audit
from helpdesk.agents.rights import Right, demand
from helpdesk.database import Json
from helpdesk.handoff import offers, transferring
from helpdesk.handoff.transferring import Moved

_NOTE_MOST = 500
_ID_MOST = 64


async def decline(request: web.Request) -> web.Response:
    """POST /conversations/{id}/decline."""
    agent = request[CURRENT].agent
    demand(agent, Right.SERVE)
    fields = await read_object(request)
    why = string(fields, "reason", most=32)
    conversation_id = request.match_info["id"]
    async with request.app[DATABASE].transaction() as session:
        await offers.decline(session, conversation_id, agent, reason=why)
        audit.record(
            session,
            actor=f"agent:{agent.id}",
            action="decline",
            subject=f"conversation:{conversation_id}",
            details={"reason": why},
        )
    request.app[HUB].hint(QUEUE)
    return web.Response(status=204)


async def transfer(request: web.Request) -> web.Response:
    """POST /conversations/{id}/transfer."""
    agent = request[CURRENT].agent
    demand(agent, Right.SERVE)
    fields = await read_object(request)
    to_agent = string(fields, "to_agent", most=_ID_MOST, default="")
    to_team = string(fields, "to_team", most=_ID_MOST, default="")
    if bool(to_agent) == bool(to_team):
        raise RequestError("field_invalid", status=422, field="to_agent")
    note = string(fields, "note", most=_NOTE_MOST, default="").strip() or None
    conversation_id = request.match_info["id"]
    async with request.app[DATABASE].transaction() as session:
        if to_agent:
            moved = await transferring.transfer_to_agent(session, conversation_id, agent, to_agent=to_agent, note=note)
        else:
            may_wait = boolean(fields, "may_wait") if "may_wait" in fields else False
            moved = await transferring.transfer_to_team(
                session, conversation_id, agent, to_team=to_team, note=note, may_wait=may_wait
            )
        audit.record(
            session,
            actor=f"agent:{agent.id}",
            action="transfer",
            subject=f"conversation:{conversation_id}",
            details={"agent": to_agent} if to_agent else {"team": to_team},
        )
    return await _moved(request, moved)


async def take_over(request: web.Request) -> web.Response:
    """POST /conversations/{id}/takeover."""
    supervisor = request[CURRENT].agent
    demand(supervisor, Right.ASSIGN)
    why = _filled(await read_object(request), "reason")
    async with request.app[DATABASE].transaction() as session:
        moved = await transferring.take_over(session, request.match_info["id"], supervisor, reason=why)
        audit.record(
            session,
            actor=f"agent:{supervisor.id}",
            action="take_over",
            subject=f"conversation:{moved.conversation.id}",
            details={"agents": list(moved.agent_ids)},
        )
    return await _moved(request, moved)


async def reassign(request: web.Request) -> web.Response:
    """POST /conversations/{id}/reassign."""
    supervisor = request[CURRENT].agent
    demand(supervisor, Right.ASSIGN)
    fields = await read_object(request)
    why, to_agent = _filled(fields, "reason"), string(fields, "agent", most=_ID_MOST)
    async with request.app[DATABASE].transaction() as session:
        moved = await transferring.reassign(
            session, request.match_info["id"], supervisor, to_agent=to_agent, reason=why
        )
        audit.record(
            session,
            actor=f"agent:{supervisor.id}",
            action="reassign",
            subject=f"conversation:{moved.conversation.id}",
            details={"agents": list(moved.agent_ids)},
        )
    return await _moved(request, moved)


async def get_routing(request: web.Request) -> web.Response:
    """GET /conversations/{id}/routing."""
    agent = request[CURRENT].agent
    async with request.app[DATABASE].reading() as session:
        conversation = await visible_conversation(session, request.match_info["id"], agent)
        decisions = await decision_views(session, await offers.decisions_of(session, conversation.id), reader=agent)
    return web.json_response({"decisions": decisions})


async def _moved(request: web.Request, moved: Moved) -> web.Response:
    tell_changed(request, moved.conversation)
    for agent_id in moved.agent_ids:
        request.app[HUB].hint(agent_id)
    return await answer(request, moved.conversation.id)


def _filled(fields: Json, name: str) -> str:
    value = string(fields, name, most=_NOTE_MOST).strip()
    if not value:
        raise RequestError("field_invalid", status=422, field=name)
    return value


def routes() -> list[web.RouteDef]:
    """Return the routes of passing on."""
    one = f"/desk/api/conversations/{{id:{PATH_ID}}}"
    return [
        web.post(f"{one}/decline", decline),
        web.post(f"{one}/transfer", transfer),
        web.post(f"{one}/takeover", take_over),
        web.post(f"{one}/reassign", reassign),
        web.get(f"{one}/routing", get_routing, allow_head=False),
    ]
