"""Rasa's application with our channel and our endpoints.

Importing this module imports Rasa; `server.py` decides before what to leave out.
"""

from __future__ import annotations

from functools import partial

from rasa.core.run import close_resources, configure_app, load_agent_on_start
from rasa.core.utils import AvailableEndpoints
from sanic import Sanic

from bot.engine import patches
from bot.engine.channel import GatewayChannel
from bot.engine.settings import Settings

ENDPOINTS_FILE = "endpoints.yml"
# A turn is a text and little else.
MAX_REQUEST_BYTES = 262_144


def create_app(settings: Settings, model: str) -> Sanic:
    """Put together Rasa's application, our channel and the endpoints."""
    patches.apply()
    endpoints = read_endpoints(settings)
    app = configure_app(
        [GatewayChannel(settings.token)],
        enable_api=False,
        endpoints=endpoints,
        port=settings.port,
    )
    app.config.REQUEST_MAX_SIZE = MAX_REQUEST_BYTES
    app.register_listener(partial(load_agent_on_start, model, endpoints, None), "before_server_start")
    app.register_listener(close_resources, "after_server_stop")
    app.register_listener(lambda *_: patches.close_session(endpoints.action), "after_server_stop")
    return app


def read_endpoints(settings: Settings) -> AvailableEndpoints:
    """Read endpoints.yml, with what the environment says instead."""
    endpoints = AvailableEndpoints.read_endpoints(ENDPOINTS_FILE)
    if settings.actions_url:
        endpoints.action.url = settings.actions_url
    if settings.tracker_db:
        endpoints.tracker_store.kwargs["db"] = settings.tracker_db
    return endpoints
