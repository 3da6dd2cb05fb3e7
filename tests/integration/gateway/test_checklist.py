"""The checklist of first steps: a customer ticks, the agent sees it, and nobody ticks for somebody else."""

import asyncio
from typing import Any

import pytest

from helpdesk.cases.model import Priority
from helpdesk.cases.timeline import append, events_of, first_broken
from helpdesk.database import Database
from helpdesk.evidence.store import lock_case
from tests.factories import make_nlu, make_scam
from tests.fakes import FakeBot, Handoff, Scripted
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import Gateway
from tests.scenes import case_of

Json = dict[str, Any]
STEPS = [
    {"id": "stop", "title": "先停下", "detail": "不要再转。"},
    {"id": "police", "title": "打 110", "detail": "止付。"},
]
STOP_LOSS = {
    "response": "utter_stop_loss",
    "text": "先停下",
    "custom": {"kind": "stop_loss", "state": "paid", "steps": STEPS},
}


@pytest.fixture
async def card(customer: Customer, bot: FakeBot) -> Json:
    """The stop-loss message that a victim reads."""
    scam = make_nlu("report_scam", decision="triage", scam=make_scam("P0", state="paid"))
    urgent = Handoff(reason="scam_p0", priority=Priority.URGENT)
    bot.on("我刚转了账", Scripted(replies=(STOP_LOSS,), nlu=scam, handoff=urgent))
    await customer.say("我刚转了账")
    await customer.owned_by("queued")
    return await customer.until(lambda message: message["kind"] == "stop_loss")


def tick(card: Json, step: str = "police", *, done: object = True) -> Json:
    return {"message": card["id"], "step": step, "done": done}


async def test_tick_is_kept_with_its_time(customer: Customer, card: Json) -> None:
    response = await customer.post("/checklist", tick(card))

    assert response.status == 200
    ticked = (await response.json())["checklist"]
    assert set(ticked) == {"police"}
    read = await customer.get(f"/checklist?conversation={customer.conversation}")
    assert (read["checklist"], read["since"] is not None) == (ticked, True)


async def test_tick_again_keeps_the_first_time(customer: Customer, card: Json) -> None:
    first = await (await customer.post("/checklist", tick(card))).json()

    again = await (await customer.post("/checklist", tick(card))).json()

    assert again == first


async def test_tick_is_taken_back(customer: Customer, card: Json) -> None:
    await customer.post("/checklist", tick(card))
    await customer.post("/checklist", tick(card, "stop"))

    left = await (await customer.post("/checklist", tick(card, done=False))).json()

    assert set(left["checklist"]) == {"stop"}


async def test_agent_sees_what_is_ticked(customer: Customer, card: Json, lin: AgentClient) -> None:
    await lin.claim(customer.conversation)
    page = await lin.watch(customer.conversation)

    await customer.post("/checklist", tick(card))

    def is_ticked(frame: Json) -> bool:
        steps = frame["conversation"]["card"]["scam"]["checklist"]
        return any(step["id"] == "police" and step["done_at"] for step in steps)

    await page.next("conversation", is_ticked)


@pytest.mark.parametrize(
    "change",
    [{"message": "0" * 32}, {"step": "passwords_of_others"}, {"message": ""}],
    ids=["unknown message", "step of another list", "empty"],
)
async def test_unknown_step_is_refused(customer: Customer, card: Json, change: Json) -> None:
    response = await customer.post("/checklist", tick(card) | change)

    assert (response.status, await error_code(response)) == (404, "step_not_found")


@pytest.mark.parametrize("steps", ["stop", ["stop", 3], None, {"id": "stop"}], ids=["word", "words", "none", "object"])
async def test_steps_that_make_no_sense_cannot_be_ticked(customer: Customer, bot: FakeBot, steps: object) -> None:
    custom = {"kind": "stop_loss", "state": "paid", "steps": steps}
    scam = make_nlu("report_scam", decision="triage", scam=make_scam("P0", state="paid"))
    bot.on("我刚转了账", Scripted(replies=(STOP_LOSS | {"custom": custom},), nlu=scam))
    await customer.say("我刚转了账")
    card = await customer.until(lambda message: message["kind"] == "stop_loss")

    response = await customer.post("/checklist", tick(card, "stop"))

    assert (response.status, await error_code(response)) == (404, "step_not_found")


async def test_message_without_steps_is_refused(customer: Customer, card: Json) -> None:
    own = (await customer.transcript())[0]

    response = await customer.post("/checklist", tick(own))

    assert (response.status, await error_code(response)) == (404, "step_not_found")


async def test_nobody_ticks_for_somebody_else(
    customer: Customer, card: Json, gateway: Gateway, database: Database
) -> None:
    stranger = await gateway.customer()

    response = await stranger.post("/checklist", tick(card))

    assert (response.status, await error_code(response)) == (404, "step_not_found")
    assert (await case_of(database, customer.conversation)).fields["checklist"] == {}


async def test_nobody_reads_the_checklist_of_somebody_else(customer: Customer, card: Json, gateway: Gateway) -> None:
    stranger = await gateway.customer()

    response = await stranger.call("GET", f"/checklist?conversation={customer.conversation}")

    assert (response.status, await error_code(response)) == (404, "conversation_not_found")


@pytest.mark.parametrize("done", [None, "true", 1])
async def test_tick_that_is_neither_done_nor_undone_is_refused(customer: Customer, card: Json, done: object) -> None:
    response = await customer.post("/checklist", tick(card, done=done))

    assert (response.status, await error_code(response)) == (422, "field_invalid")


async def test_ticking_on_and_off_has_an_end(customer: Customer, card: Json, database: Database) -> None:
    statuses = [(await customer.post("/checklist", tick(card, done=number % 2 == 0))).status for number in range(40)]

    assert set(statuses[:15]) == {200}
    assert set(statuses[25:]) == {429}
    async with database.reading() as session:
        events = await events_of(session, (await case_of(database, customer.conversation)).id)
    assert len([event for event in events if event.kind.startswith("step_")]) == statuses.count(200)


async def test_tick_waits_for_an_export_of_the_case(customer: Customer, card: Json, database: Database) -> None:
    number = (await case_of(database, customer.conversation)).number

    async with database.transaction() as session:
        case = await lock_case(session, number)
        await append(session, case, kind="exported", actor="system", details={})
        ticked = asyncio.create_task(customer.post("/checklist", tick(card)))
        # Long enough for it to come as far as it can.
        is_waiting = not (await asyncio.wait([ticked], timeout=0.3))[0]

    assert (is_waiting, (await ticked).status) == (True, 200)
    async with database.reading() as session:
        events = await events_of(session, case.id)
    assert [event.kind for event in events][-2:] == ["exported", "step_done"]
    assert first_broken(events) is None


async def test_checklist_needs_a_session(gateway: Gateway) -> None:
    for method in ("GET", "POST"):
        response = await gateway.client.request(method, "/api/v1/checklist", json={} if method == "POST" else None)
        assert response.status == 401


async def test_conversation_without_a_scam_has_an_empty_checklist(customer: Customer) -> None:
    assert await customer.get("/checklist") == {"checklist": {}, "since": None}
