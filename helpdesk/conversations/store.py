"""Queries on contacts, sessions, conversations and messages."""

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.conversations.model import (
    Assignment,
    ChannelIdentity,
    Contact,
    Conversation,
    CustomerSession,
    Message,
    MessageKind,
    Owner,
    Sender,
    TurnState,
)
from helpdesk.errors import ConversationNotFoundError

PAGE = 200


async def find_contact(session: AsyncSession, *, channel: str, account: str, external_id: str) -> Contact | None:
    """Return the contact behind a channel identity."""
    return await session.scalar(
        select(Contact)
        .join(ChannelIdentity, ChannelIdentity.contact_id == Contact.id)
        .where(
            ChannelIdentity.channel == channel,
            ChannelIdentity.account == account,
            ChannelIdentity.external_id == external_id,
        )
    )


async def identities_of(session: AsyncSession, contact_id: str) -> Sequence[ChannelIdentity]:
    """Return the channels on which a contact is known."""
    rows = await session.scalars(
        select(ChannelIdentity)
        .where(ChannelIdentity.contact_id == contact_id)
        .order_by(ChannelIdentity.channel, ChannelIdentity.external_id)
    )
    return rows.all()


async def get_contact(session: AsyncSession, contact_id: str) -> Contact:
    """Return a contact that is known to exist."""
    return await session.get_one(Contact, contact_id)


async def find_session(session: AsyncSession, token_hash: str) -> CustomerSession | None:
    """Return the customer session with this token hash, expired or not."""
    return await session.scalar(select(CustomerSession).where(CustomerSession.token_hash == token_hash))


async def find_current_conversation(session: AsyncSession, contact_id: str) -> Conversation | None:
    """Return the contact's open conversation or, where there is none, the newest closed one."""
    return await session.scalar(
        select(Conversation)
        .where(Conversation.contact_id == contact_id)
        # The open one first whatever its time says: a clock that was set back must not open one for every message.
        .order_by(Conversation.owner == Owner.CLOSED, Conversation.opened_at.desc(), Conversation.id)
        .limit(1)
    )


async def conversations_since(session: AsyncSession, conversation: Conversation) -> Sequence[Conversation]:
    """Return the same contact's later conversations, oldest first."""
    rows = await session.scalars(
        select(Conversation)
        .where(
            Conversation.contact_id == conversation.contact_id,
            Conversation.opened_at >= conversation.opened_at,
            Conversation.id != conversation.id,
        )
        .order_by(Conversation.opened_at, Conversation.id)
        .limit(PAGE)
    )
    return rows.all()


async def get_conversation(session: AsyncSession, conversation_id: str) -> Conversation:
    """Return a conversation without locking it.

    Raises:
        ConversationNotFoundError: There is none with this id.
    """
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise ConversationNotFoundError
    return conversation


async def lock_conversation(session: AsyncSession, conversation_id: str) -> Conversation:
    """Return a conversation with its row locked until the transaction ends.

    Raises:
        ConversationNotFoundError: There is none with this id.
    """
    conversation = await session.scalar(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        # Rows that refer to this one may still be written: locking its key as well would only invite deadlocks.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if conversation is None:
        raise ConversationNotFoundError
    return conversation


async def lock_contact(session: AsyncSession, contact_id: str) -> Contact:
    """Return a contact with its row locked, so that only one conversation is opened at a time."""
    found = await session.execute(select(Contact).where(Contact.id == contact_id).with_for_update(key_share=True))
    return found.scalar_one()


async def find_message_by_client_id(session: AsyncSession, contact_id: str, client_id: str) -> Message | None:
    """Return the message which this customer sent under `client_id`, in whichever conversation."""
    return await session.scalar(
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.contact_id == contact_id, Message.client_id == client_id, Message.sender == Sender.CUSTOMER)
    )


async def is_answered_by_agent(session: AsyncSession, message: Message) -> bool:
    """Return whether an agent wrote after this message."""
    later = await session.scalar(
        select(Message.id)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.seq > message.seq,
            Message.sender == Sender.AGENT,
        )
        .limit(1)
    )
    return later is not None


async def find_reply_of_others(
    session: AsyncSession, conversation_id: str, agent_id: str, *, after: int
) -> Message | None:
    """Return the newest reply after sequence number `after` that another agent wrote."""
    return await session.scalar(
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.seq > after,
            Message.sender == Sender.AGENT,
            Message.agent_id != agent_id,
        )
        .order_by(Message.seq.desc())
        .limit(1)
    )


async def customer_wrote_after(session: AsyncSession, conversation_id: str, seq: int) -> bool:
    """Return whether the customer wrote after sequence number `seq`."""
    later = await session.scalar(
        select(Message.id)
        .where(Message.conversation_id == conversation_id, Message.seq > seq, Message.sender == Sender.CUSTOMER)
        .limit(1)
    )
    return later is not None


async def mark_delivered(session: AsyncSession, conversation_id: str, seq: int) -> None:
    """Note that the messages up to `seq` have reached one of the customer's clients; it never goes back."""
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.customer_delivered_seq < seq)
        .values(customer_delivered_seq=seq)
    )


async def find_message_in(session: AsyncSession, conversation_id: str, client_id: str) -> Message | None:
    """Return the message of one conversation that a client sent under `client_id`."""
    return await session.scalar(
        select(Message).where(Message.conversation_id == conversation_id, Message.client_id == client_id)
    )


async def messages_after(
    session: AsyncSession, conversation_id: str, after: int, *, limit: int = PAGE
) -> Sequence[Message]:
    """Return the messages after sequence number `after`, oldest first."""
    rows = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq > after)
        .order_by(Message.seq)
        .limit(limit)
    )
    return rows.all()


async def events_of(session: AsyncSession, conversation_id: str) -> Sequence[Message]:
    """Return the events of a conversation, oldest first."""
    rows = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.kind == MessageKind.EVENT)
        .order_by(Message.seq)
    )
    return rows.all()


async def last_messages(session: AsyncSession, conversation_id: str, *, limit: int) -> Sequence[Message]:
    """Return the newest messages, oldest first."""
    rows = await session.scalars(
        select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq.desc()).limit(limit)
    )
    return rows.all()[::-1]


async def last_words(session: AsyncSession, conversation_ids: Sequence[str]) -> dict[str, str]:
    """Return the customer's newest message of each conversation, by conversation."""
    newest = (
        select(Message.conversation_id, func.max(Message.seq).label("seq"))
        .where(Message.conversation_id.in_(conversation_ids), Message.sender == Sender.CUSTOMER)
        .group_by(Message.conversation_id)
        .subquery()
    )
    rows = await session.execute(
        select(Message.conversation_id, Message.text).join(
            newest, (Message.conversation_id == newest.c.conversation_id) & (Message.seq == newest.c.seq)
        )
    )
    return dict(rows.all())


async def contacts_by_conversation(session: AsyncSession, conversation_ids: Sequence[str]) -> dict[str, Contact]:
    """Return the contact of each conversation, by conversation."""
    rows = await session.execute(
        select(Conversation.id, Contact)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Conversation.id.in_(conversation_ids))
    )
    return dict(rows.all())


async def next_waiting_message(session: AsyncSession, conversation_id: str) -> Message | None:
    """Return the oldest customer message that nobody has looked at."""
    return await session.scalar(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.turn_state == TurnState.WAITING)
        .order_by(Message.seq)
        .limit(1)
    )


async def conversations_with_waiting_messages(session: AsyncSession, *, limit: int) -> Sequence[str]:
    """Return ids of conversations in which a customer's message still waits."""
    rows = await session.scalars(
        select(Message.conversation_id).where(Message.turn_state == TurnState.WAITING).distinct().limit(limit)
    )
    return rows.all()


async def assignments_of(session: AsyncSession, conversation_id: str) -> Sequence[Assignment]:
    """Return all ownership intervals, oldest first."""
    rows = await session.scalars(
        select(Assignment).where(Assignment.conversation_id == conversation_id).order_by(Assignment.epoch)
    )
    return rows.all()


async def count_earlier_conversations(session: AsyncSession, conversation: Conversation) -> int:
    """Return how many conversations this contact had before."""
    count = await session.scalar(
        select(func.count())
        .select_from(Conversation)
        .where(Conversation.contact_id == conversation.contact_id, Conversation.opened_at < conversation.opened_at)
    )
    return count or 0


async def earlier_conversations(
    session: AsyncSession, conversation: Conversation, *, limit: int
) -> Sequence[Conversation]:
    """Return this contact's conversations before, newest first."""
    rows = await session.scalars(
        select(Conversation)
        .where(Conversation.contact_id == conversation.contact_id, Conversation.opened_at < conversation.opened_at)
        .order_by(Conversation.opened_at.desc(), Conversation.id)
        .limit(limit)
    )
    return rows.all()


async def unread_by_agent(session: AsyncSession, conversation_ids: Sequence[str]) -> dict[str, int]:
    """Return how many of the customer's messages the desk has not seen, by conversation (none: left out)."""
    rows = await session.execute(
        select(Message.conversation_id, func.count())
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.conversation_id.in_(conversation_ids),
            Message.sender == Sender.CUSTOMER,
            Message.seq > Conversation.agent_read_seq,
        )
        .group_by(Message.conversation_id)
    )
    return dict(rows.all())


async def conversations_of_agent(session: AsyncSession, agent_id: str) -> Sequence[Conversation]:
    """Return the conversations which an agent owns now, the one with the newest message first."""
    rows = await session.scalars(
        select(Conversation)
        .where(Conversation.agent_id == agent_id, Conversation.owner == Owner.AGENT)
        .order_by(Conversation.last_message_at.desc())
        .limit(PAGE)
    )
    return rows.all()


async def conversations_closed_by(session: AsyncSession, agent_id: str) -> Sequence[Conversation]:
    """Return the conversations which ended while this agent served, newest first."""
    served = select(Assignment.conversation_id).where(Assignment.agent_id == agent_id)
    rows = await session.scalars(
        select(Conversation)
        .where(Conversation.owner == Owner.CLOSED, Conversation.id.in_(served))
        .order_by(Conversation.closed_at.desc())
        .limit(PAGE)
    )
    return rows.all()
