"""Actions that open a case of their own type and ask for a person: complete, and harmless to repeat."""

import pytest

from helpdesk.cases.fields import Transfer, read_scam_fields
from helpdesk.cases.model import Case, CaseType, Priority
from helpdesk.cases.service import cases_of_contact
from helpdesk.cases.timeline import events_of, first_broken
from helpdesk.conversations.model import Message
from helpdesk.database import Database
from helpdesk.handoff.model import HandoffRequest
from helpdesk.handoff.service import find_request
from tests.factories import make_scam
from tests.integration.actions.conftest import Json, Run
from tests.scenes import Customer, say

WITH_CASE = {
    "action_report_scam": (CaseType.SCAM, "scam_p0", Priority.URGENT),
    "action_report_crisis": (CaseType.CRISIS, "crisis", Priority.URGENT),
    "action_open_complaint": (CaseType.COMPLAINT, "complaint", Priority.HIGH),
    "action_open_negotiation": (CaseType.NEGOTIATION, "negotiation", Priority.NORMAL),
}


async def cases(database: Database, customer: Customer) -> list[Case]:
    async with database.reading() as session:
        return list(await cases_of_contact(session, customer.contact_id))


async def request_of(database: Database, message: Message) -> HandoffRequest:
    async with database.reading() as session:
        request = await find_request(session, message.conversation_id, message.id)
    assert request is not None
    return request


@pytest.mark.parametrize("action", WITH_CASE)
async def test_action_opens_its_case_and_asks_for_a_person(
    database: Database, customer: Customer, message: Message, run: Run, action: str
):
    case_type, reason, priority = WITH_CASE[action]

    await run(action, message, intent="report")

    (case,) = await cases(database, customer)
    request = await request_of(database, message)
    assert (case.type, case.priority, case.summary) == (case_type, priority, "我被骗了五千")
    assert (request.reason, request.priority, request.case_id) == (reason, priority, case.id)
    assert request.applied_at is None


@pytest.mark.parametrize("action", WITH_CASE)
async def test_action_that_runs_twice_for_a_message_changes_nothing(
    database: Database, customer: Customer, message: Message, run: Run, action: str
):
    first = await run(action, message)
    again = await run(action, message)

    (case,) = await cases(database, customer)
    async with database.reading() as session:
        timeline = await events_of(session, case.id)
    assert again == first
    # The host's risk control is asked as well, where there is a scam.
    assert [event.kind for event in timeline if event.kind != "protection_requested"] == ["opened"]


async def test_scam_case_holds_what_was_understood(database: Database, customer: Customer, run: Run):
    for text in ("在吗", "有人让我转账"):
        await say(database, customer, text)
    message = (await say(database, customer, "我被骗了五千")).message
    scam = make_scam("P1", type="fake_loan_fee", state="paid", amount=500_000, when="前天")
    entities = [{"entity": "bank", "value": "工商银行", "start": 0, "end": 2}]

    await run("action_report_scam", message, scam=scam, entities=entities)

    (case,) = await cases(database, customer)
    known = read_scam_fields(case.fields)
    async with database.reading() as session:
        timeline = await events_of(session, case.id)
    assert (known.level, known.state, known.lending_code) == ("P1", "paid_earlier", "L3")
    assert known.transfers == [Transfer(amount_fen=500_000, when="前天", bank="工商银行")]
    assert known.statements == ["在吗", "有人让我转账", "我被骗了五千"]
    assert timeline[0].details["scam"] == scam
    assert first_broken(timeline) is None


@pytest.mark.parametrize(
    ("scam", "reason"),
    [(make_scam("P0"), "scam_p0"), (make_scam("P1"), "scam_p1"), (None, "scam_p0")],
    ids=["P0", "P1", "said so without a cue"],
)
async def test_level_of_the_scam_gives_the_reason(
    database: Database, message: Message, run: Run, scam: Json | None, reason: str
):
    await run("action_report_scam", message, scam=scam)

    request = await request_of(database, message)
    assert (request.reason, request.priority) == (reason, Priority.URGENT)


@pytest.mark.parametrize("amount", [None, "五千", 4999.5, {"fen": 1}], ids=["none", "text", "fraction", "object"])
async def test_amount_that_is_no_whole_number_of_fen_is_left_out(
    database: Database, customer: Customer, message: Message, run: Run, amount: object
):
    await run("action_report_scam", message, scam=make_scam(amount=amount))

    assert (await cases(database, customer))[0].fields["amount_fen"] is None


async def test_later_words_extend_the_scam_case(database: Database, customer: Customer, message: Message, run: Run):
    await run("action_report_scam", message, scam=make_scam("P1", amount=None))
    later = (await say(database, customer, "一共转了八千")).message

    await run("action_report_scam", later, scam=make_scam("P0", amount=800_000))

    (case,) = await cases(database, customer)
    assert (case.fields["level"], case.fields["amount_fen"]) == ("P0", 800_000)
    assert (await request_of(database, later)).case_id == case.id


async def test_crisis_case_holds_its_level(database: Database, customer: Customer, message: Message, run: Run):
    await run("action_report_crisis", message, crisis="C3")

    assert (await cases(database, customer))[0].fields["level"] == "C3"


@pytest.mark.parametrize(
    ("action", "slot", "field", "response"),
    [
        ("action_open_complaint", "complaint_detail", "detail", "utter_complaint_opened"),
        ("action_open_negotiation", "hardship_detail", "hardship", "utter_negotiation_opened"),
    ],
    ids=["complaint", "negotiation"],
)
async def test_form_is_registered_told_by_its_number_and_emptied(
    database: Database,
    customer: Customer,
    message: Message,
    run: Run,
    action: str,
    slot: str,
    field: str,
    response: str,
):
    result = await run(action, message, slots={slot: "催收打给我家人，希望停止"})

    (case,) = await cases(database, customer)
    (told,) = result["responses"]
    assert case.fields[field] == "催收打给我家人，希望停止"
    assert (told["response"], told["case_number"]) == (response, case.number)
    assert [(event["event"], event["name"], event["value"]) for event in result["events"]] == [("slot", slot, None)]
