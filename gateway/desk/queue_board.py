"""One picture of the queue for all desk pages, drawn at most every 100 ms and put into words once."""

import json
from collections import deque
from dataclasses import dataclass

from aiohttp import web

from gateway.desk.queue_changes import changes
from gateway.desk.views import queue_view
from gateway.paced_reading import PacedReading
from helpdesk.database import Database, Json

FRESH_SECONDS = 0.1
# A page that missed more gets the whole queue.
_CHANGES_KEPT = 20
# A short queue comes whole: changes are for the day on which hundreds wait and hundreds of pages look on.
_WHOLE_MOST = 4_000


@dataclass(frozen=True, kw_only=True)
class _Change:
    version: int
    frame: str


class QueueBoard:
    """Reads the queue once for however many pages ask at the same moment."""

    def __init__(self, database: Database) -> None:
        """Start with nothing read."""
        self._database = database
        self._pictures = PacedReading(self._draw, seconds=FRESH_SECONDS)
        self._snapshot: Json = {"entries": []}
        # Counts the pictures that differ from the one before; 0 is none at all.
        self._version = 0
        self._whole = ""
        self._changes: deque[_Change] = deque(maxlen=_CHANGES_KEPT)

    async def snapshot(self) -> Json:
        """Return the queue as it is after this call began."""
        return await self._pictures.latest()

    async def news(self, seen: int) -> tuple[int, list[str]]:
        """Return the current version and the frames that bring a page there which has `seen` another one."""
        await self.snapshot()
        if seen == self._version:
            return seen, []
        missed = [change.frame for change in self._changes if change.version > seen]
        if seen == 0 or len(missed) < self._version - seen:
            missed = [self._whole]
        return self._version, missed

    async def _draw(self) -> Json:
        async with self._database.glancing() as session:
            latest = await queue_view(session)
        before, after = self._snapshot["entries"], latest["entries"]
        self._snapshot = latest
        if self._version == 0 or before != after:
            self._note(before, after, latest)
        return latest

    def _note(self, before: list[Json], after: list[Json], latest: Json) -> None:
        self._version += 1
        self._whole = _text({"t": "queue", **latest})
        change = changes(before, after) if len(self._whole) > _WHOLE_MOST else None
        frame = self._whole if change is None else _text({"t": "queue_changes", "at": latest["at"], **change})
        self._changes.append(_Change(version=self._version, frame=frame))


def _text(frame: Json) -> str:
    return json.dumps(frame, ensure_ascii=False)


QUEUE_BOARD: web.AppKey[QueueBoard] = web.AppKey("QUEUE_BOARD")
