"""Notes and notifications as the desk shows them (docs/protocol.md)."""

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.views import one_line, when
from helpdesk.database import Json
from helpdesk.notes import service as notes


async def note_views(session: AsyncSession, conversation_id: str) -> list[Json]:
    """Return a conversation's `Note`s, oldest first."""
    return [
        {
            "id": note.id,
            "after": note.after_seq,
            "text": note.text,
            "at": when(note.created_at),
            "by": {"id": note.agent_id, "name": name},
            "mentions": list(mentions),
        }
        for note, name, mentions in await notes.notes_of(session, conversation_id)
    ]


async def notification_views(session: AsyncSession, agent_id: str) -> list[Json]:
    """Return an agent's `Notification`s, newest first."""
    return [
        {
            "id": notification.id,
            "kind": notification.kind.value,
            "conversation": notification.conversation_id,
            "by": {"id": note.agent_id, "name": name},
            "preview": one_line(note.text),
            "at": when(notification.created_at),
            "read": notification.read_at is not None,
        }
        for notification, note, name in await notes.notifications_of(session, agent_id)
    ]
