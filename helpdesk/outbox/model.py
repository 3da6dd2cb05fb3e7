"""The table of what waits to be delivered."""

from datetime import datetime
from enum import Enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, Json, choice_column, id_column
from helpdesk.identifiers import new_id

DESTINATION_LIMIT = 32
KIND_LIMIT = 32
KEY_LIMIT = 128
ERROR_LIMIT = 32


class OutboxState(Enum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    # Given up: it failed too often, too long or for good. A person may send it again.
    DEAD = "dead"
    # There was nobody to send it to (nothing is configured, the conversation has ended); `last_error` says which.
    SKIPPED = "skipped"


class OutboxMessage(Base, kw_only=True):
    """One delivery; written in the transaction of what it tells of, so that neither exists without the other."""

    __tablename__ = "outbox"
    __table_args__ = (
        # A lease belongs to whoever is sending, and to nobody else.
        CheckConstraint("(state = 'sending') = (locked_until IS NOT NULL)", name="lease_iff_sending"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at_iff_sent"),
        Index("ix_outbox_due", "state", "due_at"),
        Index("ix_outbox_order", "destination", "case_id", "first_due_at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    destination: Mapped[str] = mapped_column(String(DESTINATION_LIMIT))
    kind: Mapped[str] = mapped_column(String(KIND_LIMIT))
    key: Mapped[str] = mapped_column(String(KEY_LIMIT), unique=True)
    payload: Mapped[Json]
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case.id"), default=None)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), default=None)
    state: Mapped[OutboxState] = mapped_column(choice_column(OutboxState), default=OutboxState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    # When it was first due (once more, after a replay): its age, and its place among those of the same case.
    first_due_at: Mapped[datetime]
    due_at: Mapped[datetime]
    locked_until: Mapped[datetime | None] = mapped_column(default=None)
    last_error: Mapped[str | None] = mapped_column(String(ERROR_LIMIT), default=None)
    response: Mapped[Json | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
