"""Ratings: after the close, by the customer, changed once, credited to whoever served."""

import pytest
from sqlalchemy import select

from helpdesk.agents.model import Agent
from helpdesk.conversations import store
from helpdesk.conversations.model import Owner
from helpdesk.conversations.ownership import change_owner
from helpdesk.database import Database
from helpdesk.errors import (
    ConversationNotFoundError,
    HelpdeskError,
    RatingFinalError,
    RatingNotOpenError,
    ScoreInvalidError,
)
from helpdesk.handoff import service as handoff
from helpdesk.ratings.model import Rating
from helpdesk.ratings.service import rate
from tests.scenes import Customer, add_agent, claim, close, closed_conversation, open_customer, queue_up, say


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def agent(database: Database) -> Agent:
    return await add_agent(database)


@pytest.fixture
async def closed(database: Database, customer: Customer, agent: Agent) -> str:
    return await closed_conversation(database, customer, agent)


async def give(
    database: Database, customer: Customer, conversation_id: str, score: int = 5, comment: str = ""
) -> tuple[Rating, bool]:
    async with database.transaction() as session:
        return await rate(
            session, contact_id=customer.contact_id, conversation_id=conversation_id, score=score, comment=comment
        )


async def stored(database: Database) -> list[tuple[int, str]]:
    async with database.reading() as session:
        return [(rating.score, rating.comment) for rating in await session.scalars(select(Rating))]


async def test_secrets_in_a_comment_are_not_stored(database: Database, customer: Customer, closed: str):
    await give(database, customer, closed, comment="卡号6222020012345678903还没处理")
    _, is_first = await give(database, customer, closed, comment="卡号6222020012345678903还没处理")

    assert not is_first
    assert await stored(database) == [(5, "卡号[银行卡尾号8903]还没处理")]


@pytest.mark.parametrize("score", [1, 5], ids=["lowest", "highest"])
async def test_first_rating_is_stored(database: Database, customer: Customer, closed: str, score: int):
    _, is_first = await give(database, customer, closed, score, "谢谢")

    assert is_first
    assert await stored(database) == [(score, "谢谢")]


@pytest.mark.parametrize("score", [0, 6, -1])
async def test_score_outside_the_scale_is_refused(database: Database, customer: Customer, closed: str, score: int):
    with pytest.raises(ScoreInvalidError):
        await give(database, customer, closed, score)

    assert await stored(database) == []


async def test_rating_can_be_changed_once(database: Database, customer: Customer, closed: str):
    await give(database, customer, closed, 5)
    _, is_first = await give(database, customer, closed, 2, "又想了想")
    assert not is_first

    with pytest.raises(RatingFinalError):
        await give(database, customer, closed, 4)

    assert await stored(database) == [(2, "又想了想")]


async def test_same_rating_again_is_no_change(database: Database, customer: Customer, closed: str):
    await give(database, customer, closed, 5)
    await give(database, customer, closed, 5)

    _, is_first = await give(database, customer, closed, 3)

    assert not is_first
    assert await stored(database) == [(3, "")]


@pytest.mark.parametrize(
    ("whose", "refusal"),
    [
        ("own open one", RatingNotOpenError),
        ("somebody else's", ConversationNotFoundError),
        ("none", ConversationNotFoundError),
    ],
    ids=["own open one", "somebody else's", "none"],
)
async def test_only_own_closed_conversations_can_be_rated(
    database: Database, customer: Customer, closed: str, whose: str, refusal: type[HelpdeskError]
):
    other = await open_customer(database)
    targets = {"own open one": other.conversation_id, "somebody else's": closed, "none": "0" * 40}

    with pytest.raises(refusal):
        await give(database, other, targets[whose])

    assert await stored(database) == []


async def test_rating_is_credited_to_the_agent_who_served_last(database: Database, customer: Customer, agent: Agent):
    wang = await add_agent(database, "wang", name="王二")
    await say(database, customer)
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, agent)
    async with database.transaction() as session:
        await handoff.requeue(session, conversation_id, agent, note=None)
    await claim(database, conversation_id, wang)
    await close(database, conversation_id, wang)

    rating, _ = await give(database, customer, conversation_id)

    assert (rating.service, rating.agent_id) == ("human", wang.id)


async def test_rating_of_a_conversation_without_an_agent_counts_for_the_bot(database: Database, customer: Customer):
    async with database.transaction() as session:
        conversation = await store.lock_conversation(session, customer.conversation_id)
        await change_owner(session, conversation, Owner.CLOSED, reason="resolved", decided_by="system")

    rating, _ = await give(database, customer, customer.conversation_id)

    assert (rating.service, rating.agent_id) == ("bot", None)
