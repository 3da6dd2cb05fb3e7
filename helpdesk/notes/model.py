"""Tables of notes, whom they mention, and what agents are told of."""

from datetime import datetime
from enum import Enum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, choice_column, id_column
from helpdesk.identifiers import new_id


class NotificationKind(Enum):
    """Why a note concerns an agent."""

    MENTION = "mention"
    # Somebody else wrote in a conversation that the agent serves: a supervisor's whisper, or a colleague's hint.
    NOTE = "note"


class Note(Base, kw_only=True):
    """What an agent tells colleagues about a conversation.

    It is no message: whatever customers read is made of messages, so nothing of theirs can hold a note by mistake.
    """

    __tablename__ = "note"
    __table_args__ = (
        UniqueConstraint("conversation_id", "agent_id", "client_id"),
        Index("ix_note_conversation_id", "conversation_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    client_id: Mapped[str] = mapped_column(String(64))
    # The last message when it was written: its place in the transcript.
    after_seq: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Notification(Base, kw_only=True):
    """That a note concerns an agent; a mention also lets them read the conversation."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("note_id", "agent_id"),
        Index("ix_notification_agent_id", "agent_id", "read_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    note_id: Mapped[str] = mapped_column(ForeignKey("note.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    kind: Mapped[NotificationKind] = mapped_column(choice_column(NotificationKind))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None] = mapped_column(default=None)
