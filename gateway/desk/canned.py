"""The desk's calls on canned replies."""

import re
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.access import visible_conversation
from gateway.desk.auth import CURRENT
from gateway.keys import DATABASE, KNOWLEDGE, SETTINGS
from gateway.requests import PATH_ID, boolean, read_object, string
from gateway.views import when
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, demand, may
from helpdesk.canned import service, store
from helpdesk.canned.model import FOLDER_LIMIT, SHORTCUT_LIMIT, TITLE_LIMIT, CannedReply, CannedVersion, VersionState
from helpdesk.canned.wording import VARIABLES
from helpdesk.cases.service import cases_by_conversation
from helpdesk.conversations.model import Conversation
from helpdesk.database import Json
from helpdesk.knowledge.promises import forbidden_promises
from helpdesk.privacy.masking import mask
from helpdesk.reveals.service import find_revealed
from helpdesk.texts import titles

_BODY_MOST = 10_000
_NOTE_MOST = 200
_ID_MOST = 64


async def list_replies(request: web.Request) -> web.Response:
    """GET /canned-replies: the shared ones and one's own, with every version, and what can be filled in."""
    agent = request[CURRENT].agent
    async with request.app[DATABASE].reading() as session:
        shown = await _views(session, await store.replies_for(session, agent.id), agent)
    names = titles("canned_variables")
    variables = [{"name": name, "title": names[name]} for name in VARIABLES]
    return web.json_response({"replies": shown, "variables": variables})


async def propose(request: web.Request) -> web.Response:
    """POST /canned-replies."""
    agent = request[CURRENT].agent
    demand(agent, Right.WRITE_CANNED_REPLIES)
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        reply = await service.propose(session, agent, **_wording(request, fields), is_shared=boolean(fields, "shared"))
        await session.flush()
        shown = await _views(session, [reply], agent)
    return web.json_response({"reply": shown[0]}, status=201)


async def revise(request: web.Request) -> web.Response:
    """PUT /canned-replies/{id}."""
    agent = request[CURRENT].agent
    demand(agent, Right.WRITE_CANNED_REPLIES)
    fields = await read_object(request)
    async with request.app[DATABASE].transaction() as session:
        reply = await service.revise(session, request.match_info["id"], agent, **_wording(request, fields))
        await session.flush()
        shown = await _views(session, [reply], agent)
    return web.json_response({"reply": shown[0]})


async def approve(request: web.Request) -> web.Response:
    """POST /canned-replies/{id}/approve."""
    agent = request[CURRENT].agent
    demand(agent, Right.APPROVE_CANNED_REPLIES)
    async with request.app[DATABASE].transaction() as session:
        reply = await service.approve(session, request.match_info["id"], agent)
        await session.flush()
        shown = await _views(session, [reply], agent)
    return web.json_response({"reply": shown[0]})


async def send_back(request: web.Request) -> web.Response:
    """POST /canned-replies/{id}/send-back."""
    agent = request[CURRENT].agent
    demand(agent, Right.APPROVE_CANNED_REPLIES)
    note = mask(string(await read_object(request), "note", most=_NOTE_MOST).strip()).text
    async with request.app[DATABASE].transaction() as session:
        await service.send_back(session, request.match_info["id"], agent, note=note)
    return web.Response(status=204)


async def retire(request: web.Request) -> web.Response:
    """DELETE /canned-replies/{id}: one's own by oneself, a shared one by who approves."""
    agent = request[CURRENT].agent
    demand(agent, Right.WRITE_CANNED_REPLIES)
    async with request.app[DATABASE].transaction() as session:
        reply = await store.lock_reply(session, request.match_info["id"], agent_id=agent.id)
        if reply.owner_id is None:
            demand(agent, Right.APPROVE_CANNED_REPLIES)
        await service.retire(session, reply.id, agent)
    return web.Response(status=204)


async def use(request: web.Request) -> web.Response:
    """POST /canned-replies/{id}/use: the text for one conversation, with gaps where nobody knows a value."""
    agent = request[CURRENT].agent
    demand(agent, Right.SERVE)
    conversation_id = string(await read_object(request), "conversation", most=_ID_MOST)
    async with request.app[DATABASE].transaction() as session:
        conversation = await visible_conversation(session, conversation_id, agent)
        values = await _values(request, session, conversation, agent)
        filled = await service.use(session, request.match_info["id"], agent, values)
    return web.json_response({"text": filled.text, "gaps": list(filled.gaps)})


async def _values(
    request: web.Request, session: AsyncSession, conversation: Conversation, agent: Agent
) -> dict[str, str]:
    # The customer's name is hidden from the agent unless they have asked for it: a draft must not show it either.
    revealed = await find_revealed(session, contact_id=conversation.contact_id, agent_id=agent.id)
    case = (await cases_by_conversation(session, [conversation.id])).get(conversation.id)
    placeholder = request.app[KNOWLEDGE].placeholder
    return {
        "customer_name": revealed.name if revealed else "",
        "case_number": case.number if case else "",
        "agent_name": agent.name,
        "platform_name": placeholder("PLATFORM_NAME"),
        "platform_hotline": placeholder("PLATFORM_HOTLINE"),
        "platform_hours": placeholder("PLATFORM_HOTLINE_HOURS"),
    }


def _wording(request: web.Request, fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "shortcut": string(fields, "shortcut", most=SHORTCUT_LIMIT),
        "folder": string(fields, "folder", most=FOLDER_LIMIT, default=""),
        "title": string(fields, "title", most=TITLE_LIMIT),
        "body": string(fields, "body", most=_BODY_MOST),
        "promises": _promises(request),
    }


def _promises(request: web.Request) -> Sequence[re.Pattern[str]]:
    return [pattern for pattern, _ in forbidden_promises(request.app[SETTINGS].knowledge_dir)]


async def _views(session: AsyncSession, replies: Sequence[CannedReply], agent: Agent) -> list[Json]:
    versions = await store.versions_of(session, [reply.id for reply in replies])
    people = {v.author_id for found in versions.values() for v in found} | {
        v.decided_by for found in versions.values() for v in found if v.decided_by
    }
    names = dict((await session.execute(select(Agent.id, Agent.name).where(Agent.id.in_(people)))).all())
    return [_view(reply, versions[reply.id], names, agent) for reply in replies]


def _view(reply: CannedReply, versions: Sequence[CannedVersion], names: dict[str, str], agent: Agent) -> Json:
    in_use = next((v for v in versions if v.state is VersionState.APPROVED), None)
    draft = next((v for v in versions if v.state is VersionState.DRAFT), None)
    decides = draft is not None and may(agent, Right.APPROVE_CANNED_REPLIES)
    return {
        "id": reply.id,
        "shortcut": reply.shortcut,
        "folder": reply.folder,
        "shared": reply.owner_id is None,
        "used": reply.used_count,
        "title": (in_use or draft or versions[0]).title,
        "body": in_use.body if in_use else None,
        "draft": _version(draft, names) if draft else None,
        "versions": [_version(version, names) for version in versions],
        "may": [
            *(["revise"] if may(agent, Right.WRITE_CANNED_REPLIES) else []),
            *(["approve"] if decides and draft is not None and draft.author_id != agent.id else []),
            *(["send_back"] if decides else []),
            *(["retire"] if reply.owner_id == agent.id or may(agent, Right.APPROVE_CANNED_REPLIES) else []),
        ],
    }


def _version(version: CannedVersion, names: dict[str, str]) -> Json:
    return {
        "number": version.number,
        "title": version.title,
        "body": version.body,
        "state": version.state.value,
        "by": names.get(version.author_id, ""),
        "at": when(version.created_at),
        "decided_by": names.get(version.decided_by or "", "") or None,
        "decided_at": when(version.decided_at) if version.decided_at else None,
        "note": version.note,
    }


def routes() -> list[web.RouteDef]:
    """Return the routes on canned replies."""
    one = f"/desk/api/canned-replies/{{id:{PATH_ID}}}"
    return [
        web.get("/desk/api/canned-replies", list_replies, allow_head=False),
        web.post("/desk/api/canned-replies", propose),
        web.put(one, revise),
        web.delete(one, retire),
        web.post(f"{one}/approve", approve),
        web.post(f"{one}/send-back", send_back),
        web.post(f"{one}/use", use),
    ]
