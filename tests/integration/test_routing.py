"""Offers and taking back, on both databases: one agent at a time, passed on when nothing comes of it, never lost."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents import presence
from helpdesk.agents.model import Agent, Role
from helpdesk.cases.model import Priority
from helpdesk.conversations.model import Contact, Conversation, Owner
from helpdesk.conversations.service import lock_current_conversation
from helpdesk.database import Database
from helpdesk.handoff import offers, queue, taking_back
from helpdesk.handoff import service as handoff
from helpdesk.handoff.errors import DeclineReasonUnknownError, NotOfferedError, OfferedToOtherError
from helpdesk.handoff.model import OfferOutcome, RoutingDecision
from helpdesk.handoff.replies import reply
from helpdesk.handoff.taking_back import Patience, lost_by_agent
from helpdesk.routing import service as routing
from helpdesk.routing.service import Routed
from helpdesk.teams import service as teams
from helpdesk.teams.model import Skill
from tests.integration.conftest import MovableClock
from tests.scenes import (
    CHANNEL,
    Customer,
    add_agent,
    be_at_desk,
    claim,
    intervals,
    last_event,
    leave_desk,
    look_up,
    open_customer,
    queue_up,
    say,
)

WITHIN = timedelta(seconds=30)
PATIENCE = Patience(offline=timedelta(seconds=60), reply=timedelta(minutes=3))


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def lin(database: Database, movable_clock: MovableClock) -> Agent:
    lin = await add_agent(database, "lin", name="林一")
    await be_at_desk(database, lin)
    return lin


@pytest.fixture
async def wang(database: Database, movable_clock: MovableClock) -> Agent:
    return await add_agent(database, "wang", name="王二")


async def do[Result](database: Database, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    async with database.transaction() as session:
        return await work(session)


async def route(database: Database, conversation_id: str) -> Routed | None:
    return await do(database, lambda session: routing.route(session, conversation_id, accept_within=WITHIN))


async def routable(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await routing.find_routable(session))


async def decisions(database: Database, conversation_id: str) -> list[RoutingDecision]:
    async with database.reading() as session:
        return list(await offers.decisions_of(session, conversation_id))


async def take_back_all(database: Database, *, with_offline: bool = True) -> list[bool]:
    async with database.reading() as session:
        overdue = await taking_back.find_overdue(session, PATIENCE, with_offline=with_offline)
    return [await do(database, lambda session, one=one: taking_back.take_back(session, one)) for one in overdue]


async def test_waiting_customer_is_offered_and_still_waits(database: Database, customer: Customer, lin: Agent):
    conversation_id = await queue_up(database, customer)

    routed = await route(database, conversation_id)

    (decision,) = await decisions(database, conversation_id)
    assert routed is not None
    assert (routed.offered_to, decision.agent_id, decision.outcome) == (lin.id, lin.id, None)
    assert decision.accept_until - decision.decided_at == WITHIN
    assert decision.candidates == [{"agent": lin.id, "place": 1, "why": "only_one", "load": 0, "capacity": 5}]
    assert (await look_up(database, conversation_id)).owner is Owner.QUEUED
    assert await routable(database) == []
    assert await route(database, conversation_id) is None


async def test_accepting_is_claiming(database: Database, customer: Customer, lin: Agent):
    conversation_id = await queue_up(database, customer)
    await route(database, conversation_id)

    await claim(database, conversation_id, lin)

    (decision,) = await decisions(database, conversation_id)
    assert decision.outcome is OfferOutcome.ACCEPTED
    assert (await intervals(database, conversation_id))[-1].reason == "offered"


async def test_colleagues_wait_for_the_answer_but_a_supervisor_does_not(
    database: Database, customer: Customer, lin: Agent, wang: Agent
):
    boss = await add_agent(database, "boss", name="何三", role=Role.SUPERVISOR)
    conversation_id = await queue_up(database, customer)
    await route(database, conversation_id)

    with pytest.raises(OfferedToOtherError) as refused:
        await claim(database, conversation_id, wang)
    await claim(database, conversation_id, boss)

    (decision,) = await decisions(database, conversation_id)
    assert refused.value.fields == {"agent": "林一"}
    assert decision.outcome is OfferOutcome.WITHDRAWN
    assert (await intervals(database, conversation_id))[-1].reason == "claimed"


@pytest.mark.parametrize("how", ["declined", "timed_out"])
async def test_offer_that_is_not_taken_goes_to_the_next_one(
    database: Database, customer: Customer, lin: Agent, wang: Agent, movable_clock: MovableClock, how: str
):
    conversation_id = await queue_up(database, customer)
    await route(database, conversation_id)
    await be_at_desk(database, wang)

    if how == "declined":
        await do(database, lambda session: offers.decline(session, conversation_id, lin, reason="busy"))
    else:
        movable_clock.move(seconds=31)
    assert await routable(database) == [conversation_id]
    routed = await route(database, conversation_id)

    first, second = await decisions(database, conversation_id)
    assert routed is not None
    assert (first.outcome, first.agent_id) == (OfferOutcome(how), lin.id)
    assert (second.outcome, second.agent_id) == (None, wang.id)
    assert {"agent": lin.id, "place": None, "why": "passed_up", "load": 0, "capacity": 5} in second.candidates


async def test_who_let_it_go_is_asked_again_after_a_pause_when_nobody_else_is_there(
    database: Database, customer: Customer, lin: Agent, movable_clock: MovableClock
):
    conversation_id = await queue_up(database, customer)
    await route(database, conversation_id)
    movable_clock.move(seconds=31)

    at_once = await route(database, conversation_id)
    movable_clock.move(minutes=2)
    await be_at_desk(database, lin)
    later = await route(database, conversation_id)

    assert at_once is not None
    assert (at_once.offered_to, at_once.outcome) == (None, OfferOutcome.TIMED_OUT)
    assert later is not None
    assert later.offered_to == lin.id


@pytest.mark.parametrize("absence", ["away", "gone"])
async def test_offer_to_who_went_away_is_withdrawn_at_once(
    database: Database, customer: Customer, lin: Agent, wang: Agent, movable_clock: MovableClock, absence: str
):
    conversation_id = await queue_up(database, customer)
    await route(database, conversation_id)
    await be_at_desk(database, wang)
    if absence == "away":
        await be_at_desk(database, lin, is_available=False)
    else:
        await leave_desk(database, lin)
        # Longer than it takes to load the page anew.
        movable_clock.move(seconds=6)

    routed = await route(database, conversation_id)

    assert routed is not None
    assert (routed.outcome, routed.offered_to) == (OfferOutcome.WITHDRAWN, wang.id)


async def test_only_who_is_offered_can_decline_and_only_with_a_reason(
    database: Database, customer: Customer, lin: Agent, wang: Agent
):
    conversation_id = await queue_up(database, customer)
    await route(database, conversation_id)

    with pytest.raises(NotOfferedError):
        await do(database, lambda session: offers.decline(session, conversation_id, wang, reason="busy"))
    with pytest.raises(DeclineReasonUnknownError):
        await do(database, lambda session: offers.decline(session, conversation_id, lin, reason="bored"))

    assert (await decisions(database, conversation_id))[0].outcome is None


async def test_offer_ends_when_the_customer_goes_back_to_the_bot(database: Database, customer: Customer, lin: Agent):
    conversation_id = await queue_up(database, customer)
    await route(database, conversation_id)

    await do(database, lambda session: handoff.cancel(session, conversation_id))

    assert (await decisions(database, conversation_id))[0].outcome is OfferOutcome.WITHDRAWN
    with pytest.raises(NotOfferedError):
        await do(database, lambda session: offers.decline(session, conversation_id, lin, reason="busy"))


async def test_one_offer_at_a_time_but_for_what_is_urgent(database: Database, customer: Customer, lin: Agent):
    first = await queue_up(database, customer)
    await route(database, first)
    second = await queue_up(database, await open_customer(database))
    urgent = await queue_up(database, await open_customer(database), priority=Priority.URGENT)

    assert await routable(database) == [urgent]
    routed = await route(database, urgent)

    assert routed is not None
    assert routed.offered_to == lin.id
    assert await route(database, second) is None


async def test_two_gateways_at_once_offer_each_conversation_once_and_nobody_too_much(
    database: Database, lin: Agent, wang: Agent
):
    await be_at_desk(database, lin, capacity=1)
    await be_at_desk(database, wang, capacity=1)
    waiting = [await queue_up(database, await open_customer(database)) for _ in range(4)]

    async with asyncio.timeout(20):
        await asyncio.gather(
            *(
                database.retrying(lambda session, one=one: routing.route(session, one, accept_within=WITHIN))
                for one in waiting * 2
            )
        )

    made = [decision for one in waiting for decision in await decisions(database, one)]
    assert sorted(decision.agent_id for decision in made) == sorted([lin.id, wang.id])
    assert len({decision.entry_id for decision in made}) == 2


# SQLite has one writer: there is nothing to skip.
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_conversation_that_somebody_has_locked_is_skipped(database: Database, customer: Customer, lin: Agent):
    conversation_id = await queue_up(database, customer)

    async with database.transaction() as session:
        await lock_current_conversation(session, customer.contact_id, channel=CHANNEL)
        assert await route(database, conversation_id) is None

    assert await route(database, conversation_id) is not None


async def test_the_customers_last_agent_comes_first(database: Database, customer: Customer, lin: Agent, wang: Agent):
    await be_at_desk(database, wang)
    await claim(database, await queue_up(database, customer), wang)
    await do(
        database,
        lambda session: handoff.close(session, customer.conversation_id, wang, resolution="resolved", note=""),
    )

    routed = await route(database, await queue_up(database, customer))

    assert routed is not None
    assert routed.offered_to == wang.id
    assert (await decisions(database, routed.conversation_id))[0].why == "last_agent"


async def crowd(database: Database, number: int, *, reason: str) -> None:
    """Let many wait at once, in fewer statements than `queue_up` takes."""
    async with database.transaction() as session:
        at = clock.now()
        contacts = [Contact(name="", verified=False, created_at=at) for _ in range(number)]
        session.add_all(contacts)
        await session.flush()
        waiting = [
            Conversation(
                contact_id=one.id, channel=CHANNEL, owner=Owner.QUEUED, owner_epoch=1, opened_at=at, last_message_at=at
            )
            for one in contacts
        ]
        session.add_all(waiting)
        await session.flush()
        for one in waiting:
            await queue.enter(session, one.id, priority=Priority.HIGH, reason=reason)


async def test_who_waits_far_behind_is_offered_to_the_one_agent_who_is_free_and_shown_to_them(
    database: Database, customer: Customer, lin: Agent, wang: Agent
):
    await be_at_desk(database, lin, capacity=1)
    await be_at_desk(database, wang)
    await do(database, lambda session: teams.add_team(session, name="反诈组", skills={Skill.FRAUD}, members=[lin.id]))
    await claim(database, await queue_up(database, await open_customer(database)), lin)
    await crowd(database, queue.PAGE, reason="scam_p1")
    conversation_id = await queue_up(database, customer)

    assert await routable(database) == [conversation_id]
    routed = await route(database, conversation_id)

    async with database.reading() as session:
        shown = [entry.conversation_id for entry in await queue.shown(session)]
    assert routed is not None
    assert routed.offered_to == wang.id
    assert (len(shown), shown[-1]) == (queue.PAGE + 1, conversation_id)


async def test_what_the_only_skilled_agent_declined_goes_to_others_though_they_are_busy_by_now(
    database: Database, customer: Customer, lin: Agent, wang: Agent
):
    await be_at_desk(database, lin, capacity=1)
    await be_at_desk(database, wang)
    await do(database, lambda session: teams.add_team(session, name="反诈组", skills={Skill.FRAUD}, members=[lin.id]))
    conversation_id = await queue_up(database, customer, reason="scam_p1")
    await route(database, conversation_id)
    await do(database, lambda session: offers.decline(session, conversation_id, lin, reason="busy"))
    await claim(database, await queue_up(database, await open_customer(database)), lin)

    assert await routable(database) == [conversation_id]
    routed = await route(database, conversation_id)

    assert routed is not None
    assert routed.offered_to == wang.id


async def test_skills_of_teams_decide_who_is_asked(database: Database, customer: Customer, lin: Agent, wang: Agent):
    await be_at_desk(database, wang)
    await do(database, lambda session: teams.add_team(session, name="反诈组", skills={Skill.FRAUD}, members=[wang.id]))

    fraud = await route(database, await queue_up(database, customer, reason="scam_p1"))
    general = await route(database, await queue_up(database, await open_customer(database)))

    assert fraud is not None
    assert general is not None
    assert (fraud.offered_to, general.offered_to) == (wang.id, lin.id)


async def test_vulnerable_customers_go_ahead_of_the_equally_pressing(database: Database, customer: Customer):
    first = await queue_up(database, customer)
    second = await queue_up(database, await open_customer(database))
    urgent = await queue_up(database, await open_customer(database), priority=Priority.URGENT)

    await do(database, lambda session: queue.note_vulnerable(session, second))

    async with database.reading() as session:
        waiting = [entry.conversation_id for entry in await queue.waiting(session)]
        places = [(await queue.place_of(session, one)) for one in waiting]
    assert waiting == [urgent, second, first]
    assert [place.position for place in places if place] == [1, 2, 3]


async def test_silent_agents_conversation_goes_back_to_its_old_place_and_they_are_told(
    database: Database, customer: Customer, lin: Agent, movable_clock: MovableClock
):
    conversation_id = await queue_up(database, customer)
    async with database.reading() as session:
        before = await queue.find_entry(session, conversation_id)
    await claim(database, conversation_id, lin)
    movable_clock.move(minutes=3, seconds=1)
    await be_at_desk(database, lin)
    later = await queue_up(database, await open_customer(database))

    assert await take_back_all(database) == [True]

    async with database.reading() as session:
        waiting = await queue.waiting(session)
        (lost,) = await lost_by_agent(session, lin.id)
    assert before is not None
    assert [entry.conversation_id for entry in waiting] == [conversation_id, later]
    assert waiting[0].entered_at == before.entered_at
    assert (lost.by.reason, lost.by.decided_by) == ("no_reply", "system")
    assert (await last_event(database, conversation_id))[0] in {"queued", "kept"}


@pytest.mark.parametrize("has_replied", [True, False], ids=["replied", "too soon"])
async def test_who_replied_or_has_time_left_keeps_the_conversation(
    database: Database, customer: Customer, lin: Agent, movable_clock: MovableClock, has_replied: bool
):
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)
    if has_replied:
        await do(database, lambda session: reply(session, conversation_id, lin, client_id="r-1", text="您好"))
    movable_clock.move(minutes=2)
    await say(database, customer, "在吗")
    if has_replied:
        movable_clock.move(minutes=9)
    await be_at_desk(database, lin)

    assert await take_back_all(database) == []

    assert (await look_up(database, conversation_id)).agent_id == lin.id


async def test_offline_agents_conversation_goes_back_after_the_grace(
    database: Database, customer: Customer, lin: Agent, movable_clock: MovableClock
):
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)
    await do(database, lambda session: reply(session, conversation_id, lin, client_id="r-1", text="您好"))
    await leave_desk(database, lin)

    movable_clock.move(seconds=59)
    too_soon = await take_back_all(database)
    movable_clock.move(seconds=2)
    just_started = await take_back_all(database, with_offline=False)
    in_time = await take_back_all(database)

    assert (too_soon, just_started, in_time) == ([], [], [True])
    assert (await intervals(database, conversation_id))[-1].reason == "agent_offline"


async def test_reply_between_the_look_and_the_lock_keeps_the_conversation(
    database: Database, customer: Customer, lin: Agent, movable_clock: MovableClock
):
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)
    movable_clock.move(minutes=4)
    await be_at_desk(database, lin)
    async with database.reading() as session:
        (overdue,) = await taking_back.find_overdue(session, PATIENCE)
    await do(database, lambda session: reply(session, conversation_id, lin, client_id="r-1", text="您好"))

    assert await do(database, lambda session: taking_back.take_back(session, overdue)) is False

    assert (await look_up(database, conversation_id)).agent_id == lin.id


async def test_who_comes_back_between_the_look_and_the_lock_keeps_the_conversation(
    database: Database, customer: Customer, lin: Agent, movable_clock: MovableClock
):
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, lin)
    await leave_desk(database, lin)
    movable_clock.move(seconds=61)
    async with database.reading() as session:
        (overdue,) = await taking_back.find_overdue(session, PATIENCE)
    await be_at_desk(database, lin)

    assert await do(database, lambda session: taking_back.take_back(session, overdue)) is False

    assert (await look_up(database, conversation_id)).agent_id == lin.id


async def test_availability_does_not_outlive_the_desk(database: Database, lin: Agent, movable_clock: MovableClock):
    await leave_desk(database, lin)
    grace = timedelta(seconds=60)

    movable_clock.move(seconds=59)
    too_soon = await do(database, lambda session: presence.end_availability(session, grace))
    movable_clock.move(seconds=2)
    in_time = await do(database, lambda session: presence.end_availability(session, grace))

    async with database.reading() as session:
        assert (await session.get_one(Agent, lin.id)).available is False
    assert (too_soon, in_time) == ([], [lin.id])
