"""The desk's calls on knowledge: searching while answering, and questions without an answer."""

from aiohttp import web

from gateway.desk.auth import CURRENT
from gateway.desk.spreadsheet import csv_answer
from gateway.keys import DATABASE, KNOWLEDGE
from gateway.requests import query_string
from gateway.views import when
from helpdesk import audit
from helpdesk.agents.rights import Right, demand
from helpdesk.knowledge.unanswered import UnansweredQuestion, list_unanswered

_QUERY_MOST = 100
_COLUMNS = ("asked_at", "text", "decision", "candidates")


async def search(request: web.Request) -> web.Response:
    """GET /articles?q=."""
    query = query_string(request, "q", most=_QUERY_MOST)
    async with request.app[DATABASE].reading() as session:
        found = await request.app[KNOWLEDGE].search(session, query)
    return web.json_response({"articles": found})


async def get_article(request: web.Request) -> web.Response:
    """GET /articles/{id}."""
    return web.json_response({"article": request.app[KNOWLEDGE].rendered(request.match_info["id"])})


async def _unanswered(request: web.Request, action: str) -> list[UnansweredQuestion]:
    agent = request[CURRENT].agent
    demand(agent, Right.READ_UNANSWERED)
    async with request.app[DATABASE].transaction() as session:
        questions = list(await list_unanswered(session))
        details = {"questions": len(questions)}
        audit.record(session, actor=f"agent:{agent.id}", action=action, subject="unanswered", details=details)
    return questions


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
        for question in await _unanswered(request, "read_unanswered")
    ]
    return web.json_response({"questions": questions})


async def get_unanswered_csv(request: web.Request) -> web.Response:
    """GET /unanswered.csv."""
    rows = [
        [
            when(question.asked_at),
            question.text,
            question.decision,
            " ".join(str(candidate.get("article")) for candidate in question.candidates),
        ]
        for question in await _unanswered(request, "export_unanswered")
    ]
    return csv_answer("unanswered.csv", _COLUMNS, rows)


def routes() -> list[web.RouteDef]:
    """Return the routes on knowledge."""
    return [
        web.get("/desk/api/articles", search, allow_head=False),
        web.get("/desk/api/articles/{id:[a-z0-9_]{1,64}}", get_article, allow_head=False),
        web.get("/desk/api/unanswered", get_unanswered, allow_head=False),
        web.get("/desk/api/unanswered.csv", get_unanswered_csv, allow_head=False),
    ]
