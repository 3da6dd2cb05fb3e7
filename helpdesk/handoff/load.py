"""How much each agent has to do: conversations they own and offers before them."""

from collections import Counter
from collections.abc import Collection, Mapping

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.conversations.model import Conversation, Owner
from helpdesk.handoff import offers


async def loads(session: AsyncSession, agent_ids: Collection[str]) -> Mapping[str, int]:
    """Return how many conversations each agent has or is offered now; who has none may be left out."""
    rows = await session.execute(
        select(Conversation.agent_id, func.count())
        .where(Conversation.owner == Owner.AGENT, Conversation.agent_id.in_(agent_ids))
        .group_by(Conversation.agent_id)
    )
    carried = Counter({agent_id: count for agent_id, count in rows if agent_id is not None})
    carried.update(await offers.count_by_agent(session, agent_ids))
    return carried
