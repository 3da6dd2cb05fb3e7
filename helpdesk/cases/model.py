"""Tables of cases, their timelines and the conversations that belong to them."""

from datetime import datetime
from enum import Enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, Json, choice_column, id_column
from helpdesk.identifiers import new_id


class CaseType(Enum):
    """What a case is about; each type has its own fields and closing rules."""

    ENQUIRY = "enquiry"
    COMPLAINT = "complaint"
    SCAM = "scam"
    IDENTITY_THEFT = "identity_theft"
    NEGOTIATION = "negotiation"
    CRISIS = "crisis"


class CaseStatus(Enum):
    """Where a case stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    CLOSED = "closed"


class Priority(Enum):
    """How soon a person must look, most pressing first."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"

    @property
    def rank(self) -> int:
        """0 for the most pressing; the queue is ordered by it."""
        return list(Priority).index(self)


class Case(Base, kw_only=True):
    """A numbered matter which the customer can quote; many conversations may belong to it."""

    __tablename__ = "case"
    __table_args__ = (
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_at_iff_closed"),
        Index("ix_case_contact_id_opened_at", "contact_id", "opened_at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    type: Mapped[CaseType] = mapped_column(choice_column(CaseType))
    status: Mapped[CaseStatus] = mapped_column(choice_column(CaseStatus), default=CaseStatus.OPEN)
    priority: Mapped[Priority] = mapped_column(choice_column(Priority))
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"))
    summary: Mapped[str] = mapped_column(Text, default="")
    # Typed by `fields.py`, one class a case type.
    fields: Mapped[Json] = mapped_column(default_factory=dict)
    resolution: Mapped[str | None] = mapped_column(String(32), default=None)
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None] = mapped_column(default=None)


class CaseConversation(Base, kw_only=True):
    """That a conversation belongs to a case."""

    __tablename__ = "case_conversation"

    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True, index=True)


class CaseEvent(Base, kw_only=True):
    """One entry of a case's timeline: append-only, each row carrying the hash of the one before."""

    __tablename__ = "case_event"
    __table_args__ = (UniqueConstraint("case_id", "seq"),)

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"))
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(64))
    details: Mapped[Json]
    at: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
