"""The desk's calls on deliveries that were given up, for supervisors and administrators."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.auth import CURRENT
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB
from gateway.outbox_sender import OUTBOX
from gateway.requests import PATH_ID
from gateway.views import when
from helpdesk import audit
from helpdesk.agents.rights import Right, demand
from helpdesk.cases.model import Case
from helpdesk.database import Json
from helpdesk.outbox import service
from helpdesk.outbox.model import OutboxMessage, OutboxState


async def _view(session: AsyncSession, message: OutboxMessage) -> Json:
    # Without the payload: it says who the customer is, and sending it again needs nobody to read it.
    case = await session.get(Case, message.case_id) if message.case_id else None
    return {
        "id": message.id,
        "destination": message.destination,
        "kind": message.kind,
        "state": message.state.value,
        "attempts": message.attempts,
        "error": message.last_error,
        "case": case.number if case else None,
        "conversation": message.conversation_id,
        "created_at": when(message.created_at),
        "due_at": when(message.due_at),
        "sent_at": when(message.sent_at) if message.sent_at else None,
    }


async def list_outbox(request: web.Request) -> web.Response:
    """GET /outbox?state=dead."""
    agent = request[CURRENT].agent
    demand(agent, Right.MANAGE_OUTBOX)
    try:
        state = OutboxState(request.query.get("state", OutboxState.DEAD.value))
    except ValueError as error:
        raise RequestError("field_invalid", status=422, field="state") from error
    async with request.app[DATABASE].transaction() as session:
        messages = [await _view(session, message) for message in await service.list_messages(session, state)]
        details = {"state": state.value, "messages": len(messages)}
        audit.record(session, actor=f"agent:{agent.id}", action="read_outbox", subject="outbox", details=details)
    return web.json_response({"messages": messages})


async def replay(request: web.Request) -> web.Response:
    """POST /outbox/{id}/replay."""
    agent = request[CURRENT].agent
    demand(agent, Right.MANAGE_OUTBOX)
    async with request.app[DATABASE].transaction() as session:
        message = await service.replay(session, request.match_info["id"], actor=f"agent:{agent.id}")
        shown = await _view(session, message)
    request.app[HUB].hint(OUTBOX)
    return web.json_response({"message": shown})


def routes() -> list[web.RouteDef]:
    """Return the routes on the outbox."""
    return [
        web.get("/desk/api/outbox", list_outbox, allow_head=False),
        web.post(f"/desk/api/outbox/{{id:{PATH_ID}}}/replay", replay),
    ]
