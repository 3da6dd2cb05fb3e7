"""What all actions have in common, and those that open no case: asking for a person and telling the progress."""

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from helpdesk.cases.model import Case, Priority
from helpdesk.cases.service import cases_of_contact
from helpdesk.conversations.model import Message, Owner
from helpdesk.database import Database
from helpdesk.errors import ConversationNotFoundError
from helpdesk.handoff.model import HandoffRequest
from helpdesk.handoff.service import find_request
from tests.factories import ROOT
from tests.integration.actions.conftest import Run
from tests.integration.conftest import MovableClock
from tests.scenes import Customer, look_up, open_customer, say

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
    ("intent", "reason"),
    [
        ("request_human", "request_human"),
        ("affirm", "request_human"),
        ("not_helpful", "not_helpful"),
        ("repeated_miss", "repeated_miss"),
        ("nlu_fallback", "repeated_miss"),
    ],
)
async def test_hand_over_records_why_and_opens_no_case(
    database: Database, customer: Customer, message: Message, run: Run, intent: str, reason: str
):
    await run("action_hand_over", message, intent=intent)
    await run("action_hand_over", message, intent=intent)

    request = await request_of(database, message)
    assert (request.reason, request.priority, request.case_id) == (reason, Priority.NORMAL, None)
    assert request.facts["message"] == message.id
    assert await cases(database, customer) == []


async def test_progress_lists_the_customers_own_cases(
    database: Database, customer: Customer, message: Message, run: Run, movable_clock: MovableClock
):
    stranger = await open_customer(database)
    await run("action_open_complaint", (await say(database, stranger, "别人的事")).message)
    await run("action_open_complaint", message)

    result = await run("action_check_progress", message)

    (case,) = await cases(database, customer)
    (told,) = result["responses"]
    assert told["response"] == "utter_progress"
    assert told["cases"] == f"{case.number}（投诉，2026-11-22 登记）：已登记"


async def test_progress_without_a_case_says_so(message: Message, run: Run):
    result = await run("action_check_progress", message)

    assert [told["response"] for told in result["responses"]] == ["utter_no_cases"]


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
