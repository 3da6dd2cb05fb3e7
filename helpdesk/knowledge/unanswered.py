"""Questions which the bot could not answer, kept so that people can turn them into articles."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.database import Base, id_column
from helpdesk.identifiers import new_id


class UnansweredQuestion(Base, kw_only=True):
    """One customer message without a fitting article, with the nearest candidates."""

    __tablename__ = "unanswered_question"
    __table_args__ = (Index("ix_unanswered_question_asked_at", "asked_at"),)

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"), unique=True)
    text: Mapped[str] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(String(16))
    candidates: Mapped[list[dict[str, object]]]
    asked_at: Mapped[datetime]


def record_unanswered(
    session: AsyncSession, *, message_id: str, text: str, decision: str, candidates: list[dict[str, object]]
) -> None:
    """Keep a question that the bot did not answer."""
    session.add(
        UnansweredQuestion(
            message_id=message_id, text=text, decision=decision, candidates=candidates, asked_at=clock.now()
        )
    )


async def list_unanswered(session: AsyncSession, *, limit: int = 500) -> Sequence[UnansweredQuestion]:
    """Return the newest unanswered questions."""
    rows = await session.scalars(select(UnansweredQuestion).order_by(UnansweredQuestion.asked_at.desc()).limit(limit))
    return rows.all()
