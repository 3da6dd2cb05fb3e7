"""What all actions have in common, and those that open no case: asking for a person and telling the progress."""

from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from helpdesk.cases.model import Case, Priority
from helpdesk.cases.number import new_number
from helpdesk.cases.service import cases_of_contact
from helpdesk.conversations.model import Message, Owner
from helpdesk.conversations.sessions import HostIdentity
from helpdesk.database import Database
from helpdesk.errors import ConversationNotFoundError
from helpdesk.handoff.model import HandoffRequest
from helpdesk.handoff.service import find_request
from helpdesk.texts import text
from tests.factories import ROOT
from tests.integration.actions.conftest import Run
from tests.integration.conftest import MovableClock
from tests.scenes import Customer, look_up, open_customer, say

Json = dict[str, Any]

ACTIONS = [
    "action_report_scam",
    "action_report_crisis",
    "action_open_complaint",
    "action_open_negotiation",
    "action_hand_over",
    "action_check_progress",
]


async def cases(database: Database, customer: Customer) -> list[Case]:
    async with database.reading() as session:
        return list(await cases_of_contact(session, customer.contact_id))


async def request_of(database: Database, message: Message) -> HandoffRequest:
    async with database.reading() as session:
        request = await find_request(session, message.conversation_id, message.id)
    assert request is not None
    return request


def test_every_action_of_the_domain_is_served(executor: ActionExecutor):
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))

    assert set(executor.actions) == set(domain["actions"])


@pytest.mark.parametrize("action", ACTIONS)
async def test_actions_leave_the_conversation_to_the_gateway(
    database: Database, message: Message, run: Run, action: str
):
    await run(action, message)

    conversation = await look_up(database, message.conversation_id)
    assert (conversation.owner, conversation.last_seq) == (Owner.BOT, 1)


@pytest.mark.parametrize(
    ("intent", "reason", "priority"),
    [
        ("request_human", "request_human", Priority.NORMAL),
        ("not_helpful", "not_helpful", Priority.NORMAL),
        ("repeated_miss", "repeated_miss", Priority.NORMAL),
        ("missed_again", "repeated_miss", Priority.NORMAL),
        ("angry", "angry", Priority.HIGH),
    ],
)
async def test_hand_over_records_why_and_opens_no_case(
    database: Database, customer: Customer, message: Message, run: Run, intent: str, reason: str, priority: Priority
):
    await run("action_hand_over", message, intent=intent)
    await run("action_hand_over", message, intent=intent)

    request = await request_of(database, message)
    assert (request.reason, request.priority, request.case_id) == (reason, priority, None)
    assert request.facts["message"] == message.id
    assert await cases(database, customer) == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("repeated_miss", "repeated_miss"),
        ("not_helpful", "not_helpful"),
        ("scam_p0", "request_human"),
        (7, "request_human"),
    ],
    ids=["offered after misses", "offered after no help", "not a button's to say", "no reason"],
)
async def test_button_says_why_a_person_was_offered(
    database: Database, message: Message, run: Run, given: object, reason: str
):
    await run("action_hand_over", message, intent="request_human", entities=[{"entity": "reason", "value": given}])

    assert (await request_of(database, message)).reason == reason


@pytest.fixture
async def verified(database: Database) -> Customer:
    """Return a customer whom the host app has signed in."""
    return await open_customer(database, HostIdentity(subject="user-7", name="王小明"))


def text_of(result: Json) -> str:
    (told,) = result["responses"]
    return str(told["text"])


async def test_progress_lists_a_verified_customers_own_cases(
    database: Database, verified: Customer, run: Run, movable_clock: MovableClock
):
    stranger = await open_customer(database)
    await run("action_open_complaint", (await say(database, stranger, "别人的事")).message)
    message = (await say(database, verified, "催收打给我家人")).message
    await run("action_open_complaint", message)

    result = await run("action_check_progress", message)

    (case,) = await cases(database, verified)
    (told,) = result["responses"]
    assert told["response"] == "utter_progress"
    assert told["cases"] == f"{case.number}（投诉，2026-11-22 登记）：已登记，投诉处理最晚 2026-12-07"


async def test_progress_without_a_case_says_so(database: Database, verified: Customer, run: Run):
    result = await run("action_check_progress", (await say(database, verified, "办到哪了")).message)

    assert [told["response"] for told in result["responses"]] == ["utter_no_cases"]


async def test_guest_hears_how_to_see_their_cases(database: Database, customer: Customer, message: Message, run: Run):
    await run("action_open_complaint", message)

    told = text_of(await run("action_check_progress", message))

    (case,) = await cases(database, customer)
    assert told == text("progress", "verify")
    assert case.number not in told


async def test_customer_hears_of_the_case_whose_number_they_name(
    database: Database, customer: Customer, message: Message, run: Run
):
    await run("action_open_complaint", message)
    (case,) = await cases(database, customer)
    typed = case.number.replace("-", " ").lower()

    told = text_of(await run("action_check_progress", (await say(database, customer, f"{typed} 到哪了")).message))

    assert told.startswith(f"{case.number}（投诉，")


async def test_number_of_somebody_else_is_answered_like_one_of_nobody(
    database: Database, customer: Customer, message: Message, run: Run
):
    stranger = await open_customer(database)
    await run("action_open_complaint", (await say(database, stranger, "别人的事")).message)
    (case,) = await cases(database, stranger)
    nobodys = new_number(case.opened_at)

    answers = [
        text_of(await run("action_check_progress", (await say(database, customer, f"{one} 进度")).message))
        for one in (case.number, nobodys)
    ]

    assert answers == [text("progress", "not_yours", number=one) for one in (case.number, nobodys)]


async def test_mistyped_number_is_noticed(database: Database, customer: Customer, run: Run):
    number = new_number(datetime(2026, 11, 22, tzinfo=UTC))
    wrong = number[:-1] + ("2" if number[-1] != "2" else "3")

    told = text_of(await run("action_check_progress", (await say(database, customer, wrong)).message))

    assert told == text("progress", "mistyped", number=wrong)


async def test_action_without_a_message_id_is_refused(
    database: Database, customer: Customer, message: Message, run: Run
):
    with pytest.raises(ValueError, match="message_id"):
        await run("action_report_scam", message, message_id=None)

    assert await cases(database, customer) == []


@pytest.mark.parametrize("action", [name for name in ACTIONS if name != "action_hand_over"])
async def test_action_for_an_unknown_conversation_fails(message: Message, run: Run, action: str):
    message.conversation_id = "0" * 40

    with pytest.raises(ConversationNotFoundError):
        await run(action, message)
