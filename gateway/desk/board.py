"""The desk's call on how the desk stands now, for supervisors; no customer is named in it."""

from aiohttp import web

from gateway.desk.auth import CURRENT
from gateway.paced_reading import PacedReading
from gateway.views import case_view, when
from helpdesk.agents.rights import Right, demand
from helpdesk.clocks.policy import promises
from helpdesk.database import Database, Json
from helpdesk.reports.live import AgentState, DuePromise, Live, live_state

_FRESH_SECONDS = 1.0


class LiveBoard:
    """Reads the state of the desk once for however many boards are open."""

    def __init__(self, database: Database) -> None:
        """Start with nothing read."""
        self._database = database
        self._state = PacedReading(self._read, seconds=_FRESH_SECONDS)

    async def state(self) -> Json:
        """Return the state as it is after this call began."""
        return await self._state.latest()

    async def _read(self) -> Json:
        async with self._database.reading() as session:
            return board_view(await live_state(session))


LIVE_BOARD: web.AppKey[LiveBoard] = web.AppKey("LIVE_BOARD")


async def get_board(request: web.Request) -> web.Response:
    """GET /board."""
    demand(request[CURRENT].agent, Right.READ_BOARD)
    return web.json_response(await request.app[LIVE_BOARD].state())


def board_view(live: Live) -> Json:
    """Return the state of the desk as docs/protocol.md shows it."""
    return {
        "at": when(live.at),
        "queue": [
            {
                "priority": band.priority.value,
                "waiting": band.waiting,
                "oldest_since": when(band.oldest_since) if band.oldest_since else None,
            }
            for band in live.bands
        ],
        "agents": [_agent_view(one) for one in live.agents],
        "due": [_due_view(one) for one in live.due],
    }


def _agent_view(one: AgentState) -> Json:
    return {
        "id": one.agent.id,
        "name": one.agent.name,
        "role": one.agent.role.value,
        "state": one.state,
        "carried": one.carried,
        "capacity": one.agent.capacity,
    }


def _due_view(one: DuePromise) -> Json:
    return {
        "kind": one.promise.kind.value,
        "title": promises()[one.promise.kind].title,
        "due_at": when(one.promise.due_at),
        "state": one.promise.state.value,
        "conversation": one.conversation_id,
        "case": case_view(one.case),
        "agent": {"id": one.agent.id, "name": one.agent.name} if one.agent else None,
    }


def routes() -> list[web.RouteDef]:
    """Return the route on the board."""
    return [web.get("/desk/api/board", get_board, allow_head=False)]
