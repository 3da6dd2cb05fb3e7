"""Starts the gateway: `python -m gateway`."""

import logging
import sys

from aiohttp import web

from gateway.app import init_app
from helpdesk.knowledge.library import LibraryError
from helpdesk.settings import Settings, SettingsError

# Running turns get this long to finish when the process is told to stop.
_SHUTDOWN_SECONDS = 10


def main() -> None:
    """Read the settings and serve until stopped."""
    try:
        settings = Settings.load()
        logging.basicConfig(
            level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr
        )
        app = init_app(settings)
    except (SettingsError, LibraryError) as error:
        sys.exit(str(error))
    # No access log: paths are few and queries may hold personal data; /metrics counts instead.
    web.run_app(
        app,
        host=settings.host,
        port=settings.port,
        access_log=None,
        print=None,
        shutdown_timeout=_SHUTDOWN_SECONDS,
    )


if __name__ == "__main__":
    main()
