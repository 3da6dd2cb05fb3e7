"""Asking the host to protect a customer: once a level, the customer told only of what was confirmed."""

import re
from datetime import timedelta
from typing import Any

import pytest

from helpdesk import clock
from helpdesk.agents.model import Agent
from helpdesk.cases import timeline
from helpdesk.cases.fields import CrisisFields, ScamFields
from helpdesk.cases.model import Case, CaseEvent, CaseType, Priority
from helpdesk.cases.service import open_case
from helpdesk.conversations import store
from helpdesk.conversations.model import Sender
from helpdesk.conversations.sessions import HostIdentity
from helpdesk.database import Database
from helpdesk.handoff.service import return_to_bot
from helpdesk.outbox import conversation as customer_notices
from helpdesk.outbox import service as outbox
from helpdesk.outbox.model import OutboxMessage, OutboxState
from helpdesk.protection import service as protection
from helpdesk.protection.answer import parse_answer
from tests.integration.conftest import MovableClock
from tests.scenes import Customer, add_agent, claim, close, open_customer, queue_up, say, transcript

HOST = HostIdentity(subject="user-7", name="王五")


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database, HOST)


async def ask(
    database: Database,
    customer: Customer,
    *,
    level: str = "P0",
    state: str = "paid",
    case_type: CaseType = CaseType.SCAM,
) -> Case:
    """Open (or extend) the conversation's case and ask for protection, in one transaction as the product does."""
    async with database.transaction() as session:
        conversation = await store.lock_conversation(session, customer.conversation_id)
        case = await open_case(
            session,
            conversation,
            case_type=case_type,
            priority=Priority.URGENT,
            summary="",
            fields=ScamFields(level=level) if case_type is CaseType.SCAM else CrisisFields(level=level),
            details={},
            actor="bot",
        )
        await protection.request_protection(session, conversation=conversation, case=case, level=level, state=state)
    return case


async def claimed(database: Database) -> list[OutboxMessage]:
    async with database.transaction() as session:
        return list(await outbox.claim_due(session, 10))


async def answered(database: Database, **answer: Any) -> str | None:
    """Let the host answer the next request."""
    async with database.transaction() as session:
        [message] = await outbox.claim_due(session, 10)
        checked = parse_answer(answer, requested=message.payload["actions"])
        outbox.mark_sent(message, checked.as_json())
        return await protection.record_answer(session, message, checked)


async def field_of(database: Database, case: Case) -> dict[str, Any]:
    async with database.reading() as session:
        return dict((await session.get_one(Case, case.id)).fields["risk_control"])


async def events(database: Database, case: Case) -> list[CaseEvent]:
    async with database.reading() as session:
        found = await timeline.events_of(session, case.id)
    assert timeline.first_broken(found) is None
    return [event for event in found if event.kind.startswith("protection")]


async def said_by_system(database: Database, customer: Customer) -> list[str]:
    return [m.text for m in await transcript(database, customer.conversation_id) if m.sender is Sender.SYSTEM]


async def test_request_waits_in_the_outbox_and_is_on_the_timeline(database: Database, customer: Customer):
    case = await ask(database, customer)

    [message] = await claimed(database)
    [event] = await events(database, case)
    actions = ["hold_disbursement", "freeze_changes"]
    assert (message.destination, message.kind, message.key) == ("risk_control", "scam", f"{case.id}:risk:P0")
    assert (message.case_id, message.conversation_id) == (case.id, customer.conversation_id)
    assert message.payload == {
        "event": "scam",
        "case_number": case.number,
        "level": "P0",
        "state": "paid",
        "actions": actions,
        "customer": "user-7",
        "at": message.payload["at"],
    }
    assert (event.kind, event.details) == (
        "protection_requested",
        {"event": "scam", "level": "P0", "state": "paid", "actions": actions},
    )
    assert (await field_of(database, case))["status"] == "requested"


async def test_customer_is_told_nothing_before_the_host_has_answered(database: Database, customer: Customer):
    await ask(database, customer)

    await claimed(database)

    assert await said_by_system(database, customer) == []


async def test_guest_has_no_name_at_the_host(database: Database):
    await ask(database, await open_customer(database))

    assert (await claimed(database))[0].payload["customer"] is None


async def test_same_level_asks_once(database: Database, customer: Customer):
    case = await ask(database, customer)

    await ask(database, customer, state="in_progress")

    assert len(await claimed(database)) == 1
    assert len(await events(database, case)) == 1


async def test_graver_level_asks_again_after_the_first(database: Database, customer: Customer):
    case = await ask(database, customer, level="P1")
    await ask(database, customer, level="P0")

    [first] = await claimed(database)

    assert first.payload["level"] == "P1"
    assert [event.details["level"] for event in await events(database, case)] == ["P1", "P0"]


async def test_graver_level_does_not_wait_behind_a_milder_one_that_fails(database: Database, customer: Customer):
    case = await ask(database, customer, level="P1")
    async with database.transaction() as session:
        [milder] = await outbox.claim_due(session, 10)
        outbox.mark_failed(milder, "http_503")

    await ask(database, customer, level="P0")

    assert [message.payload["level"] for message in await claimed(database)] == ["P0"]
    assert (await field_of(database, case))["status"] == "requested"


@pytest.mark.parametrize("level", ["P2", "P3", "C1", "", "P9"])
async def test_lesser_levels_ask_for_nothing(database: Database, customer: Customer, level: str):
    case = await ask(database, customer, level=level)

    assert await claimed(database) == []
    assert await events(database, case) == []


@pytest.mark.parametrize("level", ["C2", "C3"])
async def test_crisis_asks_for_quiet(database: Database, customer: Customer, level: str):
    await ask(database, customer, level=level, state="", case_type=CaseType.CRISIS)

    [message] = await claimed(database)

    assert (message.kind, message.payload["event"]) == ("crisis", "crisis")
    assert message.payload["actions"] == ["pause_marketing", "review_collection"]


async def test_held_is_on_the_case_and_the_customer_is_told(database: Database, customer: Customer):
    case = await ask(database, customer)

    told = await answered(database, status="held", reference="RC-42")

    field = await field_of(database, case)
    assert (field["status"], field["reference"]) == ("held", "RC-42")
    assert [event.kind for event in await events(database, case)] == ["protection_requested", "protection_confirmed"]
    assert told == customer.conversation_id
    assert await said_by_system(database, customer) == [
        "平台风控已确认：暂停放款、暂停资料变更（编号 RC-42）。这只涉及本平台账户，其他银行和平台仍需您自己联系。"
    ]


async def test_customer_is_told_only_of_the_actions_that_were_confirmed(database: Database, customer: Customer):
    await ask(database, customer)

    await answered(database, status="held", reference="RC-42", actions=["freeze_changes"])

    [said] = await said_by_system(database, customer)
    assert "暂停资料变更" in said
    assert "暂停放款" not in said


async def test_hold_without_an_action_is_not_told(database: Database, customer: Customer):
    await ask(database, customer)

    await answered(database, status="held", reference="RC-42", actions=[])

    assert await said_by_system(database, customer) == []


async def test_crisis_that_is_held_is_told_in_its_own_words(database: Database, customer: Customer):
    await ask(database, customer, level="C3", state="", case_type=CaseType.CRISIS)

    await answered(database, status="held", reference="RC-9")

    assert await said_by_system(database, customer) == ["平台已确认：暂停营销推广、复核催收安排（编号 RC-9）。"]


@pytest.mark.parametrize("status", ["refused", "unknown"])
async def test_other_answers_are_for_the_desk_alone(database: Database, customer: Customer, status: str):
    case = await ask(database, customer)

    told = await answered(database, status=status, reference="RC-42")

    assert (await field_of(database, case))["status"] == status
    assert (await events(database, case))[-1].kind == f"protection_{status}"
    assert told is None
    assert await said_by_system(database, customer) == []


@pytest.mark.parametrize("status", [protection.FAILED, protection.NOT_CONFIGURED])
async def test_silence_is_for_the_desk_alone(database: Database, customer: Customer, status: str):
    case = await ask(database, customer)

    async with database.transaction() as session:
        [message] = await outbox.claim_due(session, 1)
        await protection.record_silence(session, message, status, error="timeout")

    assert (await field_of(database, case))["status"] == status
    assert (await events(database, case))[-1].kind == f"protection_{status}"
    assert await said_by_system(database, customer) == []


async def test_hold_stays_on_the_case_when_a_later_request_fails(database: Database, customer: Customer):
    case = await ask(database, customer, level="P1")
    await answered(database, status="held", reference="RC-1")
    await ask(database, customer, level="P0")

    await answered(database, status="refused", reference="RC-2")

    field = await field_of(database, case)
    assert (field["status"], field["reference"]) == ("held", "RC-1")
    assert (await events(database, case))[-1].kind == "protection_refused"


async def test_refusal_that_becomes_a_hold_is_told(database: Database, customer: Customer):
    await ask(database, customer, level="P1")
    await answered(database, status="refused", reference="RC-1")
    await ask(database, customer, level="P0")

    await answered(database, status="held", reference="RC-1")

    assert len(await said_by_system(database, customer)) == 1


async def test_same_hold_for_a_graver_level_is_told_once(database: Database, customer: Customer):
    for level in ("P1", "P0"):
        await ask(database, customer, level=level)
        await answered(database, status="held", reference="RC-1")

    assert len(await said_by_system(database, customer)) == 1


async def test_quiet_in_a_crisis_is_not_taken_for_money_that_was_stopped(database: Database, customer: Customer):
    case = await ask(database, customer)
    await answered(database, status="refused", reference="RC-1")
    await ask(database, customer, level="C2")

    await answered(database, status="held", reference="RC-2")

    field = await field_of(database, case)
    assert (field["status"], field["reference"]) == ("refused", "RC-1")
    assert (await events(database, case))[-1].kind == "protection_confirmed"
    assert await said_by_system(database, customer) == ["平台已确认：暂停营销推广、复核催收安排（编号 RC-2）。"]


async def test_other_fields_of_the_case_stay(database: Database, customer: Customer):
    case = await ask(database, customer)

    await answered(database, status="held", reference="RC-1")

    async with database.reading() as session:
        fields = (await session.get_one(Case, case.id)).fields
    assert fields["level"] == "P0"


class TestFollowUp:
    """A sentence that is due later."""

    @pytest.fixture
    async def agent(self, database: Database) -> Agent:
        return await add_agent(database)

    async def plan(self, database: Database, customer: Customer, text_key: str = "hours_24") -> None:
        async with database.transaction() as session:
            await outbox.enqueue(
                session,
                destination="conversation",
                kind="scam_follow_up",
                key="case:24h",
                payload={"text_key": text_key},
                due_at=clock.now() + timedelta(hours=24),
                conversation_id=customer.conversation_id,
            )

    async def deliver(self, database: Database) -> OutboxMessage:
        async with database.transaction() as session:
            [message] = await outbox.claim_due(session, 10)
            await customer_notices.deliver(session, message)
        return message

    async def test_is_written_when_it_is_due(self, database: Database, customer: Customer, movable_clock: MovableClock):
        await self.plan(database, customer)
        early = await claimed(database)
        movable_clock.move(hours=24)

        message = await self.deliver(database)

        [written] = await transcript(database, customer.conversation_id)
        assert (early, message.state) == ([], OutboxState.SENT)
        assert (written.sender, written.kind.value) == (Sender.SYSTEM, "text")
        assert "报警" in written.text

    async def test_goes_to_the_open_conversation_of_the_same_customer(
        self, database: Database, customer: Customer, agent: Agent, movable_clock: MovableClock
    ):
        await self.plan(database, customer)
        await self.end(database, customer, agent)
        later = (await say(database, customer, "又来了")).message.conversation_id
        movable_clock.move(hours=24)

        message = await self.deliver(database)

        assert message.response == {"conversation": later}
        assert [m.sender for m in await transcript(database, later)] == [Sender.CUSTOMER, Sender.SYSTEM]

    async def test_opens_no_conversation(
        self, database: Database, customer: Customer, agent: Agent, movable_clock: MovableClock
    ):
        await self.plan(database, customer)
        await self.end(database, customer, agent)
        before = await transcript(database, customer.conversation_id)
        movable_clock.move(hours=24)

        message = await self.deliver(database)

        assert (message.state, message.last_error) == (OutboxState.SKIPPED, "no_open_conversation")
        assert len(await transcript(database, customer.conversation_id)) == len(before)

    async def test_waits_while_an_agent_serves(
        self, database: Database, customer: Customer, agent: Agent, movable_clock: MovableClock
    ):
        await self.plan(database, customer)
        conversation_id = await queue_up(database, customer)
        await claim(database, conversation_id, agent)
        before = len(await transcript(database, conversation_id))
        movable_clock.move(hours=24)
        waiting = await self.deliver(database)
        said = len(await transcript(database, conversation_id)) - before
        async with database.transaction() as session:
            await return_to_bot(session, conversation_id, agent)
        movable_clock.move(minutes=15)

        message = await self.deliver(database)

        assert (waiting.state, waiting.last_error, waiting.attempts, said) == (
            OutboxState.PENDING,
            "agent_serves",
            0,
            0,
        )
        assert message.state is OutboxState.SENT
        assert "报警" in (await transcript(database, conversation_id))[-1].text

    async def test_does_not_wait_for_ever(
        self, database: Database, customer: Customer, agent: Agent, movable_clock: MovableClock
    ):
        await self.plan(database, customer)
        await claim(database, await queue_up(database, customer), agent)
        movable_clock.move(hours=48)

        message = await self.deliver(database)

        assert (message.state, message.last_error) == (OutboxState.SKIPPED, "agent_serves")

    async def test_reads_like_chinese(self, database: Database, customer: Customer, movable_clock: MovableClock):
        await self.plan(database, customer)
        movable_clock.move(hours=24)

        await self.deliver(database)

        [written] = await transcript(database, customer.conversation_id)
        assert re.search(r"[^\x00-\x7f] [^\x00-\x7f]", written.text) is None

    async def test_is_not_said_to_another_customer(
        self, database: Database, customer: Customer, agent: Agent, movable_clock: MovableClock
    ):
        stranger = await open_customer(database)
        await self.plan(database, customer)
        await self.end(database, customer, agent)
        movable_clock.move(hours=24)

        await self.deliver(database)

        assert await transcript(database, stranger.conversation_id) == []

    async def test_unknown_text_is_dead_at_once(
        self, database: Database, customer: Customer, movable_clock: MovableClock
    ):
        await self.plan(database, customer, "hours_9999")
        movable_clock.move(hours=24)

        message = await self.deliver(database)

        assert (message.state, message.last_error) == (OutboxState.DEAD, "text_unknown")
        assert await transcript(database, customer.conversation_id) == []

    async def end(self, database: Database, customer: Customer, agent: Agent) -> None:
        conversation_id = await queue_up(database, customer)
        await claim(database, conversation_id, agent)
        await close(database, conversation_id, agent)
