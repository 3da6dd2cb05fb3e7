"""The desk's calls on cases: who sees and changes which, and what they read and do is noted in the audit trail."""

from collections.abc import Awaitable, Callable
from enum import Enum

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.access import visible_conversation
from gateway.desk.auth import CURRENT
from gateway.desk.case_views import case_detail, case_rows, limit_of
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB
from gateway.requests import PATH_ID, query_id, query_integer, query_string, read_object, string
from helpdesk import audit
from helpdesk.agents import service as agents
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, demand, may
from helpdesk.cases import links, store, work
from helpdesk.cases.model import Case, CaseStatus, CaseType, Relation
from helpdesk.cases.store import CaseFilter
from helpdesk.conversations.store import lock_conversation
from helpdesk.database import Json
from helpdesk.ratings import requests as ratings

REASON_MOST = 500
_NUMBER_MOST = 24
_SUMMARY_MOST = 200
_MOST_PAGES = 10**6
_ME = "me"
_UNFINISHED = "unfinished"


async def list_cases(request: web.Request) -> web.Response:
    """GET /cases?status=&type=&owner=&q=&page=."""
    agent = request[CURRENT].agent
    page = query_integer(request, "page", default=1, low=1, high=_MOST_PAGES)
    status = request.query.get("status") or None
    owner = query_id(request, "owner")
    wanted = CaseFilter(
        agent_id=limit_of(agent),
        is_open=True if status == _UNFINISHED else None,
        status=None if status == _UNFINISHED else choice(status, CaseStatus, "status"),
        type=choice(request.query.get("type") or None, CaseType, "type"),
        owner_id=agent.id if owner == _ME else owner,
        number=query_string(request, "q", most=_NUMBER_MOST).strip().upper(),
    )
    async with request.app[DATABASE].transaction() as session:
        rows = await case_rows(session, await store.list_cases(session, wanted, page=page))
        total = await store.count_cases(session, wanted)
        details: Json = {"page": page, "cases": [row["id"] for row in rows]}
        audit.record(session, actor=f"agent:{agent.id}", action="read_cases", subject="cases", details=details)
    return web.json_response({"cases": rows, "page": page, "pages": max(1, -(-total // store.PAGE)), "total": total})


async def open_case(request: web.Request) -> web.Response:
    """POST /cases: for a conversation that the agent serves, or any with the right to manage cases."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    case_type = _required(choice(string(fields, "type", most=32), CaseType, "type"), "type")
    async with request.app[DATABASE].transaction() as session:
        conversation = await visible_conversation(session, string(fields, "conversation", most=64), agent)
        demand(agent, Right.SERVE)
        conversation = await lock_conversation(session, conversation.id)
        if conversation.agent_id != agent.id:
            demand(agent, Right.MANAGE_CASES)
        case = await work.open_by_agent(
            session,
            conversation,
            case_type=case_type,
            summary=string(fields, "summary", most=_SUMMARY_MOST, default=""),
            agent_id=agent.id,
        )
    return await answer(request, case.id, status=201)


async def get_case(request: web.Request) -> web.Response:
    """GET /cases/{id}, where the id may also be the number."""
    agent = request[CURRENT].agent
    async with request.app[DATABASE].transaction() as session:
        case = await store.get_case(session, request.match_info["id"], agent_id=limit_of(agent))
        audit.record(session, actor=f"agent:{agent.id}", action="read_case", subject=f"case:{case.id}")
        shown = await _shown(session, case, agent)
    return web.json_response({"case": shown})


async def list_owners(request: web.Request) -> web.Response:
    """GET /case-owners: who can be made responsible for a case."""
    demand(request[CURRENT].agent, Right.MANAGE_CASES)
    async with request.app[DATABASE].reading() as session:
        found = [one for one in await agents.list_agents(session) if one.active and may(one, Right.SERVE)]
    return web.json_response({"agents": [{"id": one.id, "name": one.name} for one in found]})


async def change_state(request: web.Request) -> web.Response:
    """POST /cases/{id}/state; reopening needs a reason."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    target = _required(choice(string(fields, "status", most=32), CaseStatus, "status"), "status")
    async with request.app[DATABASE].transaction() as session:
        case = await workable(session, request.match_info["id"], agent)
        reason = note_of(fields, "reason", is_required=case.status is CaseStatus.CLOSED)
        await work.change_status(session, case.id, target, agent_id=agent.id, reason=reason)
    return await answer(request, case.id)


async def change_fields(request: web.Request) -> web.Response:
    """POST /cases/{id}/fields."""
    agent = request[CURRENT].agent
    filled_in = table(await read_object(request), "fields")
    async with request.app[DATABASE].transaction() as session:
        case = await workable(session, request.match_info["id"], agent)
        await work.change_fields(session, case.id, filled_in, agent_id=agent.id)
    return await answer(request, case.id)


async def change_owner(request: web.Request) -> web.Response:
    """POST /cases/{id}/owner: oneself (`me`), or with the right to manage cases anybody who serves or nobody (null)."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    wanted = None if fields.get("agent") is None else string(fields, "agent", most=64)
    async with request.app[DATABASE].transaction() as session:
        case = await workable(session, request.match_info["id"], agent)
        if wanted not in {_ME, agent.id}:
            demand(agent, Right.MANAGE_CASES)
        owner = None if wanted is None else await agents.get_agent(session, agent.id if wanted == _ME else wanted)
        reason = note_of(fields, "reason", is_required=False)
        await work.change_owner(session, case.id, owner, agent_id=agent.id, reason=reason)
    return await answer(request, case.id)


async def close(request: web.Request) -> web.Response:
    """POST /cases/{id}/close."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        case = await workable(session, request.match_info["id"], agent)
        await work.close(
            session,
            case.id,
            string(fields, "resolution", most=32),
            table(fields, "details") if "details" in fields else {},
            agent_id=agent.id,
            reason=note_of(fields, "note", is_required=False),
        )
    async with request.app[DATABASE].transaction() as session:
        asked = await ratings.ask_after_case(session, case.id)
    for conversation_id in asked:
        request.app[HUB].hint(conversation_id)
    return await answer(request, case.id)


async def link(request: web.Request) -> web.Response:
    """POST /cases/{id}/link."""
    return await _change_link(request, links.link)


async def unlink(request: web.Request) -> web.Response:
    """POST /cases/{id}/unlink."""
    return await _change_link(request, links.unlink)


async def _change_link(request: web.Request, change: Callable[..., Awaitable[Case]]) -> web.Response:
    agent = request[CURRENT].agent
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        case = await workable(session, request.match_info["id"], agent)
        conversation = await visible_conversation(session, string(fields, "conversation", most=64), agent)
        await change(session, case.id, conversation.id, agent_id=agent.id, reason=note_of(fields, "reason"))
    request.app[HUB].hint(conversation.id)
    return await answer(request, case.id)


async def relate(request: web.Request) -> web.Response:
    """POST /cases/{id}/relate."""
    return await _change_relation(request, links.relate)


async def unrelate(request: web.Request) -> web.Response:
    """POST /cases/{id}/unrelate."""
    return await _change_relation(request, links.unrelate)


async def _change_relation(request: web.Request, change: Callable[..., Awaitable[None]]) -> web.Response:
    agent = request[CURRENT].agent
    fields = await read_object(request)
    kind = _required(choice(string(fields, "kind", most=32), Relation, "kind"), "kind")
    async with request.app[DATABASE].transaction() as session:
        case = await workable(session, request.match_info["id"], agent)
        other = await store.get_case(session, other_key(fields), agent_id=limit_of(agent))
        await change(session, case.id, other.id, kind, agent_id=agent.id, reason=note_of(fields, "reason"))
    return await answer(request, case.id)


async def workable(session: AsyncSession, key: str, agent: Agent) -> Case:
    """Return a case, by its id or number, that the agent may change.

    Raises:
        CaseNotFoundError: There is none, or it is not the agent's to see.
        ForbiddenError: They may only read it.
    """
    case = await store.get_case(session, key, agent_id=limit_of(agent))
    if not await _is_workable(session, case, agent):
        demand(agent, Right.MANAGE_CASES)
    return case


async def _is_workable(session: AsyncSession, case: Case, agent: Agent) -> bool:
    if may(agent, Right.MANAGE_CASES):
        return True
    return may(agent, Right.SERVE) and bool(await store.readable_among(session, [case.id], agent_id=agent.id))


async def answer(request: web.Request, case_id: str, *, status: int = 200) -> web.Response:
    """Answer with the case as it is after the commit, and tell the pages that show its conversations."""
    async with request.app[DATABASE].reading() as session:
        # Whoever gave a case away may still read what they did.
        case = await store.get_case(session, case_id)
        shown = await _shown(session, case, request[CURRENT].agent)
    for conversation in shown["conversations"]:
        request.app[HUB].hint(conversation["id"])
    return web.json_response({"case": shown}, status=status)


async def _shown(session: AsyncSession, case: Case, agent: Agent) -> Json:
    return await case_detail(session, case, agent, is_workable=await _is_workable(session, case, agent))


def other_key(fields: Json) -> str:
    """Return the id or number of the other case; people paste numbers with blanks around them."""
    return string(fields, "case", most=64).strip()


def note_of(fields: Json, name: str, *, is_required: bool = True) -> str:
    """Return a reason or note.

    Raises:
        RequestError: It is too long, or required and empty.
    """
    note = string(fields, name, most=REASON_MOST, default="").strip()
    if is_required and not note:
        raise RequestError("field_invalid", status=422, field=name)
    return note


def table(fields: Json, name: str) -> Json:
    """Return an object within the body.

    Raises:
        RequestError: It is missing or no object.
    """
    value = fields.get(name)
    if not isinstance(value, dict):
        raise RequestError("field_invalid", status=422, field=name)
    return value


def choice[Choice: Enum](value: str | None, choices: type[Choice], name: str) -> Choice | None:
    """Return a member of an enumeration by its value, None for None.

    Raises:
        RequestError: There is no such member.
    """
    if value is None:
        return None
    try:
        return choices(value)
    except ValueError as error:
        raise RequestError("field_invalid", status=422, field=name) from error


def _required[Choice](value: Choice | None, name: str) -> Choice:
    if value is None:
        raise RequestError("field_invalid", status=422, field=name)
    return value


def routes() -> list[web.RouteDef]:
    """Return the routes on cases."""
    one = f"/desk/api/cases/{{id:{PATH_ID}}}"
    return [
        web.get("/desk/api/cases", list_cases, allow_head=False),
        web.post("/desk/api/cases", open_case),
        web.get("/desk/api/case-owners", list_owners, allow_head=False),
        web.get(one, get_case, allow_head=False),
        web.post(f"{one}/state", change_state),
        web.post(f"{one}/fields", change_fields),
        web.post(f"{one}/owner", change_owner),
        web.post(f"{one}/close", close),
        web.post(f"{one}/link", link),
        web.post(f"{one}/unlink", unlink),
        web.post(f"{one}/relate", relate),
        web.post(f"{one}/unrelate", unrelate),
    ]
