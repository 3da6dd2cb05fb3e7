"""Customer sessions: guests, customers of the host app, and tokens that end."""

import asyncio

import pytest
from sqlalchemy import func, select

from helpdesk.conversations.model import Contact, CustomerSession
from helpdesk.conversations.sessions import HostIdentity, OpenedSession, authenticate, open_session
from helpdesk.database import Database
from helpdesk.errors import SessionInvalidError
from tests.integration.conftest import MovableClock
from tests.scenes import CHANNEL, Customer, open_customer

WANG = HostIdentity(subject="customer-1", name="王女士")


async def contact_behind(database: Database, token: str) -> str:
    async with database.reading() as session:
        return (await authenticate(session, token)).contact_id


async def contact_of(database: Database, customer: Customer) -> Contact:
    async with database.reading() as session:
        return await session.get_one(Contact, customer.contact_id)


async def test_guests_are_strangers_to_each_other(database: Database):
    first, second = await open_customer(database), await open_customer(database)

    assert first.contact_id != second.contact_id
    assert first.token != second.token
    assert (await contact_of(database, first)).verified is False


async def test_token_leads_to_its_customer(database: Database):
    customer, _ = await open_customer(database), await open_customer(database)

    assert await contact_behind(database, customer.token) == customer.contact_id


@pytest.mark.parametrize("token", ["", "guessed", "\udcff\udcfe"], ids=["empty", "guessed", "any bytes"])
async def test_unknown_token_is_refused(database: Database, token: str):
    await open_customer(database)

    with pytest.raises(SessionInvalidError):
        await contact_behind(database, token)


async def test_session_ends_after_its_days(database: Database, movable_clock: MovableClock):
    customer = await open_customer(database, days=2)

    movable_clock.move(days=2, seconds=-10)
    assert await contact_behind(database, customer.token) == customer.contact_id

    movable_clock.move(seconds=20)
    with pytest.raises(SessionInvalidError):
        await contact_behind(database, customer.token)


async def test_token_itself_is_not_stored(database: Database):
    customer = await open_customer(database)

    async with database.reading() as session:
        row = (await session.scalars(select(CustomerSession))).one()

    assert len(row.token_hash) == 64
    assert customer.token not in repr(vars(row))


async def test_host_customer_is_the_same_on_every_device(database: Database):
    phone, tablet = await open_customer(database, WANG), await open_customer(database, WANG)

    contact = await contact_of(database, phone)
    assert tablet.contact_id == phone.contact_id
    assert tablet.conversation_id == phone.conversation_id
    assert tablet.token != phone.token
    assert (contact.name, contact.verified) == ("王女士", True)


@pytest.mark.parametrize(("name", "kept"), [("王小姐", "王小姐"), ("", "王女士")], ids=["changed", "left out"])
async def test_name_follows_the_host_app(database: Database, name: str, kept: str):
    customer = await open_customer(database, WANG)

    await open_customer(database, HostIdentity(subject="customer-1", name=name))

    assert (await contact_of(database, customer)).name == kept


async def test_new_host_customer_on_five_devices_at_once_becomes_one(database: Database):
    async def open_it() -> OpenedSession:
        return await database.retrying(lambda session: open_session(session, identity=WANG, channel=CHANNEL, days=30))

    async with asyncio.timeout(20):
        opened = await asyncio.gather(*(open_it() for _ in range(5)))

    async with database.reading() as session:
        count = await session.scalar(select(func.count()).select_from(Contact))
    assert count == 1
    assert len({one.conversation.id for one in opened}) == 1
    assert len({one.token for one in opened}) == 5
