"""Who a customer is: the bearer session, and the host app's signed token."""

from typing import Any, TypeGuard

import jwt
from aiohttp import web

from gateway.keys import DATABASE, SETTINGS
from helpdesk.conversations.model import CustomerSession
from helpdesk.conversations.sessions import HostIdentity, authenticate
from helpdesk.errors import SessionInvalidError, TokenInvalidError
from helpdesk.settings import Settings

# A token is fetched when the chat opens; a longer-lived one would be worth stealing.
_LONGEST_LIFETIME_SECONDS = 600
_LEEWAY_SECONDS = 30
_NAME_LIMIT = 80
_SUBJECT_LIMIT = 128
# What the host may claim of a customer who is served first.
_CARES = {"elder", "disabled"}
_BEARER = "Bearer "


def verify_host_token(token: str, settings: Settings) -> HostIdentity:
    """Return whom the host app's JWT names.

    Raises:
        TokenInvalidError: The signature, algorithm, audience, times or subject are not right, or no key is set.
    """
    keys: list[tuple[str, list[str]]] = []
    if settings.host_app_secret:
        keys.append((settings.host_app_secret, ["HS256"]))
    if settings.host_app_public_key:
        keys.append((settings.host_app_public_key, ["RS256", "ES256"]))
    for key, algorithms in keys:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=algorithms,
                audience=settings.host_app_audience,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError):
            continue
        return _identity(claims)
    raise TokenInvalidError


def _identity(claims: dict[str, Any]) -> HostIdentity:
    subject, name = claims["sub"], claims.get("name", "")
    # PyJWT lets a number written as text pass; the standard and the subtraction do not.
    if not all(isinstance(claims[time], int | float) for time in ("exp", "iat")):
        raise TokenInvalidError
    if claims["exp"] - claims["iat"] > _LONGEST_LIFETIME_SECONDS:
        raise TokenInvalidError
    if not _is_storable(subject) or not 0 < len(subject) <= _SUBJECT_LIMIT or not _is_storable(name):
        raise TokenInvalidError
    if "\0" in subject + name:
        raise TokenInvalidError
    care = claims.get("care")
    if care is not None and (not isinstance(care, str) or care not in _CARES):
        raise TokenInvalidError
    return HostIdentity(subject=subject, name=name[:_NAME_LIMIT], care=care)


def _is_storable(value: object) -> TypeGuard[str]:
    """Return whether a claim is text that every database takes: no NUL and no half of a surrogate pair."""
    return isinstance(value, str) and "\0" not in value and value.isprintable()


async def session_of_token(app: web.Application, token: str) -> CustomerSession:
    """Return the customer session of a bearer token.

    Raises:
        SessionInvalidError: There is none, or it has expired.
    """
    if not token:
        raise SessionInvalidError
    async with app[DATABASE].glancing() as session:
        return await authenticate(session, token)


async def current_session(request: web.Request) -> CustomerSession:
    """Return the customer session of a request's Authorization header.

    Raises:
        SessionInvalidError: There is none, or it has expired.
    """
    header = request.headers.get("Authorization", "")
    if not header.startswith(_BEARER):
        raise SessionInvalidError
    return await session_of_token(request.app, header.removeprefix(_BEARER))
