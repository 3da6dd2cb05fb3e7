"""Routing from end to end: an offer reaches the desk, is accepted, declined or taken over, and says why."""

import pytest

from gateway.keys import DATABASE, HUB
from gateway.live import QUEUE
from gateway.presence import PRESENCE
from helpdesk.agents.model import Agent, Role
from tests.integration.gateway.clients import AgentClient, Customer, Json, Socket, error_code, eventually
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, StartGateway

pytestmark = SQLITE_ONLY


@pytest.fixture
async def wu(gateway: Gateway) -> AgentClient:
    return await gateway.agent("wu", name="吴二")


@pytest.fixture
async def boss(gateway: Gateway) -> AgentClient:
    return await gateway.agent("boss", Role.SUPERVISOR, name="何三")


async def at_desk(agent: AgentClient) -> Socket:
    """Open an agent's desk and make them available."""
    socket = await agent.connect()
    assert (await agent.call("PUT", "/me/availability", {"available": True})).status == 200
    return socket


def offered(frame: Json) -> list[str]:
    return [entry["offer"]["agent"]["name"] for entry in frame["entries"] if entry["offer"] is not None]


async def test_waiting_customer_is_offered_to_who_is_available_and_accepting_claims(
    customer: Customer, lin: AgentClient, wu: AgentClient
) -> None:
    desk = await at_desk(lin)
    await wu.connect()
    await customer.post("/handoff")

    frame = await desk.next("queue", offered)
    refused = await wu.post(f"/conversations/{customer.conversation}/claim")
    await lin.claim(customer.conversation)

    assert offered(frame) == ["林一"]
    assert frame["entries"][0]["offer"]["why_text"] == "当前只有您能接"
    assert (refused.status, await error_code(refused)) == (409, "offered_to_other")
    (decision,) = (await lin.get(f"/conversations/{customer.conversation}/routing"))["decisions"]
    assert (decision["outcome_text"], decision["candidates"][0]["agent"]["name"]) == ("已接受", "林一")


async def test_backlog_is_offered_at_once_to_who_becomes_available(customer: Customer, lin: AgentClient) -> None:
    await customer.post("/handoff")
    assert not offered(await lin.get("/queue"))

    desk = await at_desk(lin)

    assert offered(await desk.next("queue", offered, seconds=2)) == ["林一"]


async def test_declined_offer_goes_to_the_next_agent(customer: Customer, lin: AgentClient, wu: AgentClient) -> None:
    desk = await at_desk(lin)
    await customer.post("/handoff")
    await desk.next("queue", lambda frame: offered(frame) == ["林一"])
    await at_desk(wu)

    response = await lin.post(f"/conversations/{customer.conversation}/decline", {"reason": "busy"})

    assert response.status == 204
    await desk.next("queue", lambda frame: offered(frame) == ["吴二"])
    again = await lin.post(f"/conversations/{customer.conversation}/decline", {"reason": "busy"})
    assert (again.status, await error_code(again)) == (409, "not_offered")
    (own,) = (await lin.get(f"/conversations/{customer.conversation}/routing"))["decisions"]
    assert own["decline_text"] == "正在处理紧急的会话"


async def test_manual_routing_offers_nothing(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(ROUTING="manual")
    lin, customer = await gateway.agent("lin"), await gateway.customer()
    desk = await at_desk(lin)

    await customer.post("/handoff")
    frame = await desk.next("queue", lambda frame: frame["entries"])
    # The router has looked at it by then.
    gateway.app[HUB].hint(QUEUE)
    await eventually(lambda: lin.get("/queue"), lambda seen: seen["at"] > frame["at"])

    assert not offered(await lin.get("/queue"))
    assert (await lin.claim(customer.conversation))["agent"]["name"] == "林一"


async def test_closing_the_last_desk_makes_an_agent_absent(gateway: Gateway, lin: AgentClient) -> None:
    async def is_online() -> bool:
        return bool((await lin.get("/teams"))["agents"][0]["online"])

    # As a page does while its socket opens.
    await lin.get("/queue")
    first, second = await lin.connect(), await lin.connect()
    await first.connection.close()
    assert await is_online()

    await second.connection.close()

    await eventually(is_online, lambda online: not online)
    await gateway.app[PRESENCE]._renew()
    assert not await is_online()


async def test_a_page_that_only_polls_counts_as_an_open_desk(gateway: Gateway, lin: AgentClient) -> None:
    await lin.get("/queue")

    await gateway.app[PRESENCE]._renew()

    assert (await lin.get("/teams"))["agents"][0]["online"] is True


async def test_transfer_reaches_the_colleague_live(served: Customer, lin: AgentClient, wu: AgentClient) -> None:
    desk = await at_desk(wu)

    moved = await lin.do(f"/conversations/{served.conversation}/transfer", {"to_agent": wu.id, "note": "在等回电"})

    assert moved["conversation"]["agent"]["name"] == "吴二"
    frame = await desk.next("mine", lambda frame: frame["conversations"])
    assert frame["conversations"][0]["id"] == served.conversation
    assert (await served.get("/messages"))["agent"] == {"name": "吴二"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "field_invalid"),
        ({"to_agent": "x", "to_team": "y"}, 422, "field_invalid"),
        ({"to_agent": "0" * 40}, 404, "agent_not_found"),
        ({"to_team": "0" * 40}, 404, "team_not_found"),
    ],
    ids=["nobody", "both", "unknown agent", "unknown team"],
)
async def test_transfer_to_nobody_is_refused(
    served: Customer, lin: AgentClient, body: Json, status: int, code: str
) -> None:
    response = await lin.post(f"/conversations/{served.conversation}/transfer", body)

    assert (response.status, await error_code(response)) == (status, code)


async def test_agent_from_whom_a_conversation_was_taken_is_told_why(
    served: Customer, lin: AgentClient, boss: AgentClient
) -> None:
    desk = await at_desk(lin)

    await boss.do(f"/conversations/{served.conversation}/takeover", {"reason": "客户要求主管"})

    frame = await desk.next("mine", lambda frame: frame["lost"])
    assert frame["conversations"] == []
    assert [(lost["conversation"], lost["reason_text"]) for lost in frame["lost"]] == [
        (served.conversation, "主管接管：客户要求主管")
    ]


async def test_supervisor_reassigns_to_who_is_there(
    served: Customer, lin: AgentClient, wu: AgentClient, boss: AgentClient
) -> None:
    path, body = f"/conversations/{served.conversation}/reassign", {"agent": wu.id, "reason": "均衡"}
    absent = await boss.post(path, body)
    await at_desk(wu)

    moved = await boss.do(path, body)

    assert (absent.status, await error_code(absent)) == (409, "agent_offline")
    assert moved["conversation"]["agent"]["name"] == "吴二"


@pytest.mark.parametrize("call", ["takeover", "reassign"])
async def test_only_supervisors_take_from_others(
    served: Customer, wu: AgentClient, boss: AgentClient, call: str
) -> None:
    path = f"/conversations/{served.conversation}/{call}"

    refused = await wu.post(path, {"reason": "我来", "agent": wu.id})
    without_reason = await boss.post(path, {"agent": wu.id, "reason": " "})

    assert (refused.status, await error_code(refused)) == (403, "forbidden")
    assert (without_reason.status, await error_code(without_reason)) == (422, "field_invalid")


async def test_colleagues_in_a_decision_are_for_supervisors(
    customer: Customer, lin: AgentClient, wu: AgentClient, boss: AgentClient
) -> None:
    desk = await at_desk(lin)
    await at_desk(wu)
    await customer.post("/handoff")
    await desk.next("queue", offered)
    path = f"/conversations/{customer.conversation}/routing"

    seen = {agent.name: (await agent.get(path))["decisions"] for agent in (lin, wu, boss)}

    chosen = seen["何三"][0]["agent"]["name"]
    other = {"林一": "吴二", "吴二": "林一"}[chosen]
    assert {one["agent"]["name"] for one in seen["何三"][0]["candidates"]} == {"林一", "吴二"}
    assert [one["agent"]["name"] for one in seen[chosen][0]["candidates"]] == [chosen]
    assert seen[other] == []


async def test_close_that_overlooks_a_message_is_refused_until_it_was_seen(served: Customer, lin: AgentClient) -> None:
    seen = (await served.transcript())[-1]["seq"]
    said = await served.say("还有一个问题")
    path = f"/conversations/{served.conversation}/close"

    refused = await lin.post(path, {"resolution": "resolved", "seen": seen})
    await lin.do(path, {"resolution": "resolved", "seen": said["seq"]})

    assert (refused.status, await error_code(refused)) == (409, "customer_wrote")


async def test_database_knows_who_is_present_only_while_a_desk_is_open(gateway: Gateway, lin: AgentClient) -> None:
    socket = await at_desk(lin)
    await socket.connection.close()

    async def available() -> bool:
        async with gateway.app[DATABASE].reading() as session:
            return (await session.get_one(Agent, lin.id)).available

    # Until the grace has passed the switch stays: a reload is no leave.
    assert await available()
