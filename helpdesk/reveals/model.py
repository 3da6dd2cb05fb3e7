"""Table of reveals."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, id_column
from helpdesk.identifiers import new_id


class Reveal(Base, kw_only=True):
    """That an agent may see a customer's personal data until `expires_at`."""

    __tablename__ = "reveal"
    __table_args__ = (Index("ix_reveal_agent_id", "agent_id", "contact_id", "expires_at"),)

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"))
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"))
    reason: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
