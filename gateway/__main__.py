"""Starts the gateway: `python -m gateway`."""

import logging
import sys

from aiohttp import web

from gateway.app import init_app
from helpdesk import clock
from helpdesk.clocks.policy import promises
from helpdesk.knowledge.library import LibraryError
from helpdesk.settings import Settings, SettingsError
from helpdesk.working_time.calendar_file import CalendarError, reviewed_calendar

logger = logging.getLogger(__name__)

# Running turns get this long to finish when the process is told to stop.
_SHUTDOWN_SECONDS = 10


# A database's thread that has finished waits this long for the busy event loop to let it say so; it holds the only
# writing connection meanwhile. Python's default is ten times as long.
_SWITCH_SECONDS = 0.0005


def main() -> None:
    """Read the settings and serve until stopped."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        settings = Settings.load()
        logging.basicConfig(
            level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr
        )
        # Read now: a broken file must not wait for the first customer who is put in the queue.
        promises()
        for warning in reviewed_calendar().warnings(clock.local(clock.now()).date()):
            logger.warning("working calendar: %s", warning)
        app = init_app(settings)
    except (SettingsError, LibraryError, CalendarError) as error:
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
