"""Signing in at the desk: sessions, revocation and a delay that grows with failed attempts."""

import asyncio
import hashlib
import math
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents import passwords
from helpdesk.agents.model import Agent, AgentSession
from helpdesk.database import Database
from helpdesk.errors import CredentialsInvalidError, NotSignedInError, SignInDelayedError

SESSION_HOURS = 12
_FREE_ATTEMPTS = 4
_LONGEST_DELAY_SECONDS = 900
# Compared against when the user name is unknown, so that both answers take the same time.
_UNKNOWN_HASH = passwords.hash_password(secrets.token_urlsafe(16))


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A fresh desk session: its cookie value is shown only here."""

    token: str
    csrf_token: str
    agent: Agent


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


async def sign_in(database: Database, *, username: str, password: str) -> SignedIn:
    """Check a password and open a session.

    It takes transactions of its own: the slow hash must not hold one open.

    Raises:
        CredentialsInvalidError: Unknown, inactive or wrong password.
        SignInDelayedError: Too many failed attempts of late.
    """
    username = username.strip().lower()
    async with database.reading() as session:
        agent = await session.scalar(select(Agent).where(Agent.username == username))
    if agent is not None and agent.next_sign_in_at is not None and agent.next_sign_in_at > clock.now():
        wait = (agent.next_sign_in_at - clock.now()).total_seconds()
        raise SignInDelayedError(retry_after=math.ceil(wait))
    known_hash = agent.password_hash if agent else _UNKNOWN_HASH
    right = await asyncio.to_thread(passwords.matches, known_hash, password)
    if agent is None:
        raise CredentialsInvalidError
    if not right or not agent.active:
        await _count_failure(database, agent.id)
        raise CredentialsInvalidError
    token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    at = clock.now()
    async with database.transaction() as session:
        agent = await session.get_one(Agent, agent.id, with_for_update=True)
        if not agent.active or agent.password_hash != known_hash:
            raise CredentialsInvalidError
        agent.failed_sign_ins = 0
        agent.next_sign_in_at = None
        session.add(
            AgentSession(
                token_hash=_hash(token),
                csrf_token=csrf_token,
                agent_id=agent.id,
                created_at=at,
                expires_at=at + timedelta(hours=SESSION_HOURS),
            )
        )
    return SignedIn(token=token, csrf_token=csrf_token, agent=agent)


async def _count_failure(database: Database, agent_id: str) -> None:
    async with database.transaction() as session:
        agent = await session.get_one(Agent, agent_id, with_for_update=True)
        agent.failed_sign_ins += 1
        excess = agent.failed_sign_ins - _FREE_ATTEMPTS
        if excess > 0:
            delay = min(2**excess, _LONGEST_DELAY_SECONDS)
            agent.next_sign_in_at = clock.now() + timedelta(seconds=delay)


async def authenticate(session: AsyncSession, token: str) -> tuple[Agent, AgentSession]:
    """Return the agent behind a desk cookie.

    Raises:
        NotSignedInError: There is no such session, it ended, or the agent is no longer active.
    """
    row = await session.scalar(select(AgentSession).where(AgentSession.token_hash == _hash(token)))
    if row is None or row.revoked_at is not None or row.expires_at <= clock.now():
        raise NotSignedInError
    agent = await session.get_one(Agent, row.agent_id)
    if not agent.active:
        raise NotSignedInError
    return agent, row


async def revoke(session: AsyncSession, token: str) -> None:
    """End one session."""
    await session.execute(
        update(AgentSession).where(AgentSession.token_hash == _hash(token)).values(revoked_at=clock.now())
    )


async def revoke_all(session: AsyncSession, agent_id: str, *, but: str | None = None) -> None:
    """End an agent's sessions, but for the one with the id `but`."""
    statement = update(AgentSession).where(AgentSession.agent_id == agent_id, AgentSession.revoked_at.is_(None))
    if but is not None:
        statement = statement.where(AgentSession.id != but)
    await session.execute(statement.values(revoked_at=clock.now()))


async def change_password(
    database: Database, agent: Agent, current_session: AgentSession, *, current: str, new: str
) -> None:
    """Replace an agent's own password and end their other sessions.

    Raises:
        CredentialsInvalidError: The current password is wrong.
        PasswordWeakError: The new one is too short or unchanged.
    """
    passwords.check_strength(new, current=current)
    if not await asyncio.to_thread(passwords.matches, agent.password_hash, current):
        await _count_failure(database, agent.id)
        raise CredentialsInvalidError
    new_hash = await asyncio.to_thread(passwords.hash_password, new)
    async with database.transaction() as session:
        row = await session.get_one(Agent, agent.id, with_for_update=True)
        if row.password_hash != agent.password_hash:
            # An administrator set another one in the meantime.
            raise CredentialsInvalidError
        row.password_hash = new_hash
        row.must_change_password = False
        await revoke_all(session, agent.id, but=current_session.id)
