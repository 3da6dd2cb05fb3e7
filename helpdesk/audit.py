"""The audit trail: who did what at the desk, and who read personal data. Append-only."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.database import Base, Json, id_column
from helpdesk.identifiers import new_id


class AuditEntry(Base, kw_only=True):
    """One action; `details` holds ids and codes, never personal data or text."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject", "at"),)

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(96))
    details: Mapped[Json] = mapped_column(default_factory=dict)
    at: Mapped[datetime]


def record(session: AsyncSession, *, actor: str, action: str, subject: str, details: Json | None = None) -> None:
    """Add an entry in the same transaction as what it tells of."""
    session.add(AuditEntry(actor=actor, action=action, subject=subject, details=details or {}, at=clock.now()))
