"""Tables of flags, what they rest on, what became of them, and the notices they led to."""

from datetime import datetime
from enum import Enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, Json, choice_column, id_column
from helpdesk.identifiers import new_id

TYPE_LIMIT = 32

_IS_OPEN = text("outcome IS NULL")


class FlagState(Enum):
    """What people made of a suspicion."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"


class FlagRole(Enum):
    """Which part the customer plays; only a person decides it."""

    UNKNOWN = "unknown"
    # Target of such an offer.
    VICTIM = "victim"
    # Suspected of making such offers.
    OPERATOR = "operator"


class AppealOutcome(Enum):
    """How an appeal ended."""

    GRANTED = "granted"
    DISMISSED = "dismissed"


class SuspectFlag(Base, kw_only=True):
    """One suspicion: a customer and a type, however many messages speak for it."""

    __tablename__ = "suspect_flag"
    __table_args__ = (
        UniqueConstraint("contact_id", "type"),
        # Nothing is confirmed or cleared by itself.
        CheckConstraint(
            "(state = 'suspected') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)",
            name="decided_iff_not_suspected",
        ),
        CheckConstraint("state <> 'confirmed' OR role <> 'unknown'", name="role_if_confirmed"),
        CheckConstraint("evidence_count > 0", name="has_evidence"),
        Index("ix_suspect_flag_state", "state", "last_seen_at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"))
    # Where it was first seen.
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    # As in data/lexicon/cues.yml, section `gray`.
    type: Mapped[str] = mapped_column(String(TYPE_LIMIT))
    state: Mapped[FlagState] = mapped_column(choice_column(FlagState), default=FlagState.SUSPECTED)
    role: Mapped[FlagRole] = mapped_column(choice_column(FlagRole), default=FlagRole.UNKNOWN)
    score: Mapped[float]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    evidence_count: Mapped[int] = mapped_column(default=1)
    note: Mapped[str | None] = mapped_column(Text, default=None)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)

    def take_in(self, *, score: float, at: datetime) -> None:
        """Count one more message; the strongest one gives the score."""
        self.evidence_count += 1
        self.score = max(self.score, score)
        self.first_seen_at = min(self.first_seen_at, at)
        self.last_seen_at = max(self.last_seen_at, at)

    def reopen(self) -> None:
        """Suspect again; what was decided before stays in the history only."""
        self.state, self.role = FlagState.SUSPECTED, FlagRole.UNKNOWN
        self.note = self.decided_by = self.decided_at = None

    def decide(self, state: FlagState, *, by: str, note: str, at: datetime) -> None:
        """Take over what an agent decided."""
        self.state, self.decided_by, self.note, self.decided_at = state, by, note, at


class FlagEvidence(Base, kw_only=True):
    """One message that speaks for a flag; append-only."""

    __tablename__ = "flag_evidence"
    __table_args__ = (
        # However often a turn is committed: a message counts once.
        UniqueConstraint("message_id"),
        Index("ix_flag_evidence_flag_id_at", "flag_id", "at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    flag_id: Mapped[str] = mapped_column(ForeignKey("suspect_flag.id"))
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    spans: Mapped[list[dict[str, object]]]
    score: Mapped[float]
    at: Mapped[datetime]


class FlagEvent(Base, kw_only=True):
    """One step in a flag's history; append-only. `agent_id` is None for the bot."""

    __tablename__ = "flag_event"
    __table_args__ = (Index("ix_flag_event_flag_id_at", "flag_id", "at"),)

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    flag_id: Mapped[str] = mapped_column(ForeignKey("suspect_flag.id"))
    kind: Mapped[str] = mapped_column(String(32))
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), default=None)
    note: Mapped[str | None] = mapped_column(Text, default=None)
    details: Mapped[Json] = mapped_column(default_factory=dict)
    at: Mapped[datetime]


class FlagAppeal(Base, kw_only=True):
    """One objection to a confirmed flag; somebody else than who confirmed it decides."""

    __tablename__ = "flag_appeal"
    __table_args__ = (
        CheckConstraint(
            "(outcome IS NULL) = (decided_by IS NULL) AND (outcome IS NULL) = (decided_at IS NULL)",
            name="decided_iff_outcome",
        ),
        Index("uq_flag_appeal_open", "flag_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    flag_id: Mapped[str] = mapped_column(ForeignKey("suspect_flag.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    filed_by: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    filed_at: Mapped[datetime]
    outcome: Mapped[AppealOutcome | None] = mapped_column(choice_column(AppealOutcome), default=None)
    note: Mapped[str | None] = mapped_column(Text, default=None)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)


class RiskNotice(Base, kw_only=True):
    """One notice to a customer; whether it has arrived is known by its message in the outbox."""

    __tablename__ = "risk_notice"
    __table_args__ = (UniqueConstraint("flag_id", "template", "version"), UniqueConstraint("outbox_id"))

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    flag_id: Mapped[str] = mapped_column(ForeignKey("suspect_flag.id"))
    template: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    outbox_id: Mapped[str] = mapped_column(ForeignKey("outbox.id"))
    requested_by: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    requested_at: Mapped[datetime]
