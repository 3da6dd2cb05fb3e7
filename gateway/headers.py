"""Security headers on every answer."""

import re

from aiohttp import web

from gateway.keys import SETTINGS

# The pages load their own files only; `data:` serves the icons within style sheets and the QR code of a second factor.
# `blob:` serves the pictures of messages, which a page fetches itself because no address may hold a token.
_POLICY = (
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "frame-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
# A name or address with its port; anything else in a Host header is not repeated in a policy.
_HOST = re.compile(r"[A-Za-z0-9.\-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
_YEAR_SECONDS = 31_536_000


def content_policy(host: str) -> str:
    """Return the Content-Security-Policy of a page of ours that is reached at `host`."""
    own = "'self'"
    if _HOST.fullmatch(host):
        # Older browsers do not count WebSockets of the same host as 'self'.
        own = f"'self' ws://{host} wss://{host}"
    return "; ".join((*_POLICY, f"connect-src {own}"))


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers just before an answer is sent."""
    response.headers.setdefault("Content-Security-Policy", content_policy(request.host))
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.app[SETTINGS].secure_cookies:
        # Without the subdomains: they may be somebody else's.
        response.headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR_SECONDS}")
    if request.path.startswith(("/api/", "/desk/api/")):
        response.headers.setdefault("Cache-Control", "no-store")
