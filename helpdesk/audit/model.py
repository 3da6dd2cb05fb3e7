"""Tables of the audit trail."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, Json, id_column
from helpdesk.identifiers import new_id


class AuditEntry(Base, kw_only=True):
    """One action; `details` holds ids and codes, never personal data or text.

    The database itself refuses to change or delete one; see the migration `0008`.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_subject", "subject", "at"),
        Index("ix_audit_actor", "actor", "at"),
        Index("ix_audit_action", "action", "at"),
        Index("ix_audit_at", "at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(96))
    details: Mapped[Json] = mapped_column(default_factory=dict)
    at: Mapped[datetime]
    # Its place in the chain: 1, 2, 3 … in the order of the commits.
    seq: Mapped[int] = mapped_column(BigInteger, unique=True, default=0)
    previous_hash: Mapped[str] = mapped_column(String(64), default="")
    hash: Mapped[str] = mapped_column(String(64), default="")


class AuditHead(Base, kw_only=True):
    """The last place of the chain and its hash; the one row that writers of the trail wait for each other at."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
