"""A bot that is down, slow or failing: the customer hears of it in time and gets a person."""

import asyncio

import pytest

from helpdesk.cases.model import Priority
from tests.factories import make_nlu, make_scam
from tests.fakes import FakeBot, Handoff, fails, says
from tests.integration.gateway.clients import AgentClient, Customer, Json
from tests.integration.gateway.conftest import Gateway, StartGateway

BUDGET_SECONDS = 1.0
STOP_LOSS: Json = {
    "response": "utter_stop_loss",
    "text": "先停下",
    "custom": {"kind": "stop_loss", "steps": [{"id": "stop", "title": "先停下", "detail": "不要再转账。"}]},
}
SCAM = make_nlu("report_scam", decision="triage", scam=make_scam("P0"))


@pytest.fixture
async def gateway(start_gateway: StartGateway) -> Gateway:
    return await start_gateway(BOT_ATTEMPT_SECONDS="0.3", BOT_BUDGET_SECONDS=str(BUDGET_SECONDS))


@pytest.fixture
async def agent(gateway: Gateway) -> AgentClient:
    return await gateway.agent()


async def kinds(customer: Customer) -> list[str]:
    """Return what the transcript consists of, events by their names."""
    return [m["body"].get("event", m["kind"]) for m in await customer.transcript()]


async def entry(agent: AgentClient) -> tuple[str, str]:
    """Return priority and reason of the only queue entry."""
    (only,) = (await agent.get("/queue"))["entries"]
    return only["priority"], only["reason"]


async def test_bot_that_is_down_leads_to_an_apology_and_a_person_within_the_budget(
    customer: Customer, bot: FakeBot, agent: AgentClient
) -> None:
    await bot.stop()

    async with asyncio.timeout(BUDGET_SECONDS + 2):
        await customer.say("你好")
        await customer.owned_by("queued")

    assert await kinds(customer) == ["text", "bot_unavailable", "kept"]
    assert await entry(agent) == ("high", "bot_failed")


async def test_bot_that_never_answers_leads_to_a_person_within_the_budget(
    customer: Customer, bot: FakeBot, agent: AgentClient
) -> None:
    bot.on("你好", says("太迟了", gate=bot.gate()))

    async with asyncio.timeout(BUDGET_SECONDS + 2):
        await customer.say("你好")
        await customer.owned_by("queued")

    assert await kinds(customer) == ["text", "bot_unavailable", "kept"]
    assert len(bot.turns) > 1


async def test_bot_that_comes_back_within_the_budget_answers(start_gateway: StartGateway, bot: FakeBot) -> None:
    gateway = await start_gateway(BOT_BUDGET_SECONDS="8")
    customer = await gateway.customer()
    await bot.stop()
    await customer.say("你好")

    await bot.start()

    await customer.hear("答：你好")
    assert (await customer.get("/messages"))["owner"] == "bot"


async def test_refusal_that_will_not_change_is_not_tried_again(customer: Customer, bot: FakeBot) -> None:
    bot.on("你好", fails(500, "empty_reply"))

    await customer.say("你好")
    await customer.owned_by("queued")

    assert len(bot.turns) == 1


async def test_failed_action_shows_what_was_said_and_queues_as_urgent(
    customer: Customer, bot: FakeBot, agent: AgentClient
) -> None:
    bot.on("我刚转了账", fails(500, "action_failed", replies=(STOP_LOSS,), nlu=SCAM))

    await customer.say("我刚转了账")
    await customer.owned_by("queued")

    assert await kinds(customer) == ["text", "stop_loss", "kept"]
    assert await entry(agent) == ("urgent", "bot_failed")
    assert len(bot.turns) == 1


async def test_failed_action_keeps_the_reason_of_a_handoff_that_was_recorded(
    customer: Customer, bot: FakeBot, agent: AgentClient
) -> None:
    recorded = Handoff(reason="scam_p0", priority=Priority.URGENT)
    bot.on("我刚转了账", fails(500, "action_failed", replies=(STOP_LOSS,), nlu=SCAM, handoff=recorded))

    await customer.say("我刚转了账")
    await customer.owned_by("queued")

    assert await kinds(customer) == ["text", "stop_loss", "kept"]
    assert await entry(agent) == ("urgent", "scam_p0")


async def test_customer_whose_bot_failed_can_be_served_and_returned(
    customer: Customer, bot: FakeBot, agent: AgentClient
) -> None:
    bot.on("你好", fails(500, "turn_failed"))
    await customer.say("你好")
    await customer.owned_by("queued")

    await agent.claim(customer.conversation)
    await agent.do(f"/conversations/{customer.conversation}/return")
    await customer.say("现在呢")

    await customer.hear("答：现在呢")


async def test_message_is_still_taken_while_the_bot_is_down_and_a_person_owns(
    customer: Customer, bot: FakeBot, agent: AgentClient
) -> None:
    await customer.post("/handoff")
    await agent.claim(customer.conversation)
    await bot.stop()
    desk = await agent.watch(customer.conversation)

    await customer.say("还在吗")

    assert (await desk.next("msg", lambda frame: frame["text"] == "还在吗"))["sender"] == "customer"
