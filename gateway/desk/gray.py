"""The desk's calls on flags of the gray industry: what is read and decided is noted in the audit trail."""

from datetime import timedelta
from enum import Enum

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.auth import CURRENT
from gateway.desk.days import query_day
from gateway.desk.gray_views import flag_detail, flag_rows
from gateway.desk.spreadsheet import csv_answer
from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB, SETTINGS
from gateway.outbox_sender import OUTBOX
from gateway.requests import PATH_ID, query_integer, query_string, read_object, string
from gateway.views import when
from helpdesk import audit
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, demand, may
from helpdesk.database import Json
from helpdesk.gray import service, store
from helpdesk.gray.model import TYPE_LIMIT, AppealOutcome, FlagRole, FlagState
from helpdesk.gray.store import FlagFilter

_NOTE_MOST = 500
_MOST_PAGES = 10**6
_COLUMNS = ("flag", "type", "role", "first_seen", "last_seen", "evidence_messages", "decided_at")
_DECIDED_ROLES = {FlagRole.VICTIM, FlagRole.OPERATOR}


async def list_flags(request: web.Request) -> web.Response:
    """GET /flags?state=&type=&page=."""
    agent = request[CURRENT].agent
    state = _choice(request.query.get("state") or None, FlagState, "state")
    flag_type = query_string(request, "type", most=TYPE_LIMIT) or None
    page = query_integer(request, "page", default=1, low=1, high=_MOST_PAGES)
    of_any_state = FlagFilter(agent_id=_only_of(agent), type=flag_type)
    wanted = FlagFilter(agent_id=_only_of(agent), type=flag_type, state=state)
    async with request.app[DATABASE].transaction() as session:
        rows = await flag_rows(session, await store.list_flags(session, wanted, page=page))
        counts = await store.count_flags(session, of_any_state)
        details: Json = {"state": state.value if state else None, "page": page, "flags": [row["id"] for row in rows]}
        audit.record(session, actor=f"agent:{agent.id}", action="read_flags", subject="flags", details=details)
    total = counts[state] if state else sum(counts.values())
    return web.json_response(
        {
            "flags": rows,
            "counts": {one.value: count for one, count in counts.items()},
            "page": page,
            "pages": max(1, -(-total // store.PAGE)),
        }
    )


async def get_flag(request: web.Request) -> web.Response:
    """GET /flags/{id}."""
    agent = request[CURRENT].agent
    async with request.app[DATABASE].transaction() as session:
        flag_id = await _visible(session, request, agent)
        audit.record(session, actor=f"agent:{agent.id}", action="read_flag", subject=f"flag:{flag_id}")
    return await _answer(request, flag_id)


async def confirm(request: web.Request) -> web.Response:
    """POST /flags/{id}/confirm."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        flag_id = await _decidable(session, request, agent)
        role = _choice(string(fields, "role", most=32), FlagRole, "role")
        if role not in _DECIDED_ROLES:
            raise RequestError("field_invalid", status=422, field="role")
        await service.confirm(session, flag_id, agent_id=agent.id, role=role, note=_note(fields))
    return await _answer(request, flag_id)


async def clear(request: web.Request) -> web.Response:
    """POST /flags/{id}/clear."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        flag_id = await _decidable(session, request, agent)
        await service.clear(session, flag_id, agent_id=agent.id, note=_note(fields))
    return await _answer(request, flag_id)


async def appeal(request: web.Request) -> web.Response:
    """POST /flags/{id}/appeal: for the customer, by whoever may see the flag."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        flag_id = await _visible(session, request, agent)
        await service.appeal(session, flag_id, agent_id=agent.id, note=_note(fields))
    return await _answer(request, flag_id)


async def decide_appeal(request: web.Request) -> web.Response:
    """POST /flags/{id}/appeal/decide."""
    agent = request[CURRENT].agent
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        flag_id = await _decidable(session, request, agent)
        outcome = _choice(string(fields, "outcome", most=32), AppealOutcome, "outcome")
        if outcome is None:
            raise RequestError("field_invalid", status=422, field="outcome")
        await service.decide_appeal(session, flag_id, agent_id=agent.id, outcome=outcome, note=_note(fields))
    return await _answer(request, flag_id)


async def send_notice(request: web.Request) -> web.Response:
    """POST /flags/{id}/notice."""
    agent = request[CURRENT].agent
    async with request.app[DATABASE].transaction() as session:
        flag_id = await _decidable(session, request, agent)
        if not _can_notify(request):
            # Skipped by the sender, it would count as sent and never be.
            raise RequestError("notice_not_configured", status=409)
        await service.send_notice(session, flag_id, agent_id=agent.id)
    request.app[HUB].hint(OUTBOX)
    return await _answer(request, flag_id)


async def export(request: web.Request) -> web.Response:
    """GET /flags/export.csv?from=&to=: for the industry system, without names and without what anybody wrote."""
    agent = request[CURRENT].agent
    demand(agent, Right.EXPORT_FLAGS)
    first, last = query_day(request, "from"), query_day(request, "to")
    before = last + timedelta(days=1) if last else None
    async with request.app[DATABASE].transaction() as session:
        flags = await store.confirmed_flags(session, since=first, before=before)
        details: Json = {"from": request.query.get("from"), "to": request.query.get("to"), "flags": len(flags)}
        audit.record(session, actor=f"agent:{agent.id}", action="export_flags", subject="flags", details=details)
    return csv_answer(
        "flags.csv",
        _COLUMNS,
        (
            [
                flag.id,
                flag.type,
                flag.role.value,
                when(flag.first_seen_at),
                when(flag.last_seen_at),
                str(flag.evidence_count),
                when(flag.decided_at) if flag.decided_at else "",
            ]
            for flag in flags
        ),
    )


def _only_of(agent: Agent) -> str | None:
    """Return whose conversations the agent is limited to: their own, or None for no limit."""
    return None if may(agent, Right.READ_ANY_CONVERSATION) else agent.id


async def _visible(session: AsyncSession, request: web.Request, agent: Agent) -> str:
    """Return the id of the flag in the address; refused where it is not the agent's to see."""
    return (await store.get_flag(session, request.match_info["id"], agent_id=_only_of(agent))).id


async def _decidable(session: AsyncSession, request: web.Request, agent: Agent) -> str:
    demand(agent, Right.DECIDE_FLAGS)
    return await _visible(session, request, agent)


async def _answer(request: web.Request, flag_id: str) -> web.Response:
    async with request.app[DATABASE].reading() as session:
        flag = await store.get_flag(session, flag_id)
        shown = await flag_detail(session, flag, request[CURRENT].agent, can_notify=_can_notify(request))
    return web.json_response({"flag": shown})


def _can_notify(request: web.Request) -> bool:
    return bool(request.app[SETTINGS].notice_url)


def _note(fields: Json) -> str:
    note = string(fields, "note", most=_NOTE_MOST).strip()
    if not note:
        raise RequestError("field_invalid", status=422, field="note")
    return note


def _choice[Choice: Enum](value: str | None, choices: type[Choice], name: str) -> Choice | None:
    if value is None:
        return None
    try:
        return choices(value)
    except ValueError as error:
        raise RequestError("field_invalid", status=422, field=name) from error


def routes() -> list[web.RouteDef]:
    """Return the routes on flags."""
    one = f"/desk/api/flags/{{id:{PATH_ID}}}"
    return [
        web.get("/desk/api/flags", list_flags, allow_head=False),
        web.get("/desk/api/flags/export.csv", export, allow_head=False),
        web.get(one, get_flag, allow_head=False),
        web.post(f"{one}/confirm", confirm),
        web.post(f"{one}/clear", clear),
        web.post(f"{one}/appeal", appeal),
        web.post(f"{one}/appeal/decide", decide_appeal),
        web.post(f"{one}/notice", send_notice),
    ]
