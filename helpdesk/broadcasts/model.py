"""The table of broadcasts."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, id_column
from helpdesk.identifiers import new_id


class Broadcast(Base, kw_only=True):
    """A notice to all agents, shown until it expires or is withdrawn; kept for good."""

    __tablename__ = "broadcast"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="expires_later"),
        Index("ix_broadcast_expires_at", "expires_at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)
