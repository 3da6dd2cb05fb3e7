"""Tables of handoff requests, the queue and to whom it was offered."""

from datetime import datetime
from enum import Enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
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
        Index("ix_queue_entry_place", "left_at", "priority_rank", "vulnerable", "entered_at", "id"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    priority: Mapped[Priority] = mapped_column(choice_column(Priority))
    # The same as `priority`, as the number that the order is made by.
    priority_rank: Mapped[int]
    # Elderly and disabled customers are served first among those who are equally pressing.
    vulnerable: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(64))
    # The team that somebody has chosen; None: whoever has the skill.
    team_id: Mapped[str | None] = mapped_column(ForeignKey("team.id"), default=None)
    # Whoever is put back keeps their old place.
    entered_at: Mapped[datetime]
    # Where nobody could answer at once: by when the customer was told to expect a reply.
    promised_at: Mapped[datetime | None] = mapped_column(default=None)
    left_at: Mapped[datetime | None] = mapped_column(default=None)
    outcome: Mapped[str | None] = mapped_column(String(32), default=None)


class OfferOutcome(Enum):
    """What became of an offer."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    # The agent went away, or somebody else took the conversation or ended the wait.
    WITHDRAWN = "withdrawn"


class RoutingDecision(Base, kw_only=True):
    """To whom a waiting conversation was offered and why; an *offer* while nothing has become of it.

    The owner stays `queued` meanwhile: only accepting it is a claim.
    """

    __tablename__ = "routing_decision"
    __table_args__ = (
        CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="settled_iff_outcome"),
        # A waiting conversation is offered to one agent at a time.
        Index(
            "uq_routing_decision_open",
            "entry_id",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index("ix_routing_decision_agent_id", "agent_id", "settled_at"),
        Index("ix_routing_decision_conversation_id", "conversation_id", "decided_at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    entry_id: Mapped[str] = mapped_column(ForeignKey("queue_entry.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    # Why this agent, as in the texts `routing`.
    why: Mapped[str] = mapped_column(String(32))
    # Everybody who came into question, best first: {agent, place, why, load, capacity}.
    candidates: Mapped[list[dict[str, object]]]
    decided_at: Mapped[datetime]
    accept_until: Mapped[datetime]
    outcome: Mapped[OfferOutcome | None] = mapped_column(choice_column(OfferOutcome), default=None)
    # What the agent said to a decline; a code of the texts `decline_reasons`.
    decline_reason: Mapped[str | None] = mapped_column(String(32), default=None)
    settled_at: Mapped[datetime | None] = mapped_column(default=None)
