"""What a customer's client has not seen yet: messages over the border of conversations, and the state."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.views import message_view, state_view
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Owner, Sender
from helpdesk.database import Json
from helpdesk.errors import ConversationNotFoundError


@dataclass
class Cursor:
    """The last message that a client has: a conversation and its sequence number."""

    conversation_id: str | None
    seq: int


@dataclass(frozen=True, kw_only=True)
class News:
    """What lies after a cursor; `more` says that there is a further page."""

    conversation: Conversation
    messages: list[Json]
    more: bool
    state: Json


async def read_news(session: AsyncSession, contact_id: str, cursor: Cursor) -> News:
    """Return what lies after `cursor` and move it there.

    With a cursor in an earlier conversation, that one's remaining messages come first, then those of each later one.

    Raises:
        ConversationNotFoundError: The contact has no conversation, or the cursor lies in somebody else's.
    """
    current = await store.find_current_conversation(session, contact_id)
    if current is None:
        raise ConversationNotFoundError
    if cursor.conversation_id is None:
        cursor.conversation_id = current.id
    begun = await store.get_conversation(session, cursor.conversation_id)
    if begun.contact_id != contact_id:
        raise ConversationNotFoundError
    messages: list[Json] = []
    # The usual case: nothing can come after the conversation that is open.
    is_last = begun.id == current.id and current.owner is not Owner.CLOSED
    later = [] if is_last else await store.conversations_since(session, begun)
    for conversation in [begun, *later]:
        if conversation.id != cursor.conversation_id:
            cursor.conversation_id, cursor.seq = conversation.id, 0
        room = store.PAGE - len(messages)
        if room == 0:
            break
        found = await store.messages_after(session, conversation.id, cursor.seq, limit=room)
        messages.extend(message_view(message, reader=Sender.CUSTOMER) for message in found)
        if found:
            cursor.seq = found[-1].seq
    more = len(messages) == store.PAGE
    return News(conversation=current, messages=messages, more=more, state=await state_view(session, current))
