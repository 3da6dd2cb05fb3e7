"""Telling everybody at the desk something for a while, and taking it back."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import audit, clock
from helpdesk.agents.model import Agent
from helpdesk.broadcasts.errors import BroadcastNotFoundError, BroadcastOverError, BroadcastTimeInvalidError
from helpdesk.broadcasts.model import Broadcast
from helpdesk.errors import TextEmptyError, TextTooLongError
from helpdesk.privacy.masking import mask

# Longer, and nobody reads it in the middle of a conversation.
TEXT_LIMIT = 200
LEAST_MINUTES, MOST_MINUTES = 5, 24 * 60
_SHOWN = 5


async def announce(session: AsyncSession, author: Agent, *, text: str, minutes: int) -> Broadcast:
    """Store a broadcast, with secrets masked.

    Raises:
        TextEmptyError, TextTooLongError: The text cannot be a broadcast.
        BroadcastTimeInvalidError: It would last too short or too long.
    """
    words = " ".join(mask(text).text.split())
    if not words:
        raise TextEmptyError
    if len(words) > TEXT_LIMIT:
        raise TextTooLongError(limit=TEXT_LIMIT)
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise BroadcastTimeInvalidError(least=LEAST_MINUTES, most=MOST_MINUTES)
    at = clock.now()
    broadcast = Broadcast(text=words, author_id=author.id, created_at=at, expires_at=at + timedelta(minutes=minutes))
    session.add(broadcast)
    # The audit trail names it.
    await session.flush()
    audit.record(
        session,
        actor=f"agent:{author.id}",
        action="broadcast",
        subject=f"broadcast:{broadcast.id}",
        details={"minutes": minutes},
    )
    return broadcast


async def withdraw(session: AsyncSession, agent: Agent, broadcast_id: str) -> Broadcast:
    """End a broadcast before its time.

    Raises:
        BroadcastNotFoundError: There is none with this id.
        BroadcastOverError: It is over.
    """
    broadcast = await session.get(Broadcast, broadcast_id, with_for_update=True)
    if broadcast is None:
        raise BroadcastNotFoundError
    now = clock.now()
    if broadcast.withdrawn_at is not None or broadcast.expires_at <= now:
        raise BroadcastOverError
    broadcast.withdrawn_at = now
    audit.record(session, actor=f"agent:{agent.id}", action="withdraw_broadcast", subject=f"broadcast:{broadcast.id}")
    return broadcast


async def current(session: AsyncSession) -> Sequence[tuple[Broadcast, str]]:
    """Return what is shown now with its author's name, the newest first."""
    rows = await session.execute(
        select(Broadcast, Agent.name)
        .join(Agent, Agent.id == Broadcast.author_id)
        .where(Broadcast.expires_at > clock.now(), Broadcast.withdrawn_at.is_(None))
        .order_by(Broadcast.created_at.desc(), Broadcast.id)
        .limit(_SHOWN)
    )
    return [(broadcast, name) for broadcast, name in rows]
