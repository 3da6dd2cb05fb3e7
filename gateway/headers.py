"""Security headers on every answer."""

from aiohttp import web

# The pages load their own files only; `data:` serves the icons within style sheets.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers just before an answer is sent."""
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.path.startswith(("/api/", "/desk/api/")):
        response.headers.setdefault("Cache-Control", "no-store")
