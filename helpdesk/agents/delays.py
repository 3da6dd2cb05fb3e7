"""A delay that grows with failed attempts, which attempts at the same moment cannot get around."""

import hashlib
import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import audit, clock
from helpdesk.agents.model import SignInDelay
from helpdesk.database import Database
from helpdesk.errors import SignInDelayedError

_FREE_ATTEMPTS = 4
_LONGEST_DELAY_SECONDS = 900
# After a day without a failure nothing is held against anybody, and the row is no longer needed.
_FORGOTTEN_AFTER = timedelta(days=1)


def name_door(username: str) -> str:
    """Return the door of a user name, whether anybody has it or not."""
    return _door(f"name:{username.strip().lower()}")


def factor_door(agent_id: str) -> str:
    """Return the door of an agent's second factor: a right password must not give its guesses back."""
    return _door(f"factor:{agent_id}")


def _door(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()


async def knock(database: Database, door: str) -> None:
    """Count an attempt as failed before it is looked at; `forgive` takes it back.

    Counted afterwards, a hundred guesses at once would all be free.

    Raises:
        SignInDelayedError: Too many attempts have failed; this one is not to be looked at.
    """

    async def count(session: AsyncSession) -> None:
        at = clock.now()
        row = await session.get(SignInDelay, door, with_for_update=True)
        if row is None:
            await session.execute(delete(SignInDelay).where(SignInDelay.failed_at < at - _FORGOTTEN_AFTER))
            row = SignInDelay(door=door, failed_at=at)
            session.add(row)
        elif row.failed_at < at - _FORGOTTEN_AFTER:
            row.failed, row.next_at = 0, None
        if row.next_at is not None and row.next_at > at:
            raise SignInDelayedError(retry_after=math.ceil((row.next_at - at).total_seconds()))
        row.failed += 1
        row.failed_at = at
        excess = row.failed - _FREE_ATTEMPTS
        if excess > 0:
            # The exponent is bounded, for the count is not.
            row.next_at = at + timedelta(seconds=min(2 ** min(excess, 30), _LONGEST_DELAY_SECONDS))
        if excess == 1:
            audit.record(session, actor="anonymous", action="sign_in_delayed", subject=f"door:{door[:16]}")

    await database.retrying(count)


async def forgive(session: AsyncSession, door: str) -> None:
    """Forget the failures at a door: somebody had the key, or an administrator unlocks it."""
    await session.execute(delete(SignInDelay).where(SignInDelay.door == door))


async def closed_until(session: AsyncSession, doors: Iterable[str]) -> dict[str, datetime]:
    """Return until when those of the doors are closed that are."""
    rows = await session.scalars(select(SignInDelay).where(SignInDelay.door.in_(list(doors))))
    return {row.door: row.next_at for row in rows if row.next_at is not None and row.next_at > clock.now()}
