"""Reading how people serve now, which estimates rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents.model import Agent
from helpdesk.agents.presence import is_present
from helpdesk.agents.rights import Right, roles_with
from helpdesk.conversations.model import Assignment, Conversation, Owner
from helpdesk.handoff.estimate import SAMPLE, SAMPLE_LEAST, SAMPLE_MOST, Pace, estimate_minutes
from helpdesk.handoff.model import QueueEntry


@dataclass(frozen=True, kw_only=True)
class Serving:
    """How people serve now, for every place of the queue; `came` counts by priority rank who came within the sample."""

    service_seconds: Sequence[float] = ()
    in_service: int = 0
    free: int = 0
    came: Mapping[int, int] | None = None

    def estimate(self, position: int, priority_rank: int) -> tuple[int, int] | None:
        """Return the wait in minutes at a place, None where it is unsure."""
        ahead = sum(number for rank, number in (self.came or {}).items() if rank < priority_rank)
        return estimate_minutes(
            position,
            Pace(
                service_seconds=self.service_seconds,
                in_service=self.in_service,
                free=self.free,
                overtaking=ahead / SAMPLE.total_seconds(),
            ),
        )


async def serving_now(session: AsyncSession) -> Serving:
    """Return how agents who are there serve now; where too few services ended lately, nothing more is read."""
    since = clock.now() - SAMPLE
    ended = await session.execute(
        select(Assignment.started_at, Assignment.ended_at)
        .where(Assignment.owner == Owner.AGENT, Assignment.ended_at >= since)
        .order_by(Assignment.ended_at.desc())
        .limit(SAMPLE_MOST)
    )
    seconds = [(end - start).total_seconds() for start, end in ended if end is not None]
    if len(seconds) < SAMPLE_LEAST:
        return Serving()
    there = await session.execute(
        select(Agent.id, Agent.capacity, Agent.available, func.count(Conversation.id))
        .outerjoin(Conversation, (Conversation.agent_id == Agent.id) & (Conversation.owner == Owner.AGENT))
        .where(Agent.active.is_(True), Agent.role.in_(roles_with(Right.SERVE)), is_present())
        .group_by(Agent.id, Agent.capacity, Agent.available)
    )
    in_service = free = 0
    for _, capacity, is_available, carried in there:
        # What ends at somebody who is away or over their capacity frees no place.
        if is_available:
            in_service += min(carried, capacity)
            free += max(0, capacity - carried)
    came = await session.execute(
        select(QueueEntry.priority_rank, func.count())
        .where(QueueEntry.entered_at >= since)
        .group_by(QueueEntry.priority_rank)
    )
    return Serving(service_seconds=seconds, in_service=in_service, free=free, came=dict(came.all()))
