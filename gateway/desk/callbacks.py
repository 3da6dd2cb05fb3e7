"""The desk's calls that customers wish for: the list, taking one with its number, recording what came of it."""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.auth import CURRENT
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB
from gateway.live import QUEUE
from gateway.requests import PATH_ID, read_object, string
from gateway.views import case_view, when
from helpdesk import clock
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, demand
from helpdesk.callbacks import service
from helpdesk.callbacks.model import Callback
from helpdesk.callbacks.policy import MOST_ATTEMPTS, CallWindow
from helpdesk.cases.model import Case
from helpdesk.database import Json


async def _views(session: AsyncSession, callbacks: Sequence[Callback]) -> list[Json]:
    """Return `Callback`s of docs/protocol.md: numbers are masked, whoever asks."""
    now = clock.now()
    shown = []
    for callback in callbacks:
        case = await session.get_one(Case, callback.case_id)
        agent = await session.get(Agent, callback.agent_id) if callback.is_taken(now) and callback.agent_id else None
        window = CallWindow(start=callback.window_start, end=callback.window_end)
        shown.append(
            {
                "id": callback.id,
                "conversation": callback.conversation_id,
                "case": case_view(case),
                "priority": case.priority.value,
                "phone": callback.phone_masked,
                "window": {"start": when(window.start), "end": when(window.end), "text": service.spoken(window)},
                "next_at": when(callback.next_at),
                "state": callback.state.value,
                "attempts": callback.attempts,
                "attempts_most": MOST_ATTEMPTS,
                "agent": {"id": agent.id, "name": agent.name} if agent else None,
            }
        )
    return shown


async def list_callbacks(request: web.Request) -> web.Response:
    """GET /callbacks: the open ones, the next call first."""
    demand(request[CURRENT].agent, Right.READ_QUEUE)
    async with request.app[DATABASE].reading() as session:
        shown = await _views(session, await service.list_open(session))
    return web.json_response({"callbacks": shown, "at": when(clock.now())})


async def take(request: web.Request) -> web.Response:
    """POST /callbacks/{id}/take: the number, noted in the audit trail."""
    agent = request[CURRENT].agent
    demand(agent, Right.SERVE)
    async with request.app[DATABASE].transaction() as session:
        callback = await service.take(session, request.match_info["id"], agent)
        [shown] = await _views(session, [callback])
        phone = callback.phone
    request.app[HUB].hint(QUEUE)
    return web.json_response({"callback": shown, "phone": phone})


async def record_outcome(request: web.Request) -> web.Response:
    """POST /callbacks/{id}/outcome {outcome}."""
    agent = request[CURRENT].agent
    demand(agent, Right.SERVE)
    fields = await read_object(request)
    try:
        outcome = service.Outcome(string(fields, "outcome", most=32))
    except ValueError as error:
        raise RequestError("field_invalid", status=422, field="outcome") from error
    async with request.app[DATABASE].transaction() as session:
        callback = await service.record_outcome(session, request.match_info["id"], agent, outcome)
        [shown] = await _views(session, [callback])
    request.app[HUB].hint(callback.conversation_id)
    request.app[HUB].hint(QUEUE)
    return web.json_response({"callback": shown})


def routes() -> list[web.RouteDef]:
    """Return the routes on calls that customers wish for."""
    one = f"/desk/api/callbacks/{{id:{PATH_ID}}}"
    return [
        web.get("/desk/api/callbacks", list_callbacks, allow_head=False),
        web.post(f"{one}/take", take),
        web.post(f"{one}/outcome", record_outcome),
    ]
