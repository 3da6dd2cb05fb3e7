"""A day's report: facts read in one go, figures computed by pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.reports import store
from helpdesk.reports.contacts import contacts_judged_on
from helpdesk.reports.day import Day
from helpdesk.reports.facts import DayFacts
from helpdesk.reports.figure import Figure
from helpdesk.reports.first_contact import FirstContact
from helpdesk.reports.today import figures_of


@dataclass(frozen=True, kw_only=True)
class Report:
    """The figures of a Beijing day as they stood at `at`."""

    day: Day
    at: datetime
    figures: Sequence[Figure]


async def report_of(session: AsyncSession, day: Day, *, contacts: Sequence[FirstContact] | None = None) -> Report:
    """Return a day's figures as they stand now; `contacts` saves reading a week of questions again."""
    facts = await read_facts(session, day, contacts=contacts)
    return Report(day=day, at=facts.now, figures=figures_of(facts))


async def read_facts(session: AsyncSession, day: Day, *, contacts: Sequence[FirstContact] | None = None) -> DayFacts:
    """Return what a day's figures are computed from."""
    now = clock.now()
    handed_over, replied = await store.first_reply_moments(session, day)
    breached, kept = await store.promises_on(session, day)
    return DayFacts(
        day=day,
        now=now,
        wrote=await store.wrote_on(session, day),
        with_people=await store.with_people_on(session, day),
        turns=await store.turns_on(session, day),
        handoffs=await store.handoffs_on(session, day),
        waiting=await store.waiting_now(session) if day.holds(now) else None,
        handed_over=handed_over,
        replied=replied,
        asked=await store.asked_on(session, day),
        ratings=await store.ratings_on(session, day),
        first_contacts=await contacts_judged_on(session, day, now=now) if contacts is None else contacts,
        scams=await store.scams_on(session, day),
        closed_scams=await store.closed_scams_on(session, day),
        breached=breached,
        kept=kept,
    )
