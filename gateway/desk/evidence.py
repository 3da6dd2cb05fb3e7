"""The desk's call for an evidence pack: a case as a ZIP that its recipient can check."""

from aiohttp import web

from gateway.desk.auth import CURRENT
from gateway.errors import RequestError
from gateway.keys import DATABASE, FILES
from gateway.requests import PATH_ID, read_object, string
from helpdesk.agents.rights import Right, may
from helpdesk.errors import CaseNotFoundError
from helpdesk.evidence import store
from helpdesk.evidence.service import export_case

_REASON_MOST = 200


async def export(request: web.Request) -> web.Response:
    """POST /cases/{number}/evidence.

    A refusal looks like a case that does not exist, so that numbers cannot be tried out.
    """
    agent = request[CURRENT].agent
    reason = string(await read_object(request), "reason", most=_REASON_MOST).strip()
    if not reason:
        raise RequestError("field_invalid", status=422, field="reason")
    async with request.app[DATABASE].transaction() as session:
        case = await store.lock_case(session, request.match_info["number"])
        if not may(agent, Right.READ_ANY_CONVERSATION) and not await store.owns_conversation_of(
            session, case, agent.id
        ):
            raise CaseNotFoundError
        pack = await export_case(
            session, case, by=f"agent:{agent.id}", reason=reason, storage=request.app[FILES].storage
        )
    return web.Response(
        body=pack.content,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{pack.file_name}"'},
    )


def routes() -> list[web.RouteDef]:
    """Return the route on evidence packs."""
    return [web.post(f"/desk/api/cases/{{number:{PATH_ID}}}/evidence", export)]
