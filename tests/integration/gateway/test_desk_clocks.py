"""Promises as customers and the desk see them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from gateway.clock_sweeper import ClockSweeper
from gateway.keys import HUB
from helpdesk import clock
from helpdesk.clocks.model import Clock
from helpdesk.database import Database
from helpdesk.handoff import promise
from tests.integration.gateway.clients import AgentClient, Customer, Json, eventually
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway

pytestmark = SQLITE_ONLY


def kinds_and_states(shown: Json) -> list[tuple[str, str]]:
    return [(one["kind"], one["state"]) for one in shown["clocks"]]


async def test_customer_sees_the_same_promise_in_words_and_in_the_queue(customer: Customer) -> None:
    queue = (await (await customer.post("/handoff")).json())["queue"]

    promised_at = datetime.fromisoformat(queue["promised_at"])
    assert promised_at > datetime.now(tz=UTC)
    assert promise.spoken(promised_at) in (await customer.transcript())[0]["text"]
    assert (await customer.get("/messages"))["queue"] == queue


async def test_desk_sees_what_is_owed_in_the_queue_and_in_the_conversation(
    customer: Customer, lin: AgentClient
) -> None:
    await customer.post("/handoff")
    entry = (await lin.get("/queue"))["entries"][0]

    detail = await lin.claim(customer.conversation)

    assert detail["clocks"] == entry["clocks"]
    (owed,) = detail["clocks"]
    assert (owed["kind"], owed["title"], owed["state"]) == ("first_reply", "首次回复", "running")
    assert owed["due_at"].endswith("+00:00")


async def test_reply_at_the_desk_keeps_the_promise(served: Customer, lin: AgentClient) -> None:
    await lin.reply(served.conversation, "您好")

    detail = (await lin.get(f"/conversations/{served.conversation}"))["conversation"]

    assert kinds_and_states(detail) == [("first_reply", "met")]


async def test_message_to_the_agent_promises_the_next_reply(served: Customer, lin: AgentClient) -> None:
    await lin.reply(served.conversation, "您好")
    await served.say("在吗")

    async def shown() -> list[tuple[str, str]]:
        return kinds_and_states((await lin.get(f"/conversations/{served.conversation}"))["conversation"])

    assert await eventually(shown, lambda found: len(found) == 2) == [("next_reply", "running"), ("first_reply", "met")]


async def test_breach_reaches_an_open_desk_page(
    gateway: Gateway, database: Database, served: Customer, lin: AgentClient
) -> None:
    desk = await lin.watch(served.conversation)
    async with database.transaction() as session:
        (owed,) = await session.scalars(select(Clock))
        owed.due_at = clock.now() - timedelta(minutes=1)

    await ClockSweeper(database=database, hub=gateway.app[HUB]).sweep()

    frame = await desk.next("conversation", lambda one: kinds_and_states(one["conversation"])[0][1] == "breached")

    assert kinds_and_states(frame["conversation"]) == [("first_reply", "breached")]
