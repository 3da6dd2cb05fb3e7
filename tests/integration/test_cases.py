"""Cases: one open case of a type a conversation, extended and never weakened, with a timeline that shows any change."""

import asyncio
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import text as sql

from helpdesk.agents.model import Agent
from helpdesk.cases import number
from helpdesk.cases import service as cases
from helpdesk.cases.fields import CaseFields, ComplaintFields, EnquiryFields, ScamFields
from helpdesk.cases.model import Case, CaseEvent, CaseStatus, CaseType, Priority
from helpdesk.cases.timeline import events_of, first_broken
from helpdesk.conversations import store
from helpdesk.database import Database
from helpdesk.texts import titles
from tests.integration.conftest import MovableClock
from tests.scenes import Customer, add_agent, case_of, claim, close, open_customer, queue_up, say

SUFFIX = "[23456789ABCDEFGHJKMNPQRSTUVWXYZ]{6}"


@pytest.fixture
async def customer(database: Database) -> Customer:
    customer = await open_customer(database)
    await say(database, customer, "催收打给我家人了")
    return customer


@pytest.fixture
async def agent(database: Database) -> Agent:
    return await add_agent(database)


async def open_case(
    database: Database,
    customer: Customer,
    fields: CaseFields | None = None,
    *,
    case_type: CaseType = CaseType.COMPLAINT,
    priority: Priority = Priority.HIGH,
    summary: str = "催收",
) -> Case:
    async with database.transaction() as session:
        conversation = await store.lock_conversation(session, customer.conversation_id)
        return await cases.open_case(
            session,
            conversation,
            case_type=case_type,
            priority=priority,
            summary=summary,
            fields=fields or ComplaintFields(detail="打给家人"),
            details={"intent": "complain", "said": ["催收打给我家人了"]},
            actor="bot",
        )


async def timeline_of(database: Database, case: Case) -> list[CaseEvent]:
    async with database.reading() as session:
        return list(await events_of(session, case.id))


async def test_number_tells_the_day_and_can_be_read_out(
    database: Database, customer: Customer, movable_clock: MovableClock
):
    case = await open_case(database, customer)

    assert re.fullmatch(f"XB20261122-{SUFFIX}", case.number)
    assert number.is_intact(case.number)


async def test_number_tells_the_day_in_beijing(database: Database, customer: Customer, movable_clock: MovableClock):
    movable_clock.at = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)

    assert (await open_case(database, customer)).number.startswith("XB20261123-")


async def test_number_that_is_taken_is_not_used_again(
    database: Database, customer: Customer, monkeypatch: pytest.MonkeyPatch
):
    codes = iter(["AAAAA", "AAAAA", "BBBBB"])
    monkeypatch.setattr(number, "spoken_code", lambda _: next(codes))
    first = await open_case(database, customer)

    second = await open_case(database, await open_customer(database))

    assert (first.number[-6:-1], second.number[-6:-1]) == ("AAAAA", "BBBBB")


async def test_second_case_of_a_type_extends_the_first(database: Database, customer: Customer):
    first = await open_case(database, customer)

    second = await open_case(database, customer, ComplaintFields(detail="又打给同事"), summary="另一句")

    assert second.id == first.id
    assert (second.fields["detail"], second.summary) == ("又打给同事", "催收")
    assert [event.kind for event in await timeline_of(database, first)] == ["opened", "extended"]


async def test_two_cases_of_a_type_at_once_become_one(database: Database, customer: Customer):
    async with asyncio.timeout(20):
        opened = await asyncio.gather(*(open_case(database, customer) for _ in range(4)))

    assert len({case.id for case in opened}) == 1
    assert [event.seq for event in await timeline_of(database, opened[0])] == [1, 2, 3, 4]
    assert first_broken(await timeline_of(database, opened[0])) is None


async def test_cases_of_different_types_stand_side_by_side(database: Database, customer: Customer):
    complaint = await open_case(database, customer)

    scam = await open_case(database, customer, ScamFields(level="P0"), case_type=CaseType.SCAM)

    assert scam.id != complaint.id


async def test_what_is_not_known_does_not_erase_what_is(database: Database, customer: Customer):
    known = ScamFields(level="P1", scam_type="fake_service", amount_fen=500_000, statements=["我转了五千"])
    await open_case(database, customer, known, case_type=CaseType.SCAM)

    case = await open_case(database, customer, ScamFields(level="P0"), case_type=CaseType.SCAM)

    assert case.fields["level"] == "P0"
    assert (case.fields["scam_type"], case.fields["amount_fen"]) == ("fake_service", 500_000)
    assert case.fields["statements"] == ["我转了五千"]


@pytest.mark.parametrize(
    ("later", "kept"),
    [(Priority.URGENT, Priority.URGENT), (Priority.NORMAL, Priority.HIGH)],
    ids=["raised", "never lowered"],
)
async def test_priority_only_rises(database: Database, customer: Customer, later: Priority, kept: Priority):
    await open_case(database, customer, priority=Priority.HIGH)

    case = await open_case(database, customer, priority=later)

    assert case.priority is kept


async def test_fields_of_another_type_open_nothing(database: Database, customer: Customer):
    with pytest.raises(TypeError):
        await open_case(database, customer, EnquiryFields(), case_type=CaseType.SCAM)

    async with database.reading() as session:
        assert await cases.cases_of_contact(session, customer.contact_id) == []


async def test_handoff_without_a_case_opens_an_enquiry(database: Database, customer: Customer):
    conversation_id = await queue_up(database, customer)

    case = await case_of(database, conversation_id)

    assert (case.type, case.status, case.summary) == (CaseType.ENQUIRY, CaseStatus.OPEN, "催收打给我家人了")


async def test_handoff_with_a_case_opens_no_other(database: Database, customer: Customer):
    complaint = await open_case(database, customer, priority=Priority.NORMAL)

    await queue_up(database, customer, priority=Priority.URGENT)

    async with database.reading() as session:
        (case,) = await cases.cases_of_contact(session, customer.contact_id)
    assert (case.id, case.priority) == (complaint.id, Priority.URGENT)


@pytest.mark.parametrize("resolution", sorted(titles("resolutions")))
async def test_closing_code_decides_whether_an_enquiry_ends(
    database: Database, customer: Customer, agent: Agent, resolution: str
):
    await claim(database, await queue_up(database, customer), agent)

    await close(database, customer.conversation_id, agent, resolution=resolution, note="已联系")

    case = await case_of(database, customer.conversation_id)
    ended = (CaseStatus.CLOSED, resolution, case.updated_at)
    going_on = (CaseStatus.IN_PROGRESS, None, None)
    wanted = going_on if resolution == "follow_up" else ended
    assert (case.status, case.resolution, case.closed_at) == wanted
    assert (await timeline_of(database, case))[-1].details == {"resolution": resolution, "note": "已联系"}


async def test_other_matters_outlive_their_conversation(database: Database, customer: Customer, agent: Agent):
    await open_case(database, customer)
    await claim(database, await queue_up(database, customer), agent)

    await close(database, customer.conversation_id, agent, resolution="resolved", note="已联系")

    case = await case_of(database, customer.conversation_id)
    assert (case.status, case.resolution, case.closed_at) == (CaseStatus.IN_PROGRESS, None, None)
    assert case.owner_id == agent.id
    assert (await timeline_of(database, case))[-1].kind == "conversation_closed"


async def test_matter_that_comes_up_after_the_close_is_a_new_case(database: Database, customer: Customer, agent: Agent):
    first = await open_case(database, customer)
    await claim(database, await queue_up(database, customer), agent)
    await close(database, customer.conversation_id, agent)
    later = (await say(database, customer, "催收又打来了")).message.conversation_id

    second = await open_case(
        database, Customer(contact_id=customer.contact_id, conversation_id=later, token=customer.token)
    )

    assert second.number != first.number


async def test_customers_see_only_their_own_cases_newest_first(database: Database, customer: Customer):
    first = await open_case(database, customer)
    second = await open_case(database, customer, ScamFields(), case_type=CaseType.SCAM)
    await open_case(database, await open_customer(database))

    async with database.reading() as session:
        own = await cases.cases_of_contact(session, customer.contact_id)

    assert [case.id for case in own] == [second.id, first.id]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE case_event SET actor = 'agent:x' WHERE seq = 2",
        "UPDATE case_event SET details = '{}' WHERE seq = 2",
        "UPDATE case_event SET at = '2020-01-01 00:00:00.000000' WHERE seq = 2",
        "DELETE FROM case_event WHERE seq = 2",
    ],
    ids=["actor", "details", "time", "deleted"],
)
async def test_change_in_the_database_is_found(database: Database, customer: Customer, agent: Agent, change: str):
    case = await open_case(database, customer)
    await claim(database, await queue_up(database, customer), agent)
    await close(database, customer.conversation_id, agent, note="已联系\n“第二行”")
    assert first_broken(await timeline_of(database, case)) is None

    async with database.transaction() as session:
        await session.execute(sql(change))

    assert first_broken(await timeline_of(database, case)) is not None
