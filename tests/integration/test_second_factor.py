"""The second factor: set up with a first code, asked for at each sign-in, good once, and replaced by recovery codes."""

import asyncio

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from helpdesk import clock
from helpdesk.agents import second_factor, sessions
from helpdesk.agents import service as agents
from helpdesk.agents.errors import (
    CodeInvalidError,
    SecondFactorExistsError,
    SecondFactorMissingError,
    SecondFactorRequiredError,
    SecondFactorUnreadableError,
)
from helpdesk.agents.model import Agent, RecoveryCode, Role, SecondFactor
from helpdesk.agents.secret_box import SecretBox
from helpdesk.agents.sessions import SignedIn
from helpdesk.database import Database
from helpdesk.errors import NotSignedInError, SignInDelayedError
from tests.integration.conftest import MovableClock
from tests.scenes import add_agent

PASSWORD = "correct horse battery"
BOX = SecretBox("k" * 32)
# Where nothing depends on the kind of database.
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Phone:
    """An authenticator app with the codes written on paper beside it."""

    def __init__(self, secret: str, recovery_codes: list[str]) -> None:
        self._totp = pyotp.TOTP(secret)
        self.secret = secret
        self.recovery_codes = recovery_codes

    def code(self) -> str:
        return self._totp.at(clock.now())

    def wrong(self) -> str:
        return str((int(self.code()) + 1) % 1_000_000).zfill(6)


@pytest.fixture
async def agent(database: Database, movable_clock: MovableClock) -> Agent:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    return await add_agent(database, password_hash=cheap)


async def set_up(database: Database, agent: Agent) -> Phone:
    async with database.transaction() as session:
        secret = await second_factor.begin(session, agent, BOX)
    async with database.transaction() as session:
        codes = await second_factor.confirm(session, agent, pyotp.TOTP(secret).at(clock.now()), BOX)
    return Phone(secret, codes)


@pytest.fixture
async def phone(database: Database, agent: Agent, movable_clock: MovableClock) -> Phone:
    phone = await set_up(database, agent)
    # The code that it was set up with is used up.
    movable_clock.move(seconds=60)
    return phone


async def first_step(database: Database) -> SignedIn:
    return await sessions.sign_in(database, username="lin", password=PASSWORD)


async def second_step(database: Database, token: str, code: str, *, is_recovery_code: bool = False) -> SignedIn:
    return await sessions.sign_in_with_code(database, token, code=code, is_recovery_code=is_recovery_code, box=BOX)


async def is_signed_in(database: Database, token: str) -> bool:
    async with database.reading() as session:
        try:
            await sessions.authenticate(session, token)
        except NotSignedInError:
            return False
    return True


@SQLITE
async def test_password_alone_opens_nothing(database: Database, phone: Phone):
    half = await first_step(database)

    assert half.pending
    assert not await is_signed_in(database, half.token)


async def test_code_opens_a_session_under_another_token(database: Database, phone: Phone):
    half = await first_step(database)

    whole = await second_step(database, half.token, phone.code())

    assert not whole.pending
    assert whole.token != half.token
    assert whole.csrf_token != half.csrf_token
    assert [await is_signed_in(database, one.token) for one in (half, whole)] == [False, True]
    with pytest.raises(NotSignedInError):
        await second_step(database, half.token, phone.code())


@SQLITE
async def test_sign_in_is_noted_when_it_is_whole(database: Database, agent: Agent, phone: Phone):
    async def last() -> object:
        async with database.reading() as session:
            return (await agents.get_agent(session, agent.id)).last_sign_in_at

    half = await first_step(database)
    before = await last()
    await second_step(database, half.token, phone.code())

    assert (before, await last() is not None) == (None, True)


@SQLITE
async def test_code_is_good_once(database: Database, phone: Phone):
    code = phone.code()
    await second_step(database, (await first_step(database)).token, code)
    half = await first_step(database)

    with pytest.raises(CodeInvalidError):
        await second_step(database, half.token, code)


@pytest.mark.parametrize("kind", ["code", "recovery code"])
async def test_of_two_who_use_the_same_code_at_once_one_passes(database: Database, phone: Phone, kind: str):
    halves = [await first_step(database) for _ in range(3)]
    code = phone.code() if kind == "code" else phone.recovery_codes[0]

    async with asyncio.timeout(20):
        answers = await asyncio.gather(
            *(second_step(database, half.token, code, is_recovery_code=kind != "code") for half in halves),
            return_exceptions=True,
        )

    assert sorted(type(answer).__name__ for answer in answers) == ["CodeInvalidError", "CodeInvalidError", "SignedIn"]


@SQLITE
async def test_wrong_codes_are_delayed_and_a_right_password_gives_no_new_guesses(
    database: Database, phone: Phone, movable_clock: MovableClock
):
    for _ in range(5):
        half = await first_step(database)
        with pytest.raises(CodeInvalidError):
            await second_step(database, half.token, phone.wrong())
    half = await first_step(database)

    with pytest.raises(SignInDelayedError):
        await second_step(database, half.token, phone.code())

    movable_clock.move(seconds=3)
    assert not (await second_step(database, half.token, phone.code())).pending


@SQLITE
async def test_half_open_session_waits_five_minutes(database: Database, phone: Phone, movable_clock: MovableClock):
    half = await first_step(database)

    movable_clock.move(minutes=5, seconds=1)

    with pytest.raises(NotSignedInError):
        await second_step(database, half.token, phone.code())


@SQLITE
async def test_account_closed_between_the_steps_stays_closed(database: Database, agent: Agent, phone: Phone):
    half = await first_step(database)
    async with database.transaction() as session:
        await agents.change_agent(session, agent.id, active=False)

    with pytest.raises(NotSignedInError):
        await second_step(database, half.token, phone.code())


@SQLITE
async def test_recovery_codes_stand_in_once_each(database: Database, phone: Phone):
    assert len(set(phone.recovery_codes)) == 10
    typed = phone.recovery_codes[3].lower().replace("-", " ")

    whole = await second_step(database, (await first_step(database)).token, typed, is_recovery_code=True)

    assert not whole.pending
    half = await first_step(database)
    with pytest.raises(CodeInvalidError):
        await second_step(database, half.token, typed, is_recovery_code=True)
    async with database.reading() as session:
        assert await second_factor.count_recovery_codes(session, whole.agent.id) == 9


@SQLITE
async def test_new_recovery_codes_replace_the_old_ones(database: Database, agent: Agent, phone: Phone):
    async with database.transaction() as session:
        fresh = await second_factor.renew_recovery_codes(session, agent, BOX)

    with pytest.raises(CodeInvalidError):
        await second_factor.use_recovery_code(database, agent.id, phone.recovery_codes[0], BOX)
    await second_factor.use_recovery_code(database, agent.id, fresh[0], BOX)


@SQLITE
async def test_nothing_secret_is_stored_in_the_clear(database: Database, agent: Agent, phone: Phone):
    async with database.reading() as session:
        factor = await session.get_one(SecondFactor, agent.id)
        codes = list(await session.scalars(select(RecoveryCode)))

    stored = repr(vars(factor)) + repr([vars(code) for code in codes])
    assert phone.secret not in stored
    assert not [code for code in phone.recovery_codes if code in stored or code.replace("-", "") in stored]


@SQLITE
async def test_unconfirmed_secret_counts_for_nothing(database: Database, agent: Agent):
    async with database.transaction() as session:
        await second_factor.begin(session, agent, BOX)

    assert not (await first_step(database)).pending


@SQLITE
async def test_wrong_first_code_leaves_it_unconfirmed(database: Database, agent: Agent):
    async with database.transaction() as session:
        secret = await second_factor.begin(session, agent, BOX)

    async with database.transaction() as session:
        with pytest.raises(CodeInvalidError):
            await second_factor.confirm(session, agent, Phone(secret, []).wrong(), BOX)

    assert not (await first_step(database)).pending


async def test_begun_again_the_older_secret_is_worth_nothing(database: Database, agent: Agent):
    async with database.transaction() as session:
        old = await second_factor.begin(session, agent, BOX)
    async with database.transaction() as session:
        await second_factor.begin(session, agent, BOX)

    async with database.transaction() as session:
        with pytest.raises(CodeInvalidError):
            await second_factor.confirm(session, agent, Phone(old, []).code(), BOX)


@SQLITE
async def test_one_in_use_cannot_be_replaced_by_who_finds_an_open_desk(database: Database, agent: Agent, phone: Phone):
    async with database.transaction() as session:
        with pytest.raises(SecondFactorExistsError):
            await second_factor.begin(session, agent, BOX)
        with pytest.raises(SecondFactorMissingError):
            await second_factor.confirm(session, agent, phone.code(), BOX)


@SQLITE
@pytest.mark.parametrize("by", ["account", "role"])
async def test_required_one_cannot_be_turned_off(database: Database, agent: Agent, phone: Phone, by: str):
    if by == "account":
        async with database.transaction() as session:
            (await session.get_one(Agent, agent.id)).second_factor_required = True

    async with database.transaction() as session:
        with pytest.raises(SecondFactorRequiredError):
            await second_factor.turn_off(session, agent, [Role.AGENT] if by == "role" else [])

    assert (await first_step(database)).pending


async def test_turned_off_it_is_gone_with_its_codes(database: Database, agent: Agent, phone: Phone):
    async with database.transaction() as session:
        await second_factor.turn_off(session, agent, [])

    assert not (await first_step(database)).pending
    async with database.reading() as session:
        assert list(await session.scalars(select(RecoveryCode))) == []


@SQLITE
async def test_changed_key_is_told_apart_from_a_wrong_code(database: Database, agent: Agent, phone: Phone):
    with pytest.raises(SecondFactorUnreadableError):
        await second_factor.check(database, agent.id, phone.code(), SecretBox("l" * 32))
