"""Table of ratings."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, id_column
from helpdesk.identifiers import new_id

HUMAN, BOT = "human", "bot"


class Rating(Base, kw_only=True):
    """What a customer says of one session, or of one answer of the bot.

    A session is an interval of ownership, credited to who served in it. Figures of people and of the bot are never
    mixed.
    """

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("assignment_id"),
        UniqueConstraint("message_id"),
        CheckConstraint("(assignment_id IS NULL) <> (message_id IS NULL)", name="one_subject"),
        CheckConstraint("score BETWEEN 1 AND 5", name="score_in_range"),
        CheckConstraint("score IS NOT NULL OR solved IS NOT NULL", name="says_something"),
        CheckConstraint("(service = 'human') = (agent_id IS NOT NULL)", name="agent_iff_human"),
        Index("ix_rating_created_at", "created_at"),
        Index("ix_rating_agent_id", "agent_id", "created_at"),
        Index("ix_rating_conversation_id", "conversation_id"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    assignment_id: Mapped[str | None] = mapped_column(ForeignKey("assignment.id"), default=None)
    # An answer of the bot, while the conversation goes on.
    message_id: Mapped[str | None] = mapped_column(ForeignKey("message.id"), default=None)
    # Who is rated: HUMAN or BOT.
    service: Mapped[str] = mapped_column(String(16))
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), default=None)
    score: Mapped[int | None] = mapped_column(default=None)
    # Whether the matter is solved, in the customer's own word; None is no word on it.
    solved: Mapped[bool | None] = mapped_column(default=None)
    # Codes of `rating_reasons` in texts/zh-CN.yml.
    reasons: Mapped[list[str]] = mapped_column(JSON, default_factory=list)
    comment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None] = mapped_column(default=None)
