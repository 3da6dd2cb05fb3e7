"""Two cases become one and two again; links and relations; timelines that stay whole."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from helpdesk.agents.model import Agent
from helpdesk.audit import AuditEntry
from helpdesk.cases import links, merging, store, work
from helpdesk.cases import service as cases
from helpdesk.cases.errors import (
    CaseChangedError,
    CaseMoveNotAllowedError,
    CaseTypeOpenError,
    LastConversationError,
    MergeNotAllowedError,
    MergeNotUndoableError,
    OtherCustomerError,
)
from helpdesk.cases.fields import ComplaintFields, EnquiryFields
from helpdesk.cases.merging import Seen
from helpdesk.cases.model import Case, CaseConversation, CaseStatus, CaseType, Priority, Relation
from helpdesk.cases.progress import progress_of
from helpdesk.cases.timeline import events_of, first_broken
from helpdesk.clocks.model import Clock, ClockKind
from helpdesk.conversations.store import lock_conversation
from helpdesk.database import Database
from tests.integration.conftest import MovableClock
from tests.scenes import Customer, add_agent, claim, close, open_customer, queue_up, say

WHY = "同一件事"


@pytest.fixture
async def lin(database: Database) -> Agent:
    return await add_agent(database)


async def complain(database: Database, customer: Customer, conversation_id: str = "", **fields: str) -> Case:
    return await open_one(database, customer, ComplaintFields(**fields), conversation_id=conversation_id)


async def open_one(
    database: Database,
    customer: Customer,
    fields: ComplaintFields | EnquiryFields,
    *,
    priority: Priority = Priority.HIGH,
    conversation_id: str = "",
) -> Case:
    case_type = CaseType.COMPLAINT if isinstance(fields, ComplaintFields) else CaseType.ENQUIRY
    async with database.transaction() as session:
        return await cases.open_case(
            session,
            await lock_conversation(session, conversation_id or customer.conversation_id),
            case_type=case_type,
            priority=priority,
            summary="",
            fields=fields,
            details={},
            actor="bot",
        )


async def next_conversation(database: Database, customer: Customer, agent: Agent) -> str:
    """Close the customer's conversation and return the one that their next message opens."""
    await claim(database, await queue_up(database, customer), agent)
    await close(database, customer.conversation_id, agent)
    return (await say(database, customer, "催收又打来了")).message.conversation_id


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def pair(database: Database, customer: Customer, lin: Agent, movable_clock: MovableClock) -> tuple[Case, Case]:
    """Return two complaints of one customer, the first of them older by two days."""
    first = await complain(database, customer, detail="打给家人", category="collection")
    movable_clock.move(days=2)
    later = await next_conversation(database, customer, lin)
    second = await complain(database, customer, later, detail="打给同事", demand="停止")
    return first, second


async def seen(database: Database, winner: Case, loser: Case) -> Seen:
    async with database.reading() as session:
        return Seen(winner=await store.last_seq(session, winner.id), loser=await store.last_seq(session, loser.id))


async def merge(
    database: Database,
    winner: Case,
    loser: Case,
    agent: Agent,
    *,
    known: Seen | None = None,
    may_cross: bool = False,
    **choices: str,
) -> Case:
    known = known or await seen(database, winner, loser)
    async with database.transaction() as session:
        return await merging.merge(
            session,
            winner_id=winner.id,
            loser_id=loser.id,
            choices=choices,
            seen=known,
            agent_id=agent.id,
            reason=WHY,
            may_cross=may_cross,
        )


async def undo(database: Database, case: Case, agent: Agent) -> Case:
    async with database.transaction() as session:
        done = await store.find_last_merge(session, case.id)
        assert done is not None
        return await merging.undo(session, done.id, agent_id=agent.id, reason="弄错了")


async def looked_up(database: Database, case: Case) -> Case:
    async with database.reading() as session:
        return await session.get_one(Case, case.id)


async def conversations_of(database: Database, case: Case) -> set[str]:
    async with database.reading() as session:
        rows = await session.scalars(
            select(CaseConversation.conversation_id).where(CaseConversation.case_id == case.id)
        )
        return set(rows)


async def kinds(database: Database, case: Case) -> list[str]:
    """Return the kinds of a timeline's rows, which must be whole."""
    async with database.reading() as session:
        events = await events_of(session, case.id)
    assert first_broken(events) is None
    return [event.kind for event in events]


async def open_clocks(database: Database, kind: ClockKind) -> Sequence[Clock]:
    async with database.reading() as session:
        rows = await session.scalars(select(Clock).where(Clock.kind == kind, Clock.dropped_at.is_(None)))
        return rows.all()


async def test_what_was_reviewed_is_done(database: Database, pair: tuple[Case, Case], lin: Agent):
    older, newer = pair
    both = await conversations_of(database, older) | await conversations_of(database, newer)

    winner = await merge(database, newer, older, lin, detail="loser")

    loser = await looked_up(database, older)
    assert {name: winner.fields[name] for name in ("detail", "category", "demand")} == {
        "detail": "打给家人",
        "category": "collection",
        "demand": "停止",
    }
    assert (loser.status, loser.resolution, loser.merged_into_id) == (CaseStatus.CLOSED, "merged", winner.id)
    assert await conversations_of(database, winner) == both
    assert (await kinds(database, winner))[-1] == "merged"
    assert (await kinds(database, loser))[-1] == "merged_into"
    # What was promised first is what is owed.
    (clock,) = await open_clocks(database, ClockKind.COMPLAINT)
    assert (clock.case_id, clock.due_at) == (winner.id, older.opened_at + timedelta(days=15))
    async with database.reading() as session:
        actions = set(await session.scalars(select(AuditEntry.action)))
    assert {"case_merged", "case_merged_into"} <= actions


async def test_undone_merge_leaves_both_as_they_were(database: Database, pair: tuple[Case, Case], lin: Agent):
    older, newer = pair
    were = [await looked_up(database, one) for one in pair]
    before = [(one.fields, one.status, await conversations_of(database, one)) for one in were]
    due = {clock.case_id: clock.due_at for clock in await open_clocks(database, ClockKind.COMPLAINT)}
    await merge(database, newer, older, lin, detail="loser")

    await undo(database, older, lin)

    now = [await looked_up(database, one) for one in pair]
    assert [(one.fields, one.status, await conversations_of(database, one)) for one in now] == before
    assert [(one.merged_into_id, one.closed_at, one.resolution) for one in now] == [(None, None, None)] * 2
    assert {clock.case_id: clock.due_at for clock in await open_clocks(database, ClockKind.COMPLAINT)} == due
    for one in pair:
        assert (await kinds(database, one))[-1] == "merge_undone"
    # And it can be done again.
    await merge(database, newer, older, lin)


async def test_merge_is_not_undone_once_something_was_added(database: Database, pair: tuple[Case, Case], lin: Agent):
    older, newer = pair
    await merge(database, newer, older, lin)
    async with database.transaction() as session:
        await work.change_fields(session, newer.id, {"answer": "已核实"}, agent_id=lin.id)

    with pytest.raises(MergeNotUndoableError):
        await undo(database, newer, lin)

    assert (await looked_up(database, older)).merged_into_id == newer.id


async def test_merge_is_not_undone_where_a_new_case_has_taken_the_old_ones_place(
    database: Database, customer: Customer, lin: Agent
):
    complaint = await complain(database, customer, detail="打给家人")
    enquiry = await open_one(database, customer, EnquiryFields(topic="催收"))
    await merge(database, complaint, enquiry, lin)
    await open_one(database, customer, EnquiryFields(topic="还款"))

    with pytest.raises(CaseTypeOpenError):
        await undo(database, complaint, lin)

    assert (await looked_up(database, enquiry)).merged_into_id == complaint.id


async def test_merge_is_not_undone_once_the_matter_presses_more(
    database: Database, pair: tuple[Case, Case], lin: Agent
):
    older, newer = pair
    await merge(database, newer, older, lin)
    async with database.transaction() as session:
        (await store.lock_case(session, newer.id)).priority = Priority.URGENT

    with pytest.raises(MergeNotUndoableError):
        await undo(database, newer, lin)

    assert (await looked_up(database, newer)).priority is Priority.URGENT


async def test_case_that_changed_since_the_review_is_not_merged(
    database: Database, pair: tuple[Case, Case], lin: Agent
):
    older, newer = pair
    known = await seen(database, newer, older)
    async with database.transaction() as session:
        await work.change_fields(session, older.id, {"answer": "已核实"}, agent_id=lin.id)

    with pytest.raises(CaseChangedError):
        await merge(database, newer, older, lin, known=known)

    assert (await looked_up(database, older)).closed_at is None


async def test_two_merges_at_once_let_one_win(database: Database, pair: tuple[Case, Case], lin: Agent):
    older, newer = pair

    async with asyncio.timeout(20):
        outcomes = await asyncio.gather(
            merge(database, newer, older, lin), merge(database, older, newer, lin), return_exceptions=True
        )

    assert sum(isinstance(one, Case) for one in outcomes) == 1
    assert sum(isinstance(one, MergeNotAllowedError | CaseChangedError) for one in outcomes) == 1


async def test_only_with_the_right_are_customers_joined(database: Database, pair: tuple[Case, Case], lin: Agent):
    stranger = await open_customer(database)
    theirs = await complain(database, stranger, detail="别人的事")

    with pytest.raises(OtherCustomerError):
        await merge(database, pair[1], theirs, lin)
    await merge(database, pair[1], theirs, lin, may_cross=True)

    async with database.reading() as session:
        (shown,) = await progress_of(session, stranger.contact_id)
        # The number under which it goes on is another customer's.
        assert (shown.number, shown.status_text, shown.merged_into) == (theirs.number, "已合并办理", None)


async def test_enquiry_becomes_part_of_a_complaint_and_not_the_other_way(
    database: Database, customer: Customer, lin: Agent
):
    complaint = await complain(database, customer, detail="打给家人")
    enquiry = await open_one(database, customer, EnquiryFields(topic="催收"), priority=Priority.URGENT)

    with pytest.raises(MergeNotAllowedError):
        await merge(database, enquiry, complaint, lin)
    winner = await merge(database, complaint, enquiry, lin)

    assert winner.priority is Priority.URGENT
    assert "topic" not in winner.fields
    async with database.reading() as session:
        shown = {one.number: one.merged_into for one in await progress_of(session, customer.contact_id)}
    assert shown == {complaint.number: None, enquiry.number: complaint.number}


async def test_merged_case_is_neither_reopened_nor_changed(database: Database, pair: tuple[Case, Case], lin: Agent):
    older, newer = pair
    await merge(database, newer, older, lin)

    for change in (
        merge(database, newer, older, lin),
        undo_move(database, older, lin),
    ):
        with pytest.raises((MergeNotAllowedError, CaseMoveNotAllowedError)):
            await change


async def undo_move(database: Database, case: Case, agent: Agent) -> None:
    async with database.transaction() as session:
        await work.change_status(session, case.id, CaseStatus.IN_PROGRESS, agent_id=agent.id, reason="")


async def test_case_goes_on_in_another_conversation_and_leaves_it(database: Database, customer: Customer, lin: Agent):
    case = await complain(database, customer)
    later = await next_conversation(database, customer, lin)

    for change in (links.link, links.link, links.unlink, links.unlink):
        async with database.transaction() as session:
            await change(session, case.id, later, agent_id=lin.id, reason="同一件事 4111111111111111")

    assert await conversations_of(database, case) == {customer.conversation_id}
    assert (await kinds(database, case))[-2:] == ["linked", "unlinked"]
    async with database.reading() as session:
        told = (await events_of(session, case.id))[-1].details
    assert told["conversation"] == later
    assert "4111111111111111" not in told["reason"]
    with pytest.raises(LastConversationError):
        async with database.transaction() as session:
            await links.unlink(session, case.id, customer.conversation_id, agent_id=lin.id, reason=WHY)


async def test_conversation_has_one_open_case_of_a_type_and_one_customer(
    database: Database, pair: tuple[Case, Case], lin: Agent
):
    older, newer = pair
    stranger = await open_customer(database)
    (of_newer,) = await conversations_of(database, newer)

    for conversation_id, refusal in ((of_newer, CaseTypeOpenError), (stranger.conversation_id, OtherCustomerError)):
        with pytest.raises(refusal):
            async with database.transaction() as session:
                await links.link(session, older.id, conversation_id, agent_id=lin.id, reason=WHY)


async def test_relation_is_told_on_both_timelines_once(database: Database, customer: Customer, lin: Agent):
    case = await complain(database, customer)
    other = await complain(database, await open_customer(database))

    for change in (links.relate, links.relate, links.unrelate, links.unrelate):
        async with database.transaction() as session:
            await change(session, other.id, case.id, Relation.SAME_SCAM, agent_id=lin.id, reason=WHY)

    for one in (case, other):
        assert (await kinds(database, one))[-2:] == ["related", "unrelated"]
    with pytest.raises(MergeNotAllowedError):
        async with database.transaction() as session:
            await links.relate(session, case.id, case.id, Relation.DUPLICATE, agent_id=lin.id, reason=WHY)
