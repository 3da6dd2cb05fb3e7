"""The desk's call to see what it hides of a customer by default: for a reason, for a while, and noted."""

from aiohttp import web

from gateway.desk.access import visible_conversation
from gateway.desk.auth import CURRENT
from gateway.errors import RequestError
from gateway.keys import DATABASE
from gateway.requests import PATH_ID, read_object, string
from gateway.views import when
from helpdesk.agents.rights import Right, demand
from helpdesk.reveals import service
from helpdesk.reveals.service import REASON_LIMIT, Revealed
from helpdesk.texts import text


async def reveal(request: web.Request) -> web.Response:
    """POST /conversations/{id}/reveal."""
    agent = request[CURRENT].agent
    demand(agent, Right.REVEAL_CONTACTS)
    reason = string(await read_object(request), "reason", most=REASON_LIMIT).strip()
    if not reason:
        raise RequestError("field_invalid", status=422, field="reason")
    async with request.app[DATABASE].transaction() as session:
        conversation = await visible_conversation(session, request.match_info["id"], agent)
        revealed = await service.reveal(session, conversation, agent, reason=reason)
    return web.json_response({"revealed": _view(revealed)})


async def get_revealed(request: web.Request) -> web.Response:
    """GET /conversations/{id}/reveal: what a reveal that still lasts shows, else null."""
    agent = request[CURRENT].agent
    demand(agent, Right.REVEAL_CONTACTS)
    async with request.app[DATABASE].reading() as session:
        conversation = await visible_conversation(session, request.match_info["id"], agent)
        revealed = await service.find_revealed(session, contact_id=conversation.contact_id, agent_id=agent.id)
    return web.json_response({"revealed": _view(revealed) if revealed else None})


def _view(revealed: Revealed) -> dict[str, object]:
    return {
        "name": revealed.name or text("customers", "guest"),
        "identities": [{"channel": channel, "id": external_id} for channel, external_id in revealed.identities],
        "until": when(revealed.until),
    }


def routes() -> list[web.RouteDef]:
    """Return the routes on what is hidden."""
    one = f"/desk/api/conversations/{{id:{PATH_ID}}}/reveal"
    return [web.get(one, get_revealed, allow_head=False), web.post(one, reveal)]
