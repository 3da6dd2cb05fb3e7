"""The queue: its order, live for every desk, and one winner for each entry."""

import asyncio

import pytest

from helpdesk.cases.model import Priority
from tests.factories import make_nlu, make_scam
from tests.fakes import FakeBot, Handoff, says
from tests.integration.gateway.clients import AgentClient, Customer, Json, error_code, eventually
from tests.integration.gateway.conftest import Gateway, Settle


@pytest.fixture
async def wu(gateway: Gateway) -> AgentClient:
    return await gateway.agent("wu", name="吴二")


def waiting_in(frame: Json) -> list[str]:
    return [entry["conversation"] for entry in frame["entries"]]


async def test_entry_tells_who_waits_since_when_and_why(customer: Customer, lin: AgentClient) -> None:
    await customer.say("我要退款 订单 42")
    await customer.hear("答：")
    await customer.post("/handoff")

    entry = (await lin.get("/queue"))["entries"][0]

    assert (entry["conversation"], entry["position"]) == (customer.conversation, 1)
    assert (entry["priority"], entry["reason"], entry["reason_text"]) == ("normal", "request_human", "客户要求人工")
    assert entry["customer"] == {"id": customer.id, "name": "访客", "verified": False}
    assert entry["preview"] == "我要退款 订单 42"
    assert (entry["case"]["type"], entry["case"]["type_text"]) == ("enquiry", "咨询")
    assert entry["waiting_since"].endswith("+00:00")


async def test_new_entry_reaches_every_desk_live(customer: Customer, lin: AgentClient, wu: AgentClient) -> None:
    desks = [await lin.connect(), await wu.connect()]

    await customer.post("/handoff")

    for desk in desks:
        frame = await desk.next("queue", waiting_in, seconds=1)
        assert waiting_in(frame) == [customer.conversation]


async def test_change_right_after_a_picture_was_drawn_is_not_missed(customer: Customer, lin: AgentClient) -> None:
    desk = await lin.connect()
    await desk.next("mine")
    first = await lin.get("/queue")
    await eventually(lambda: lin.get("/queue"), lambda seen: seen["at"] != first["at"])

    await customer.post("/handoff")

    assert waiting_in(await desk.next("queue", waiting_in)) == [customer.conversation]


async def test_claimed_entry_is_gone_for_whoever_asks_next(
    customer: Customer, lin: AgentClient, wu: AgentClient
) -> None:
    await customer.post("/handoff")
    before = await wu.get("/queue")

    await lin.claim(customer.conversation)

    assert [waiting_in(before), waiting_in(await wu.get("/queue"))] == [[customer.conversation], []]


async def test_claimed_entry_leaves_the_other_desks_live(customer: Customer, lin: AgentClient, wu: AgentClient) -> None:
    await customer.post("/handoff")
    desk = await wu.connect()
    await desk.next("queue", waiting_in)

    await lin.claim(customer.conversation)

    await desk.next("queue", lambda frame: not frame["entries"])


async def test_urgent_ones_come_first_and_then_the_older(gateway: Gateway, bot: FakeBot, lin: AgentClient) -> None:
    customers = [await gateway.customer() for _ in range(4)]
    for customer, priority in zip(customers, ["normal", "high", "urgent", "normal"], strict=True):
        bot.on(priority, says("转", handoff=Handoff(priority=Priority(priority))))
        await customer.say(priority)
        await customer.owned_by("queued")

    entries = (await lin.get("/queue"))["entries"]

    expected = [customers[2], customers[1], customers[0], customers[3]]
    assert [entry["conversation"] for entry in entries] == [customer.conversation for customer in expected]
    assert [entry["position"] for entry in entries] == [1, 2, 3, 4]


async def test_only_one_of_two_agents_gets_the_conversation(
    customer: Customer, lin: AgentClient, wu: AgentClient
) -> None:
    await customer.post("/handoff")

    path = f"/conversations/{customer.conversation}/claim"
    responses = await asyncio.gather(lin.post(path), wu.post(path))

    winner, loser = (lin, responses[1]) if responses[0].status == 200 else (wu, responses[0])
    error = (await loser.json())["error"]
    assert sorted(response.status for response in responses) == [200, 409]
    assert (error["code"], error["agent"]) == ("already_claimed", winner.name)
    assert (await customer.get("/messages"))["agent"] == {"name": winner.name}


async def test_claim_race_of_many_has_one_winner_and_one_joining_line(gateway: Gateway, customer: Customer) -> None:
    agents = [await gateway.agent(f"agent-{n}", name=f"坐席{n}") for n in range(5)]
    await customer.post("/handoff")

    path = f"/conversations/{customer.conversation}/claim"
    statuses = sorted([r.status for r in await asyncio.gather(*(agent.post(path) for agent in agents))])

    joined = [m for m in await customer.transcript() if m["body"].get("event") == "agent_joined"]
    assert statuses == [200, 409, 409, 409, 409]
    assert len(joined) == 1


async def test_claiming_again_what_one_has_changes_nothing(customer: Customer, lin: AgentClient) -> None:
    await customer.post("/handoff")
    first = await lin.claim(customer.conversation)

    second = await lin.claim(customer.conversation)

    assert second == first


async def test_conversation_of_the_bot_cannot_be_claimed(customer: Customer, lin: AgentClient) -> None:
    response = await lin.post(f"/conversations/{customer.conversation}/claim")

    assert response.status == 409
    assert await error_code(response) == "not_queued"


@pytest.mark.parametrize("conversation", ["f" * 40, "x", "%00", "a%20b", "..%2f.."])
async def test_unknown_conversation_cannot_be_claimed(lin: AgentClient, conversation: str) -> None:
    response = await lin.post(f"/conversations/{conversation}/claim")

    assert response.status == 404


@pytest.mark.parametrize(
    "cues", [{"scam": make_scam("P0")}, {"scam": make_scam("P1")}, {"crisis": "C2"}], ids=["P0", "P1", "C2"]
)
async def test_urgent_message_while_waiting_moves_the_customer_forward(
    gateway: Gateway, bot: FakeBot, lin: AgentClient, cues: Json
) -> None:
    first, second = await gateway.customer(), await gateway.customer()
    await first.post("/handoff")
    await second.post("/handoff")
    desk = await lin.connect()
    bot.on("出事了", says("…", nlu=make_nlu("report_scam", decision="triage", **cues)))

    await second.say("出事了")

    frame = await desk.next("queue", lambda frame: frame["entries"][0]["conversation"] == second.conversation)
    assert [(entry["priority"], entry["reason"]) for entry in frame["entries"]] == [
        ("urgent", "cue_while_waiting"),
        ("normal", "request_human"),
    ]


async def test_harmless_message_while_waiting_leaves_the_order(
    gateway: Gateway, bot: FakeBot, lin: AgentClient, customer: Customer, settled: Settle
) -> None:
    await customer.post("/handoff")
    bot.on("问问", says("…", nlu=make_nlu(scam=make_scam("P2"))))

    await customer.say("问问")
    await settled()

    assert [entry["priority"] for entry in (await lin.get("/queue"))["entries"]] == ["normal"]


async def test_urgency_outlives_the_claim(
    gateway: Gateway, bot: FakeBot, lin: AgentClient, customer: Customer, settled: Settle
) -> None:
    await customer.post("/handoff")
    bot.on("正在转账", says("…", nlu=make_nlu(scam=make_scam("P0"))))
    await customer.say("正在转账")
    await settled()
    await lin.claim(customer.conversation)

    await lin.do(f"/conversations/{customer.conversation}/requeue", {"note": "要懂反诈的同事"})

    assert [entry["priority"] for entry in (await lin.get("/queue"))["entries"]] == ["urgent"]
