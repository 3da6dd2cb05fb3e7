"""Tables of canned replies and their versions."""

from datetime import datetime
from enum import Enum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, choice_column, id_column
from helpdesk.identifiers import new_id

SHORTCUT_LIMIT = 24
FOLDER_LIMIT = 20
TITLE_LIMIT = 40


class VersionState(Enum):
    """Where a version stands; only an approved one is offered."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


class CannedReply(Base, kw_only=True):
    """A reply that is written once and used often; `owner_id` is empty for one that everybody shares."""

    __tablename__ = "canned_reply"
    __table_args__ = (
        # Two replies under one shortcut could not be told apart; what is retired gives its shortcut back.
        Index(
            "uq_canned_reply_shared_shortcut",
            "shortcut",
            unique=True,
            sqlite_where=text("owner_id IS NULL AND retired_at IS NULL"),
            postgresql_where=text("owner_id IS NULL AND retired_at IS NULL"),
        ),
        Index(
            "uq_canned_reply_own_shortcut",
            "owner_id",
            "shortcut",
            unique=True,
            sqlite_where=text("owner_id IS NOT NULL AND retired_at IS NULL"),
            postgresql_where=text("owner_id IS NOT NULL AND retired_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), default=None)
    shortcut: Mapped[str] = mapped_column(String(SHORTCUT_LIMIT))
    folder: Mapped[str] = mapped_column(String(FOLDER_LIMIT), default="")
    used_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None] = mapped_column(default=None)


class CannedVersion(Base, kw_only=True):
    """One wording of a canned reply; never changed once it was approved."""

    __tablename__ = "canned_version"
    __table_args__ = (
        UniqueConstraint("reply_id", "number"),
        # At most one wording in use, and at most one that waits for approval.
        Index(
            "uq_canned_version_current",
            "reply_id",
            "state",
            unique=True,
            sqlite_where=text("state <> 'retired'"),
            postgresql_where=text("state <> 'retired'"),
        ),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    reply_id: Mapped[str] = mapped_column(ForeignKey("canned_reply.id"), index=True)
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(TITLE_LIMIT))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[VersionState] = mapped_column(choice_column(VersionState))
    author_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    created_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    # Why a draft was sent back.
    note: Mapped[str | None] = mapped_column(Text, default=None)
