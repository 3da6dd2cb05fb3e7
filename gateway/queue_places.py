"""Everybody's place in the queue, read once for all customers who wait."""

from aiohttp import web

from gateway.paced_reading import PacedReading
from gateway.views import place_view
from helpdesk.database import Database, Json
from helpdesk.handoff.queue import Place, places

_FRESH_SECONDS = 0.3


class QueuePlaces:
    """What each waiting customer is told, however many of them hear that the queue has moved."""

    def __init__(self, database: Database) -> None:
        """Start with nothing read."""
        self._database = database
        self._places = PacedReading(self._read, seconds=_FRESH_SECONDS)

    async def place(self, conversation_id: str) -> Json | None:
        """Return a conversation's `Queue`, None where it does not wait."""
        place = (await self._places.latest()).get(conversation_id)
        return None if place is None else place_view(place)

    async def _read(self) -> dict[str, Place]:
        async with self._database.glancing() as session:
            return await places(session)


QUEUE_PLACES: web.AppKey[QueuePlaces] = web.AppKey("QUEUE_PLACES")
