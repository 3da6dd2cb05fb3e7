"""The desk's calls on the audit trail; reading it is itself recorded."""

import json
from datetime import timedelta

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.auth import CURRENT
from gateway.desk.days import query_day
from gateway.desk.spreadsheet import csv_answer
from gateway.keys import DATABASE
from gateway.requests import query_integer, query_string
from gateway.views import when
from helpdesk import audit
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, demand
from helpdesk.agents.service import list_agents
from helpdesk.audit import AuditEntry, reading
from helpdesk.audit.reading import AuditFilter
from helpdesk.database import Json
from helpdesk.texts import titles

PAGE = 50
# A spreadsheet of more is of no use to anybody; days narrow it down.
_EXPORT_MOST = 20_000
_MOST_SEQ = 2**62
_COLUMNS = ("seq", "at", "actor", "name", "action", "subject", "details", "hash")


async def list_audit(request: web.Request) -> web.Response:
    """GET /audit?actor=&action=&subject=&from=&to=&before=SEQ."""
    agent = request[CURRENT].agent
    demand(agent, Right.READ_AUDIT)
    wanted = _filter(request)
    before = query_integer(request, "before", default=_MOST_SEQ, low=1, high=_MOST_SEQ)
    async with request.app[DATABASE].transaction() as session:
        found = await reading.list_entries(session, wanted, limit=PAGE + 1, before_seq=before)
        names = await _names(session)
        actions = await reading.known_actions(session)
        _record(session, agent, request, "read_audit", entries=min(len(found), PAGE))
    return web.json_response(
        {
            "entries": [_view(entry, names) for entry in found[:PAGE]],
            "more": len(found) > PAGE,
            "people": [{"actor": actor, "name": name} for actor, name in names.items()],
            "actions": [{"code": code, "text": _words(code)} for code in actions],
        }
    )


async def export_audit(request: web.Request) -> web.Response:
    """GET /audit.csv, filtered in the same way: the newest twenty thousand."""
    agent = request[CURRENT].agent
    demand(agent, Right.READ_AUDIT)
    wanted = _filter(request)
    async with request.app[DATABASE].transaction() as session:
        found = await reading.list_entries(session, wanted, limit=_EXPORT_MOST)
        names = await _names(session)
        _record(session, agent, request, "export_audit", entries=len(found))
    rows = (
        [
            str(entry.seq),
            when(entry.at),
            entry.actor,
            names.get(entry.actor, ""),
            entry.action,
            entry.subject,
            json.dumps(entry.details, ensure_ascii=False, sort_keys=True),
            entry.hash,
        ]
        for entry in found
    )
    return csv_answer("audit.csv", _COLUMNS, rows)


def _filter(request: web.Request) -> AuditFilter:
    last = query_day(request, "to")
    return AuditFilter(
        actor=query_string(request, "actor", most=64),
        action=query_string(request, "action", most=64),
        subject=query_string(request, "subject", most=96),
        since=query_day(request, "from"),
        before=last + timedelta(days=1) if last else None,
    )


def _record(session: AsyncSession, agent: Agent, request: web.Request, action: str, *, entries: int) -> None:
    asked = {
        name: request.query[name] for name in ("actor", "action", "subject", "from", "to") if name in request.query
    }
    details: Json = {**asked, "entries": entries}
    audit.record(session, actor=f"agent:{agent.id}", action=action, subject="audit", details=details)


async def _names(session: AsyncSession) -> dict[str, str]:
    return {f"agent:{agent.id}": agent.name for agent in await list_agents(session)}


def _view(entry: AuditEntry, names: dict[str, str]) -> Json:
    return {
        "seq": entry.seq,
        "at": when(entry.at),
        "actor": entry.actor,
        "actor_name": names.get(entry.actor),
        "action": entry.action,
        "action_text": _words(entry.action),
        "subject": entry.subject,
        "details": entry.details,
    }


def _words(action: str) -> str:
    # An action that is newer than its words is shown as it is.
    return titles("audit_actions").get(action, action)


def routes() -> list[web.RouteDef]:
    """Return the routes on the audit trail."""
    return [
        web.get("/desk/api/audit", list_audit, allow_head=False),
        web.get("/desk/api/audit.csv", export_audit, allow_head=False),
    ]
