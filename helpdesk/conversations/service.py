"""Taking in and writing messages: sequence numbers, idempotence, new conversations after a close."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.conversations import ownership, store
from helpdesk.conversations.errors import RepliedMeanwhileError, ReplyHoldsSecretError
from helpdesk.conversations.model import Conversation, Message, MessageKind, Owner, Sender, TurnState
from helpdesk.database import Json
from helpdesk.errors import (
    AsksForSecretError,
    ButtonUnknownError,
    ClientIdReusedError,
    NotOwnerError,
    TextEmptyError,
    TextTooLongError,
)
from helpdesk.privacy.masking import Secret, mask
from helpdesk.privacy.never_ask import find_forbidden_ask, refusal_words
from helpdesk.texts import text as sentence

# Longer than any question; a pasted chat goes in several messages or later as a file.
TEXT_LIMIT = 2000

MASKED_EVENT = "masked"

# Categories that show nothing: control, format (zero width), surrogate, private use, unassigned, and white space.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"}
_KEPT_CONTROLS = {"\n", "\t"}
# Joins the parts of an emoji.
_ZERO_WIDTH_JOINER = "\N{ZERO WIDTH JOINER}"


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A stored customer message; `is_new` is false for a repeat."""

    message: Message
    is_new: bool
    owner: Owner
    agent_id: str | None


@dataclass(frozen=True, kw_only=True)
class Attached:
    """What a message carries beside words; where there are none, its text is `stand_in`."""

    kind: MessageKind
    body: Json
    stand_in: str


def clean_text(text: str) -> str:
    """Return `text` without control characters and surrounding white space.

    Raises:
        TextEmptyError: Nothing visible is left.
        TextTooLongError: More than `TEXT_LIMIT` characters are left.
    """
    kept = "".join(
        character
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
        if character in _KEPT_CONTROLS
        or character == _ZERO_WIDTH_JOINER
        or unicodedata.category(character) not in {"Cc", "Cs", "Cf"}
    ).strip()
    if all(unicodedata.category(character) in _INVISIBLE for character in kept):
        raise TextEmptyError
    if len(kept) > TEXT_LIMIT:
        raise TextTooLongError(limit=TEXT_LIMIT)
    return kept


def clean_caption(text: str) -> str:
    """Return the words beside something attached, empty where nothing visible is left.

    Raises:
        TextTooLongError: As `clean_text`.
    """
    try:
        return clean_text(text)
    except TextEmptyError:
        return ""


async def current_conversation(session: AsyncSession, contact_id: str, *, channel: str) -> Conversation:
    """Return the contact's open conversation, opening a new one after a closed one."""
    await store.lock_contact(session, contact_id)
    latest = await store.find_current_conversation(session, contact_id)
    if latest is not None and latest.owner is not Owner.CLOSED:
        return latest
    return await _open(session, contact_id, channel=channel, previous=latest)


async def lock_current_conversation(session: AsyncSession, contact_id: str, *, channel: str) -> Conversation:
    """Return the contact's open conversation with its row locked, opening a new one after a closed one."""
    current = await current_conversation(session, contact_id, channel=channel)
    conversation = await store.lock_conversation(session, current.id)
    if conversation.owner is Owner.CLOSED:
        # An agent closed it between our look and our lock.
        conversation = await _open(session, contact_id, channel=channel, previous=conversation)
    return conversation


async def _open(session: AsyncSession, contact_id: str, *, channel: str, previous: Conversation | None) -> Conversation:
    at = clock.now()
    conversation = Conversation(
        contact_id=contact_id,
        channel=channel,
        previous_id=previous.id if previous else None,
        opened_at=at,
        last_message_at=at,
    )
    session.add(conversation)
    # The first assignment refers to it.
    await session.flush()
    await ownership.begin(session, conversation)
    return conversation


async def accept_text(session: AsyncSession, *, contact_id: str, channel: str, client_id: str, text: str) -> Accepted:
    """Store what a customer typed, with secrets masked; the raw text goes no further than here.

    A repeat is compared as stored: the same text gives the same markers.

    Raises:
        TextEmptyError, TextTooLongError: The text cannot be a message.
        ClientIdReusedError: `client_id` was used for other content.
    """
    masked = mask(clean_text(text))
    accepted = await _accept(session, contact_id=contact_id, channel=channel, client_id=client_id, text=masked.text)
    if accepted.is_new and masked.secrets:
        await _warn_of_secrets(session, accepted.message.conversation_id, masked.secrets)
    return accepted


async def accept_attached(
    session: AsyncSession, *, contact_id: str, channel: str, client_id: str, text: str, attached: Attached
) -> Accepted:
    """Store what a customer sent beside words, with the words if there are any.

    Raises:
        TextTooLongError, ClientIdReusedError: As `accept_text`.
    """
    masked = mask(clean_caption(text))
    accepted = await _accept(
        session,
        contact_id=contact_id,
        channel=channel,
        client_id=client_id,
        text=masked.text or attached.stand_in,
        kind=attached.kind,
        body={**attached.body, "captioned": bool(masked.text)},
    )
    if accepted.is_new and masked.secrets:
        await _warn_of_secrets(session, accepted.message.conversation_id, masked.secrets)
    return accepted


async def _warn_of_secrets(session: AsyncSession, conversation_id: str, secrets: Sequence[Secret]) -> None:
    """Tell the customer once in a conversation about each kind of secret that was masked."""
    # Locked since the message was written.
    conversation = await store.get_conversation(session, conversation_id)
    events = await store.events_of(session, conversation_id)
    warned = {event.body.get("secret") for event in events if event.body.get("event") == MASKED_EVENT}
    for secret in secrets:
        if secret.value not in warned:
            await write(
                session,
                conversation,
                sender=Sender.SYSTEM,
                kind=MessageKind.EVENT,
                text=sentence("events", f"masked_{secret.value}"),
                body={"event": MASKED_EVENT, "secret": secret.value},
            )


async def accept_button(
    session: AsyncSession, *, contact_id: str, channel: str, client_id: str, message_id: str, button_id: str
) -> Accepted:
    """Store that a customer pressed a button; its title becomes the message's text.

    Raises:
        ButtonUnknownError: No message to this customer has such a button.
        ClientIdReusedError: `client_id` was used for other content.
    """
    shown = await session.get(Message, message_id)
    if shown is None or button_id not in shown.button_payloads:
        raise ButtonUnknownError
    conversation = await store.get_conversation(session, shown.conversation_id)
    if conversation.contact_id != contact_id:
        raise ButtonUnknownError
    title = next((str(b["title"]) for b in shown.body.get("buttons", []) if b["id"] == button_id), "")
    return await _accept(
        session,
        contact_id=contact_id,
        channel=channel,
        client_id=client_id,
        text=title,
        payload=dict(shown.button_payloads[button_id]),
    )


async def _accept(
    session: AsyncSession,
    *,
    contact_id: str,
    channel: str,
    client_id: str,
    text: str,
    kind: MessageKind = MessageKind.TEXT,
    body: Json | None = None,
    payload: Json | None = None,
) -> Accepted:
    # The contact's lock makes two deliveries of one message wait for each other, even across a new conversation.
    await store.lock_contact(session, contact_id)
    repeated = await store.find_message_by_client_id(session, contact_id, client_id)
    if repeated is not None:
        if (repeated.text, repeated.payload, repeated.body) != (text, payload, body or {}):
            raise ClientIdReusedError
        first = await store.get_conversation(session, repeated.conversation_id)
        return Accepted(message=repeated, is_new=False, owner=first.owner, agent_id=first.agent_id)
    conversation = await lock_current_conversation(session, contact_id, channel=channel)
    message = await write(
        session,
        conversation,
        sender=Sender.CUSTOMER,
        text=text,
        kind=kind,
        body=body,
        client_id=client_id,
        payload=payload,
        turn_state=TurnState.WAITING,
    )
    return Accepted(message=message, is_new=True, owner=conversation.owner, agent_id=conversation.agent_id)


async def write(
    session: AsyncSession,
    conversation: Conversation,
    *,
    sender: Sender,
    text: str,
    kind: MessageKind = MessageKind.TEXT,
    body: Json | None = None,
    **columns: Any,
) -> Message:
    """Append a message to a locked conversation with the next sequence number."""
    at = clock.now()
    conversation.last_seq += 1
    conversation.last_message_at = at
    message = Message(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        sender=sender,
        kind=kind,
        text=text,
        body=body or {},
        created_at=at,
        **columns,
    )
    session.add(message)
    return message


async def write_agent_reply(
    session: AsyncSession,
    *,
    conversation_id: str,
    agent_id: str,
    agent_name: str,
    client_id: str,
    text: str,
    attached: Attached | None = None,
    seen: int | None = None,
) -> Accepted:
    """Store an agent's reply; with something attached it needs no words.

    `seen` is the last message that the agent had seen; None says that they send it whatever has come since.

    Raises:
        NotOwnerError: The agent does not own the conversation.
        RepliedMeanwhileError: A colleague has replied after `seen`.
        ReplyHoldsSecretError: The reply holds a full card or identity number.
        AsksForSecretError: The reply asks for what nobody here may ask for.
        TextEmptyError, TextTooLongError, ClientIdReusedError: As for customers.
    """
    written = clean_text(text) if attached is None else clean_caption(text)
    cleaned = written if attached is None else written or attached.stand_in
    extra: Json = {} if attached is None else {**attached.body, "captioned": bool(written)}
    conversation = await store.lock_conversation(session, conversation_id)
    # Two clients choose their ids independently; an agent's are kept apart from the customer's.
    own_id = f"agent:{client_id}"
    repeated = await store.find_message_in(session, conversation_id, own_id)
    if repeated is not None:
        if repeated.text != cleaned or repeated.agent_id != agent_id or repeated.body.get("file") != extra.get("file"):
            raise ClientIdReusedError
        return Accepted(message=repeated, is_new=False, owner=conversation.owner, agent_id=conversation.agent_id)
    if conversation.owner is not Owner.AGENT or conversation.agent_id != agent_id:
        raise NotOwnerError
    secret = find_forbidden_ask(cleaned)
    if secret is not None:
        raise AsksForSecretError(secret=secret, rule=refusal_words(secret))
    _refuse_secrets(cleaned)
    if seen is not None:
        await _refuse_unseen(session, conversation_id, agent_id, seen)
    message = await write(
        session,
        conversation,
        sender=Sender.AGENT,
        kind=MessageKind.TEXT if attached is None else attached.kind,
        text=cleaned,
        body={"agent": {"name": agent_name}, **extra},
        client_id=own_id,
        agent_id=agent_id,
    )
    # Whoever replies has read what stands above.
    conversation.agent_read_seq = conversation.last_seq
    return Accepted(message=message, is_new=True, owner=conversation.owner, agent_id=conversation.agent_id)


def _refuse_secrets(reply: str) -> None:
    """Refuse rather than mask: an agent whose text was changed silently would think that it was sent."""
    for secret in mask(reply).secrets:
        if secret in {Secret.CARD, Secret.IDENTITY}:
            raise ReplyHoldsSecretError(secret=secret.value)


async def _refuse_unseen(session: AsyncSession, conversation_id: str, agent_id: str, seen: int) -> None:
    other = await store.find_reply_of_others(session, conversation_id, agent_id, after=seen)
    if other is not None:
        raise RepliedMeanwhileError(agent=(other.body.get("agent") or {}).get("name", ""), seq=other.seq)
