"""Which web pages may talk to the gateway: its own and the host pages that the settings name."""

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.keys import SETTINGS

_ALLOWED_HEADERS = "Authorization, Content-Type"
_ALLOWED_METHODS = "GET, POST, DELETE"


def is_allowed(request: web.Request) -> bool:
    """Return whether the Origin header, if any, is ours or a named host page's.

    Programs send no Origin; they prove themselves by their token alone.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return is_same(request) or origin in request.app[SETTINGS].public_origins


def is_same(request: web.Request) -> bool:
    """Return whether the Origin header is present and our own."""
    origin = request.headers.get("Origin", "")
    # The scheme may differ behind a proxy that ends TLS.
    return origin.partition("://")[2] == request.host


@web.middleware
async def cors_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the widget on named host pages call the customer API; it carries a bearer token and no cookie."""
    origin = request.headers.get("Origin")
    named = origin in request.app[SETTINGS].public_origins
    if not named or not request.path.startswith("/api/v1/"):
        return await handler(request)
    if request.method == "OPTIONS":
        response: web.StreamResponse = web.Response(status=204)
        response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
        response.headers["Access-Control-Allow-Methods"] = _ALLOWED_METHODS
        response.headers["Access-Control-Max-Age"] = "600"
    else:
        response = await handler(request)
    if not response.prepared:
        response.headers["Access-Control-Allow-Origin"] = str(origin)
        response.headers["Vary"] = "Origin"
    return response
