"""A day's figures from its facts; pure functions, one a figure, each docstring its formula."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from helpdesk.ratings.model import BOT, HUMAN
from helpdesk.reports import figure
from helpdesk.reports.day import HOURS, Day
from helpdesk.reports.facts import DayFacts
from helpdesk.reports.figure import MEDIAN_LEAST, P90_LEAST, RATING_LEAST, Figure
from helpdesk.reports.first_contact import FirstContact, Outcome
from helpdesk.reports.waits import Wait, classify, first_replies
from helpdesk.working_time.calendar_file import working_calendar

# Closing code of a scam case whose loss was stopped.
LOSS_STOPPED = "loss_stopped"
_QUESTIONS = ("answer", "clarify", "fallback")
_SATISFIED = 4
_SCORES = range(1, 6)


def figures_of(facts: DayFacts) -> list[Figure]:
    """Return all figures of a day, in the order in which they are shown; those of this moment only for today."""
    found = [
        conversations(facts),
        bot_answers(facts),
        handoffs(facts),
        accepted_in_time(facts),
        abandoned(facts),
        *first_reply(facts),
        human_satisfaction(facts),
        human_response(facts),
        human_solved(facts),
        bot_solved(facts),
        first_contact(facts, "first_contact", lambda _: True),
        first_contact(facts, "first_contact_bot", lambda one: not one.by_people),
        first_contact(facts, "first_contact_human", lambda one: one.by_people),
        scams_noticed(facts),
        losses_stopped(facts),
        loss_stopped_fen(facts),
        breaches(facts),
    ]
    if facts.waiting is not None:
        found[3:3] = [waiting_now(facts), oldest_waiting(facts)]
    return found


def conversations(facts: DayFacts) -> Figure:
    """Conversations in which the customer wrote or asked for a person on the day.

    Parts: with people (waiting for or with an agent at some moment of the day) + with the bot alone = all.
    """
    first = dict(facts.wrote)
    for one in facts.handoffs:
        first[one.conversation_id] = min(one.started_at, first.get(one.conversation_id, one.started_at))
    people = len(first.keys() & facts.with_people)
    return figure.count(
        "conversations",
        len(first),
        parts={"bot": len(first) - people, "people": people},
        hours=_by_hour(facts.day, first.values()),
    )


def bot_answers(facts: DayFacts) -> Figure:
    """Questions answered with an article / questions that the bot answered, asked back or could not answer.

    Flows, triage of victims, handoffs and failures are no questions of this kind; they are among the parts, which add
    up to all turns of the bot.
    """
    asked = sum(facts.turns.get(decision, 0) for decision in _QUESTIONS)
    return figure.share("bot_answers", facts.turns.get("answer", 0), asked, parts=dict(facts.turns))


def handoffs(facts: DayFacts) -> Figure:
    """Moves from the bot to the queue on the day; parts: by reason. An agent's requeue is none."""
    return figure.count(
        "handoffs",
        len(facts.handoffs),
        parts=_counted(one.reason for one in facts.handoffs),
        hours=_by_hour(facts.day, (one.started_at for one in facts.handoffs)),
    )


def waiting_now(facts: DayFacts) -> Figure:
    """Conversations in the queue at this moment; parts: by priority."""
    waiting = facts.waiting or ()
    return figure.count("waiting_now", len(waiting), parts=_counted(one.priority for one in waiting))


def oldest_waiting(facts: DayFacts) -> Figure:
    """Seconds since the one who has waited longest entered the queue; none where nobody waits."""
    waiting = facts.waiting or ()
    longest = max(((facts.now - one.since).total_seconds() for one in waiting), default=None)
    return Figure(
        id="oldest_waiting",
        unit=figure.SECONDS,
        value=None if longest is None else max(0.0, longest),
        sample=len(waiting),
        least=1,
    )


def accepted_in_time(facts: DayFacts) -> Figure:
    """Handoffs of the day accepted by an agent before the promised first reply / those that are decided.

    Decided: accepted in time, accepted late, overdue, abandoned. Open ones are not yet; excluded are those taken back
    within 5 seconds, and those taken back and asked for again within 60 seconds (the later one counts). The parts add
    up to all handoffs of the day.
    """
    parts = _waits(facts)
    decided = sum(parts[one.value] for one in (Wait.IN_TIME, Wait.LATE, Wait.OVERDUE, Wait.ABANDONED))
    return figure.share("accepted_in_time", parts[Wait.IN_TIME.value], decided, parts=parts)


def abandoned(facts: DayFacts) -> Figure:
    """Handoffs of the day that ended without an agent / those that ended, without the excluded ones."""
    parts = _waits(facts)
    gone = parts[Wait.ABANDONED.value]
    ended = gone + parts[Wait.IN_TIME.value] + parts[Wait.LATE.value]
    return figure.share("abandoned", gone, ended, parts={"abandoned": gone, "accepted": ended - gone})


def first_reply(facts: DayFacts) -> list[Figure]:
    """Time from the handoff to the agent's first reply after it, of first replies written on the day.

    Median and 90th percentile (nearest rank), by the clock and in working time by the calendar. Bot and system
    messages do not count.
    """
    pairs = first_replies(facts.handed_over, facts.replied, facts.day)
    calendar = working_calendar()
    by_clock = [(reply - start).total_seconds() for start, reply in pairs]
    working = [calendar.working_between(start, reply).total_seconds() for start, reply in pairs]
    return [
        figure.quantile("first_reply_median", by_clock, 0.5, least=MEDIAN_LEAST),
        figure.quantile("first_reply_p90", by_clock, 0.9, least=P90_LEAST),
        figure.quantile("first_reply_working_median", working, 0.5, least=MEDIAN_LEAST),
        figure.quantile("first_reply_working_p90", working, 0.9, least=P90_LEAST),
    ]


def human_satisfaction(facts: DayFacts) -> Figure:
    """Scores 4 and 5 / all scores given to agents' sessions on the day; parts: by score."""
    scores = Counter(one.score for one in facts.ratings if one.service == HUMAN and one.score is not None)
    return figure.share(
        "human_satisfaction",
        sum(number for score, number in scores.items() if score >= _SATISFIED),
        scores.total(),
        least=RATING_LEAST,
        parts={str(score): scores[score] for score in _SCORES},
    )


def human_response(facts: DayFacts) -> Figure:
    """Ratings given to agents' sessions on the day / requests for one on the day.

    A request of yesterday may be answered today, so that more than one is possible on quiet days.
    """
    given = sum(one.service == HUMAN for one in facts.ratings)
    return figure.share("human_response", given, facts.asked)


def human_solved(facts: DayFacts) -> Figure:
    """Agents' sessions of which the customer said on the day that the matter is solved / of which they said either."""
    return _solved(facts, "human_solved", HUMAN)


def bot_solved(facts: DayFacts) -> Figure:
    """Answers and sessions of the bot that the customer called solved on the day / of which they said either."""
    return _solved(facts, "bot_solved", BOT)


def _solved(facts: DayFacts, name: str, service: str) -> Figure:
    said = [one.solved for one in facts.ratings if one.service == service and one.solved is not None]
    return figure.share(
        name, sum(said), len(said), least=RATING_LEAST, parts={"solved": sum(said), "unsolved": len(said) - sum(said)}
    )


def first_contact(facts: DayFacts, name: str, wanted: Callable[[FirstContact], bool]) -> Figure:
    """First contacts resolved / first contacts judged, of the week whose seven-day windows are over.

    Resolved: the customer confirmed it and did not come back on the same topic within seven days. Judged: resolved,
    returned, denied, unconfirmed; pending ones (late in their sitting, so that the window is still open) are named and
    not counted. Those without a word count as not resolved.
    """
    parts = {outcome.value: 0 for outcome in Outcome}
    parts |= _counted(one.outcome.value for one in facts.first_contacts if wanted(one))
    judged = sum(parts.values()) - parts[Outcome.PENDING.value]
    return figure.share(name, parts[Outcome.RESOLVED.value], judged, least=RATING_LEAST, parts=parts)


def scams_noticed(facts: DayFacts) -> Figure:
    """Conversations in which a scam of level P0 or P1 was noticed on the day; parts: each by its gravest level."""
    return figure.count("scams_noticed", len(facts.scams), parts={"P0": 0, "P1": 0} | _counted(facts.scams.values()))


def losses_stopped(facts: DayFacts) -> Figure:
    """Scam cases closed on the day with the loss stopped; parts: all scam cases closed on the day, by closing code."""
    codes = _counted(one.resolution or "none" for one in facts.closed_scams)
    stopped = codes.get(LOSS_STOPPED, 0)
    return Figure(
        id="losses_stopped",
        unit=figure.COUNT,
        value=stopped,
        numerator=stopped,
        denominator=len(facts.closed_scams),
        sample=len(facts.closed_scams),
        parts=codes,
    )


def loss_stopped_fen(facts: DayFacts) -> Figure:
    """Sum of the amounts, in fen, of the scam cases closed on the day with the loss stopped; each case once."""
    stopped = [one.amount_fen for one in facts.closed_scams if one.resolution == LOSS_STOPPED]
    return Figure(id="loss_stopped_fen", unit=figure.FEN, value=sum(stopped), sample=len(stopped))


def breaches(facts: DayFacts) -> Figure:
    """Promises broken on the day; denominator: those broken and those kept in time on the day; parts: by kind."""
    broken = sum(facts.breached.values())
    return Figure(
        id="breaches",
        unit=figure.COUNT,
        value=broken,
        numerator=broken,
        denominator=broken + sum(facts.kept.values()),
        sample=broken,
        parts=dict(facts.breached),
    )


def _waits(facts: DayFacts) -> dict[str, int]:
    found = Counter(classify(facts.handoffs, now=facts.now))
    return {wait.value: found[wait] for wait in Wait}


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))


def _by_hour(day: Day, moments: Iterable[datetime]) -> list[int]:
    found: Mapping[int, int] = Counter(day.hour_of(at) for at in moments)
    return [found.get(hour, 0) for hour in range(HOURS)]
