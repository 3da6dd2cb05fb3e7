"""People and conversations in a database: every step through the real services, in a transaction of its own."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpdesk import clock
from helpdesk.agents import presence
from helpdesk.agents import service as agents
from helpdesk.agents.model import Agent, Role
from helpdesk.cases.model import Case, Priority
from helpdesk.cases.service import cases_by_conversation
from helpdesk.conversations import store
from helpdesk.conversations.model import Assignment, Conversation, Message, MessageKind
from helpdesk.conversations.service import Accepted, accept_text, lock_current_conversation
from helpdesk.conversations.sessions import HostIdentity, open_session
from helpdesk.database import Database
from helpdesk.handoff import service as handoff
from helpdesk.handoff.service import request_handoff
from helpdesk.knowledge.library import load_library
from helpdesk.turns import service as turns
from helpdesk.turns.model import BotReply, BotTurn
from helpdesk.turns.service import Outcome
from helpdesk.turns.writing import Renderer
from tests.factories import make_nlu

CHANNEL = "web"
GATEWAY = "gateway-of-the-tests"
_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A customer with the conversation in which they began."""

    contact_id: str
    conversation_id: str
    token: str


async def open_customer(database: Database, identity: HostIdentity | None = None, *, days: int = 30) -> Customer:
    async with database.transaction() as session:
        opened = await open_session(session, identity=identity, channel=CHANNEL, days=days)
    return Customer(contact_id=opened.contact.id, conversation_id=opened.conversation.id, token=opened.token)


async def add_agent(
    database: Database,
    username: str = "lin",
    *,
    name: str = "林一",
    role: Role = Role.AGENT,
    password_hash: str = "",
) -> Agent:
    async with database.transaction() as session:
        return await agents.add_agent(session, username=username, name=name, role=role, password_hash=password_hash)


async def be_at_desk(database: Database, agent: Agent, *, is_available: bool = True, capacity: int = 5) -> None:
    """Open an agent's desk, as their browser does."""
    async with database.transaction() as session:
        row = await session.get_one(Agent, agent.id)
        row.available = is_available
        row.available_since = clock.now() if is_available else None
        row.capacity = capacity
        await presence.arrive(session, agent.id, GATEWAY)


async def leave_desk(database: Database, agent: Agent) -> None:
    async with database.transaction() as session:
        await presence.leave(session, agent.id, GATEWAY)


async def say(database: Database, customer: Customer, text: str = "怎么还款", *, client_id: str = "") -> Accepted:
    async with database.transaction() as session:
        return await accept_text(
            session,
            contact_id=customer.contact_id,
            channel=CHANNEL,
            client_id=client_id or f"client-{next(_numbers)}",
            text=text,
        )


async def queue_up(
    database: Database, customer: Customer, *, reason: str = "request_human", priority: Priority = Priority.NORMAL
) -> str:
    """Ask for a person the way the button does; return the conversation."""
    async with database.transaction() as session:
        conversation = await lock_current_conversation(session, customer.contact_id, channel=CHANNEL)
        await handoff.hand_over(session, conversation, reason=reason, priority=priority, decided_by="customer")
    return conversation.id


async def claim(database: Database, conversation_id: str, agent: Agent) -> Conversation:
    async with database.transaction() as session:
        return await handoff.claim(session, conversation_id, agent)


async def close(
    database: Database, conversation_id: str, agent: Agent, *, resolution: str = "resolved", note: str = ""
) -> Conversation:
    async with database.transaction() as session:
        return await handoff.close(session, conversation_id, agent, resolution=resolution, note=note)


async def closed_conversation(database: Database, customer: Customer, agent: Agent) -> str:
    """Bring a conversation from its first message to its end; return it."""
    await say(database, customer)
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, agent)
    await close(database, conversation_id, agent)
    return conversation_id


async def ask_for_person(
    database: Database, message: Message, *, reason: str = "complaint", priority: Priority = Priority.HIGH
) -> None:
    """Record a handoff the way an action does during the bot's turn."""
    async with database.transaction() as session:
        await request_handoff(
            session,
            conversation_id=message.conversation_id,
            message_id=message.id,
            reason=reason,
            priority=priority,
        )


async def answer(
    database: Database, message: Message, turn: BotTurn, renderer: Renderer, *, epoch: int | None = None
) -> Outcome:
    """Store the bot's turn; without `epoch` it began just now."""
    if epoch is None:
        epoch = (await look_up(database, message.conversation_id)).owner_epoch
    async with database.transaction() as session:
        return await turns.commit_turn(session, question_id=message.id, epoch=epoch, turn=turn, renderer=renderer)


async def look_up(database: Database, conversation_id: str) -> Conversation:
    async with database.reading() as session:
        return await store.get_conversation(session, conversation_id)


async def case_of(database: Database, conversation_id: str) -> Case:
    """Return the conversation's most pressing case."""
    async with database.reading() as session:
        return (await cases_by_conversation(session, [conversation_id]))[conversation_id]


async def transcript(database: Database, conversation_id: str) -> Sequence[Message]:
    async with database.reading() as session:
        return await store.messages_after(session, conversation_id, 0)


async def last_event(database: Database, conversation_id: str) -> tuple[str, str]:
    """Return name and text of the newest event."""
    events = [m for m in await transcript(database, conversation_id) if m.kind is MessageKind.EVENT]
    return events[-1].body["event"], events[-1].text


async def intervals(database: Database, conversation_id: str) -> Sequence[Assignment]:
    async with database.reading() as session:
        return await store.assignments_of(session, conversation_id)


def make_turn(*texts: str, article: str | None = None, replies: Sequence[BotReply] = (), **nlu: Any) -> BotTurn:
    """Return a bot's turn with plain replies, an article, or the replies given."""
    said = [BotReply(response="utter_scripted", text=text) for text in texts]
    if article is not None:
        said.append(BotReply(response=f"utter_faq/{article}", text="short", article=article))
    return BotTurn(replies=(*said, *replies), nlu=make_nlu(article=article, **nlu))


def make_renderer(folder: Path, **placeholders: str) -> Renderer:
    """Return what replies are rendered with: the articles of `folder`."""
    return Renderer(library=load_library(folder), placeholders=placeholders)
