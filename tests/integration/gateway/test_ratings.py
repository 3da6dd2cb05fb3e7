"""POST /ratings: after the end, once changed, and only one's own."""

import pytest
from sqlalchemy import select

from helpdesk.database import Database
from helpdesk.ratings.model import Rating
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import Gateway


@pytest.fixture
async def agent(gateway: Gateway) -> AgentClient:
    return await gateway.agent()


async def serve_and_close(customer: Customer, agent: AgentClient) -> None:
    await customer.post("/handoff")
    await agent.claim(customer.conversation)
    await agent.do(f"/conversations/{customer.conversation}/close", {"resolution": "resolved"})


async def rate(customer: Customer, score: object, **fields: object) -> tuple[int, object]:
    response = await customer.post("/ratings", {"conversation": customer.conversation, "score": score, **fields})
    answer = await response.json()
    return response.status, answer.get("score") or answer["error"]["code"]


async def test_closed_conversation_can_be_rated(customer: Customer, agent: AgentClient, database: Database) -> None:
    await serve_and_close(customer, agent)

    answer = await rate(customer, 4, comment="很快")

    async with database.reading() as session:
        stored = (await session.scalars(select(Rating))).one()
    assert answer == (201, 4)
    assert (stored.score, stored.comment, stored.service, stored.agent_id) == (4, "很快", "human", agent.id)


async def test_rating_may_be_changed_once(customer: Customer, agent: AgentClient) -> None:
    await serve_and_close(customer, agent)
    await rate(customer, 4)

    answers = [await rate(customer, 2), await rate(customer, 5)]

    assert answers == [(200, 2), (409, "rating_final")]


async def test_same_rating_again_is_not_a_change(customer: Customer, agent: AgentClient) -> None:
    await serve_and_close(customer, agent)
    await rate(customer, 4)

    answers = [await rate(customer, 4), await rate(customer, 3)]

    assert answers == [(200, 4), (200, 3)]


async def test_conversation_that_goes_on_cannot_be_rated(customer: Customer) -> None:
    answer = await rate(customer, 5)

    assert answer == (409, "rating_not_open")


@pytest.mark.parametrize("score", [0, 6, -1, 4.5, "5", True, None, [5], 10**20])
async def test_score_outside_one_to_five_is_refused(customer: Customer, agent: AgentClient, score: object) -> None:
    await serve_and_close(customer, agent)

    answer = await rate(customer, score)

    assert answer == (422, "field_invalid")


async def test_another_customers_conversation_cannot_be_rated(
    gateway: Gateway, customer: Customer, agent: AgentClient
) -> None:
    await serve_and_close(customer, agent)
    stranger = await gateway.customer()

    response = await stranger.post("/ratings", {"conversation": customer.conversation, "score": 1})

    assert response.status == 404
    assert await error_code(response) == "conversation_not_found"
    assert await rate(customer, 5) == (201, 5)


async def test_comment_with_nul_is_stored_without_it(
    customer: Customer, agent: AgentClient, database: Database
) -> None:
    await serve_and_close(customer, agent)

    await rate(customer, 4, comment="很\0快")

    async with database.reading() as session:
        assert (await session.scalars(select(Rating.comment))).one() == "很快"
