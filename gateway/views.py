"""Stored objects as docs/protocol.md shows them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.agents.model import Agent
from helpdesk.agents.rights import rights_of
from helpdesk.cases.model import Case
from helpdesk.cases.service import cases_by_conversation
from helpdesk.conversations import store
from helpdesk.conversations.model import Contact, Conversation, Message, Owner, Sender
from helpdesk.database import Json
from helpdesk.handoff.queue import Place, place_of
from helpdesk.privacy.hiding import hidden_name, hidden_phones
from helpdesk.texts import text, titles

_PREVIEW = 60
_AGENT_PREFIX = "agent:"


def when(at: datetime) -> str:
    """Return a time as ISO 8601 with zone."""
    return at.isoformat()


def message_view(message: Message, *, reader: Sender) -> Json:
    """Return a `Message`; `client_id` is shown only to the side that chose it."""
    own = message.sender is reader and message.client_id is not None
    return {
        "id": message.id,
        "conversation": message.conversation_id,
        "seq": message.seq,
        "sender": message.sender.value,
        "kind": message.kind.value,
        "text": message.text,
        "body": message.body,
        "at": when(message.created_at),
        "client_id": (message.client_id or "").removeprefix(_AGENT_PREFIX) if own else None,
    }


def place_view(place: Place) -> Json:
    """Return a `Queue`."""
    return {
        "position": place.position,
        "ahead": place.position - 1,
        "estimate_minutes": list(place.estimate_minutes) if place.estimate_minutes else None,
        "promised_at": when(place.promised_at) if place.promised_at else None,
    }


async def state_view(session: AsyncSession, conversation: Conversation) -> Json:
    """Return owner, queue place and agent of a conversation."""
    queue: Json | None = None
    if conversation.owner is Owner.QUEUED:
        place = await place_of(session, conversation.id)
        if place is not None:
            queue = place_view(place)
    agent = await session.get(Agent, conversation.agent_id) if conversation.agent_id else None
    return {
        "owner": conversation.owner.value,
        "queue": queue,
        "agent": {"name": agent.name} if agent else None,
    }


def customer_view(contact: Contact) -> Json:
    """Return a `CustomerLabel` for the desk: the name is hidden but for its beginning (`helpdesk.reveals`)."""
    name = hidden_name(contact.name)
    return {"id": contact.id, "name": name or text("customers", "guest"), "verified": contact.verified}


def own_view(contact: Contact) -> Json:
    """Return a `CustomerLabel` for the customer themselves."""
    return customer_view(contact) | ({"name": contact.name} if contact.name else {})


def case_view(case: Case | None) -> Json | None:
    """Return a `CaseLabel`."""
    if case is None:
        return None
    return {"number": case.number, "type": case.type.value, "type_text": titles("case_types")[case.type.value]}


def agent_view(agent: Agent) -> Json:
    """Return an `Agent` as the desk sees it."""
    return {
        "id": agent.id,
        "username": agent.username,
        "name": agent.name,
        "role": agent.role.value,
        "available": agent.available,
        "active": agent.active,
        "rights": rights_of(agent),
    }


async def row_views(session: AsyncSession, conversations: Sequence[Conversation]) -> list[Json]:
    """Return a `ConversationRow` for each conversation, with as many queries for many as for one."""
    ids = [conversation.id for conversation in conversations]
    contacts = await store.contacts_by_conversation(session, ids)
    cases = await cases_by_conversation(session, ids)
    words = await store.last_words(session, ids)
    unread = await store.unread_by_agent(session, ids)
    return [
        {
            "id": conversation.id,
            "owner": conversation.owner.value,
            "customer": customer_view(contacts[conversation.id]),
            "preview": one_line(words.get(conversation.id, "")),
            "last_at": when(conversation.last_message_at),
            "unread": unread.get(conversation.id, 0),
            "priority": cases[conversation.id].priority.value if conversation.id in cases else "normal",
            "case": case_view(cases.get(conversation.id)),
        }
        for conversation in conversations
    ]


def one_line(text: str) -> str:
    """Return the beginning of a text as one short line, with telephone numbers hidden."""
    line = " ".join(hidden_phones(text).split())
    return line if len(line) <= _PREVIEW else line[: _PREVIEW - 1] + "\N{HORIZONTAL ELLIPSIS}"
