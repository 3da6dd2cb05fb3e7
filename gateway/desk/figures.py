"""The desk's call on a day's figures, each with its formula and what it was computed from."""

import asyncio
import time
from datetime import date, timedelta

from aiohttp import web

from gateway.desk.auth import CURRENT
from gateway.errors import RequestError
from gateway.keys import DATABASE
from gateway.paced_reading import PacedReading
from gateway.requests import query_string
from gateway.views import when
from helpdesk import clock
from helpdesk.agents.rights import Right, demand
from helpdesk.database import Database, Json
from helpdesk.reports.contacts import contacts_judged_on, sample_of
from helpdesk.reports.day import Day
from helpdesk.reports.figure import Figure
from helpdesk.reports.first_contact import FirstContact
from helpdesk.reports.service import Report, report_of
from helpdesk.reports.words import part_title, words

_FRESH_SECONDS = 5.0
# A week of questions, over windows that ended yesterday: it hardly changes within a day.
_CONTACTS_SECONDS = 600.0
_DAY_LENGTH = 10
# Further back the questions of the sample may be gone from what is kept.
_MOST_DAYS_BACK = 365


class FiguresDesk:
    """Computes today's figures once for however many boards are open."""

    def __init__(self, database: Database) -> None:
        """Start with nothing read."""
        self._database = database
        self._today = PacedReading(self._read, seconds=_FRESH_SECONDS)
        self._contacts: list[FirstContact] = []
        self._contacts_of: date | None = None
        self._contacts_read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def today(self) -> Report:
        """Return today's figures, at most a few seconds old."""
        return await self._today.latest()

    async def _read(self) -> Report:
        day = Day.of(clock.now())
        contacts = await self._contacts_on(day)
        async with self._database.reading() as session:
            return await report_of(session, day, contacts=contacts)

    async def _contacts_on(self, day: Day) -> list[FirstContact]:
        async with self._reading:
            is_old = time.monotonic() - self._contacts_read_at > _CONTACTS_SECONDS
            if is_old or self._contacts_of != day.date:
                async with self._database.reading() as session:
                    self._contacts = await contacts_judged_on(session, day, now=clock.now())
                self._contacts_of, self._contacts_read_at = day.date, time.monotonic()
            return self._contacts


FIGURES: web.AppKey[FiguresDesk] = web.AppKey("FIGURES")


async def get_figures(request: web.Request) -> web.Response:
    """GET /figures?day=: numbers only, nothing of any customer."""
    demand(request[CURRENT].agent, Right.READ_BOARD)
    wanted = _day(query_string(request, "day", most=_DAY_LENGTH))
    if wanted is None:
        return web.json_response(report_view(await request.app[FIGURES].today()))
    async with request.app[DATABASE].reading() as session:
        return web.json_response(report_view(await report_of(session, wanted)))


def _day(given: str) -> Day | None:
    """Return the Beijing day that is asked for, None for today."""
    today = Day.of(clock.now())
    if not given:
        return None
    try:
        day = Day.on(date.fromisoformat(given))
    except (ValueError, OverflowError) as error:
        raise RequestError("field_invalid", status=422, field="day") from error
    if len(given) != _DAY_LENGTH or not today.date - timedelta(days=_MOST_DAYS_BACK) <= day.date <= today.date:
        raise RequestError("field_invalid", status=422, field="day")
    return None if day.date == today.date else day


def report_view(report: Report) -> Json:
    """Return a report as docs/protocol.md shows it."""
    first, last = sample_of(report.day)
    return {
        "day": report.day.date.isoformat(),
        "at": when(report.at),
        "first_contacts": {"from": first.date.isoformat(), "to": last.date.isoformat()},
        "figures": [_figure_view(one) for one in report.figures],
    }


def _figure_view(figure: Figure) -> Json:
    said = words()[figure.id]
    return {
        "id": figure.id,
        "title": said.title,
        "formula": said.formula,
        "source": said.source,
        "unit": figure.unit,
        "value": figure.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "sample": figure.sample,
        "least": figure.least,
        "parts": [
            {"id": part, "title": part_title(figure.id, part), "count": number} for part, number in figure.parts.items()
        ],
        "hours": list(figure.hours),
    }


def routes() -> list[web.RouteDef]:
    """Return the route on figures."""
    return [web.get("/desk/api/figures", get_figures, allow_head=False)]
