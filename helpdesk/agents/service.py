"""Accounts of agents: creating, changing and listing them."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents import delays, sessions
from helpdesk.agents.model import Agent, AgentSession, Role
from helpdesk.agents.presence import is_present
from helpdesk.agents.rights import Right, roles_with
from helpdesk.errors import AgentNotFoundError, LastAdministratorError, RoleUnknownError, UsernameTakenError


def parse_role(value: str) -> Role:
    """Return the role with this name.

    Raises:
        RoleUnknownError: There is none.
    """
    try:
        return Role(value)
    except ValueError:
        raise RoleUnknownError from None


async def list_agents(session: AsyncSession) -> Sequence[Agent]:
    """Return all agents, active ones first."""
    rows = await session.scalars(select(Agent).order_by(Agent.active.desc(), Agent.username))
    return rows.all()


async def get_agent(session: AsyncSession, agent_id: str) -> Agent:
    """Return an agent.

    Raises:
        AgentNotFoundError: There is none with this id.
    """
    agent = await session.get(Agent, agent_id)
    if agent is None:
        raise AgentNotFoundError
    return agent


async def add_agent(session: AsyncSession, *, username: str, name: str, role: Role, password_hash: str) -> Agent:
    """Create an agent whose password must be changed at the first sign-in.

    Raises:
        UsernameTakenError: Another agent has the user name.
    """
    username = username.strip().lower()
    if await session.scalar(select(Agent.id).where(Agent.username == username)) is not None:
        raise UsernameTakenError
    agent = Agent(username=username, name=name.strip(), role=role, password_hash=password_hash, created_at=clock.now())
    session.add(agent)
    # The caller shows or logs its id.
    await session.flush()
    return agent


async def has_agents(session: AsyncSession) -> bool:
    """Return whether anybody was ever registered; the first start creates an administrator."""
    return bool(await session.scalar(select(func.count()).select_from(Agent)))


async def anybody_available(session: AsyncSession) -> bool:
    """Return whether an agent who may serve and is ready for it is signed in and has the desk open."""
    ready = await session.scalar(
        select(Agent.id)
        .join(AgentSession, AgentSession.agent_id == Agent.id)
        .where(
            Agent.active.is_(True),
            Agent.available.is_(True),
            Agent.role.in_(roles_with(Right.SERVE)),
            is_present(),
            AgentSession.pending.is_(False),
            AgentSession.revoked_at.is_(None),
            AgentSession.expires_at > clock.now(),
        )
        .limit(1)
    )
    return ready is not None


async def change_agent(
    session: AsyncSession,
    agent_id: str,
    *,
    active: bool | None = None,
    role: Role | None = None,
    name: str | None = None,
) -> Agent:
    """Change an account; a deactivated agent's sessions end at once.

    Raises:
        AgentNotFoundError: There is none with this id.
        LastAdministratorError: Nobody would be left to administer.
    """
    agent = await get_agent(session, agent_id)
    loses_rights = active is False or (role is not None and role is not Role.ADMINISTRATOR)
    if agent.role is Role.ADMINISTRATOR and agent.active and loses_rights:
        # All of them locked, in one order: two administrators may be removing each other.
        administrators = await session.scalars(
            select(Agent)
            .where(Agent.role == Role.ADMINISTRATOR, Agent.active.is_(True))
            .order_by(Agent.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        if not [other for other in administrators if other.id != agent.id]:
            raise LastAdministratorError
    if active is not None:
        agent.active = active
        agent.available = agent.available and active
        agent.available_since = agent.available_since if agent.available else None
        if not active:
            await sessions.revoke_all(session, agent.id)
    if role is not None:
        agent.role = role
    if name and name.strip():
        agent.name = name.strip()
    return agent


async def reset_password(session: AsyncSession, agent_id: str, *, password_hash: str) -> Agent:
    """Set a one-time password and end the agent's sessions.

    Raises:
        AgentNotFoundError: There is none with this id.
    """
    agent = await get_agent(session, agent_id)
    agent.password_hash = password_hash
    agent.must_change_password = True
    await delays.forgive(session, delays.name_door(agent.username))
    await sessions.revoke_all(session, agent.id)
    return agent
