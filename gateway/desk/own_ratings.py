"""The desk's call on the ratings of an agent's own sessions."""

from aiohttp import web

from gateway.desk.auth import CURRENT
from gateway.keys import DATABASE
from gateway.views import when
from helpdesk.agents.rights import Right, demand
from helpdesk.database import Json
from helpdesk.ratings.model import HUMAN, Rating
from helpdesk.ratings.own import DAYS, own_ratings
from helpdesk.texts import titles


async def get_own_ratings(request: web.Request) -> web.Response:
    """GET /me/ratings: what was said, without who said it."""
    agent = request[CURRENT].agent
    demand(agent, Right.SERVE)
    async with request.app[DATABASE].reading() as session:
        own = await own_ratings(session, agent.id)
    words = titles(f"rating_reasons_{HUMAN}")
    return web.json_response(
        {
            "days": DAYS,
            "count": own.count,
            "mean": own.mean,
            "scores": {str(score): number for score, number in own.scores.items()},
            "solved": own.solved,
            "not_solved": own.not_solved,
            "reasons": [
                {"code": code, "text": words.get(code, code), "count": number} for code, number in own.reasons.items()
            ],
            "last": [_view(rating, words) for rating in own.last],
        }
    )


def _view(rating: Rating, words: dict[str, str]) -> Json:
    return {
        "at": when(rating.created_at),
        "score": rating.score,
        "solved": rating.solved,
        "reasons": [words.get(code, code) for code in rating.reasons],
        "comment": rating.comment,
    }


def routes() -> list[web.RouteDef]:
    """Return the route on one's own ratings."""
    return [web.get("/desk/api/me/ratings", get_own_ratings, allow_head=False)]
