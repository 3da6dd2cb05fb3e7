"""Reading JSON bodies and queries strictly, with clear refusals."""

import json
import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from gateway.errors import RequestError

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,56}")
# What an identifier in an address may hold; anything else is no address of ours.
PATH_ID = "[A-Za-z0-9_-]{1,64}"
_ID = re.compile(PATH_ID)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two values under one name: whichever one is meant, somebody is wrong.
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError
    return result


def parse_object(raw: bytes | str) -> dict[str, Any]:
    """Return the JSON object in `raw`.

    Raises:
        RequestError: Not UTF-8, not JSON, not an object, or a name that occurs twice.
    """
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value = json.loads(text, object_pairs_hook=_no_duplicates)
        # A lone surrogate cannot be stored.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise RequestError("malformed") from error
    if not isinstance(value, dict):
        raise RequestError("malformed")
    return value


async def read_object(request: web.Request) -> dict[str, Any]:
    """Return the JSON object in a request's body.

    Raises:
        RequestError: As `parse_object`.
    """
    try:
        raw = await request.read()
    except web.RequestPayloadError as error:
        # It says it is compressed, and is not.
        raise RequestError("malformed") from error
    return parse_object(raw)


def string(fields: Mapping[str, Any], name: str, *, most: int, default: str | None = None) -> str:
    """Return a text field of at most `most` characters, without NUL.

    Raises:
        RequestError: It is missing (without a default), not text or too long.
    """
    value = fields.get(name, default)
    if not isinstance(value, str) or len(value) > most:
        raise RequestError("field_invalid", status=422, field=name)
    # PostgreSQL cannot store it, and nobody can see it.
    return value.replace("\0", "")


def query_string(request: web.Request, name: str, *, most: int) -> str:
    """Return a text of at most `most` characters from the query, empty where it is missing.

    Raises:
        RequestError: It is too long.
    """
    return string(request.query, name, most=most, default="")


def client_id(fields: Mapping[str, Any], name: str = "client_id") -> str:
    """Return the idempotency key that a client chose.

    Raises:
        RequestError: It is missing or not 1 to 56 letters, digits, `_` or `-`.
    """
    value = fields.get(name)
    if not isinstance(value, str) or not _CLIENT_ID.fullmatch(value):
        raise RequestError("field_invalid", status=422, field=name)
    return value


def integer(fields: Mapping[str, Any], name: str, *, low: int, high: int) -> int:
    """Return a whole number between `low` and `high`.

    Raises:
        RequestError: It is missing, not a whole number or out of range.
    """
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise RequestError("field_invalid", status=422, field=name)
    return value


def boolean(fields: Mapping[str, Any], name: str) -> bool:
    """Return true or false.

    Raises:
        RequestError: It is neither.
    """
    value = fields.get(name)
    if not isinstance(value, bool):
        raise RequestError("field_invalid", status=422, field=name)
    return value


def query_integer(request: web.Request, name: str, *, default: int, low: int, high: int) -> int:
    """Return a whole number from the query.

    Raises:
        RequestError: It is not a whole number or out of range.
    """
    raw = request.query.get(name)
    if raw is None:
        return default
    if not re.fullmatch(r"[0-9]{1,12}", raw) or not low <= int(raw) <= high:
        raise RequestError("field_invalid", status=422, field=name)
    return int(raw)


def query_id(request: web.Request, name: str) -> str | None:
    """Return an identifier from the query, None where it is missing or empty.

    Raises:
        RequestError: It holds what no identifier holds.
    """
    raw = request.query.get(name) or None
    if raw is not None and not _ID.fullmatch(raw):
        raise RequestError("field_invalid", status=422, field=name)
    return raw
