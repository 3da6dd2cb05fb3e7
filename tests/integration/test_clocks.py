"""Clocks: started, paused, met and dropped by what happens, on both databases."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from helpdesk.agents.model import Agent
from helpdesk.cases import work
from helpdesk.cases.deadlines import clock_views
from helpdesk.cases.fields import ComplaintFields
from helpdesk.cases.model import Case, CaseStatus, CaseType, Priority
from helpdesk.cases.service import open_case
from helpdesk.clocks import service
from helpdesk.clocks.model import Clock, ClockKind, ClockState
from helpdesk.conversations import store
from helpdesk.database import Database
from helpdesk.errors import ExtensionNotAllowedError
from helpdesk.handoff import replies
from helpdesk.handoff import service as handoff
from helpdesk.turns import service as turns
from tests.integration.conftest import MovableClock
from tests.scenes import Customer, add_agent, claim, close, open_customer, queue_up, say

# Monday, 10:00 in Beijing: two hours before the lunch break of calendar.yml, which takes one.
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
# The movable clock advances by a microsecond at each look.
LOOKS = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def morning(movable_clock: MovableClock) -> MovableClock:
    movable_clock.at = MORNING
    return movable_clock


@pytest.fixture
async def customer(database: Database) -> Customer:
    customer = await open_customer(database)
    await say(database, customer, "催收打给我家人了")
    return customer


@pytest.fixture
async def lin(database: Database) -> Agent:
    return await add_agent(database, "lin", name="林一")


@pytest.fixture
async def served(database: Database, customer: Customer, lin: Agent) -> str:
    """Return the conversation of a customer whom Lin has claimed and not answered."""
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)
    return conversation_id


async def clocks_of(database: Database, kind: ClockKind) -> Sequence[Clock]:
    async with database.reading() as session:
        rows = await session.scalars(select(Clock).where(Clock.kind == kind).order_by(Clock.started_at))
        return rows.all()


async def only(database: Database, kind: ClockKind) -> Clock:
    (clock,) = await clocks_of(database, kind)
    return clock


async def reply(database: Database, conversation_id: str, agent: Agent, text: str = "您好") -> None:
    async with database.transaction() as session:
        await replies.reply(session, conversation_id, agent, client_id=f"reply-{text}", text=text)


async def write(database: Database, customer: Customer, text: str = "在吗") -> None:
    """Let the customer write to people, and the turn worker look at it."""
    accepted = await say(database, customer, text)
    await annotate(database, accepted.message.id)


async def annotate(database: Database, message_id: str) -> None:
    async with database.transaction() as session:
        await turns.commit_annotation(session, question_id=message_id, nlu=None)


async def complain(database: Database, conversation_id: str) -> Case:
    async with database.transaction() as session:
        return await open_case(
            session,
            await store.lock_conversation(session, conversation_id),
            case_type=CaseType.COMPLAINT,
            priority=Priority.HIGH,
            summary="",
            fields=ComplaintFields(detail="催收"),
            details={},
            actor="bot",
        )


async def move(database: Database, case: Case, agent: Agent, target: CaseStatus) -> None:
    async with database.transaction() as session:
        await work.change_status(session, case.id, target, agent_id=agent.id, reason="")


def near(one: datetime, other: datetime) -> bool:
    return abs(one - other) < LOOKS


@pytest.mark.parametrize(("priority", "minutes"), [("urgent", 5), ("high", 15), ("normal", 30)])
async def test_handover_promises_a_first_reply_by_priority(
    database: Database, customer: Customer, priority: str, minutes: int
):
    await queue_up(database, customer, priority=Priority(priority))

    clock = await only(database, ClockKind.FIRST_REPLY)
    assert near(clock.due_at, MORNING + timedelta(minutes=minutes))
    assert clock.warn_at is not None
    assert clock.started_at < clock.warn_at < clock.due_at
    assert (clock.conversation_id, clock.case_id) == (customer.conversation_id, None)
    assert clock.state is ClockState.RUNNING


async def test_promise_skips_the_lunch_break(database: Database, customer: Customer, movable_clock: MovableClock):
    movable_clock.move(hours=1, minutes=50)

    await queue_up(database, customer)

    assert near((await only(database, ClockKind.FIRST_REPLY)).due_at, MORNING + timedelta(hours=3, minutes=20))


async def test_first_reply_after_claiming_keeps_the_promise(database: Database, served: str, lin: Agent):
    assert (await only(database, ClockKind.FIRST_REPLY)).met_at is None

    await reply(database, served, lin)

    assert (await only(database, ClockKind.FIRST_REPLY)).state is ClockState.MET


async def test_repeated_reply_meets_nothing_new(
    database: Database, served: str, lin: Agent, movable_clock: MovableClock
):
    await reply(database, served, lin)
    first = (await only(database, ClockKind.FIRST_REPLY)).met_at
    movable_clock.move(minutes=1)

    await reply(database, served, lin)

    assert (await only(database, ClockKind.FIRST_REPLY)).met_at == first


async def test_message_to_an_agent_promises_the_next_reply_from_its_own_time(
    database: Database, customer: Customer, served: str, lin: Agent, movable_clock: MovableClock
):
    await reply(database, served, lin)
    accepted = await say(database, customer, "在吗")
    movable_clock.move(minutes=3)

    await annotate(database, accepted.message.id)

    clock = await only(database, ClockKind.NEXT_REPLY)
    assert clock.started_at == accepted.message.created_at
    assert near(clock.due_at, MORNING + timedelta(minutes=20))


async def test_second_message_does_not_put_the_promise_off(
    database: Database, customer: Customer, served: str, lin: Agent, movable_clock: MovableClock
):
    await reply(database, served, lin)
    await write(database, customer, "在吗")
    due_at = (await only(database, ClockKind.NEXT_REPLY)).due_at
    movable_clock.move(minutes=5)

    await write(database, customer, "人呢")

    assert (await only(database, ClockKind.NEXT_REPLY)).due_at == due_at


async def test_message_that_was_answered_before_it_was_looked_at_promises_nothing(
    database: Database, customer: Customer, served: str, lin: Agent
):
    await reply(database, served, lin, "您好")
    accepted = await say(database, customer, "在吗")
    await reply(database, served, lin, "在的")

    await annotate(database, accepted.message.id)

    assert await clocks_of(database, ClockKind.NEXT_REPLY) == []


async def test_until_the_first_reply_no_next_one_is_promised(database: Database, customer: Customer, served: str):
    await write(database, customer)

    assert await clocks_of(database, ClockKind.NEXT_REPLY) == []


async def test_each_reply_ends_its_own_promise(database: Database, customer: Customer, served: str, lin: Agent):
    await reply(database, served, lin, "您好")
    for question, answer in (("在吗", "在的"), ("还有呢", "没有了")):
        await write(database, customer, question)
        await reply(database, served, lin, answer)

    assert [clock.state for clock in await clocks_of(database, ClockKind.NEXT_REPLY)] == [ClockState.MET] * 2


@pytest.mark.parametrize("end", ["cancelled", "returned", "closed"])
async def test_nobody_owes_a_reply_after_the_end(database: Database, customer: Customer, lin: Agent, end: str):
    conversation_id = await queue_up(database, customer)
    if end == "cancelled":
        async with database.transaction() as session:
            await handoff.cancel(session, conversation_id)
    else:
        await claim(database, conversation_id, lin)
    if end == "returned":
        async with database.transaction() as session:
            await handoff.return_to_bot(session, conversation_id, lin)
    if end == "closed":
        await close(database, conversation_id, lin)

    clock = await only(database, ClockKind.FIRST_REPLY)
    assert clock.dropped_at is not None
    assert clock.met_at is None


async def test_requeued_customer_waits_since_the_first_time(
    database: Database, served: str, lin: Agent, movable_clock: MovableClock
):
    due_at = (await only(database, ClockKind.FIRST_REPLY)).due_at
    movable_clock.move(minutes=10)

    async with database.transaction() as session:
        await handoff.requeue(session, served, lin, note=None)

    assert (await only(database, ClockKind.FIRST_REPLY)).due_at == due_at


async def test_requeued_customer_who_became_urgent_is_owed_a_reply_sooner(
    database: Database, served: str, lin: Agent, movable_clock: MovableClock
):
    movable_clock.move(minutes=10)

    async with database.transaction() as session:
        conversation = await store.lock_conversation(session, served)
        await handoff.hand_over(
            session, conversation, reason="requeued", priority=Priority.URGENT, decided_by=f"agent:{lin.id}"
        )

    assert near((await only(database, ClockKind.FIRST_REPLY)).due_at, MORNING + timedelta(minutes=15))


async def test_urgent_cue_while_waiting_brings_the_promise_forward(
    database: Database, customer: Customer, movable_clock: MovableClock
):
    conversation_id = await queue_up(database, customer)
    movable_clock.move(minutes=1)

    async with database.transaction() as session:
        conversation = await store.lock_conversation(session, conversation_id)
        await handoff.raise_priority(session, conversation, Priority.URGENT, reason="cue_while_waiting")

    clock = await only(database, ClockKind.FIRST_REPLY)
    assert (clock.priority, near(clock.due_at, MORNING + timedelta(minutes=6))) == ("urgent", True)


async def test_promise_is_never_put_off_by_a_priority(
    database: Database, customer: Customer, movable_clock: MovableClock
):
    conversation_id = await queue_up(database, customer)
    due_at = (await only(database, ClockKind.FIRST_REPLY)).due_at
    movable_clock.move(minutes=28)

    async with database.transaction() as session:
        await service.hasten(session, ClockKind.FIRST_REPLY, conversation_id=conversation_id, priority="urgent")

    assert (await only(database, ClockKind.FIRST_REPLY)).due_at == due_at


async def test_complaint_is_due_after_fifteen_days_once(database: Database, customer: Customer):
    case = await complain(database, customer.conversation_id)
    await complain(database, customer.conversation_id)

    clock = await only(database, ClockKind.COMPLAINT)
    assert (clock.case_id, clock.conversation_id) == (case.id, None)
    assert clock.due_at == case.opened_at + timedelta(days=15)
    assert clock.warn_at == case.opened_at + timedelta(days=10)


async def test_other_cases_have_no_period(database: Database, customer: Customer):
    await queue_up(database, customer)

    assert await clocks_of(database, ClockKind.COMPLAINT) == []


async def test_complaint_outlives_its_conversation_until_it_is_answered(
    database: Database, customer: Customer, lin: Agent
):
    case = await complain(database, customer.conversation_id)
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)
    await close(database, conversation_id, lin, resolution="resolved")
    assert (await only(database, ClockKind.COMPLAINT)).state is ClockState.RUNNING

    await move(database, case, lin, CaseStatus.ANSWERED)

    assert (await only(database, ClockKind.COMPLAINT)).state is ClockState.MET


async def test_review_runs_from_the_customers_objection_to_the_answer(
    database: Database, customer: Customer, lin: Agent, movable_clock: MovableClock
):
    case = await complain(database, customer.conversation_id)
    await claim(database, await queue_up(database, customer), lin)
    await move(database, case, lin, CaseStatus.ANSWERED)
    movable_clock.move(days=3)

    await move(database, case, lin, CaseStatus.REVIEWING)
    review = await only(database, ClockKind.REVIEW)
    assert near(review.due_at, MORNING + timedelta(days=33))
    await move(database, case, lin, CaseStatus.ANSWERED)

    assert (await only(database, ClockKind.REVIEW)).state is ClockState.MET


async def test_complaint_that_is_taken_up_again_is_owed_again(database: Database, customer: Customer, lin: Agent):
    case = await complain(database, customer.conversation_id)
    await claim(database, await queue_up(database, customer), lin)
    await move(database, case, lin, CaseStatus.ANSWERED)

    await move(database, case, lin, CaseStatus.IN_PROGRESS)

    assert [one.state for one in await clocks_of(database, ClockKind.COMPLAINT)] == [
        ClockState.MET,
        ClockState.RUNNING,
    ]


async def test_credit_objection_runs_twenty_days_from_the_day_it_was_received(
    database: Database, customer: Customer, lin: Agent
):
    case = await complain(database, customer.conversation_id)

    for day in ("2026-11-20", "2026-11-21", "2026-11-21"):
        async with database.transaction() as session:
            await work.change_fields(session, case.id, {"credit_objection_on": day}, agent_id=lin.id)

    first, second = await clocks_of(database, ClockKind.CREDIT_OBJECTION)
    # Midnight in Beijing, and twenty days later.
    assert (second.started_at, second.due_at) == (
        datetime(2026, 11, 20, 16, tzinfo=UTC),
        datetime(2026, 12, 10, 16, tzinfo=UTC),
    )
    assert first.dropped_at is not None
    assert second.dropped_at is None


async def test_complaint_is_extended_to_thirty_and_sixty_days_and_no_further(database: Database, customer: Customer):
    case = await complain(database, customer.conversation_id)

    for days in (30, 60):
        async with database.transaction() as session:
            extended = await service.extend(session, ClockKind.COMPLAINT, case_id=case.id)
        assert extended.due_at == case.opened_at + timedelta(days=days)
    with pytest.raises(ExtensionNotAllowedError):
        async with database.transaction() as session:
            await service.extend(session, ClockKind.COMPLAINT, case_id=case.id)


async def test_period_that_is_over_is_not_extended(database: Database, customer: Customer, movable_clock: MovableClock):
    case = await complain(database, customer.conversation_id)
    movable_clock.move(days=15, minutes=1)

    with pytest.raises(ExtensionNotAllowedError):
        async with database.transaction() as session:
            await service.extend(session, ClockKind.COMPLAINT, case_id=case.id)


async def test_what_was_left_at_a_pause_is_left_after_it(
    database: Database, customer: Customer, movable_clock: MovableClock
):
    conversation_id = await queue_up(database, customer)
    movable_clock.move(minutes=10)
    async with database.transaction() as session:
        clock = await service.find_open(session, ClockKind.FIRST_REPLY, conversation_id=conversation_id)
        assert clock is not None
        service.pause(clock)
        # Again changes nothing.
        service.pause(clock)
    assert (await only(database, ClockKind.FIRST_REPLY)).state is ClockState.PAUSED

    # Ten minutes before the lunch break: of the twenty that are left, ten come after it.
    movable_clock.at = MORNING + timedelta(hours=1, minutes=50)
    async with database.transaction() as session:
        clock = await service.find_open(session, ClockKind.FIRST_REPLY, conversation_id=conversation_id)
        assert clock is not None
        service.resume(clock)
        service.resume(clock)

    clock = await only(database, ClockKind.FIRST_REPLY)
    assert clock.state is ClockState.RUNNING
    assert near(clock.due_at, MORNING + timedelta(hours=3, minutes=10))
    assert clock.paused_seconds == 100 * 60


async def test_request_waits_with_its_case_until_the_customer_writes(
    database: Database, customer: Customer, lin: Agent, movable_clock: MovableClock
):
    async with database.transaction() as session:
        conversation = await store.lock_conversation(session, customer.conversation_id)
        case = await work.open_by_agent(session, conversation, case_type=CaseType.RELIEF, summary="", agent_id=lin.id)
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)

    await move(database, case, lin, CaseStatus.WAITING_CUSTOMER)
    assert (await only(database, ClockKind.CASE_ANSWER)).state is ClockState.PAUSED
    movable_clock.move(days=2)
    await write(database, customer, "证明在这里")

    clock = await only(database, ClockKind.CASE_ANSWER)
    assert clock.state is ClockState.RUNNING
    assert near(clock.due_at, case.opened_at + timedelta(days=17))
    async with database.reading() as session:
        assert (await session.get_one(Case, case.id)).status is CaseStatus.IN_PROGRESS


async def test_statutory_period_does_not_wait_for_the_customer(database: Database, customer: Customer, lin: Agent):
    case = await complain(database, customer.conversation_id)
    await claim(database, await queue_up(database, customer), lin)

    await move(database, case, lin, CaseStatus.WAITING_CUSTOMER)

    assert (await only(database, ClockKind.COMPLAINT)).state is ClockState.RUNNING


async def test_database_refuses_a_second_open_clock_of_a_kind(database: Database, customer: Customer):
    conversation_id = await queue_up(database, customer)

    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add(
                Clock(kind=ClockKind.FIRST_REPLY, conversation_id=conversation_id, started_at=MORNING, due_at=MORNING)
            )


async def test_database_refuses_a_clock_of_nobody(database: Database):
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add(Clock(kind=ClockKind.REVIEW, started_at=MORNING, due_at=MORNING))


async def test_desk_sees_the_clocks_of_conversation_and_cases(
    database: Database, customer: Customer, lin: Agent, movable_clock: MovableClock
):
    case = await complain(database, customer.conversation_id)
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)
    await reply(database, conversation_id, lin)
    await write(database, customer)

    async with database.reading() as session:
        views = (await clock_views(session, [conversation_id]))[conversation_id]

    assert [(view["kind"], view["title"], view["state"]) for view in views] == [
        ("next_reply", "后续回复", "running"),
        ("complaint", "投诉处理", "running"),
        ("first_reply", "首次回复", "met"),
    ]
    assert views[1]["due_at"] == (case.opened_at + timedelta(days=15)).isoformat()
