"""The customer's own cases, for those whom the host app has signed in: where they stand, by when they hear of us."""

from aiohttp import web

from gateway.channels.web.identity import current_session
from gateway.keys import DATABASE
from gateway.views import when
from helpdesk.cases.errors import VerificationRequiredError
from helpdesk.cases.progress import Progress, progress_of
from helpdesk.conversations.store import get_contact
from helpdesk.database import Json
from helpdesk.texts import text


async def get_cases(request: web.Request) -> web.Response:
    """GET /cases: this customer's own; a guest's session may be shared with whoever else uses the device."""
    customer = await current_session(request)
    async with request.app[DATABASE].reading() as session:
        if not (await get_contact(session, customer.contact_id)).verified:
            raise VerificationRequiredError
        cases = await progress_of(session, customer.contact_id)
    return web.json_response({"cases": [_view(case) for case in cases]})


def _view(case: Progress) -> Json:
    """Return a `CustomerCase`."""
    return {
        "number": case.number,
        "type": text("case_types", case.type.value),
        "state": case.status.value,
        "status": case.status_text,
        "opened_at": when(case.opened_at),
        "updated_at": when(case.updated_at),
        "closed_at": when(case.closed_at) if case.closed_at else None,
        "next_due": {"title": case.next_due[0], "at": when(case.next_due[1])} if case.next_due else None,
        "merged_into": case.merged_into,
    }


def routes() -> list[web.RouteDef]:
    """Return the route on cases."""
    return [web.get("/api/v1/cases", get_cases, allow_head=False)]
