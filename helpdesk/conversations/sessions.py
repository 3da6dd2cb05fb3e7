"""Customer sessions: guests and customers whom the host app has signed in."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.conversations import service, store
from helpdesk.conversations.model import ChannelIdentity, Contact, Conversation, CustomerSession
from helpdesk.errors import SessionInvalidError

_TOKEN_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class HostIdentity:
    """Who the host app says the customer is."""

    subject: str
    name: str
    # `elder` or `disabled`, where the host knows that the customer is served first.
    care: str | None = None


@dataclass(frozen=True, kw_only=True)
class OpenedSession:
    """A fresh session: its bearer token is shown only here."""

    token: str
    contact: Contact
    conversation: Conversation
    session: CustomerSession


def _hash(token: str) -> str:
    # The token is 32 random bytes: a plain hash is enough, nothing can be guessed. A header may hold any bytes.
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


async def open_session(
    session: AsyncSession, *, identity: HostIdentity | None, channel: str, days: int
) -> OpenedSession:
    """Open a session for a guest (`identity` None) or for the host app's customer."""
    at = clock.now()
    contact: Contact | None = None
    if identity is not None:
        contact = await store.find_contact(session, channel="host_app", account="default", external_id=identity.subject)
    if contact is None:
        contact = Contact(name=identity.name if identity else "", verified=identity is not None, created_at=at)
        session.add(contact)
        # The rows below refer to it.
        await session.flush()
        if identity is not None:
            session.add(
                ChannelIdentity(
                    contact_id=contact.id,
                    channel="host_app",
                    account="default",
                    external_id=identity.subject,
                    created_at=at,
                )
            )
    elif identity is not None and identity.name:
        contact.name = identity.name
    if identity is not None and identity.care is not None:
        contact.care, contact.care_source = identity.care, "host"
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = CustomerSession(
        token_hash=_hash(token), contact_id=contact.id, created_at=at, expires_at=at + timedelta(days=days)
    )
    session.add(row)
    conversation = await service.current_conversation(session, contact.id, channel=channel)
    return OpenedSession(token=token, contact=contact, conversation=conversation, session=row)


async def authenticate(session: AsyncSession, token: str) -> CustomerSession:
    """Return the session that belongs to a bearer token.

    Raises:
        SessionInvalidError: There is none, or it has expired.
    """
    row = await store.find_session(session, _hash(token))
    if row is None or row.expires_at <= clock.now():
        raise SessionInvalidError
    return row
