"""Tables of handoff requests and the queue."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.cases.model import Priority
from helpdesk.database import Base, Json, choice_column, id_column
from helpdesk.identifiers import new_id


class HandoffRequest(Base, kw_only=True):
    """That a bot turn wants a person; it takes effect when the turn's replies are stored.

    Replies and the change of owner are one transaction, so the bot can never speak after it has handed over. The
    message id makes a repeated action harmless.
    """

    __tablename__ = "handoff_request"
    __table_args__ = (UniqueConstraint("conversation_id", "message_id"),)

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"))
    reason: Mapped[str] = mapped_column(String(64))
    priority: Mapped[Priority] = mapped_column(choice_column(Priority))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case.id"), default=None)
    facts: Mapped[Json] = mapped_column(default_factory=dict)
    requested_at: Mapped[datetime]
    applied_at: Mapped[datetime | None] = mapped_column(default=None)


class QueueEntry(Base, kw_only=True):
    """A conversation's wait for a person; `left_at` is empty while it lasts."""

    __tablename__ = "queue_entry"
    __table_args__ = (
        # A conversation waits at most once at a time.
        Index(
            "uq_queue_entry_waiting",
            "conversation_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("ix_queue_entry_order", "left_at", "priority_rank", "entered_at", "id"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    priority: Mapped[Priority] = mapped_column(choice_column(Priority))
    # The same as `priority`, as the number that the order is made by.
    priority_rank: Mapped[int]
    reason: Mapped[str] = mapped_column(String(64))
    entered_at: Mapped[datetime]
    # Where nobody could answer at once: by when the customer was told to expect a reply.
    promised_at: Mapped[datetime | None] = mapped_column(default=None)
    left_at: Mapped[datetime | None] = mapped_column(default=None)
    outcome: Mapped[str | None] = mapped_column(String(32), default=None)
