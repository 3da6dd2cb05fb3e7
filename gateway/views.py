"""Stored objects as docs/protocol.md shows them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.agents.model import Agent
from helpdesk.cases.model import Case
from helpdesk.cases.service import case_of_conversation
from helpdesk.conversations import store
from helpdesk.conversations.model import Contact, Conversation, Message, Owner, Sender
from helpdesk.database import Json
from helpdesk.handoff.queue import place_of
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


async def state_view(session: AsyncSession, conversation: Conversation) -> Json:
    """Return owner, queue place and agent of a conversation."""
    queue: Json | None = None
    if conversation.owner is Owner.QUEUED:
        place = await place_of(session, conversation.id)
        if place is not None:
            estimate = list(place.estimate_minutes) if place.estimate_minutes else None
            queue = {
                "position": place.position,
                "ahead": place.position - 1,
                "estimate_minutes": estimate,
                "promised_at": None,
            }
    agent = await session.get(Agent, conversation.agent_id) if conversation.agent_id else None
    return {
        "owner": conversation.owner.value,
        "queue": queue,
        "agent": {"name": agent.name} if agent else None,
    }


def customer_view(contact: Contact) -> Json:
    """Return a `CustomerLabel`."""
    return {"id": contact.id, "name": contact.name or text("customers", "guest"), "verified": contact.verified}


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
    }


async def row_view(session: AsyncSession, conversation: Conversation) -> Json:
    """Return a `ConversationRow`."""
    case = await case_of_conversation(session, conversation.id)
    return {
        "id": conversation.id,
        "owner": conversation.owner.value,
        "customer": customer_view(await store.get_contact(session, conversation.contact_id)),
        "preview": await preview(session, conversation.id),
        "last_at": when(conversation.last_message_at),
        "unread": await store.unread_by_agent(session, conversation),
        "priority": case.priority.value if case else "normal",
        "case": case_view(case),
    }


async def preview(session: AsyncSession, conversation_id: str) -> str:
    """Return the customer's last words as one short line."""
    recent = await store.last_messages(session, conversation_id, limit=30)
    said = next((m.text for m in reversed(recent) if m.sender is Sender.CUSTOMER), "")
    line = " ".join(said.split())
    return line if len(line) <= _PREVIEW else line[: _PREVIEW - 1] + "\N{HORIZONTAL ELLIPSIS}"
