"""Table of ratings."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, id_column
from helpdesk.identifiers import new_id


class Rating(Base, kw_only=True):
    """One score for one conversation, credited to whoever served last."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("conversation_id"),
        CheckConstraint("score BETWEEN 1 AND 5", name="score_in_range"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    # Who is rated: human or bot; figures for the two are never mixed.
    service: Mapped[str] = mapped_column(String(16))
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"))
    score: Mapped[int]
    comment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None] = mapped_column(default=None)
