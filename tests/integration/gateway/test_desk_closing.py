"""The end of an agent's work: closing, giving back to the bot, queueing for another, and what comes after."""

import pytest

from helpdesk.agents.model import Role
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import Gateway


def path(customer: Customer, call: str = "") -> str:
    return f"/conversations/{customer.conversation}{call}"


async def test_closing_ends_the_conversation_and_asks_for_a_rating(served: Customer, lin: AgentClient) -> None:
    await lin.do(path(served, "/close"), {"resolution": "resolved", "note": "已退"})

    news = await served.get("/messages")
    assert news["owner"] == "closed"
    assert [m["kind"] for m in news["messages"][-2:]] == ["event", "rating_request"]
    assert news["messages"][-1]["body"]["scores"] == [1, 2, 3, 4, 5]
    assert "已退" not in str(news)
    assert (await served.post("/ratings", {"conversation": served.conversation, "score": 5})).status == 201


async def test_closed_conversation_is_among_the_agents_closed_ones(served: Customer, lin: AgentClient) -> None:
    mine = (await lin.get("/conversations?view=mine"))["conversations"]
    await lin.do(path(served, "/close"), {"resolution": "resolved"})

    closed = (await lin.get("/conversations?view=closed"))["conversations"]

    assert [row["id"] for row in mine] == [row["id"] for row in closed] == [served.conversation]
    assert (await lin.get("/conversations?view=mine"))["conversations"] == []


@pytest.mark.parametrize("resolution", ["done", "", "Resolved", "resolved\u200b"])
async def test_unknown_resolution_is_refused(served: Customer, lin: AgentClient, resolution: str) -> None:
    response = await lin.post(path(served, "/close"), {"resolution": resolution})

    assert (response.status, await error_code(response)) == (422, "resolution_unknown")
    assert (await served.get("/messages"))["owner"] == "agent"


async def test_closed_conversation_takes_no_reply(served: Customer, lin: AgentClient) -> None:
    await lin.do(path(served, "/close"), {"resolution": "resolved"})

    response = await lin.post(path(served, "/messages"), {"client_id": "a-1", "text": "还有"})

    assert (response.status, await error_code(response)) == (409, "not_owner")


async def test_message_after_the_end_opens_a_linked_conversation(
    served: Customer, lin: AgentClient, gateway: Gateway
) -> None:
    await lin.do(path(served, "/close"), {"resolution": "resolved"})

    sent = await served.say("还有一件事")

    await served.hear("答：还有一件事")
    supervisor = await gateway.agent("su", Role.SUPERVISOR, name="苏三")
    detail = (await supervisor.get(f"/conversations/{sent['conversation']}"))["conversation"]
    assert sent["conversation"] != served.conversation
    assert (sent["seq"], detail["previous"], detail["owner"]) == (1, served.conversation, "bot")


async def test_reading_on_from_the_closed_conversation_continues_in_the_new_one(
    served: Customer, lin: AgentClient
) -> None:
    await lin.do(path(served, "/close"), {"resolution": "resolved"})
    sent = await served.say("还有一件事")

    news = await served.get(f"/messages?conversation={served.conversation}&after=2")

    assert news["conversation"] == sent["conversation"]
    assert [m["kind"] for m in news["messages"][:2]] == ["event", "rating_request"]
    assert [m["seq"] for m in news["messages"][:3]] == [3, 4, 1]


async def test_returned_conversation_is_answered_by_the_bot_again(served: Customer, lin: AgentClient) -> None:
    await lin.do(path(served, "/return"))

    await served.say("谢谢")

    await served.hear("答：谢谢")
    refused = await lin.post(path(served, "/messages"), {"client_id": "a-1", "text": "等等"})
    assert (refused.status, await error_code(refused)) == (409, "not_owner")


async def test_requeued_conversation_waits_for_another_agent_with_the_note(
    served: Customer, lin: AgentClient, gateway: Gateway
) -> None:
    wu = await gateway.agent("wu", name="吴二")

    await lin.do(path(served, "/requeue"), {"note": "请懂征信的同事看"})

    detail = await wu.claim(served.conversation)
    assert detail["agent"]["name"] == "吴二"
    assert detail["card"]["reason_text"] == "坐席重新排队：请懂征信的同事看"
    assert (await served.get("/messages"))["agent"] == {"name": "吴二"}
