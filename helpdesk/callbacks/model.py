"""The table of calls that customers wish for."""

from datetime import datetime
from enum import Enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, choice_column, id_column
from helpdesk.identifiers import new_id

PHONE_LIMIT = 20


class CallbackState(Enum):
    """Where a call stands; only an open one is on the list."""

    OPEN = "open"
    REACHED = "reached"
    UNREACHED = "unreached"
    # An agent found it settled in another way.
    NOT_NEEDED = "not_needed"
    # The customer took it back.
    CANCELLED = "cancelled"


_OPEN = "state = 'open'"


class Callback(Base, kw_only=True):
    """One wish to be called, within a window of working time; the number is deleted as soon as it is settled."""

    __tablename__ = "callback"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (phone IS NOT NULL)", name="phone_iff_open"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_at_iff_settled"),
        # A conversation has one wish at a time; another one changes it.
        Index(
            "uq_callback_open",
            "conversation_id",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index("ix_callback_due", "state", "next_at"),
        Index("ix_callback_case_id", "case_id"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    case_id: Mapped[str] = mapped_column(ForeignKey("case.id"))
    phone: Mapped[str | None] = mapped_column(String(PHONE_LIMIT), repr=False)
    # What lists show, and what remains: 138****1234.
    phone_masked: Mapped[str] = mapped_column(String(PHONE_LIMIT))
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]
    # When to call: the window's beginning at first, later after each attempt that reached nobody.
    next_at: Mapped[datetime]
    state: Mapped[CallbackState] = mapped_column(choice_column(CallbackState), default=CallbackState.OPEN)
    attempts: Mapped[int] = mapped_column(default=0)
    # Who has looked the number up and is calling, until when others leave it to them.
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), default=None)
    taken_until: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None] = mapped_column(default=None)

    def is_taken(self, now: datetime) -> bool:
        """Return whether somebody is calling."""
        return self.taken_until is not None and self.taken_until > now
