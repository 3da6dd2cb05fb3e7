"""The table of files."""

from datetime import datetime
from enum import Enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, Json, choice_column, id_column
from helpdesk.identifiers import new_id

NAME_LIMIT = 100


class Uploader(Enum):
    """On which side of the conversation a file came in."""

    CUSTOMER = "customer"
    AGENT = "agent"


class FileState(Enum):
    """Whether a file may be shown: only a clean one."""

    RECEIVED = "received"
    CLEAN = "clean"
    REFUSED = "refused"


class StoredFile(Base, kw_only=True):
    """A file of one conversation; its bytes lie in the storage under their SHA-256.

    What is kept is not always what was sent: pictures are written anew and secrets in texts are masked. `sent_sha256`
    is the digest of what was sent.
    """

    __tablename__ = "file"
    __table_args__ = (
        UniqueConstraint("contact_id", "client_id"),
        CheckConstraint("(uploader = 'agent') = (agent_id IS NOT NULL)", name="agent_iff_uploader_agent"),
        Index("ix_file_conversation_id", "conversation_id"),
        Index("ix_file_sha256", "sha256"),
        Index("ix_file_thumbnail_sha256", "thumbnail_sha256"),
        # What the sweep looks for.
        Index("ix_file_scan_at", "scan_at"),
        Index("ix_file_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"))
    uploader: Mapped[Uploader] = mapped_column(choice_column(Uploader))
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), default=None)
    client_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(NAME_LIMIT))
    media_type: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    width: Mapped[int | None] = mapped_column(default=None)
    height: Mapped[int | None] = mapped_column(default=None)
    sha256: Mapped[str] = mapped_column(String(64))
    thumbnail_sha256: Mapped[str | None] = mapped_column(String(64), default=None)
    sent_sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[FileState] = mapped_column(choice_column(FileState))
    # When the virus scanner is asked again; empty once it has answered.
    scan_at: Mapped[datetime | None] = mapped_column(default=None)
    scan_attempts: Mapped[int] = mapped_column(default=0)
    # The message that carries it; without one it is an orphan after a while.
    message_id: Mapped[str | None] = mapped_column(ForeignKey("message.id"), unique=True, default=None)
    # Since when it is evidence of a case, and so may not be removed.
    held_since: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown as a picture."""
        return self.width is not None

    def shown(self) -> Json:
        """Return what a message's body says of it."""
        return {
            "id": self.id,
            "name": self.name,
            "type": self.media_type,
            "size": self.size,
            "width": self.width,
            "height": self.height,
        }
