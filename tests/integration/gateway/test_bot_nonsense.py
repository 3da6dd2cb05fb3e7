"""A bot that talks nonsense: an apology and a person, never a message that waits for ever."""

import pytest

from tests.fakes import FakeBot, babbles
from tests.integration.gateway.clients import AgentClient, Customer
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, Settle, StartGateway


@pytest.fixture
async def gateway(start_gateway: StartGateway) -> Gateway:
    return await start_gateway(BOT_BUDGET_SECONDS="0.3")


@pytest.fixture
async def agent(gateway: Gateway) -> AgentClient:
    return await gateway.agent()


async def apologised(customer: Customer) -> bool:
    """Wait for the queue and tell whether the bot said nothing but the apology."""
    news = await customer.owned_by("queued")
    kinds = [message["body"].get("event", message["kind"]) for message in news["messages"]]
    return kinds == ["text", "bot_unavailable", "kept"]


STORABLE: dict[str, bytes] = {
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
}


UNSTORABLE: dict[str, bytes] = {
    "not a number": b'{"replies": [{"text": "a"}], "nlu": {"intent": {"name": "faq", "confidence": NaN}}}',
    "lone surrogate": b'{"replies": [{"text": "a\\ud800"}], "nlu": {}}',
    "NUL": b'{"replies": [{"text": "a\\u0000b"}], "nlu": {"intent": {"name": "a\\u0000"}}}',
}


@pytest.mark.parametrize("raw", STORABLE.values(), ids=STORABLE.keys())
@SQLITE_ONLY
async def test_nonsense_leads_to_an_apology_and_a_person(
    customer: Customer, bot: FakeBot, agent: AgentClient, raw: bytes
) -> None:
    bot.on("你好", babbles(raw))

    await customer.say("你好")

    assert await apologised(customer)
    detail = await agent.claim(customer.conversation)
    assert detail["card"]["said"] == ["你好"]


@pytest.mark.parametrize("raw", UNSTORABLE.values(), ids=UNSTORABLE.keys())
async def test_what_no_database_takes_leads_to_an_apology_and_a_person(
    customer: Customer, bot: FakeBot, raw: bytes
) -> None:
    bot.on("你好", babbles(raw))

    await customer.say("你好")

    assert await apologised(customer)


@pytest.mark.parametrize(
    "raw",
    [b"", b"oops", b'{"error": "oops"}', b'{"error": {"code": ["x"]}}', b'{"error": {}, "nlu": "x", "replies": 7}'],
    ids=["nothing", "no JSON", "error as a word", "code as a list", "wrong fields"],
)
@SQLITE_ONLY
async def test_refusal_that_makes_no_sense_leads_to_a_person(customer: Customer, bot: FakeBot, raw: bytes) -> None:
    bot.on("你好", babbles(raw, status=500))

    await customer.say("你好")

    assert await apologised(customer)


@pytest.mark.parametrize(
    "raw",
    [b"oops", b'{"nlu": []}', b'{"nlu": {"scam": "P0"}}', b'{"nlu": {"x": "\\u0000"}}'],
    ids=["no JSON", "list", "scam as a word", "NUL"],
)
async def test_nonsense_while_people_own_leaves_the_conversation_in_order(
    customer: Customer, bot: FakeBot, agent: AgentClient, settled: Settle, raw: bytes
) -> None:
    bot.on("你好", babbles(raw))
    await customer.post("/handoff")

    await customer.say("你好")
    await settled()

    assert (await agent.claim(customer.conversation))["card"]["said"] == ["你好"]
    await agent.reply(customer.conversation, "我在")
    await customer.hear("我在")


async def test_backslashes_in_a_text_are_not_taken_for_nul(customer: Customer, bot: FakeBot) -> None:
    bot.on("你好", babbles(b'{"replies": [{"text": "a\\\\u0000b"}], "nlu": {}}'))

    await customer.say("你好")

    assert (await customer.hear("a"))["text"] == "a\\u0000b"
