"""Tables of cases, their timelines, the conversations that belong to them, and how they relate to one another."""

from datetime import datetime
from enum import Enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, Json, choice_column, id_column
from helpdesk.identifiers import new_id


class CaseType(Enum):
    """What a case is about; each type has its own fields, states and closing codes."""

    ENQUIRY = "enquiry"
    COMPLAINT = "complaint"
    SCAM = "scam"
    IDENTITY_THEFT = "identity_theft"
    NEGOTIATION = "negotiation"
    RELIEF = "relief"
    PRIVACY_REQUEST = "privacy_request"
    GRAY_INDUSTRY = "gray_industry"
    CRISIS = "crisis"


class CaseStatus(Enum):
    """Where a case stands; which of them a type has, and in which order, is in `states.py`."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING_CUSTOMER = "waiting_customer"
    VERIFYING = "verifying"
    PROTECTING = "protecting"
    TRACKING = "tracking"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ANSWERED = "answered"
    REVIEWING = "reviewing"
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


class Relation(Enum):
    """Why two cases are shown beside each other; it says nothing of which was first."""

    DUPLICATE = "duplicate"
    SAME_SCAM = "same_scam"
    SAME_PERSON = "same_person"


class Case(Base, kw_only=True):
    """A numbered matter which the customer can quote; many conversations may belong to it."""

    __tablename__ = "case"
    __table_args__ = (
        CheckConstraint("(status = 'closed') = (closed_at IS NOT NULL)", name="closed_at_iff_closed"),
        CheckConstraint("merged_into_id IS NULL OR status = 'closed'", name="merged_is_closed"),
        Index("ix_case_contact_id_opened_at", "contact_id", "opened_at"),
        Index("ix_case_owner_id", "owner_id"),
        Index("ix_case_status_opened_at", "status", "opened_at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    type: Mapped[CaseType] = mapped_column(choice_column(CaseType))
    status: Mapped[CaseStatus] = mapped_column(choice_column(CaseStatus), default=CaseStatus.OPEN)
    priority: Mapped[Priority] = mapped_column(choice_column(Priority))
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"))
    # The agent responsible for the matter, whoever serves its conversations.
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), default=None)
    summary: Mapped[str] = mapped_column(Text, default="")
    # Typed by `fields.py`, one class a case type.
    fields: Mapped[Json] = mapped_column(default_factory=dict)
    # A code of `closing.py` and what it asks for; enquiries and cases of earlier releases have the conversation's code.
    resolution: Mapped[str | None] = mapped_column(String(32), default=None)
    closing: Mapped[Json | None] = mapped_column(default=None)
    merged_into_id: Mapped[str | None] = mapped_column(ForeignKey("case.id"), default=None)
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


class CaseRelation(Base, kw_only=True):
    """That two cases have to do with each other; the smaller id comes first, so that a pair has one row a kind."""

    __tablename__ = "case_relation"
    __table_args__ = (CheckConstraint("case_id < other_id", name="in_order"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"), primary_key=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("case.id"), primary_key=True, index=True)
    kind: Mapped[Relation] = mapped_column(choice_column(Relation), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    at: Mapped[datetime]


class CaseMerge(Base, kw_only=True):
    """One merge: who became part of whom, why, and what undoing it has to restore."""

    __tablename__ = "case_merge"
    __table_args__ = (
        Index("ix_case_merge_winner_id", "winner_id"),
        Index("ix_case_merge_loser_id", "loser_id"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    winner_id: Mapped[str] = mapped_column(ForeignKey("case.id"))
    loser_id: Mapped[str] = mapped_column(ForeignKey("case.id"))
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    reason: Mapped[str] = mapped_column(Text)
    # What both cases were before, as `merging.py` writes it.
    before: Mapped[Json]
    # The winner's fields and both timelines' ends right after the merge: what differs since was added.
    after: Mapped[Json]
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None] = mapped_column(default=None)
    undone_by: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), default=None)
