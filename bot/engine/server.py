"""Starts Rasa's server the way this product needs it: `python -m bot.engine.server`.

Loopback only, without Rasa's management API (whoever may load a model owns the machine), without
telemetry, with the newest model of `models/`.
"""

from __future__ import annotations

import os
import sys
from functools import partial

# Before Rasa is imported: it reads the first at import, TensorFlow (imported by Rasa whether or not it is
# used) the others.
os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from rasa.core.run import close_resources, configure_app, load_agent_on_start
from rasa.core.utils import AvailableEndpoints
from rasa.model import get_latest_model
from sanic import Sanic

from bot.engine import logs, patches
from bot.engine.channel import GatewayChannel
from bot.engine.settings import Settings, SettingsError

ENDPOINTS_FILE = "endpoints.yml"
# A turn is a text and little else.
MAX_REQUEST_BYTES = 262_144


def main() -> int:
    """Run the server until it is stopped; the result is the exit status."""
    try:
        settings = Settings.from_env(os.environ)
    except SettingsError as error:
        print(f"The bot cannot start:\n{error}", file=sys.stderr)
        return 2
    logs.configure(settings.log_level)
    model = get_latest_model(str(settings.models))
    if model is None:
        message = f"The bot cannot start: no model in {settings.models}/. Run `make train` first."
        print(message, file=sys.stderr)
        return 3
    app = create_app(settings, model)
    app.run(host=settings.host, port=settings.port, workers=1, access_log=False, motd=False)
    return 0


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
    return app


def read_endpoints(settings: Settings) -> AvailableEndpoints:
    """Read endpoints.yml, with what the environment says instead."""
    endpoints = AvailableEndpoints.read_endpoints(ENDPOINTS_FILE)
    if settings.actions_url:
        endpoints.action.url = settings.actions_url
    if settings.tracker_db:
        endpoints.tracker_store.kwargs["db"] = settings.tracker_db
    return endpoints


if __name__ == "__main__":
    sys.exit(main())
