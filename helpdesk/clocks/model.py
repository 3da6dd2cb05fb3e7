"""The table of clocks."""

from datetime import datetime
from enum import Enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, choice_column, id_column
from helpdesk.identifiers import new_id


class ClockKind(Enum):
    """What is promised; durations and sources are in promises.yml."""

    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    COMPLAINT = "complaint"
    CREDIT_OBJECTION = "credit_objection"
    REVIEW = "review"
    CASE_ANSWER = "case_answer"


class ClockState(Enum):
    """How a clock is shown; a broken promise stays `breached`, kept later or not."""

    RUNNING = "running"
    PAUSED = "paused"
    WARNING = "warning"
    BREACHED = "breached"
    MET = "met"


_OPEN = "met_at IS NULL AND dropped_at IS NULL"


class Clock(Base, kw_only=True):
    """A promise to a customer, of a case or of a conversation; open until it is met or dropped.

    A breached clock stays open: the customer still waits.
    """

    __tablename__ = "clock"
    __table_args__ = (
        CheckConstraint("(case_id IS NULL) <> (conversation_id IS NULL)", name="one_owner"),
        CheckConstraint("met_at IS NULL OR dropped_at IS NULL", name="one_end"),
        Index(
            "uq_clock_case_open", "case_id", "kind", unique=True, sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)
        ),
        Index(
            "uq_clock_conversation_open",
            "conversation_id",
            "kind",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index("ix_clock_case_id", "case_id"),
        Index("ix_clock_conversation_id", "conversation_id"),
        # What the sweep looks for.
        Index("ix_clock_due_at", "breached_at", "due_at"),
        Index("ix_clock_warn_at", "warn_at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    kind: Mapped[ClockKind] = mapped_column(choice_column(ClockKind))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case.id"), default=None)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), default=None)
    # Of kinds whose duration depends on it: a value of cases.model.Priority.
    priority: Mapped[str | None] = mapped_column(String(16), default=None)
    # Of kinds in days: how many are promised now; rises with each extension.
    days: Mapped[int | None] = mapped_column(default=None)
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    # The next warning; empty when none is left.
    warn_at: Mapped[datetime | None] = mapped_column(default=None)
    warned_at: Mapped[datetime | None] = mapped_column(default=None)
    # Ended pauses in seconds by the wall clock.
    paused_seconds: Mapped[int] = mapped_column(default=0)
    paused_since: Mapped[datetime | None] = mapped_column(default=None)
    breached_at: Mapped[datetime | None] = mapped_column(default=None)
    met_at: Mapped[datetime | None] = mapped_column(default=None)
    # No longer owed: the customer went back to the bot, the conversation ended.
    dropped_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def state(self) -> ClockState:
        """How the clock is shown."""
        if self.breached_at is not None:
            return ClockState.BREACHED
        if self.met_at is not None:
            return ClockState.MET
        if self.paused_since is not None:
            return ClockState.PAUSED
        return ClockState.RUNNING if self.warned_at is None else ClockState.WARNING

    @property
    def ended_at(self) -> datetime | None:
        """When the promise was kept or dropped."""
        return self.met_at or self.dropped_at

    def is_warning_due(self, now: datetime) -> bool:
        """Return whether somebody has to be warned."""
        if self.ended_at is not None or self.paused_since is not None:
            return False
        return self.warn_at is not None and self.warn_at <= now

    def is_breach_due(self, now: datetime) -> bool:
        """Return whether the promise is broken and nobody has noted it; ended too late is broken as well."""
        if self.breached_at is not None or self.paused_since is not None:
            return False
        return self.due_at < (self.ended_at or now)
