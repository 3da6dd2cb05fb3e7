"""An agent's second factor: setting it up, checking codes, recovery codes, turning it off."""

import unicodedata
from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents import delays, totp
from helpdesk.agents.errors import (
    CodeInvalidError,
    SecondFactorExistsError,
    SecondFactorMissingError,
    SecondFactorRequiredError,
)
from helpdesk.agents.model import Agent, RecoveryCode, Role, SecondFactor
from helpdesk.agents.secret_box import SecretBox
from helpdesk.database import Database
from helpdesk.identifiers import spoken_code

RECOVERY_CODES = 10
# Two groups of five of 31 signs: 49 bits.
_GROUP = 5


def is_required(agent: Agent, roles: Collection[Role]) -> bool:
    """Return whether an agent must have a second factor: by their own account, or by their role."""
    return agent.second_factor_required or agent.role in roles


async def find(session: AsyncSession, agent_id: str) -> SecondFactor | None:
    """Return the second factor in use, None where there is none or it waits to be confirmed."""
    factor = await session.get(SecondFactor, agent_id)
    return factor if factor is not None and factor.confirmed_at is not None else None


async def holders(session: AsyncSession, agent_ids: Sequence[str]) -> set[str]:
    """Return those of the agents who have one in use."""
    rows = await session.scalars(
        select(SecondFactor.agent_id).where(
            SecondFactor.agent_id.in_(agent_ids), SecondFactor.confirmed_at.is_not(None)
        )
    )
    return set(rows)


async def count_recovery_codes(session: AsyncSession, agent_id: str) -> int:
    """Return how many recovery codes are left."""
    unused = RecoveryCode.agent_id == agent_id, RecoveryCode.used_at.is_(None)
    return await session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


async def begin(session: AsyncSession, agent: Agent, box: SecretBox) -> str:
    """Make a new secret, which is shown once and counts only after `confirm`; return it.

    Raises:
        SecondFactorExistsError: One is in use.
    """
    # The account's row is there in any case, and so can be waited at.
    await session.get_one(Agent, agent.id, with_for_update=True)
    factor = await session.get(SecondFactor, agent.id)
    secret = totp.new_secret()
    if factor is None:
        session.add(SecondFactor(agent_id=agent.id, secret=box.seal(secret), created_at=clock.now()))
    elif factor.confirmed_at is None:
        factor.secret, factor.created_at = box.seal(secret), clock.now()
    else:
        raise SecondFactorExistsError
    return secret


async def confirm(session: AsyncSession, agent: Agent, code: str, box: SecretBox) -> list[str]:
    """Take the new secret into use with its first code; return the recovery codes, shown only here.

    Raises:
        SecondFactorMissingError: Nothing waits to be confirmed.
        CodeInvalidError: The code is not of this secret and moment.
    """
    factor = await session.get(SecondFactor, agent.id, with_for_update=True)
    if factor is None or factor.confirmed_at is not None:
        raise SecondFactorMissingError
    _accept(factor, code, box)
    factor.confirmed_at = clock.now()
    return await _new_recovery_codes(session, agent.id, box)


async def check(database: Database, agent_id: str, code: str, box: SecretBox) -> None:
    """Let a code of the generator pass, once.

    Raises:
        SignInDelayedError: Too many failed of late.
        SecondFactorMissingError: There is none in use.
        CodeInvalidError: The code is wrong, too old or used.
        SecondFactorUnreadableError: The key was changed.
    """
    door = delays.factor_door(agent_id)
    await delays.knock(database, door)
    async with database.transaction() as session:
        factor = await session.get(SecondFactor, agent_id, with_for_update=True)
        if factor is None or factor.confirmed_at is None:
            raise SecondFactorMissingError
        _accept(factor, code, box)
        await delays.forgive(session, door)


async def use_recovery_code(database: Database, agent_id: str, code: str, box: SecretBox) -> None:
    """Let a recovery code pass, once.

    Raises:
        SignInDelayedError: Too many failed of late.
        CodeInvalidError: There is no such unused code.
    """
    door = delays.factor_door(agent_id)
    await delays.knock(database, door)
    async with database.transaction() as session:
        found = await session.scalar(
            select(RecoveryCode)
            .where(
                RecoveryCode.agent_id == agent_id,
                RecoveryCode.code_hash == box.fingerprint(_plain(code)),
                RecoveryCode.used_at.is_(None),
            )
            .with_for_update()
        )
        if found is None:
            raise CodeInvalidError
        found.used_at = clock.now()
        await delays.forgive(session, door)


async def renew_recovery_codes(session: AsyncSession, agent: Agent, box: SecretBox) -> list[str]:
    """Replace all recovery codes; return the new ones, shown only here.

    Raises:
        SecondFactorMissingError: There is no second factor that they could stand in for.
    """
    await session.get_one(Agent, agent.id, with_for_update=True)
    if await find(session, agent.id) is None:
        raise SecondFactorMissingError
    return await _new_recovery_codes(session, agent.id, box)


async def turn_off(session: AsyncSession, agent: Agent, roles: Collection[Role]) -> None:
    """Remove an agent's own second factor.

    Raises:
        SecondFactorRequiredError: They must have one.
    """
    row = await session.get_one(Agent, agent.id, with_for_update=True)
    if is_required(row, roles):
        raise SecondFactorRequiredError
    await remove(session, agent.id)


async def remove(session: AsyncSession, agent_id: str) -> None:
    """Remove the secret, the recovery codes and what failed so far."""
    await session.execute(delete(SecondFactor).where(SecondFactor.agent_id == agent_id))
    await session.execute(delete(RecoveryCode).where(RecoveryCode.agent_id == agent_id))
    await delays.forgive(session, delays.factor_door(agent_id))


def _accept(factor: SecondFactor, code: str, box: SecretBox) -> None:
    step = totp.accepted_step(box.open(factor.secret), code, at=clock.now(), after=factor.last_step)
    if step is None:
        raise CodeInvalidError
    factor.last_step = step


async def _new_recovery_codes(session: AsyncSession, agent_id: str, box: SecretBox) -> list[str]:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.agent_id == agent_id))
    codes = [f"{spoken_code(_GROUP)}-{spoken_code(_GROUP)}" for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(agent_id=agent_id, code_hash=box.fingerprint(_plain(code))) for code in codes)
    return codes


def _plain(code: str) -> str:
    """Return a recovery code as it is compared: capitals and digits alone, however it was typed."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", code).upper() if sign.isascii() and sign.isalnum())
