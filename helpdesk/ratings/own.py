"""What an agent sees of the ratings of their own sessions."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.ratings.model import Rating

DAYS = 30
_LAST = 20
_MOST = 2000


@dataclass(frozen=True, kw_only=True)
class OwnRatings:
    """The ratings of one agent's sessions in the last `DAYS` days."""

    count: int
    # Of the scores alone; None without any.
    mean: float | None
    scores: dict[int, int]
    solved: int
    not_solved: int
    reasons: dict[str, int]
    last: Sequence[Rating]


async def own_ratings(session: AsyncSession, agent_id: str) -> OwnRatings:
    """Return how the customers of an agent rated their sessions, the newest first."""
    since = clock.now() - timedelta(days=DAYS)
    rows = (
        await session.scalars(
            select(Rating)
            .where(Rating.agent_id == agent_id, Rating.created_at >= since)
            .order_by(Rating.created_at.desc(), Rating.id)
            .limit(_MOST)
        )
    ).all()
    scores = [rating.score for rating in rows if rating.score is not None]
    return OwnRatings(
        count=len(rows),
        mean=sum(scores) / len(scores) if scores else None,
        scores=dict(sorted(Counter(scores).items())),
        solved=sum(rating.solved is True for rating in rows),
        not_solved=sum(rating.solved is False for rating in rows),
        reasons=dict(Counter(reason for rating in rows for reason in rating.reasons).most_common()),
        last=rows[:_LAST],
    )
