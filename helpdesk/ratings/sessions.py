"""What is rated: the intervals in which somebody served, told apart by who replied."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.conversations import store
from helpdesk.conversations.model import Assignment, Message, Owner, Sender


async def rated_sessions(session: AsyncSession, conversation_id: str) -> list[Assignment]:
    """Return the intervals of a conversation that can be rated, oldest first.

    Each interval in which its agent wrote a reply is one. Where no agent wrote any, the last one who served stands for
    all; where none ever served, the bot's last interval.
    """
    intervals = await store.assignments_of(session, conversation_id)
    served = [one for one in intervals if one.owner is Owner.AGENT]
    if not served:
        return [one for one in intervals if one.owner is Owner.BOT][-1:]
    replied = await _replies(session, conversation_id)
    return [one for one in served if _wrote_in(one, replied)] or served[-1:]


async def _replies(session: AsyncSession, conversation_id: str) -> Sequence[Message]:
    rows = await session.scalars(
        select(Message).where(Message.conversation_id == conversation_id, Message.sender == Sender.AGENT)
    )
    return rows.all()


def _wrote_in(interval: Assignment, replies: Sequence[Message]) -> bool:
    return any(
        reply.agent_id == interval.agent_id
        and interval.started_at <= reply.created_at
        and (interval.ended_at is None or reply.created_at <= interval.ended_at)
        for reply in replies
    )
