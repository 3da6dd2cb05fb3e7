"""A waiting customer hears of every move of the queue, over the socket and over a long poll."""

import asyncio

import pytest

from tests.integration.gateway.clients import AgentClient, Customer
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway

pytestmark = SQLITE_ONLY


@pytest.fixture
async def behind(gateway: Gateway, customer: Customer) -> Customer:
    """Return a customer who waits behind another one."""
    await customer.post("/handoff")
    second = await gateway.customer()
    await second.post("/handoff")
    return second


async def test_long_poll_hears_that_one_has_moved_up(customer: Customer, behind: Customer, lin: AgentClient) -> None:
    before = await behind.get("/messages")
    last = before["messages"][-1]["seq"]

    waiting = asyncio.create_task(behind.get(f"/messages?after={last}&wait=20"))
    # So that it waits before the queue moves.
    await asyncio.sleep(0.2)
    await lin.claim(customer.conversation)
    news = await asyncio.wait_for(waiting, 5)

    assert (before["queue"]["position"], news["queue"]["position"]) == (2, 1)
    assert news["messages"] == []


async def test_long_poll_hears_that_the_one_before_gave_up(customer: Customer, behind: Customer) -> None:
    last = (await behind.get("/messages"))["messages"][-1]["seq"]

    waiting = asyncio.create_task(behind.get(f"/messages?after={last}&wait=20"))
    await asyncio.sleep(0.2)
    await customer.call("DELETE", "/handoff")
    news = await asyncio.wait_for(waiting, 5)

    assert news["queue"]["position"] == 1


async def test_socket_hears_that_one_has_moved_up(customer: Customer, behind: Customer, lin: AgentClient) -> None:
    socket = await behind.connect()

    await lin.claim(customer.conversation)
    state = await socket.next("state", lambda frame: frame["queue"]["position"] == 1)

    assert state["owner"] == "queued"


async def test_long_poll_of_somebody_who_does_not_wait_is_left_in_peace(
    gateway: Gateway, customer: Customer, behind: Customer, lin: AgentClient
) -> None:
    other = await gateway.customer()

    waiting = asyncio.create_task(other.get("/messages?after=0&wait=1"))
    await asyncio.sleep(0.2)
    await lin.claim(customer.conversation)
    news = await waiting

    assert (news["owner"], news["queue"], news["messages"]) == ("bot", None, [])
