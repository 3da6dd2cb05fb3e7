"""A customer's word on a session or on an answer of the bot: read strictly, stored, answered as stored."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from gateway.errors import RequestError
from gateway.keys import DATABASE
from gateway.requests import boolean, integer, string
from helpdesk.ratings.service import rate

_ID_MOST = 64
_COMMENT_MOST = 500
_CODE_MOST = 32
_REASONS_MOST = 10


async def give_rating(request: web.Request, contact_id: str, fields: Mapping[str, Any]) -> web.Response:
    """Store what the body of POST /ratings says, for this customer.

    Raises:
        RequestError, HelpdeskError: It is refused; nothing was stored.
    """
    if "session" in fields and "message" in fields:
        # Which of the two is meant?
        raise RequestError("field_invalid", status=422, field="message")
    async with request.app[DATABASE].transaction() as session:
        rating, is_first = await rate(
            session,
            contact_id=contact_id,
            conversation_id=string(fields, "conversation", most=_ID_MOST),
            session_id=_id(fields, "session"),
            message_id=_id(fields, "message"),
            score=integer(fields, "score", low=1, high=5) if "score" in fields else None,
            solved=boolean(fields, "solved") if "solved" in fields else None,
            reasons=_reasons(fields),
            comment=string(fields, "comment", most=_COMMENT_MOST, default=""),
        )
    return web.json_response(
        {"score": rating.score, "solved": rating.solved, "reasons": rating.reasons}, status=201 if is_first else 200
    )


def _id(fields: Mapping[str, Any], name: str) -> str | None:
    return string(fields, name, most=_ID_MOST) if name in fields else None


def _reasons(fields: Mapping[str, Any]) -> list[str]:
    given = fields.get("reasons", [])
    if not isinstance(given, list) or len(given) > _REASONS_MOST:
        raise RequestError("field_invalid", status=422, field="reasons")
    return [string({"reasons": one}, "reasons", most=_CODE_MOST) for one in given]
