"""The desk's calls on knowledge: searching while answering, and questions without an answer."""

import csv
import io

from aiohttp import web

from gateway.desk.auth import CURRENT
from gateway.keys import DATABASE, KNOWLEDGE
from gateway.requests import query_string
from gateway.views import when
from helpdesk.agents.rights import Right, demand
from helpdesk.knowledge.unanswered import UnansweredQuestion, list_unanswered

_QUERY_MOST = 100
# Spreadsheets run what begins so as a formula; East Asian versions take the full-width signs for the plain ones.
_FORMULA_STARTS = (
    *("=", "+", "-", "@", "\t", "\r"),
    "\N{FULLWIDTH EQUALS SIGN}",
    "\N{FULLWIDTH PLUS SIGN}",
    "\N{FULLWIDTH HYPHEN-MINUS}",
    "\N{FULLWIDTH COMMERCIAL AT}",
)
# Spreadsheets take a file without it for something other than UTF-8.
_BYTE_ORDER_MARK = "\ufeff"


async def search(request: web.Request) -> web.Response:
    """GET /articles?q=."""
    query = query_string(request, "q", most=_QUERY_MOST)
    async with request.app[DATABASE].reading() as session:
        found = await request.app[KNOWLEDGE].search(session, query)
    return web.json_response({"articles": found})


async def get_article(request: web.Request) -> web.Response:
    """GET /articles/{id}."""
    return web.json_response({"article": request.app[KNOWLEDGE].rendered(request.match_info["id"])})


async def _unanswered(request: web.Request) -> list[UnansweredQuestion]:
    demand(request[CURRENT].agent, Right.READ_UNANSWERED)
    async with request.app[DATABASE].reading() as session:
        return list(await list_unanswered(session))


async def get_unanswered(request: web.Request) -> web.Response:
    """GET /unanswered."""
    titles = request.app[KNOWLEDGE].titles()
    questions = [
        {
            "id": question.id,
            "text": question.text,
            "decision": question.decision,
            "candidates": [
                {**candidate, "title": titles.get(str(candidate.get("article")), "")}
                for candidate in question.candidates
            ],
            "asked_at": when(question.asked_at),
        }
        for question in await _unanswered(request)
    ]
    return web.json_response({"questions": questions})


async def get_unanswered_csv(request: web.Request) -> web.Response:
    """GET /unanswered.csv."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["asked_at", "text", "decision", "candidates"])
    for question in await _unanswered(request):
        candidates = " ".join(str(candidate.get("article")) for candidate in question.candidates)
        writer.writerow([when(question.asked_at), _harmless(question.text), question.decision, candidates])
    return web.Response(
        text=_BYTE_ORDER_MARK + file.getvalue(),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="unanswered.csv"'},
    )


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def routes() -> list[web.RouteDef]:
    """Return the routes on knowledge."""
    return [
        web.get("/desk/api/articles", search, allow_head=False),
        web.get("/desk/api/articles/{id:[a-z0-9_]{1,64}}", get_article, allow_head=False),
        web.get("/desk/api/unanswered", get_unanswered, allow_head=False),
        web.get("/desk/api/unanswered.csv", get_unanswered_csv, allow_head=False),
    ]
