"""Flags of the gray industry as docs/protocol.md shows them; for the desk only."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.access import visible_conversation
from gateway.views import customer_view, when
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, may
from helpdesk.conversations.model import Message
from helpdesk.database import Json
from helpdesk.errors import ConversationNotFoundError
from helpdesk.gray import store
from helpdesk.gray.model import FlagAppeal, FlagEvidence, FlagState, SuspectFlag
from helpdesk.gray.notice import notices
from helpdesk.gray.service import find_notice_obstacle
from helpdesk.texts import titles

_EXCERPT = 200
# Of them before the first marked words.
_BEFORE = 60


async def flag_rows(session: AsyncSession, flags: Sequence[SuspectFlag]) -> list[Json]:
    """Return a `Flag` for each flag, with as many queries for many as for one."""
    contacts = await store.contacts_by_id(session, [flag.contact_id for flag in flags])
    appealed = await store.appealed_among(session, [flag.id for flag in flags])
    return [
        {
            "id": flag.id,
            "type": flag.type,
            "type_text": _words("type", flag.type),
            "state": flag.state.value,
            "state_text": _words("state", flag.state.value),
            "role": flag.role.value,
            "role_text": _words("role", flag.role.value),
            "score": flag.score,
            "customer": customer_view(contacts[flag.contact_id]),
            "conversation": flag.conversation_id,
            "first_seen": when(flag.first_seen_at),
            "last_seen": when(flag.last_seen_at),
            "evidence_count": flag.evidence_count,
            "appeal_open": flag.id in appealed,
            "decided_at": when(flag.decided_at) if flag.decided_at else None,
        }
        for flag in flags
    ]


async def flag_detail(session: AsyncSession, flag: SuspectFlag, reader: Agent, *, can_notify: bool) -> Json:
    """Return a `FlagDetail` for one reader.

    Args:
        session: Where to read.
        flag: One that the reader may see.
        reader: Decides which excerpts are shown, and what is offered.
        can_notify: Whether there is a way to send notices.
    """
    [row] = await flag_rows(session, [flag])
    events = await store.events_of(session, flag.id)
    appeals = await store.appeals_of(session, flag.id)
    people = {flag.decided_by, *(event.agent_id for event in events)}
    people |= {agent_id for one in appeals for agent_id in (one.filed_by, one.decided_by)}
    names = await store.agent_names(session, [agent_id for agent_id in people if agent_id])
    notice = notices().get(flag.type)
    return {
        **row,
        "note": flag.note,
        "decided_by": _person(flag.decided_by, names),
        "evidence": await _evidence(session, await store.evidence_of(session, flag.id), reader),
        "history": [
            {
                "at": when(event.at),
                "kind": event.kind,
                "kind_text": _words("event", event.kind),
                "by": _person(event.agent_id, names),
                "note": event.note,
            }
            for event in events
        ],
        "appeals": [
            {
                "text": one.text,
                "at": when(one.filed_at),
                "by": _person(one.filed_by, names),
                "outcome": one.outcome.value if one.outcome else None,
                "note": one.note,
                "decided_at": when(one.decided_at) if one.decided_at else None,
                "decided_by": _person(one.decided_by, names),
            }
            for one in appeals
        ],
        "notices": [
            {
                "template": one.template,
                "version": one.version,
                "state": message.state.value,
                "at": when(one.requested_at),
                "sent_at": when(message.sent_at) if message.sent_at else None,
            }
            for one, message in await store.notices_of(session, flag.id)
        ],
        "notice_text": notice.text if notice else None,
        "may": await _may(session, flag, appeals, reader, can_notify=can_notify),
    }


async def _may(
    session: AsyncSession, flag: SuspectFlag, appeals: Iterable[FlagAppeal], reader: Agent, *, can_notify: bool
) -> list[str]:
    """Return what the reader can do now, so that a page offers nothing else."""
    is_appealed = any(one.outcome is None for one in appeals)
    is_confirmed = flag.state is FlagState.CONFIRMED
    found = ["appeal"] if is_confirmed and not is_appealed else []
    if not may(reader, Right.DECIDE_FLAGS):
        return found
    if flag.state is FlagState.SUSPECTED:
        found.append("confirm")
    if flag.state is not FlagState.CLEARED and not is_appealed:
        found.append("clear")
    if is_appealed and flag.decided_by != reader.id:
        found.append("decide_appeal")
    if can_notify and await find_notice_obstacle(session, flag) is None:
        found.append("notice")
    return found


async def _evidence(
    session: AsyncSession, evidence: Iterable[tuple[FlagEvidence, Message]], reader: Agent
) -> list[Json]:
    readable: dict[str, bool] = {}
    shown = []
    for one, message in evidence:
        if one.conversation_id not in readable:
            readable[one.conversation_id] = await _can_read(session, one.conversation_id, reader)
        excerpt, spans = _excerpt(message.text, one.spans) if readable[one.conversation_id] else (None, [])
        shown.append(
            {
                "message": one.message_id,
                "conversation": one.conversation_id,
                "at": when(one.at),
                "score": one.score,
                "excerpt": excerpt,
                "spans": spans,
            }
        )
    return shown


async def _can_read(session: AsyncSession, conversation_id: str, reader: Agent) -> bool:
    try:
        await visible_conversation(session, conversation_id, reader)
    except ConversationNotFoundError:
        return False
    return True


def _excerpt(text: str, spans: Sequence[Json]) -> tuple[str, list[Json]]:
    """Return the part of a message around its first marked words, and the marks that lie in it."""
    first = min((span["start"] for span in spans), default=0)
    begin = max(0, min(first - _BEFORE, len(text) - _EXCERPT))
    end = begin + _EXCERPT
    marks = [
        {
            "start": max(span["start"], begin) - begin,
            "end": min(span["end"], end) - begin,
            "label": span["label"],
            "label_text": _words("type", span["label"]),
        }
        for span in spans
        if span["start"] < end and span["end"] > begin
    ]
    return text[begin:end], marks


def _person(agent_id: str | None, names: Mapping[str, str]) -> Json | None:
    return {"id": agent_id, "name": names[agent_id]} if agent_id else None


def _words(kind: str, code: str) -> str:
    # A type that the bot knows and we do not is shown as it is.
    return titles("gray").get(f"{kind}_{code}", code)
