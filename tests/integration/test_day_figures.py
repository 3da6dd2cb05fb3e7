"""A scripted day, on both databases, against the numbers counted by hand."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk import clock
from helpdesk.agents.model import Agent
from helpdesk.cases import escalation
from helpdesk.cases.model import Case, CaseStatus, CaseType, Priority
from helpdesk.clocks import service as clocks
from helpdesk.conversations import store
from helpdesk.conversations.model import Message
from helpdesk.database import Database
from helpdesk.handoff import replies
from helpdesk.handoff import service as handoff
from helpdesk.ratings.service import rate
from helpdesk.reports.day import Day
from helpdesk.reports.figure import Figure
from helpdesk.reports.service import report_of
from helpdesk.turns.writing import Renderer
from tests.factories import make_scam
from tests.integration.conftest import MovableClock
from tests.scenes import (
    Customer,
    add_agent,
    answer,
    claim,
    close,
    intervals,
    make_turn,
    open_customer,
    queue_up,
    say,
    transcript,
)

# A Monday; Beijing is eight hours ahead. Working hours are those of the calendar.
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
_numbers = itertools.count(1)


class Script:
    """One day's people; each step takes no time but that which the script lets pass."""

    def __init__(self, database: Database, movable_clock: MovableClock, renderer: Renderer) -> None:
        self.database, self.clock, self.renderer = database, movable_clock, renderer

    async def ask(self, customer: Customer, **turn: object) -> Message:
        """Let a customer ask and the bot answer; return the question."""
        message = (await say(self.database, customer)).message
        article = turn.get("article")
        said = () if article else ("好的",)
        await answer(self.database, message, make_turn(*said, **turn), self.renderer)  # type: ignore[arg-type]
        return message

    async def reply(self, conversation_id: str, agent: Agent) -> None:
        async with self.database.transaction() as session:
            await replies.reply(session, conversation_id, agent, client_id=f"r-{next(_numbers)}", text="您好")

    async def rate(self, customer: Customer, **said: object) -> None:
        async with self.database.transaction() as session:
            await rate(
                session,
                contact_id=customer.contact_id,
                conversation_id=customer.conversation_id,
                **said,  # type: ignore[arg-type]
            )

    async def rate_answer(self, customer: Customer, *, solved: bool) -> None:
        shown = [one for one in await transcript(self.database, customer.conversation_id) if one.article_id]
        await self.rate(customer, message_id=shown[-1].id, solved=solved)

    async def cancel(self, customer: Customer) -> None:
        async with self.database.transaction() as session:
            await handoff.cancel(session, customer.conversation_id)

    async def sweep(self) -> None:
        """Note the warnings and breaches, as the gateway does all the time."""
        async with self.database.reading() as session:
            due = await clocks.due_ids(session)
        for clock_id in due:
            async with self.database.transaction() as session:
                await escalation.escalate(session, clock_id)

    async def figures(self) -> dict[str, Figure]:
        async with self.database.reading() as session:
            report = await report_of(session, Day.of(MONDAY))
        return {one.id: one for one in report.figures}


@pytest.fixture
def script(database: Database, movable_clock: MovableClock, renderer: Renderer) -> Script:
    return Script(database, movable_clock, renderer)


async def play(script: Script) -> None:
    """Two weeks before, a customer each; then Sunday evening; then Monday."""
    database, at = script.database, script.clock
    lin, mei = await add_agent(database, "lin"), await add_agent(database, "mei", name="梅二")
    # The week that is judged on Monday: 9 to 15 November.
    at.at = MONDAY - timedelta(days=10)
    content, back, silent, unhappy = [await open_customer(database) for _ in range(4)]
    for customer in (content, back, silent, unhappy):
        await script.ask(customer, article="repay_early", topic="repayment")
    for customer in (content, back):
        await script.rate_answer(customer, solved=True)
    await script.rate_answer(unhappy, solved=False)
    at.move(days=3)
    # Back within the week.
    await script.ask(back, article="repay_early", topic="repayment")

    at.at = MONDAY - timedelta(hours=17)
    overnight = await open_customer(database)
    await script.ask(overnight, decision="clarify", topic="overdue")
    await queue_up(database, overnight)

    at.at = MONDAY
    # Who waited over night is answered after five minutes.
    at.move(minutes=5)
    await claim(database, overnight.conversation_id, lin)
    await script.reply(overnight.conversation_id, lin)
    # The bot alone, and the customer says so.
    alone = await open_customer(database)
    await script.ask(alone, article="repay_early", topic="repayment")
    await script.rate_answer(alone, solved=True)
    # Asked back, not understood, and then a person: accepted after two minutes, answered after three.
    served = await open_customer(database)
    await script.ask(served, decision="clarify", topic="overdue")
    await script.ask(served, decision="fallback", topic="overdue")
    await queue_up(database, served)
    at.move(minutes=2)
    await claim(database, served.conversation_id, lin)
    at.move(minutes=1)
    await script.reply(served.conversation_id, lin)
    await close(database, served.conversation_id, lin)
    await script.rate(served, score=5, solved=True)
    # A complaint that is taken up after forty minutes, too late, and passed on: two sessions, two ratings.
    passed_on = await open_customer(database)
    await script.ask(passed_on, decision="flow", topic="complaint_channel")
    await queue_up(database, passed_on, reason="complaint", priority=Priority.HIGH)
    at.move(minutes=40)
    await script.sweep()
    await claim(database, passed_on.conversation_id, lin)
    await script.reply(passed_on.conversation_id, lin)
    async with database.transaction() as session:
        await handoff.requeue(session, passed_on.conversation_id, lin, note=None)
    at.move(minutes=1)
    await claim(database, passed_on.conversation_id, mei)
    await script.reply(passed_on.conversation_id, mei)
    await close(database, passed_on.conversation_id, mei)
    first, second = [one for one in await intervals(database, passed_on.conversation_id) if one.agent_id]
    await script.rate(passed_on, session_id=first.id, score=2, solved=False)
    await script.rate(passed_on, session_id=second.id, score=4)
    # A slip, and a real request that is given up after ten minutes.
    gone = await open_customer(database)
    await queue_up(database, gone)
    at.move(seconds=3)
    await script.cancel(gone)
    at.move(minutes=5)
    await queue_up(database, gone)
    at.move(minutes=10)
    await script.cancel(gone)
    # A victim waits, and nobody comes in time.
    victim = await open_customer(database)
    message = (await say(database, victim)).message
    await answer(database, message, make_turn("先停", decision="triage", scam=make_scam()), script.renderer)
    at.move(minutes=7)
    await script.sweep()
    async with database.transaction() as session:
        conversation = await store.get_conversation(session, alone.conversation_id)
        for number, resolution, closing in (
            ("XB-1", "loss_stopped", {"amount_fen": 500_000}),
            ("XB-2", "no_scam", None),
        ):
            session.add(
                Case(
                    number=number,
                    type=CaseType.SCAM,
                    status=CaseStatus.CLOSED,
                    priority=Priority.URGENT,
                    contact_id=conversation.contact_id,
                    resolution=resolution,
                    closing=closing,
                    opened_at=clock.now(),
                    updated_at=clock.now(),
                    closed_at=clock.now(),
                )
            )


async def test_a_days_figures_are_those_counted_by_hand(script: Script):
    await play(script)

    found = await script.figures()

    def parts(name: str) -> dict[str, int]:
        return {part: number for part, number in found[name].parts.items() if number}

    def ratio(name: str) -> tuple[int | None, int | None, float | None]:
        return found[name].numerator, found[name].denominator, found[name].value

    # Alone with the bot: one; served, passed on, gone, victim were with people. Nobody wrote in the overnight one.
    assert (found["conversations"].value, parts("conversations")) == (5, {"bot": 1, "people": 4})
    assert sum(found["conversations"].hours) == 5
    # One answered, one asked back, one not understood; a flow and the words for the victim beside them.
    assert ratio("bot_answers") == (1, 3, None)
    assert parts("bot_answers") == {"answer": 1, "clarify": 1, "fallback": 1, "flow": 1, "triage": 1}
    # The requeue and the handoff of Sunday are none of the day.
    assert found["handoffs"].value == 5
    assert parts("handoffs") == {"request_human": 3, "complaint": 1, "scam_p0": 1}
    assert (found["waiting_now"].value, parts("waiting_now")) == (1, {"urgent": 1})
    assert found["oldest_waiting"].value == pytest.approx(7 * 60, abs=1)
    # In time: served. Late: the complaint. Overdue: the victim. Given up: the second request; the slip is left out.
    assert parts("accepted_in_time") == {"in_time": 1, "late": 1, "overdue": 1, "abandoned": 1, "excluded": 1}
    assert ratio("accepted_in_time") == (1, 4, None)
    assert ratio("abandoned") == (1, 3, None)
    # Overnight, served, the complaint: three first replies, too few for a median.
    assert [found[name].sample for name in ("first_reply_median", "first_reply_working_p90")] == [3, 3]
    assert found["first_reply_median"].value is None
    # 5, 2 and 4: two of three are satisfied.
    assert ratio("human_satisfaction") == (2, 3, None)
    assert parts("human_satisfaction") == {"2": 1, "4": 1, "5": 1}
    # Asked: one for the served, two for the one passed on.
    assert ratio("human_response") == (3, 3, None)
    assert (ratio("human_solved"), ratio("bot_solved")) == ((1, 2, None), (1, 1, None))
    # Of four first contacts of the week: content, back again, silent, unhappy.
    assert parts("first_contact") == {"resolved": 1, "returned": 1, "unconfirmed": 1, "denied": 1}
    assert ratio("first_contact") == ratio("first_contact_bot") == (1, 4, None)
    assert ratio("first_contact_human") == (0, 0, None)
    assert (found["scams_noticed"].value, parts("scams_noticed")) == (1, {"P0": 1})
    assert (found["losses_stopped"].value, parts("losses_stopped")) == (1, {"loss_stopped": 1, "no_scam": 1})
    assert found["loss_stopped_fen"].value == 500_000
    # Overnight's, half an hour after the opening; the complaint's, after forty minutes; the victim's.
    assert (found["breaches"].value, parts("breaches")) == (3, {"first_reply": 3})
    # Kept: served's, and the complaint's second one, which began when it was passed on.
    assert found["breaches"].denominator == 5


async def test_the_day_before_knows_nothing_of_it(script: Script):
    await play(script)

    async with script.database.reading() as session:
        report = await report_of(session, Day.of(MONDAY - timedelta(days=1)))
    found = {one.id: one for one in report.figures}

    # Sunday: one who asked and was handed over; who waits is no matter of a day that is over.
    assert found["conversations"].value == 1
    assert found["handoffs"].value == 1
    assert found["human_satisfaction"].denominator == 0
    assert found["breaches"].value == 0
    assert "waiting_now" not in found
