"""What a customer's client has not seen yet: messages over the border of two conversations, and the state."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.views import message_view, state_view
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Sender
from helpdesk.database import Json
from helpdesk.errors import ConversationNotFoundError


@dataclass
class Cursor:
    """The last message that a client has: a conversation and its sequence number."""

    conversation_id: str | None
    seq: int


@dataclass(frozen=True, kw_only=True)
class News:
    """What lies after a cursor."""

    conversation: Conversation
    messages: list[Json]
    state: Json


async def read_news(session: AsyncSession, contact_id: str, cursor: Cursor) -> News:
    """Return what lies after `cursor` and move it there.

    With a cursor in an earlier conversation, that one's remaining messages come first, then the current one's.

    Raises:
        ConversationNotFoundError: The contact has no conversation, or the cursor lies in somebody else's.
    """
    current = await store.find_current_conversation(session, contact_id)
    if current is None:
        raise ConversationNotFoundError
    messages: list[Json] = []
    if cursor.conversation_id is not None and cursor.conversation_id != current.id:
        earlier = await store.get_conversation(session, cursor.conversation_id)
        if earlier.contact_id != contact_id:
            raise ConversationNotFoundError
        remaining = await store.messages_after(session, earlier.id, cursor.seq)
        messages.extend(message_view(message, reader=Sender.CUSTOMER) for message in remaining)
        cursor.seq = remaining[-1].seq if remaining else cursor.seq
        if len(remaining) == store.PAGE:
            return News(conversation=current, messages=messages, state=await state_view(session, current))
        cursor.seq = 0
    cursor.conversation_id = current.id
    fresh = await store.messages_after(session, current.id, cursor.seq, limit=store.PAGE - len(messages) or 1)
    messages.extend(message_view(message, reader=Sender.CUSTOMER) for message in fresh)
    if fresh:
        cursor.seq = fresh[-1].seq
    return News(conversation=current, messages=messages, state=await state_view(session, current))
