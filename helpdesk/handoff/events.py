"""What a customer is told of a change of owner."""

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.conversations import service as conversations
from helpdesk.conversations.model import Conversation, MessageKind, Sender
from helpdesk.database import Json
from helpdesk.texts import text


async def tell(
    session: AsyncSession,
    conversation: Conversation,
    event: str,
    *,
    key: str | None = None,
    agent: Json | None = None,
    **values: object,
) -> None:
    """Write an event into a locked conversation.

    Args:
        session: The transaction that changes the owner.
        conversation: Where the customer reads it.
        event: Its name in docs/protocol.md.
        key: Its sentence in the texts, where that is not the event's name.
        agent: `{name}` of the agent it is about.
        values: What the sentence needs.
    """
    body: Json = {"event": event}
    if agent is not None:
        body["agent"] = agent
    await conversations.write(
        session,
        conversation,
        sender=Sender.SYSTEM,
        kind=MessageKind.EVENT,
        text=text("events", key or event, **values),
        body=body,
    )
