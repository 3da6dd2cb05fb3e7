"""The sweep over files: the virus scanner asked again, orphans removed, and their bytes."""

import asyncio
import logging
import time

from gateway.live import Hub
from gateway.undisturbed import undisturbed
from helpdesk.database import Database
from helpdesk.files import sweep
from helpdesk.files.scanner import Scanner
from helpdesk.files.storage import Storage

logger = logging.getLogger(__name__)

_SCAN_SECONDS = 15.0
# What nobody needs any more may lie for a while.
_TIDY_SECONDS = 3600.0


class FileSweeper:
    """Asks about files that wait for the scanner, and tidies up; several gateways may do so at once."""

    def __init__(
        self, *, database: Database, hub: Hub, storage: Storage, scanner: Scanner, scan_seconds: float = _SCAN_SECONDS
    ) -> None:
        """Join the parts."""
        self._database = database
        self._hub = hub
        self._storage = storage
        self._scanner = scanner
        self._scan_seconds = scan_seconds

    async def run(self) -> None:
        """Sweep until cancelled."""
        tidied_at: float | None = None
        while True:
            await undisturbed(self.scan())
            if tidied_at is None or time.monotonic() - tidied_at >= _TIDY_SECONDS:
                tidied_at = time.monotonic()
                await undisturbed(self.tidy())
            await asyncio.sleep(self._scan_seconds)

    async def scan(self) -> None:
        """Ask about what is due; pages that show such a file look again."""
        try:
            for conversation_id in await sweep.scan_again(self._database, self._storage, self._scanner):
                self._hub.hint(conversation_id)
        except Exception:
            logger.exception("the sweep of the files failed")

    async def tidy(self) -> None:
        """Remove orphans, then the bytes that nobody refers to."""
        try:
            await sweep.remove_orphans(self._database)
            await sweep.remove_unused(self._database, self._storage)
        except Exception:
            logger.exception("tidying up the files failed")
