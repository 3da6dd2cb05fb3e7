"""What stands beside the messages of an open conversation: notes, and how far the customer has come."""

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.note_views import note_views
from helpdesk.conversations.model import Conversation
from helpdesk.database import Json


class Margin:
    """Remembers what a page was sent, and sends what has changed since."""

    def __init__(self) -> None:
        """Start with nothing sent."""
        self._conversation_id = ""
        self._notes: list[Json] = []
        self._read = 0
        self._delivered = 0

    async def news(self, session: AsyncSession, conversation: Conversation) -> list[Json]:
        """Return the frames that a page on this conversation lacks."""
        if conversation.id != self._conversation_id:
            self._conversation_id, self._notes, self._read, self._delivered = conversation.id, [], 0, 0
        frames: list[Json] = []
        notes = await note_views(session, conversation.id)
        if notes != self._notes:
            self._notes = notes
            frames.append({"t": "notes", "conv": conversation.id, "notes": notes})
        if conversation.customer_delivered_seq > self._delivered:
            self._delivered = conversation.customer_delivered_seq
            frames.append({"t": "delivered", "conv": conversation.id, "seq": self._delivered})
        if conversation.customer_read_seq > self._read:
            self._read = conversation.customer_read_seq
            frames.append({"t": "read", "conv": conversation.id, "seq": self._read, "by": "customer"})
        return frames
