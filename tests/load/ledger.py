"""What the database holds after the load, as plain records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from helpdesk.conversations.model import Assignment, Conversation, Message, Owner, Sender, TurnState
from helpdesk.database import Database
from helpdesk.handoff.model import QueueEntry


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A message as stored."""

    id: str
    conversation: str
    seq: int
    sender: Sender
    client_id: str | None
    in_reply_to: str | None
    reply_index: int | None
    is_waiting: bool
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Who owned a conversation, from when until when."""

    epoch: int
    owner: Owner
    agent: str | None
    began: datetime
    ended: datetime | None


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Conversations with their messages by sequence number and their intervals by epoch; who waits in the queue."""

    conversations: dict[str, Conversation]
    messages: dict[str, list[Entry]]
    intervals: dict[str, list[Interval]]
    waiting: Sequence[str]


async def read_ledger(database: Database) -> Ledger:
    """Read everything once."""
    async with database.reading() as session:
        conversations = {row.id: row for row in await session.scalars(select(Conversation))}
        ledger = Ledger(
            conversations=conversations,
            messages={conversation_id: [] for conversation_id in conversations},
            intervals={conversation_id: [] for conversation_id in conversations},
            waiting=(
                await session.scalars(select(QueueEntry.conversation_id).where(QueueEntry.left_at.is_(None)))
            ).all(),
        )
        for row in await session.scalars(select(Message).order_by(Message.conversation_id, Message.seq)):
            ledger.messages[row.conversation_id].append(_entry(row))
        for interval in await session.scalars(
            select(Assignment).order_by(Assignment.conversation_id, Assignment.epoch)
        ):
            ledger.intervals[interval.conversation_id].append(
                Interval(
                    epoch=interval.epoch,
                    owner=interval.owner,
                    agent=interval.agent_id,
                    began=interval.started_at,
                    ended=interval.ended_at,
                )
            )
    return ledger


def _entry(row: Message) -> Entry:
    return Entry(
        id=row.id,
        conversation=row.conversation_id,
        seq=row.seq,
        sender=row.sender,
        client_id=row.client_id,
        in_reply_to=row.in_reply_to,
        reply_index=row.reply_index,
        is_waiting=row.turn_state is TurnState.WAITING,
        at=row.created_at,
    )
