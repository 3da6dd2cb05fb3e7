"""A contact has one open conversation: a second is refused, and those that an older release let in are closed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from helpdesk.conversations.model import Conversation, Owner
from helpdesk.database import Database
from tests import databases
from tests.scenes import add_agent, claim, intervals, look_up, open_customer, queue_up


async def open_second(database: Database, contact_id: str, **columns: object) -> str:
    """Open a conversation past the services, which would have found the first."""
    at = datetime.now(UTC) - timedelta(hours=1)
    async with database.transaction() as session:
        second = Conversation(contact_id=contact_id, channel="web", opened_at=at, last_message_at=at, **columns)  # type: ignore[arg-type]  # as given
        session.add(second)
    return second.id


async def test_second_open_conversation_of_a_contact_is_refused(database: Database):
    customer = await open_customer(database)

    with pytest.raises(IntegrityError):
        await open_second(database, customer.contact_id)


async def test_closed_conversations_of_a_contact_may_be_many(database: Database):
    customer = await open_customer(database)

    for _ in range(2):
        await open_second(database, customer.contact_id, owner=Owner.CLOSED, closed_at=datetime.now(UTC))


async def test_upgrade_closes_all_but_the_conversation_that_the_customer_writes_into(
    database: Database, database_url: str
):
    customer, agent = await open_customer(database), await add_agent(database)
    await queue_up(database, customer)
    await claim(database, customer.conversation_id, agent)
    databases.downgrade(database_url, "0012")
    older = await open_second(database, customer.contact_id)
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO assignment (id, conversation_id, epoch, owner, reason, decided_by, started_at)"
                " SELECT id, id, 1, 'bot', 'opened', 'customer', opened_at FROM conversation WHERE id = :id"
            ),
            {"id": older},
        )

    databases.upgrade(database_url)

    assert (await look_up(database, customer.conversation_id)).owner is Owner.AGENT
    closed = await look_up(database, older)
    assert (closed.owner, closed.owner_epoch, closed.resolution) == (Owner.CLOSED, 2, "duplicate")
    assert [(i.epoch, i.owner, i.ended_at is None) for i in await intervals(database, older)] == [
        (1, Owner.BOT, False),
        (2, Owner.CLOSED, True),
    ]
