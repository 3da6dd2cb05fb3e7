"""The customer's checklist of first steps: ticking one, and reading all ticks with the start of the countdown."""

from aiohttp import web

from gateway.channels.web.identity import current_session
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB, MESSAGE_LIMIT
from gateway.requests import boolean, query_id, read_object, string
from gateway.views import when
from helpdesk.cases.fields import read_scam_fields
from helpdesk.conversations.store import find_current_conversation
from helpdesk.errors import ConversationNotFoundError
from helpdesk.scams.checklist import StepUnknownError, checklist_of, since, tick

_ID_MOST = 64


async def post_checklist(request: web.Request) -> web.Response:
    """POST /checklist: tick a step of a stop-loss message, or take the tick back."""
    customer = await current_session(request)
    fields = await read_object(request)
    message_id = string(fields, "message", most=_ID_MOST)
    step, done = string(fields, "step", most=_ID_MOST), boolean(fields, "done")
    # Each tick is an event on the case's timeline, which keeps all of them.
    request.app[MESSAGE_LIMIT].use(customer.contact_id)
    async with request.app[DATABASE].transaction() as session:
        try:
            case, conversation_id = await tick(
                session, contact_id=customer.contact_id, message_id=message_id, step=step, done=done
            )
        except StepUnknownError as error:
            raise RequestError("step_not_found", status=404) from error
    # The agent's card shows it.
    request.app[HUB].hint(conversation_id)
    return web.json_response({"checklist": read_scam_fields(case.fields).checklist})


async def get_checklist(request: web.Request) -> web.Response:
    """GET /checklist?conversation=ID: the ticks of a conversation, by default the newest."""
    customer = await current_session(request)
    conversation_id = query_id(request, "conversation")
    async with request.app[DATABASE].reading() as session:
        if conversation_id is None:
            current = await find_current_conversation(session, customer.contact_id)
            if current is None:
                raise ConversationNotFoundError
            conversation_id = current.id
        case = await checklist_of(session, contact_id=customer.contact_id, conversation_id=conversation_id)
    if case is None:
        return web.json_response({"checklist": {}, "since": None})
    known = read_scam_fields(case.fields)
    return web.json_response({"checklist": known.checklist, "since": when(since(case, known))})


def routes() -> list[web.RouteDef]:
    """Return the routes of the checklist."""
    return [
        web.post("/api/v1/checklist", post_checklist),
        web.get("/api/v1/checklist", get_checklist, allow_head=False),
    ]
