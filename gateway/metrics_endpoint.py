"""Reading the figures: for monitoring, and for nobody else."""

import hmac
import ipaddress

from aiohttp import web
from prometheus_client import generate_latest

from gateway.errors import RequestError
from gateway.keys import DATABASE, SETTINGS
from gateway.metrics import METRICS
from gateway.sockets import OPEN_SOCKETS

_FORWARDING = {"x-forwarded-for", "forwarded", "x-real-ip", "via"}


def _may_read(request: web.Request) -> bool:
    """Return whether the figures are for who asks: with the token, or without one for this machine only."""
    token = request.app[SETTINGS].metrics_token
    if token:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, f"Bearer {token}".encode())
    # Behind a proxy on this machine everybody's peer is this machine.
    if _FORWARDING & {name.lower() for name in request.headers}:
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


async def get_metrics(request: web.Request) -> web.Response:
    """GET /metrics."""
    if not _may_read(request):
        raise RequestError("metrics_refused", status=403)
    metrics = request.app[METRICS]
    metrics.sockets.set(len(request.app[OPEN_SOCKETS]))
    await metrics.backlog.refresh(request.app[DATABASE])
    return web.Response(body=generate_latest(metrics.registry), headers={"Content-Type": "text/plain; version=0.0.4"})
