"""Reading a case, whole, for an evidence pack."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.agents.model import Agent
from helpdesk.cases.model import Case, CaseConversation, CaseEvent
from helpdesk.clock import local
from helpdesk.conversations.model import Assignment, ChannelIdentity, Contact, Conversation, Message, Owner
from helpdesk.conversations.store import assignments_of
from helpdesk.database import Json
from helpdesk.errors import CaseNotFoundError

# Without what the bot made of a message and what its buttons do: neither was said to anybody.
_SAID = (
    Message.id,
    Message.seq,
    Message.sender,
    Message.kind,
    Message.text,
    Message.body,
    Message.agent_id,
    Message.article_id,
    Message.article_version,
    Message.created_at,
)


async def lock_case(session: AsyncSession, number: str) -> Case:
    """Return a case with its row locked, so that nothing is added to its timeline meanwhile.

    Raises:
        CaseNotFoundError: There is none with this number.
    """
    case = await session.scalar(select(Case).where(Case.number == number).with_for_update(key_share=True))
    if case is None:
        raise CaseNotFoundError
    return case


async def owns_conversation_of(session: AsyncSession, case: Case, agent_id: str) -> bool:
    """Return whether an agent serves one of the case's conversations now."""
    owned = await session.scalar(
        select(Conversation.id)
        .join(CaseConversation, CaseConversation.conversation_id == Conversation.id)
        .where(
            CaseConversation.case_id == case.id, Conversation.owner == Owner.AGENT, Conversation.agent_id == agent_id
        )
        .limit(1)
    )
    return owned is not None


async def case_content(session: AsyncSession, case: Case) -> Json:
    """Return what case.json holds: the case and the parties as far as they are known."""
    contact = await session.get_one(Contact, case.contact_id)
    identities = await session.scalars(
        select(ChannelIdentity)
        .where(ChannelIdentity.contact_id == contact.id)
        .order_by(ChannelIdentity.channel, ChannelIdentity.account, ChannelIdentity.external_id)
    )
    return {
        "id": case.id,
        "number": case.number,
        "type": case.type.value,
        "status": case.status.value,
        "priority": case.priority.value,
        "summary": case.summary,
        "fields": case.fields,
        "resolution": case.resolution,
        "closing": case.closing,
        "owner": case.owner_id,
        "merged_into": case.merged_into_id,
        **_times(opened_at=case.opened_at, updated_at=case.updated_at, closed_at=case.closed_at),
        "customer": {
            "id": contact.id,
            "name": contact.name,
            "verified": contact.verified,
            "identities": [
                {"channel": one.channel, "account": one.account, "external_id": one.external_id} for one in identities
            ],
        },
    }


async def conversations_of(session: AsyncSession, case: Case) -> Sequence[Conversation]:
    """Return the conversations of a case, oldest first."""
    conversations = await session.scalars(
        select(Conversation)
        .join(CaseConversation, CaseConversation.conversation_id == Conversation.id)
        .where(CaseConversation.case_id == case.id)
        .order_by(Conversation.opened_at, Conversation.id)
    )
    return conversations.all()


async def transcript_content(session: AsyncSession, case: Case, files: Mapping[str, Json]) -> Json:
    """Return what transcript.json holds: every conversation of the case with its owners and messages, oldest first.

    `files` tells by message which file it carried, and where in the pack that lies.
    """
    conversations = await conversations_of(session, case)
    return {"case": case.number, "conversations": [await _conversation(session, one, files) for one in conversations]}


async def agent_names(session: AsyncSession, agent_ids: Iterable[str]) -> Json:
    """Return the names of agents by id."""
    rows = await session.execute(select(Agent.id, Agent.name).where(Agent.id.in_(sorted(set(agent_ids)))))
    return {agent_id: name for agent_id, name in rows}  # noqa: C416 (dict() of rows is not typed)


def row_content(event: CaseEvent) -> Json:
    """Return a row of timeline.json: exactly what `helpdesk.cases.timeline.event_hash` hashes, and the hash."""
    return {
        "case": event.case_id,
        "seq": event.seq,
        "kind": event.kind,
        "actor": event.actor,
        "details": event.details,
        "at": event.at.isoformat(),
        "previous": event.previous_hash,
        "hash": event.hash,
    }


async def _conversation(session: AsyncSession, conversation: Conversation, files: Mapping[str, Json]) -> Json:
    rows = await session.execute(select(*_SAID).where(Message.conversation_id == conversation.id).order_by(Message.seq))
    return {
        "id": conversation.id,
        "channel": conversation.channel,
        "owner": conversation.owner.value,
        "previous": conversation.previous_id,
        "resolution": conversation.resolution,
        "resolution_note": conversation.resolution_note,
        **_times(opened_at=conversation.opened_at, closed_at=conversation.closed_at),
        "assignments": _assignments(await assignments_of(session, conversation.id)),
        "messages": [_message(row, files.get(row.id)) for row in rows],
    }


def _assignments(assignments: Sequence[Assignment]) -> list[Json]:
    return [
        {
            "owner": one.owner.value,
            "agent": one.agent_id,
            "reason": one.reason,
            "decided_by": one.decided_by,
            "note": one.note,
            **_times(started_at=one.started_at, ended_at=one.ended_at),
        }
        for one in assignments
    ]


def _message(row: Row[*tuple[Any, ...]], file: Json | None) -> Json:
    return {
        "id": row.id,
        "seq": row.seq,
        "sender": row.sender.value,
        "kind": row.kind.value,
        "text": row.text,
        "body": row.body,
        "file": file,
        "agent": row.agent_id,
        "article": {"id": row.article_id, "version": row.article_version} if row.article_id else None,
        **_times(at=row.created_at),
    }


def _times(**times: datetime | None) -> Json:
    """Return each time twice: in UTC, and in Beijing time under its name with `_beijing`."""
    shown: Json = {}
    for name, at in times.items():
        shown[name] = at.isoformat() if at else None
        shown[f"{name}_beijing"] = local(at).isoformat() if at else None
    return shown
