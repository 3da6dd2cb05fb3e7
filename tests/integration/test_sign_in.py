"""Signing in at the desk: a delay that grows, sessions that end, and passwords that are changed safely."""

import asyncio

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from helpdesk import clock
from helpdesk.agents import delays, sessions
from helpdesk.agents import service as agents
from helpdesk.agents.errors import DeskSessionNotFoundError
from helpdesk.agents.model import Agent, AgentSession, SignInDelay
from helpdesk.agents.sessions import SignedIn
from helpdesk.audit import AuditEntry
from helpdesk.database import Database
from helpdesk.errors import CredentialsInvalidError, NotSignedInError, PasswordWeakError, SignInDelayedError
from tests.integration.conftest import MovableClock
from tests.scenes import add_agent

PASSWORD = "correct horse battery"
NEW_PASSWORD = "a different horse staple"
# Where nothing depends on the kind of database.
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def password_hash(password: str = PASSWORD) -> str:
    """Return a hash that is quick to check: its cost is written into it."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


@pytest.fixture
async def agent(database: Database, movable_clock: MovableClock) -> Agent:
    return await add_agent(database, password_hash=password_hash())


async def sign_in(database: Database, password: str = PASSWORD, username: str = "lin") -> SignedIn:
    return await sessions.sign_in(database, username=username, password=password)


async def fail(database: Database, times: int, username: str = "lin") -> None:
    for _ in range(times):
        with pytest.raises(CredentialsInvalidError):
            await sign_in(database, "wrong", username)


async def who(database: Database, token: str) -> tuple[Agent, AgentSession]:
    async with database.reading() as session:
        return await sessions.authenticate(session, token)


async def is_signed_in(database: Database, token: str) -> bool:
    try:
        await who(database, token)
    except NotSignedInError:
        return False
    return True


async def change(database: Database, agent: Agent, **fields: object) -> None:
    async with database.transaction() as session:
        row = await session.get_one(Agent, agent.id)
        for name, value in fields.items():
            setattr(row, name, value)


@pytest.mark.parametrize("username", ["lin", " LIN "], ids=["as given", "other case and spaces"])
async def test_right_password_opens_a_session(database: Database, agent: Agent, username: str):
    signed_in = await sign_in(database, username=username)

    found, row = await who(database, signed_in.token)
    assert found.id == agent.id
    assert row.csrf_token == signed_in.csrf_token
    assert signed_in.token not in repr(vars(row))


@pytest.mark.parametrize(
    ("username", "password"),
    [("lin", "wrong"), ("lin", ""), ("wang", PASSWORD)],
    ids=["wrong", "empty", "unknown user"],
)
async def test_wrong_credentials_are_refused_alike(database: Database, agent: Agent, username: str, password: str):
    with pytest.raises(CredentialsInvalidError) as refused:
        await sign_in(database, password, username)

    assert refused.value.fields == {}


async def test_inactive_agent_is_refused_like_a_wrong_password(database: Database, agent: Agent):
    await change(database, agent, active=False)

    with pytest.raises(CredentialsInvalidError):
        await sign_in(database)


async def test_a_few_failures_are_forgiven(database: Database, agent: Agent):
    await fail(database, 4)

    assert (await sign_in(database)).agent.id == agent.id


async def test_the_fifth_failure_delays_even_the_right_password(
    database: Database, agent: Agent, movable_clock: MovableClock
):
    await fail(database, 5)

    with pytest.raises(SignInDelayedError) as delayed:
        await sign_in(database)
    assert delayed.value.fields == {"retry_after": 2}

    movable_clock.move(seconds=2)
    assert (await sign_in(database)).agent.id == agent.id


@pytest.mark.parametrize(("before", "seconds"), [(5, 4), (8, 32), (13, 900), (500, 900)])
async def test_the_delay_doubles_up_to_a_quarter_of_an_hour(
    database: Database, agent: Agent, before: int, seconds: int
):
    async with database.transaction() as session:
        session.add(SignInDelay(door=delays.name_door("lin"), failed=before, failed_at=clock.now()))
    await fail(database, 1)

    with pytest.raises(SignInDelayedError) as delayed:
        await sign_in(database)

    assert delayed.value.fields == {"retry_after": seconds}


async def test_failures_are_forgotten_after_a_success(database: Database, agent: Agent):
    await fail(database, 4)
    await sign_in(database)

    await fail(database, 4)

    assert (await sign_in(database)).agent.id == agent.id


@pytest.mark.parametrize("username", ["lin", "nobody"], ids=["known name", "unknown name"])
async def test_guesses_at_the_same_moment_are_not_free(database: Database, agent: Agent, username: str):
    async with asyncio.timeout(20):
        answers = await asyncio.gather(
            *(sign_in(database, "wrong", username) for _ in range(12)), return_exceptions=True
        )

    # The fifth closes the door before any of them is answered.
    assert [type(answer) for answer in answers].count(CredentialsInvalidError) == 5
    assert [type(answer) for answer in answers].count(SignInDelayedError) == 7


@SQLITE
async def test_delay_does_not_tell_whether_a_name_is_known(database: Database, agent: Agent):
    refusals = []
    for username in ("lin", "nobody"):
        await fail(database, 5, username)
        with pytest.raises(SignInDelayedError) as delayed:
            await sign_in(database, PASSWORD, username)
        refusals.append(delayed.value.fields)

    assert refusals[0] == refusals[1]


@SQLITE
async def test_failures_of_yesterday_are_forgotten(database: Database, agent: Agent, movable_clock: MovableClock):
    await fail(database, 4)

    movable_clock.move(days=1, seconds=1)
    await fail(database, 4)

    assert (await sign_in(database)).agent.id == agent.id


@SQLITE
async def test_doors_that_nobody_knocks_at_are_not_kept(database: Database, movable_clock: MovableClock):
    await fail(database, 1, "somebody")
    movable_clock.move(days=1, seconds=1)

    await fail(database, 1, "somebody else")

    async with database.reading() as session:
        assert list(await session.scalars(select(SignInDelay.door))) == [delays.name_door("somebody else")]


@SQLITE
async def test_what_was_typed_as_a_user_name_is_not_kept(database: Database):
    await fail(database, 1, "my secret passphrase")

    async with database.reading() as session:
        (row,) = await session.scalars(select(SignInDelay))
    assert "secret" not in repr(vars(row))


@SQLITE
async def test_beginning_of_a_delay_is_in_the_audit_trail(database: Database, agent: Agent):
    await fail(database, 5)

    async with database.reading() as session:
        entries = list(await session.scalars(select(AuditEntry)))
    assert [(entry.actor, entry.action) for entry in entries] == [("anonymous", "sign_in_delayed")]
    assert "lin" not in entries[0].subject


async def test_a_delay_of_one_agent_does_not_hold_up_another(database: Database, agent: Agent):
    other = await add_agent(database, "wang", name="王二", password_hash=password_hash())
    await fail(database, 5)

    assert (await sign_in(database, username="wang")).agent.id == other.id


async def use(database: Database, token: str) -> None:
    _, row = await who(database, token)
    await sessions.note_use(database, row)


@SQLITE
async def test_session_that_is_not_used_ends(database: Database, agent: Agent, movable_clock: MovableClock):
    token = (await sign_in(database)).token

    movable_clock.move(minutes=120, seconds=-10)
    assert await is_signed_in(database, token)

    movable_clock.move(seconds=20)
    assert not await is_signed_in(database, token)


@SQLITE
async def test_session_ends_after_twelve_hours_however_busy(
    database: Database, agent: Agent, movable_clock: MovableClock
):
    token = (await sign_in(database)).token

    for _ in range(12):
        movable_clock.move(minutes=59, seconds=55)
        await use(database, token)
    assert await is_signed_in(database, token)

    movable_clock.move(minutes=2)
    assert not await is_signed_in(database, token)


@SQLITE
async def test_use_is_written_at_most_once_a_minute(database: Database, agent: Agent, movable_clock: MovableClock):
    token = (await sign_in(database)).token
    opened = (await who(database, token))[1].last_used_at

    movable_clock.move(seconds=50)
    await use(database, token)
    assert (await who(database, token))[1].last_used_at == opened

    movable_clock.move(seconds=11)
    await use(database, token)
    assert (await who(database, token))[1].last_used_at > opened


async def test_use_does_not_bring_an_ended_session_back(database: Database, agent: Agent, movable_clock: MovableClock):
    token = (await sign_in(database)).token
    _, row = await who(database, token)
    movable_clock.move(minutes=5)
    async with database.transaction() as session:
        await sessions.revoke(session, token)

    await sessions.note_use(database, row)

    assert not await is_signed_in(database, token)


@pytest.mark.parametrize("token", ["", "guessed", "\udcff"], ids=["empty", "guessed", "any bytes"])
async def test_unknown_token_is_refused(database: Database, agent: Agent, token: str):
    await sign_in(database)

    assert not await is_signed_in(database, token)


async def test_signing_out_ends_one_session_only(database: Database, agent: Agent):
    first, second = await sign_in(database), await sign_in(database)

    async with database.transaction() as session:
        await sessions.revoke(session, first.token)

    assert not await is_signed_in(database, first.token)
    assert await is_signed_in(database, second.token)


async def test_deactivation_ends_sessions_at_once(database: Database, agent: Agent):
    token = (await sign_in(database)).token

    async with database.transaction() as session:
        await agents.change_agent(session, agent.id, active=False)

    assert not await is_signed_in(database, token)
    async with database.reading() as session:
        (row,) = await session.scalars(select(AgentSession))
    assert row.revoked_at is not None


async def test_changed_password_counts_and_ends_other_sessions(database: Database, agent: Agent):
    here, elsewhere = await sign_in(database), await sign_in(database)
    found, row = await who(database, here.token)

    await sessions.change_password(database, found, row, current=PASSWORD, new=NEW_PASSWORD)

    async with database.reading() as session:
        listed = [one.id for one in await sessions.list_sessions(session, agent.id)]
    assert listed == [row.id]
    assert await is_signed_in(database, here.token)
    assert not await is_signed_in(database, elsewhere.token)
    assert (await sign_in(database, NEW_PASSWORD)).agent.must_change_password is False
    await fail(database, 1)


@pytest.mark.parametrize(
    ("current", "new", "refusal"),
    [
        ("wrong", NEW_PASSWORD, CredentialsInvalidError),
        (PASSWORD, "short", PasswordWeakError),
        (PASSWORD, PASSWORD, PasswordWeakError),
    ],
    ids=["wrong current one", "short new one", "the same again"],
)
async def test_refused_change_leaves_the_password(
    database: Database, agent: Agent, current: str, new: str, refusal: type[Exception]
):
    found, row = await who(database, (await sign_in(database)).token)

    with pytest.raises(refusal):
        await sessions.change_password(database, found, row, current=current, new=new)

    assert (await sign_in(database)).agent.must_change_password is True


@SQLITE
async def test_guesses_of_the_current_password_are_delayed_too(database: Database, agent: Agent):
    found, row = await who(database, (await sign_in(database)).token)
    for _ in range(5):
        with pytest.raises(CredentialsInvalidError):
            await sessions.change_password(database, found, row, current="wrong", new=NEW_PASSWORD)

    with pytest.raises(SignInDelayedError):
        await sessions.change_password(database, found, row, current=PASSWORD, new=NEW_PASSWORD)


async def test_only_one_of_ones_own_sessions_can_be_ended(database: Database, agent: Agent):
    other = await add_agent(database, "wang", name="王二", password_hash=password_hash())
    here, theirs = await sign_in(database), await sign_in(database, username="wang")
    (_, mine), (_, foreign) = await who(database, here.token), await who(database, theirs.token)

    async with database.transaction() as session:
        await sessions.revoke_one(session, agent.id, mine.id)
        for wrong in (foreign.id, mine.id, "x"):
            with pytest.raises(DeskSessionNotFoundError):
                await sessions.revoke_one(session, agent.id, wrong)

    assert not await is_signed_in(database, here.token)
    assert (await who(database, theirs.token))[0].id == other.id


async def test_change_cannot_undo_a_reset_that_came_in_between(database: Database, agent: Agent):
    found, row = await who(database, (await sign_in(database)).token)
    async with database.transaction() as session:
        await agents.reset_password(session, agent.id, password_hash=password_hash("one-time password"))

    with pytest.raises(CredentialsInvalidError):
        await sessions.change_password(database, found, row, current=PASSWORD, new=NEW_PASSWORD)

    assert (await sign_in(database, "one-time password")).agent.must_change_password is True


async def test_reset_password_signs_out_and_lifts_the_delay(database: Database, agent: Agent):
    token = (await sign_in(database)).token
    await fail(database, 5)

    async with database.transaction() as session:
        await agents.reset_password(session, agent.id, password_hash=password_hash(NEW_PASSWORD))

    assert not await is_signed_in(database, token)
    assert (await sign_in(database, NEW_PASSWORD)).agent.must_change_password is True
