"""Desk sessions: signing in, the second step, use, and their ends."""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import audit, clock
from helpdesk.agents import delays, passwords, second_factor
from helpdesk.agents.errors import DeskSessionNotFoundError
from helpdesk.agents.model import Agent, AgentSession
from helpdesk.agents.secret_box import SecretBox
from helpdesk.database import Database
from helpdesk.errors import CredentialsInvalidError, NotSignedInError

# Between the password and the second factor.
_PENDING = timedelta(minutes=5)
# Uses are noted at most so often: a session must not cost a write with every request.
_NOTED_EVERY = timedelta(minutes=1)
# Compared against when the user name is unknown, so that both answers take the same time.
_UNKNOWN_HASH = passwords.hash_password(secrets.token_urlsafe(16))


@dataclass(frozen=True, kw_only=True)
class SessionLimits:
    """How long a session lasts: `hours` at most, and `idle_minutes` after its last use."""

    hours: int = 12
    idle_minutes: int = 120

    def expiry(self, used_at: datetime, ends_at: datetime) -> datetime:
        """Return when a session ends that is not used again."""
        return min(ends_at, used_at + timedelta(minutes=self.idle_minutes))


_USUAL = SessionLimits()


@dataclass(frozen=True, kw_only=True)
class Device:
    """Where a session was opened: a shortened address and a browser's family."""

    address: str = ""
    browser: str = ""


_UNKNOWN_DEVICE = Device()


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A fresh desk session: its cookie value is shown only here.

    Attributes:
        token: The value of the cookie.
        csrf_token: What every changing call carries.
        agent: Who signed in.
        pending: The second factor is still to come; nothing else is open to this session.
    """

    token: str
    csrf_token: str
    agent: Agent
    pending: bool = False


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


async def sign_in(
    database: Database,
    *,
    username: str,
    password: str,
    device: Device = _UNKNOWN_DEVICE,
    limits: SessionLimits = _USUAL,
) -> SignedIn:
    """Check a password and open a session, which waits for the second factor where there is one.

    It takes transactions of its own: the slow hash must not hold one open. An unknown user name is answered, counted
    and delayed as a known one is.

    Raises:
        CredentialsInvalidError: Unknown, inactive or wrong password.
        SignInDelayedError: Too many failed attempts of late.
    """
    username = username.strip().lower()
    door = delays.name_door(username)
    await delays.knock(database, door)
    async with database.reading() as session:
        agent = await session.scalar(select(Agent).where(Agent.username == username))
    known_hash = agent.password_hash if agent else _UNKNOWN_HASH
    right = await asyncio.to_thread(passwords.matches, known_hash, password)
    if agent is None or not right or not agent.active:
        raise CredentialsInvalidError
    async with database.transaction() as session:
        agent = await session.get_one(Agent, agent.id, with_for_update=True)
        if not agent.active or agent.password_hash != known_hash:
            raise CredentialsInvalidError
        await delays.forgive(session, door)
        pending = await second_factor.find(session, agent.id) is not None
        return _open(session, agent, device=device, limits=limits, pending=pending)


async def sign_in_with_code(
    database: Database,
    token: str,
    *,
    code: str,
    is_recovery_code: bool,
    box: SecretBox,
    device: Device = _UNKNOWN_DEVICE,
    limits: SessionLimits = _USUAL,
) -> SignedIn:
    """Take the second step; the session gets a new cookie.

    Raises:
        NotSignedInError: No password was given before, or too long ago.
        CodeInvalidError: The code is wrong or used.
        SignInDelayedError: Too many failed attempts of late.
        SecondFactorMissingError: It was reset a moment ago; signing in begins anew.
        SecondFactorUnreadableError: The key was changed.
    """
    async with database.reading() as session:
        agent, _ = await authenticate(session, token, pending=True)
    check = second_factor.use_recovery_code if is_recovery_code else second_factor.check
    await check(database, agent.id, code, box)
    async with database.transaction() as session:
        agent = await session.get_one(Agent, agent.id, with_for_update=True)
        # Again, and locked: the account may have been closed, or its password reset, while the code was looked at.
        agent, _ = await authenticate(session, token, pending=True)
        await revoke(session, token)
        return _open(session, agent, device=device, limits=limits, recovered=is_recovery_code)


def _open(
    session: AsyncSession,
    agent: Agent,
    *,
    device: Device,
    limits: SessionLimits,
    pending: bool = False,
    recovered: bool = False,
) -> SignedIn:
    token, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    at = clock.now()
    ends_at = at + (_PENDING if pending else timedelta(hours=limits.hours))
    row = AgentSession(
        token_hash=_hash(token),
        csrf_token=csrf_token,
        agent_id=agent.id,
        address=device.address,
        browser=device.browser,
        pending=pending,
        created_at=at,
        last_used_at=at,
        expires_at=limits.expiry(at, ends_at),
        ends_at=ends_at,
    )
    session.add(row)
    if not pending:
        agent.last_sign_in_at = at
        details = {"session": row.id, "recovery_code": recovered}
        audit.record(session, actor=f"agent:{agent.id}", action="sign_in", subject="desk", details=details)
    return SignedIn(token=token, csrf_token=csrf_token, agent=agent, pending=pending)


async def authenticate(session: AsyncSession, token: str, *, pending: bool = False) -> tuple[Agent, AgentSession]:
    """Return the agent behind a desk cookie, or, with `pending`, behind one that waits for the second factor.

    Raises:
        NotSignedInError: There is no such session, it ended, or the agent is no longer active.
    """
    row = await session.scalar(select(AgentSession).where(AgentSession.token_hash == _hash(token)))
    return await _let_pass(session, row, pending=pending)


async def authenticate_again(session: AsyncSession, session_id: str) -> tuple[Agent, AgentSession]:
    """Return the agent behind a session that was let in before, whatever its cookie has become.

    Raises:
        NotSignedInError: It ended, or the agent is no longer active.
    """
    return await _let_pass(session, await session.get(AgentSession, session_id), pending=False)


async def _let_pass(session: AsyncSession, row: AgentSession | None, *, pending: bool) -> tuple[Agent, AgentSession]:
    if row is None or row.pending is not pending or row.revoked_at is not None or row.expires_at <= clock.now():
        raise NotSignedInError
    agent = await session.get_one(Agent, row.agent_id)
    if not agent.active:
        raise NotSignedInError
    return agent, row


async def note_use(database: Database, row: AgentSession, limits: SessionLimits = _USUAL) -> None:
    """Put the end of an idle session off; at most once a minute anything is written."""
    at = clock.now()
    if at - row.last_used_at < _NOTED_EVERY:
        return
    async with database.transaction() as session:
        await session.execute(
            update(AgentSession)
            # A session that ended meanwhile stays ended.
            .where(AgentSession.id == row.id, AgentSession.revoked_at.is_(None), AgentSession.expires_at > at)
            .values(last_used_at=at, expires_at=limits.expiry(at, row.ends_at))
        )


async def rotate(session: AsyncSession, row: AgentSession) -> str:
    """Give a session another cookie, for it may do more from now on; return the new value."""
    token = secrets.token_urlsafe(32)
    current = await session.get_one(AgentSession, row.id)
    current.token_hash = _hash(token)
    return token


async def list_sessions(session: AsyncSession, agent_id: str) -> Sequence[AgentSession]:
    """Return an agent's sessions that are open, the last used first."""
    rows = await session.scalars(
        select(AgentSession)
        .where(
            AgentSession.agent_id == agent_id,
            AgentSession.pending.is_(False),
            AgentSession.revoked_at.is_(None),
            AgentSession.expires_at > clock.now(),
        )
        .order_by(AgentSession.last_used_at.desc(), AgentSession.id)
    )
    return rows.all()


async def revoke(session: AsyncSession, token: str) -> None:
    """End one session."""
    await session.execute(
        update(AgentSession)
        .where(AgentSession.token_hash == _hash(token), AgentSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


async def revoke_one(session: AsyncSession, agent_id: str, session_id: str) -> None:
    """End one of an agent's sessions by its id.

    Raises:
        DeskSessionNotFoundError: They have no such open session.
    """
    row = await session.get(AgentSession, session_id)
    if row is None or row.agent_id != agent_id or row.revoked_at is not None:
        raise DeskSessionNotFoundError
    row.revoked_at = clock.now()


async def revoke_all(session: AsyncSession, agent_id: str, *, but: str | None = None) -> None:
    """End an agent's sessions, but for the one with the id `but`."""
    statement = update(AgentSession).where(AgentSession.agent_id == agent_id, AgentSession.revoked_at.is_(None))
    if but is not None:
        statement = statement.where(AgentSession.id != but)
    await session.execute(statement.values(revoked_at=clock.now()))


async def confirm_password(database: Database, agent: Agent, password: str) -> None:
    """Let pass who knows the agent's password, before something that a found open desk must not allow.

    Raises:
        CredentialsInvalidError: It is wrong.
        SignInDelayedError: Too many failed attempts of late, here or at the sign-in page.
    """
    door = delays.name_door(agent.username)
    await delays.knock(database, door)
    if not await asyncio.to_thread(passwords.matches, agent.password_hash, password):
        raise CredentialsInvalidError
    async with database.transaction() as session:
        await delays.forgive(session, door)


async def change_password(
    database: Database, agent: Agent, current_session: AgentSession, *, current: str, new: str
) -> None:
    """Replace an agent's own password and end their other sessions.

    Raises:
        CredentialsInvalidError: The current password is wrong.
        SignInDelayedError: Too many failed attempts of late.
        PasswordWeakError: The new one is too short or unchanged.
    """
    passwords.check_strength(new, current=current)
    await confirm_password(database, agent, current)
    new_hash = await asyncio.to_thread(passwords.hash_password, new)
    async with database.transaction() as session:
        row = await session.get_one(Agent, agent.id, with_for_update=True)
        if row.password_hash != agent.password_hash:
            # An administrator set another one in the meantime.
            raise CredentialsInvalidError
        row.password_hash = new_hash
        row.must_change_password = False
        await revoke_all(session, agent.id, but=current_session.id)
        audit.record(session, actor=f"agent:{agent.id}", action="change_password", subject=f"agent:{agent.id}")
