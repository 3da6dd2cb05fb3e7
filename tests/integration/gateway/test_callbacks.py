"""Calls that customers wish for, from the widget's button to what the agent records."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from helpdesk.agents.model import Role
from helpdesk.audit import AuditEntry
from helpdesk.callbacks.model import Callback, CallbackState
from helpdesk.cases.model import Case
from helpdesk.cases.timeline import events_of, first_broken
from helpdesk.clocks.model import Clock, ClockKind
from helpdesk.database import Database
from tests.integration.conftest import MovableClock
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway

NUMBER = "138 1234 5678"
MASKED = "138****5678"
Json = dict[str, Any]


@pytest.fixture
async def sunday(movable_clock: MovableClock) -> MovableClock:
    """A Sunday evening: nobody works, and nobody is there."""
    movable_clock.at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    return movable_clock


@pytest.fixture
async def waiting(sunday: MovableClock, customer: Customer) -> Customer:
    assert (await customer.post("/handoff")).status == 202
    return customer


async def first_window(customer: Customer) -> str:
    return str((await customer.get("/callback"))["windows"][0]["start"])


async def wish(customer: Customer, *, phone: str = NUMBER) -> Json:
    response = await customer.post("/callback", {"start": await first_window(customer), "phone": phone})
    assert response.status == 201, await response.text()
    return dict((await response.json())["wish"])


async def rows(database: Database) -> list[Callback]:
    async with database.reading() as session:
        return list(await session.scalars(select(Callback).order_by(Callback.created_at)))


async def listed(agent: AgentClient) -> list[Json]:
    return list((await agent.get("/callbacks"))["callbacks"])


async def test_waiting_customer_is_promised_a_call_in_working_time(waiting: Customer, database: Database) -> None:
    kept = (await waiting.transcript())[-1]
    offer = await waiting.get("/callback")

    chosen = await wish(waiting)

    assert kept["body"]["event"] == "kept"
    assert [window["text"] for window in offer["windows"]][:2] == ["11月23日 09:00–12:00", "11月23日 13:00–17:00"]
    assert chosen == {**offer["windows"][0], "phone": MASKED}
    assert (await waiting.get("/callback"))["wish"] == chosen
    told = (await waiting.transcript())[-1]
    assert (told["body"], "11月23日 09:00–12:00" in told["text"], MASKED in told["text"]) == (
        {"event": "callback"},
        True,
        True,
    )
    [row] = await rows(database)
    assert (row.phone, row.state) == ("13812345678", CallbackState.OPEN)


async def test_second_wish_changes_the_first(waiting: Customer, database: Database) -> None:
    await wish(waiting)

    again = await wish(waiting, phone="010-62345678")

    [row] = await rows(database)
    assert (again["phone"], row.phone) == ("010****5678", "01062345678")


async def test_wishes_at_the_same_moment_are_one(waiting: Customer, database: Database) -> None:
    start = await first_window(waiting)

    answers = await asyncio.gather(*(waiting.post("/callback", {"start": start, "phone": NUMBER}) for _ in range(4)))

    assert {answer.status for answer in answers} == {201}
    assert len(await rows(database)) == 1


@SQLITE_ONLY
class TestRefusals:
    """What the customer cannot have."""

    @pytest.mark.parametrize(
        ("fields", "status", "code"),
        [
            ({"phone": "110"}, 422, "phone_invalid"),
            ({"phone": 13812345678}, 422, "field_invalid"),
            ({"phone": None}, 422, "field_invalid"),
            ({"start": "2026-11-22T12:00:00+00:00"}, 422, "callback_window_gone"),
            ({"start": "2026-11-23T01:00:00"}, 422, "field_invalid"),
            ({"start": "tomorrow"}, 422, "field_invalid"),
        ],
        ids=["no number", "a figure", "nothing", "now", "no zone", "no time"],
    )
    async def test_wish_that_cannot_be_kept(
        self, waiting: Customer, database: Database, fields: Json, status: int, code: str
    ) -> None:
        body = {"start": await first_window(waiting), "phone": NUMBER} | fields

        response = await waiting.post("/callback", body)

        assert (response.status, await error_code(response)) == (status, code)
        assert await rows(database) == []

    async def test_window_that_has_passed_is_gone(self, waiting: Customer, sunday: MovableClock) -> None:
        start = await first_window(waiting)
        sunday.move(hours=14)

        response = await waiting.post("/callback", {"start": start, "phone": NUMBER})

        assert (response.status, await error_code(response)) == (422, "callback_window_gone")

    async def test_customer_who_does_not_wait_is_offered_nothing(
        self, sunday: MovableClock, customer: Customer
    ) -> None:
        offer = await customer.get("/callback")
        response = await customer.post("/callback", {"start": "2026-11-23T01:00:00+00:00", "phone": NUMBER})
        taken_back = await customer.call("DELETE", "/callback")

        assert offer == {"windows": [], "wish": None}
        assert (response.status, await error_code(response)) == (409, "callback_not_open")
        assert (taken_back.status, await error_code(taken_back)) == (409, "callback_not_open")

    async def test_other_customers_see_and_take_back_nothing(self, waiting: Customer, gateway: Gateway) -> None:
        await wish(waiting)
        stranger = await gateway.customer()

        seen = await stranger.get("/callback")
        response = await stranger.call("DELETE", "/callback")

        assert (seen["wish"], response.status) == (None, 409)

    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    async def test_nobody_without_a_session(self, gateway: Gateway, method: str) -> None:
        response = await gateway.client.request(method, "/api/v1/callback", json={})

        assert response.status == 401


@SQLITE_ONLY
async def test_customer_takes_the_wish_back_and_the_number_is_deleted(waiting: Customer, database: Database) -> None:
    await wish(waiting)

    response = await waiting.call("DELETE", "/callback")

    [row] = await rows(database)
    assert (response.status, row.state, row.phone, row.phone_masked) == (200, CallbackState.CANCELLED, None, MASKED)
    assert (await waiting.get("/callback"))["wish"] is None


async def test_agent_sees_the_number_only_by_taking_the_call_and_that_is_noted(
    waiting: Customer, lin: AgentClient, database: Database
) -> None:
    await wish(waiting)
    [shown] = await listed(lin)

    taken = await lin.do(f"/callbacks/{shown['id']}/take")

    assert (shown["phone"], shown["agent"], "13812345678" in str(shown)) == (MASKED, None, False)
    assert taken["phone"] == "13812345678"
    [after] = await listed(lin)
    assert (after["phone"], after["agent"]["name"]) == (MASKED, "林一")
    async with database.reading() as session:
        entries = list(await session.scalars(select(AuditEntry).where(AuditEntry.subject == f"callback:{shown['id']}")))
    assert [(entry.action, entry.actor) for entry in entries] == [("reveal_callback_phone", f"agent:{lin.id}")]
    assert "13812345678" not in str([entry.details for entry in entries])


async def test_reached_customer_has_had_their_reply(waiting: Customer, lin: AgentClient, database: Database) -> None:
    await wish(waiting)
    [shown] = await listed(lin)
    await lin.do(f"/callbacks/{shown['id']}/take")

    await lin.do(f"/callbacks/{shown['id']}/outcome", {"outcome": "reached"})

    [row] = await rows(database)
    assert (row.state, row.phone, row.attempts) == (CallbackState.REACHED, None, 1)
    assert await listed(lin) == []
    assert "通过电话" in (await waiting.transcript())[-1]["text"]
    async with database.reading() as session:
        clock_row = await session.scalar(
            select(Clock).where(Clock.conversation_id == waiting.conversation, Clock.kind == ClockKind.FIRST_REPLY)
        )
        case = await session.get_one(Case, row.case_id)
        events = await events_of(session, case.id)
    assert clock_row is not None
    assert clock_row.met_at is not None
    assert [event.kind for event in events][-2:] == ["callback_wished", "callback_settled"]
    assert first_broken(events) is None
    assert "13812345678" not in str([event.details for event in events])


@SQLITE_ONLY
class TestAtTheDesk:
    """Calling, again and again, and who may."""

    async def test_three_calls_without_an_answer_are_enough(
        self, waiting: Customer, gateway: Gateway, database: Database, sunday: MovableClock
    ) -> None:
        await wish(waiting)
        sunday.at = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
        lin = await gateway.agent("lin", name="林一")
        [shown] = await listed(lin)
        due = []
        for _ in range(3):
            await lin.do(f"/callbacks/{shown['id']}/take")
            answer = await lin.do(f"/callbacks/{shown['id']}/outcome", {"outcome": "not_reached"})
            due.append(datetime.fromisoformat(answer["callback"]["next_at"]) - sunday.at)

        [row] = await rows(database)
        assert all(timedelta(minutes=29) < pause <= timedelta(minutes=30) for pause in due[:2])
        assert (row.state, row.attempts, row.phone) == (CallbackState.UNREACHED, 3, None)
        assert "3 次电话没有接通" in (await waiting.transcript())[-1]["text"]

    async def test_two_agents_do_not_call_the_same_customer(
        self, waiting: Customer, lin: AgentClient, gateway: Gateway, sunday: MovableClock
    ) -> None:
        zhou = await gateway.agent("zhou", name="周二")
        await wish(waiting)
        [shown] = await listed(lin)
        await lin.do(f"/callbacks/{shown['id']}/take")

        second = await zhou.post(f"/callbacks/{shown['id']}/take")
        recorded = await zhou.post(f"/callbacks/{shown['id']}/outcome", {"outcome": "reached"})
        changed = await waiting.post("/callback", {"start": await first_window(waiting), "phone": NUMBER})
        sunday.move(minutes=16)
        later = await zhou.post(f"/callbacks/{shown['id']}/take")

        for refused in (second, recorded, changed):
            assert (refused.status, await error_code(refused)) == (409, "callback_taken")
        assert later.status == 200

    async def test_who_has_not_looked_the_number_up_cannot_have_called(
        self, waiting: Customer, lin: AgentClient
    ) -> None:
        await wish(waiting)
        [shown] = await listed(lin)

        reached = await lin.post(f"/callbacks/{shown['id']}/outcome", {"outcome": "reached"})
        dropped = await lin.post(f"/callbacks/{shown['id']}/outcome", {"outcome": "not_needed"})
        again = await lin.post(f"/callbacks/{shown['id']}/take")

        assert (reached.status, await error_code(reached)) == (409, "callback_not_taken")
        assert dropped.status == 200
        assert (again.status, await error_code(again)) == (404, "callback_not_found")

    @pytest.mark.parametrize("outcome", ["", "maybe", None])
    async def test_unknown_outcome_is_refused(self, waiting: Customer, lin: AgentClient, outcome: object) -> None:
        await wish(waiting)
        [shown] = await listed(lin)

        response = await lin.post(f"/callbacks/{shown['id']}/outcome", {"outcome": outcome})

        assert (response.status, await error_code(response)) == (422, "field_invalid")

    @pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
    async def test_compliance_sees_the_list_and_no_number(
        self, waiting: Customer, gateway: Gateway, role: Role
    ) -> None:
        await wish(waiting)
        person = await gateway.agent("somebody", role, name="某人")

        [shown] = await listed(person)
        taken = await person.post(f"/callbacks/{shown['id']}/take")

        assert taken.status == (403 if role is Role.COMPLIANCE else 200)

    async def test_nobody_without_signing_in(self, gateway: Gateway) -> None:
        client = await gateway.browser()

        seen = await client.get("/desk/api/callbacks")
        taken = await client.post(f"/desk/api/callbacks/{'0' * 40}/take")

        assert [seen.status, taken.status] == [401, 401]

    async def test_unknown_call_is_not_found(self, lin: AgentClient) -> None:
        response = await lin.post(f"/callbacks/{'0' * 40}/take")

        assert (response.status, await error_code(response)) == (404, "callback_not_found")
