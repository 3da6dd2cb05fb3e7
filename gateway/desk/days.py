"""Days in a query, as they begin in China."""

import re
from datetime import UTC, date, datetime, time

from aiohttp import web

from gateway.errors import RequestError
from gateway.requests import query_string
from helpdesk.clock import BEIJING

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def query_day(request: web.Request, name: str) -> datetime | None:
    """Return when a day of the query (`YYYY-MM-DD`) begins in Beijing, in UTC; None where it is left out.

    Raises:
        RequestError: It is no day.
    """
    value = query_string(request, name, most=10)
    if not value:
        return None
    # Python would read other forms of ISO 8601 as well; one is promised.
    if not _DAY.fullmatch(value):
        raise RequestError("field_invalid", status=422, field=name)
    try:
        return datetime.combine(date.fromisoformat(value), time.min, tzinfo=BEIJING).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RequestError("field_invalid", status=422, field=name) from error
