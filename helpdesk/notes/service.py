"""Writing notes, telling those whom they concern, and marking as read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import audit, clock
from helpdesk.agents.model import Agent
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Owner
from helpdesk.conversations.service import clean_text
from helpdesk.errors import ClientIdReusedError
from helpdesk.notes.errors import MentionUnknownError
from helpdesk.notes.model import Note, Notification, NotificationKind
from helpdesk.privacy.masking import mask

# More than one conversation ever gathers, and more than anybody reads.
PAGE = 200
NOTIFICATIONS = 50


@dataclass(frozen=True, kw_only=True)
class Written:
    """A stored note and whom it was told to; `is_new` is false for a repeat."""

    note: Note
    told: tuple[str, ...]
    is_new: bool


async def write_note(
    session: AsyncSession,
    conversation_id: str,
    agent: Agent,
    *,
    client_id: str,
    text: str,
    mentions: Collection[str] = (),
) -> Written:
    """Store a note, with secrets masked, and tell those who are mentioned and who serves the customer.

    Args:
        session: The caller's transaction.
        conversation_id: A conversation that the agent may read; a closed one can be noted upon as well.
        agent: The author, who is never told of their own note.
        client_id: Makes a repeat harmless.
        text: What is told.
        mentions: Ids of agents.

    Raises:
        TextEmptyError, TextTooLongError: The text cannot be a note.
        ClientIdReusedError: `client_id` was used for another text.
        MentionUnknownError: Somebody mentioned is no active agent.
    """
    cleaned = mask(clean_text(text)).text
    conversation = await store.lock_conversation(session, conversation_id)
    repeated = await session.scalar(
        select(Note).where(
            Note.conversation_id == conversation_id, Note.agent_id == agent.id, Note.client_id == client_id
        )
    )
    if repeated is not None:
        if repeated.text != cleaned:
            raise ClientIdReusedError
        return Written(note=repeated, told=(), is_new=False)
    mentioned = set(mentions) - {agent.id}
    await _refuse_unknown(session, mentioned)
    note = Note(
        conversation_id=conversation_id,
        agent_id=agent.id,
        client_id=client_id,
        after_seq=conversation.last_seq,
        text=cleaned,
        created_at=clock.now(),
    )
    session.add(note)
    # The notifications refer to it.
    await session.flush()
    told = _tell(session, conversation, note, mentioned)
    audit.record(
        session,
        actor=f"agent:{agent.id}",
        action="write_note",
        subject=f"conversation:{conversation_id}",
        details={"note": note.id, "mentions": sorted(mentioned)},
    )
    return Written(note=note, told=told, is_new=True)


async def _refuse_unknown(session: AsyncSession, mentioned: set[str]) -> None:
    known = set((await session.scalars(select(Agent.id).where(Agent.id.in_(mentioned), Agent.active.is_(True)))).all())
    if known != mentioned:
        raise MentionUnknownError


def _tell(session: AsyncSession, conversation: Conversation, note: Note, mentioned: set[str]) -> tuple[str, ...]:
    kinds = dict.fromkeys(sorted(mentioned), NotificationKind.MENTION)
    if conversation.owner is Owner.AGENT and conversation.agent_id not in {None, note.agent_id}:
        kinds.setdefault(str(conversation.agent_id), NotificationKind.NOTE)
    for agent_id, kind in kinds.items():
        session.add(
            Notification(
                agent_id=agent_id,
                note_id=note.id,
                conversation_id=conversation.id,
                kind=kind,
                created_at=note.created_at,
            )
        )
    return tuple(kinds)


async def notes_of(session: AsyncSession, conversation_id: str) -> Sequence[tuple[Note, str, Sequence[str]]]:
    """Return the newest notes of a conversation, oldest first, each with its author's name and the mentioned ids."""
    rows = (
        await session.execute(
            select(Note, Agent.name)
            .join(Agent, Agent.id == Note.agent_id)
            .where(Note.conversation_id == conversation_id)
            .order_by(Note.created_at.desc(), Note.id.desc())
            .limit(PAGE)
        )
    ).all()
    mentions: dict[str, list[str]] = {}
    if rows:
        found = await session.execute(
            select(Notification.note_id, Notification.agent_id).where(
                Notification.conversation_id == conversation_id, Notification.kind == NotificationKind.MENTION
            )
        )
        for note_id, agent_id in found:
            mentions.setdefault(note_id, []).append(agent_id)
    return [(note, name, sorted(mentions.get(note.id, []))) for note, name in reversed(rows)]


async def is_mentioned(session: AsyncSession, conversation_id: str, agent_id: str) -> bool:
    """Return whether a colleague has asked this agent to look at the conversation."""
    found = await session.scalar(
        select(Notification.id)
        .where(
            Notification.conversation_id == conversation_id,
            Notification.agent_id == agent_id,
            Notification.kind == NotificationKind.MENTION,
        )
        .limit(1)
    )
    return found is not None


async def conversations_mentioning(session: AsyncSession, agent_id: str) -> Sequence[Conversation]:
    """Return the conversations in which an agent is mentioned, the newest mention first."""
    newest = (
        select(Notification.conversation_id, func.max(Notification.created_at).label("at"))
        .where(Notification.agent_id == agent_id, Notification.kind == NotificationKind.MENTION)
        .group_by(Notification.conversation_id)
        .subquery()
    )
    rows = await session.scalars(
        select(Conversation)
        .join(newest, newest.c.conversation_id == Conversation.id)
        .order_by(newest.c.at.desc(), Conversation.id)
        .limit(PAGE)
    )
    return rows.all()


async def notifications_of(session: AsyncSession, agent_id: str) -> Sequence[tuple[Notification, Note, str]]:
    """Return an agent's newest notifications, newest first, each with its note and the author's name."""
    rows = await session.execute(
        select(Notification, Note, Agent.name)
        .join(Note, Note.id == Notification.note_id)
        .join(Agent, Agent.id == Note.agent_id)
        .where(Notification.agent_id == agent_id)
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(NOTIFICATIONS)
    )
    return [(notification, note, name) for notification, note, name in rows]


async def count_unread(session: AsyncSession, agent_id: str) -> int:
    """Return how many notifications an agent has not read."""
    count = await session.scalar(
        select(func.count())
        .select_from(Notification)
        .where(Notification.agent_id == agent_id, Notification.read_at.is_(None))
    )
    return count or 0


async def mark_read(session: AsyncSession, agent_id: str, *, conversation_id: str | None = None) -> None:
    """Mark an agent's notifications as read: those of one conversation, or all."""
    statement = update(Notification).where(Notification.agent_id == agent_id, Notification.read_at.is_(None))
    if conversation_id is not None:
        statement = statement.where(Notification.conversation_id == conversation_id)
    await session.execute(statement.values(read_at=clock.now()))
