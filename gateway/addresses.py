"""The network address that limits count by."""

from aiohttp import web

from gateway.keys import SETTINGS


def client_address(request: web.Request) -> str:
    """Return the client's address, looking through as many proxies as the settings trust."""
    trusted = request.app[SETTINGS].trusted_proxies
    forwarded = [
        part.strip() for part in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",") if part.strip()
    ]
    if trusted and len(forwarded) >= trusted:
        # Each proxy appends the address it was called from; what stands further left is the client's own word.
        return forwarded[-trusted]
    return request.remote or ""
