"""A bot that is down, slow, failing or talking nonsense: the customer hears of it in time and gets a person."""

import asyncio

import pytest

from helpdesk.cases.model import Priority
from tests.factories import make_nlu, make_scam
from tests.fakes import FakeBot, Handoff, babbles, fails, says
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

    async with asyncio.timeout(BUDGET_SECONDS + 1):
        await customer.say("你好")
        await customer.owned_by("queued")

    assert await kinds(customer) == ["text", "bot_unavailable", "kept"]
    assert await entry(agent) == ("high", "bot_failed")


async def test_bot_that_never_answers_leads_to_a_person_within_the_budget(
    customer: Customer, bot: FakeBot, agent: AgentClient
) -> None:
    bot.on("你好", says("太迟了", gate=bot.gate()))

    async with asyncio.timeout(BUDGET_SECONDS + 1):
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


NONSENSE: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"<html>Bad Gateway</html>",
    "cut off": b'{"replies": [{"text": "a"',
    "invalid UTF-8": b'{"replies": [{"text": "\xff"}], "nlu": {}}',
    "array": b"[]",
    "null": b"null",
    "empty object": b"{}",
    "no replies": b'{"nlu": {}}',
    "empty replies": b'{"replies": [], "nlu": {}}',
    "empty text": b'{"replies": [{"response": "utter_x", "text": " "}], "nlu": {}}',
    "no nlu": b'{"replies": [{"text": "a"}]}',
    "nlu as a list": b'{"replies": [{"text": "a"}], "nlu": []}',
    "scam as a word": b'{"replies": [{"text": "a"}], "nlu": {"scam": "P0"}}',
    "crisis as a number": b'{"replies": [{"text": "a"}], "nlu": {"crisis": [3]}}',
    "intent as a word": b'{"replies": [{"text": "a"}], "nlu": {"intent": "faq"}}',
    "confidence as a word": b'{"replies": [{"text": "a"}], "nlu": {"intent": {"name": "faq", "confidence": "high"}}}',
    "candidates of words": b'{"replies": [{"text": "a"}], "nlu": {"decision": "fallback", "candidates": ["x"]}}',
    "level as a list": b'{"replies": [{"text": "a"}], "nlu": {"scam": {"level": ["P0"]}}}',
    "replies as a word": b'{"replies": "a", "nlu": {}}',
    "reply as a word": b'{"replies": ["a"], "nlu": {}}',
    "button without a title": b'{"replies": [{"text": "a", "buttons": [{"payload": {}}]}], "nlu": {}}',
    "payload as a word": b'{"replies": [{"text": "a", "buttons": [{"title": "b", "payload": "/x"}]}], "nlu": {}}',
    "article as a list": b'{"replies": [{"text": "a", "article": ["x"]}], "nlu": {}}',
    "custom as a word": b'{"replies": [{"text": "a", "custom": "x"}], "nlu": {}}',
    "not a number": b'{"replies": [{"text": "a"}], "nlu": {"intent": {"name": "faq", "confidence": NaN}}}',
    "lone surrogate": b'{"replies": [{"text": "a\\ud800"}], "nlu": {}}',
    "NUL": b'{"replies": [{"text": "a\\u0000b"}], "nlu": {"intent": {"name": "a\\u0000"}}}',
}


@pytest.mark.parametrize("raw", NONSENSE.values(), ids=NONSENSE.keys())
async def test_nonsense_leads_to_an_apology_and_a_person(
    customer: Customer, bot: FakeBot, agent: AgentClient, raw: bytes
) -> None:
    bot.on("你好", babbles(raw))

    await customer.say("你好")
    await customer.owned_by("queued")

    assert await kinds(customer) == ["text", "bot_unavailable", "kept"]
    assert await entry(agent) == ("high", "bot_failed")
    detail = await agent.claim(customer.conversation)
    assert detail["card"]["said"] == ["你好"]


@pytest.mark.parametrize(
    "raw",
    [b"", b"oops", b'{"error": "oops"}', b'{"error": {"code": ["x"]}}', b'{"error": {}, "nlu": "x", "replies": 7}'],
    ids=["nothing", "no JSON", "error as a word", "code as a list", "wrong fields"],
)
async def test_refusal_that_makes_no_sense_leads_to_a_person(customer: Customer, bot: FakeBot, raw: bytes) -> None:
    bot.on("你好", babbles(raw, status=500))

    await customer.say("你好")
    await customer.owned_by("queued")

    assert await kinds(customer) == ["text", "bot_unavailable", "kept"]


@pytest.mark.parametrize("raw", [b"oops", b'{"nlu": []}', b'{"nlu": {"scam": "P0"}}', b'{"nlu": {"x": "\\u0000"}}'])
async def test_nonsense_while_people_own_leaves_the_conversation_in_order(
    customer: Customer, bot: FakeBot, agent: AgentClient, raw: bytes
) -> None:
    bot.on("你好", babbles(raw))
    await customer.post("/handoff")

    await customer.say("你好")
    await agent.claim(customer.conversation)
    await agent.reply(customer.conversation, "我在")

    await customer.hear("我在")
    assert (await agent.get(f"/conversations/{customer.conversation}"))["conversation"]["card"]["said"] == ["你好"]
