"""POST and DELETE /handoff: asking for a person and taking it back."""

import pytest

from helpdesk.cases.model import Priority
from helpdesk.cases.number import find_number
from helpdesk.handoff import promise
from tests.fakes import FakeBot, Handoff, says, shows
from tests.integration.gateway.clients import Customer, error_code
from tests.integration.gateway.conftest import Gateway, Settle


async def test_request_puts_the_customer_in_the_queue(customer: Customer) -> None:
    response = await customer.post("/handoff")

    answer = await response.json()
    assert response.status == 202
    assert answer["owner"] == "queued"
    assert answer["queue"].pop("promised_at") is not None
    assert answer["queue"] == {"position": 1, "ahead": 0, "estimate_minutes": None}


async def test_request_again_changes_nothing(customer: Customer) -> None:
    first = await (await customer.post("/handoff")).json()

    second = await (await customer.post("/handoff")).json()

    assert second == first
    assert len(await customer.transcript()) == 1


async def test_customer_is_told_the_case_number_and_that_nobody_is_there(customer: Customer) -> None:
    await customer.post("/handoff")

    event = (await customer.transcript())[0]
    assert (event["sender"], event["kind"], event["body"]) == ("system", "event", {"event": "kept"})
    assert find_number(event["text"]) is not None


async def test_customer_is_told_a_place_when_somebody_is_there(
    gateway: Gateway, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promise, "is_within_hours", lambda _at: True)
    agent = await gateway.agent()
    await agent.call("PUT", "/me/availability", {"available": True})
    await agent.connect()

    answer = await (await customer.post("/handoff")).json()

    assert answer["queue"]["promised_at"] is None
    event = (await customer.transcript())[0]
    assert event["body"] == {"event": "queued"}
    assert "第 1 位" in event["text"]


async def test_second_customer_waits_behind_the_first(gateway: Gateway, customer: Customer) -> None:
    await customer.post("/handoff")
    second = await gateway.customer()

    answer = await (await second.post("/handoff")).json()

    assert (answer["queue"]["position"], answer["queue"]["ahead"]) == (2, 1)


async def test_taking_it_back_returns_to_the_bot_which_answers_again(customer: Customer) -> None:
    await customer.post("/handoff")

    response = await customer.call("DELETE", "/handoff")

    assert (response.status, await response.json()) == (200, {"owner": "bot"})
    await customer.say("还在吗")
    await customer.hear("答：还在吗")


async def test_taking_back_what_does_not_wait_is_refused(customer: Customer) -> None:
    response = await customer.call("DELETE", "/handoff")

    assert response.status == 409
    assert await error_code(response) == "handoff_not_queued"


async def test_taking_it_back_once_an_agent_serves_is_refused(gateway: Gateway, customer: Customer) -> None:
    await customer.post("/handoff")
    agent = await gateway.agent()
    await agent.claim(customer.conversation)

    response = await customer.call("DELETE", "/handoff")

    assert response.status == 409
    assert await error_code(response) == "handoff_not_queued"


async def test_bot_only_reads_along_while_the_customer_waits(customer: Customer, bot: FakeBot, settled: Settle) -> None:
    await customer.post("/handoff")

    await customer.say("有人吗")
    await settled()

    assert bot.asked == []
    assert [parsed["text"] for parsed in bot.parses] == ["有人吗"]
    assert [message["sender"] for message in await customer.transcript()] == ["system", "customer"]


async def test_bots_request_for_a_person_takes_effect_with_its_words(customer: Customer, bot: FakeBot) -> None:
    bot.on("转人工", says("好的，这就转。", handoff=Handoff(reason="request_human")))

    await customer.say("转人工")

    news = await customer.owned_by("queued")
    assert [m["sender"] for m in news["messages"]] == ["customer", "bot", "system"]
    assert news["messages"][1]["text"] == "好的，这就转。"


@pytest.mark.parametrize(
    ("article", "priority"),
    [("pii_leak", Priority.NORMAL), ("victim_stop", Priority.URGENT)],
    ids=["always", "urgent"],
)
async def test_article_that_needs_a_person_hands_over(
    customer: Customer, bot: FakeBot, gateway: Gateway, article: str, priority: Priority
) -> None:
    bot.on("怎么办", shows(article))

    await customer.say("怎么办")

    news = await customer.owned_by("queued")
    queue = await (await gateway.agent()).get("/queue")
    assert [m["kind"] for m in news["messages"]] == ["text", "answer", "event"]
    assert [(e["priority"], e["reason"]) for e in queue["entries"]] == [(priority.value, "article_policy")]
