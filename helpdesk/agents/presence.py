"""Who is at the desk: rows that an open desk renews and that expire by themselves when its gateway dies."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents.model import Agent, AgentPresence

# Three renewals may be lost before somebody counts as gone.
RENEW_SECONDS = 15.0
_LASTS = timedelta(seconds=3 * RENEW_SECONDS)


def is_present() -> ColumnElement[bool]:
    """Return the condition that an agent's desk is open at any gateway."""
    return exists().where(AgentPresence.agent_id == Agent.id, AgentPresence.expires_at > clock.now())


async def arrive(session: AsyncSession, agent_id: str, gateway_id: str) -> None:
    """Note that an agent's desk is open at a gateway; noting it again renews it."""
    now = clock.now()
    known = await session.get(AgentPresence, (agent_id, gateway_id))
    if known is None:
        session.add(AgentPresence(agent_id=agent_id, gateway_id=gateway_id, since=now, expires_at=now + _LASTS))
        return
    if known.expires_at <= now:
        known.since = now
    known.expires_at = now + _LASTS


async def renew(session: AsyncSession, gateway_id: str, agent_ids: Collection[str]) -> None:
    """Renew the presence of all whose desk is open at a gateway, and add who is new, in two statements."""
    now = clock.now()
    known = set(await session.scalars(select(AgentPresence.agent_id).where(AgentPresence.gateway_id == gateway_id)))
    await session.execute(
        update(AgentPresence)
        .where(AgentPresence.gateway_id == gateway_id, AgentPresence.agent_id.in_(agent_ids))
        .values(expires_at=now + _LASTS)
    )
    session.add_all(
        AgentPresence(agent_id=agent_id, gateway_id=gateway_id, since=now, expires_at=now + _LASTS)
        for agent_id in sorted(set(agent_ids) - known)
    )


async def leave(session: AsyncSession, agent_id: str, gateway_id: str) -> None:
    """Note that an agent's last desk at a gateway was closed."""
    await session.execute(
        update(AgentPresence)
        .where(AgentPresence.agent_id == agent_id, AgentPresence.gateway_id == gateway_id)
        .values(expires_at=clock.now())
    )


async def seen_until(session: AsyncSession, agent_ids: Collection[str]) -> Mapping[str, datetime]:
    """Return until when each agent was or will count as present; who never opened the desk is left out."""
    rows = await session.execute(
        select(AgentPresence.agent_id, func.max(AgentPresence.expires_at))
        .where(AgentPresence.agent_id.in_(agent_ids))
        .group_by(AgentPresence.agent_id)
    )
    return dict(rows.all())


async def find_absent(session: AsyncSession, absent_for: timedelta) -> Sequence[Agent]:
    """Return who has declared to be available and left the desk that long ago."""
    before = clock.now() - absent_for
    rows = await session.scalars(
        select(Agent)
        .where(Agent.available.is_(True), func.coalesce(Agent.available_since, Agent.created_at) < before)
        .order_by(Agent.id)
    )
    declared = rows.all()
    until = await seen_until(session, [agent.id for agent in declared])
    return [agent for agent in declared if agent.id not in until or until[agent.id] < before]


async def end_availability(session: AsyncSession, absent_for: timedelta) -> list[str]:
    """Take back what absent agents have declared; return who.

    They decide anew when they come back: nobody is given customers because of a switch of yesterday.
    """
    gone = await find_absent(session, absent_for)
    for agent in gone:
        agent.available = False
        agent.available_since = None
    return [agent.id for agent in gone]
