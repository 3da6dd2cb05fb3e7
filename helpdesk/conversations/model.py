"""Tables of contacts, sessions, conversations, messages and ownership intervals."""

from datetime import datetime
from enum import Enum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, Json, choice_column, id_column
from helpdesk.identifiers import new_id


class Owner(Enum):
    """Who answers a conversation; exactly one at any moment."""

    BOT = "bot"
    QUEUED = "queued"
    AGENT = "agent"
    CLOSED = "closed"


class Sender(Enum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class MessageKind(Enum):
    """What a message holds beside its text."""

    TEXT = "text"
    ANSWER = "answer"
    STOP_LOSS = "stop_loss"
    EVENT = "event"
    RATING_REQUEST = "rating_request"
    IMAGE = "image"
    FILE = "file"


class TurnState(Enum):
    """Whether a customer's message still waits to be looked at."""

    WAITING = "waiting"
    DONE = "done"


class Contact(Base, kw_only=True):
    """A customer, known by the host app's identity or only as a guest."""

    __tablename__ = "contact"

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    name: Mapped[str] = mapped_column(String(80), default="")
    verified: Mapped[bool] = mapped_column(default=False)
    # Elderly or disabled, and how that is known; handoff/care.py.
    care: Mapped[str | None] = mapped_column(String(16), default=None)
    care_source: Mapped[str | None] = mapped_column(String(16), default=None)
    created_at: Mapped[datetime]


class ChannelIdentity(Base, kw_only=True):
    """A contact as seen on one channel; the external id is unique there."""

    __tablename__ = "channel_identity"
    __table_args__ = (UniqueConstraint("channel", "account", "external_id"),)

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"), index=True)
    channel: Mapped[str] = mapped_column(String(32))
    account: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]


class CustomerSession(Base, kw_only=True):
    """A customer's bearer token; only its hash is kept."""

    __tablename__ = "customer_session"

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Conversation(Base, kw_only=True):
    """One matter on one channel, from its first message to its closing."""

    __tablename__ = "conversation"
    __table_args__ = (
        CheckConstraint("(owner = 'agent') = (agent_id IS NOT NULL)", name="agent_iff_owner_agent"),
        CheckConstraint("(owner = 'closed') = (closed_at IS NOT NULL)", name="closed_at_iff_closed"),
        Index("ix_conversation_contact_id_opened_at", "contact_id", "opened_at"),
        # A contact's row lock sees to it; this is for the day on which somebody forgets the lock.
        Index(
            "uq_conversation_open",
            "contact_id",
            unique=True,
            sqlite_where=text("owner <> 'closed'"),
            postgresql_where=text("owner <> 'closed'"),
        ),
        Index("ix_conversation_agent_id", "agent_id"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"))
    channel: Mapped[str] = mapped_column(String(32))
    owner: Mapped[Owner] = mapped_column(choice_column(Owner), default=Owner.BOT)
    owner_epoch: Mapped[int] = mapped_column(default=1)
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), default=None)
    last_seq: Mapped[int] = mapped_column(default=0)
    customer_read_seq: Mapped[int] = mapped_column(default=0)
    # How far messages have reached one of the customer's clients, seen or not.
    customer_delivered_seq: Mapped[int] = mapped_column(default=0)
    agent_read_seq: Mapped[int] = mapped_column(default=0)
    previous_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), default=None)
    opened_at: Mapped[datetime]
    last_message_at: Mapped[datetime]
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    resolution: Mapped[str | None] = mapped_column(String(32), default=None)
    resolution_note: Mapped[str | None] = mapped_column(Text, default=None)


class Message(Base, kw_only=True):
    """One entry of a transcript; never changed once written, but for the turn's bookkeeping."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "client_id"),
        # A customer's message is answered at most once, whoever tries.
        UniqueConstraint("in_reply_to", "reply_index"),
        Index("ix_message_waiting", "turn_state", "conversation_id", "seq"),
        # A day's figures.
        Index("ix_message_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    sender: Mapped[Sender] = mapped_column(choice_column(Sender))
    kind: Mapped[MessageKind] = mapped_column(choice_column(MessageKind), default=MessageKind.TEXT)
    text: Mapped[str] = mapped_column(Text)
    body: Mapped[Json] = mapped_column(default_factory=dict)
    # What the buttons of this message do, by button id; never leaves the server.
    button_payloads: Mapped[Json] = mapped_column(default_factory=dict)
    # What a pressed button asks of the bot; only on a customer's message.
    payload: Mapped[Json | None] = mapped_column(default=None)
    client_id: Mapped[str | None] = mapped_column(String(64), default=None)
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), default=None)
    in_reply_to: Mapped[str | None] = mapped_column(ForeignKey("message.id"), default=None)
    reply_index: Mapped[int | None] = mapped_column(default=None)
    article_id: Mapped[str | None] = mapped_column(String(64), default=None)
    article_version: Mapped[str | None] = mapped_column(String(64), default=None)
    nlu: Mapped[Json | None] = mapped_column(default=None)
    turn_state: Mapped[TurnState | None] = mapped_column(choice_column(TurnState), default=None)
    created_at: Mapped[datetime]

    @property
    def spoken(self) -> str:
        """What was put into words: of a picture or another file only what was written beside it."""
        is_file = self.kind in {MessageKind.IMAGE, MessageKind.FILE}
        return "" if is_file and not self.body.get("captioned") else self.text


class Assignment(Base, kw_only=True):
    """One interval of ownership, with the reason and who decided."""

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("conversation_id", "epoch"),
        # A day's figures, and how long people served lately.
        Index("ix_assignment_owner_started_at", "owner", "started_at"),
        Index("ix_assignment_owner_ended_at", "owner", "ended_at"),
        # Who served whom last, and how long somebody has been idle.
        Index("ix_assignment_agent_id", "agent_id", "ended_at"),
    )

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    epoch: Mapped[int]
    owner: Mapped[Owner] = mapped_column(choice_column(Owner))
    agent_id: Mapped[str | None] = mapped_column(ForeignKey("agent.id"), default=None)
    reason: Mapped[str] = mapped_column(String(64))
    decided_by: Mapped[str] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(Text, default=None)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
