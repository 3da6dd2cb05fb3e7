"""Conversations whose agent is gone or silent: back to the queue, where the customer keeps their place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents import presence
from helpdesk.cases import service as cases
from helpdesk.cases.model import Priority
from helpdesk.conversations import store
from helpdesk.conversations.model import Assignment, Conversation, Message, Owner, Sender
from helpdesk.handoff.service import hand_over

_PAGE = 200
# What an agent is told they lost a conversation by; their own steps they know of.
LOST_BY = ("no_reply", "agent_offline", "taken_over", "reassigned")
_TOLD_FOR = timedelta(hours=1)
_MOST_TOLD = 20


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """An agent's conversation that somebody else should have; `epoch` says of which ownership that is true."""

    conversation_id: str
    epoch: int
    agent_id: str
    is_offline: bool


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long an agent may be gone, and how long a customer waits for the first word after a claim."""

    offline: timedelta
    reply: timedelta


async def find_overdue(session: AsyncSession, patience: Patience, *, with_offline: bool = True) -> Sequence[Overdue]:
    """Return what has to go back to the queue, without locking it.

    `with_offline` is false while it cannot be known who is gone: just after a start, before the desks are back.
    """
    now = clock.now()
    soonest = min(patience.offline, patience.reply)
    rows = await session.execute(
        select(Conversation, Assignment.started_at)
        .join(
            Assignment,
            (Assignment.conversation_id == Conversation.id) & (Assignment.epoch == Conversation.owner_epoch),
        )
        .where(Conversation.owner == Owner.AGENT, Assignment.started_at <= now - soonest)
        .order_by(Assignment.started_at, Conversation.id)
    )
    owned = rows.all()
    until = await presence.seen_until(session, {one.agent_id for one, _ in owned if one.agent_id is not None})
    silent = await _silent_since(session, now - patience.reply)
    found = []
    for conversation, started_at in owned:
        agent_id = conversation.agent_id
        if agent_id is None:
            continue
        gone_at = max(until.get(agent_id, started_at), started_at)
        is_offline = with_offline and gone_at <= now - patience.offline
        if is_offline or conversation.id in silent:
            found.append(
                Overdue(
                    conversation_id=conversation.id,
                    epoch=conversation.owner_epoch,
                    agent_id=agent_id,
                    is_offline=is_offline,
                )
            )
    return found[:_PAGE]


async def _silent_since(session: AsyncSession, before: datetime) -> frozenset[str]:
    """Return the conversations whose agent has not said a word to a customer who has waited for one since `before`."""
    replied = exists().where(
        Message.conversation_id == Conversation.id,
        Message.sender == Sender.AGENT,
        Message.agent_id == Conversation.agent_id,
        Message.created_at >= Assignment.started_at,
    )
    rows = await session.execute(
        select(Conversation.id)
        .join(
            Assignment,
            (Assignment.conversation_id == Conversation.id) & (Assignment.epoch == Conversation.owner_epoch),
        )
        .where(Conversation.owner == Owner.AGENT, Assignment.started_at <= before, ~replied)
    )
    return frozenset([one for (one,) in rows.all() if await _is_waiting_since(session, one, before)])


async def _is_waiting_since(session: AsyncSession, conversation_id: str, before: datetime) -> bool:
    """Return whether the customer waits for a word since `before`: nobody has answered what they said last."""
    answered = await session.scalar(
        select(func.max(Message.seq)).where(Message.conversation_id == conversation_id, Message.sender == Sender.AGENT)
    )
    if answered is None:
        # They asked for a person, with or without a word, and none has spoken.
        return True
    asked_at = await session.scalar(
        select(func.min(Message.created_at)).where(
            Message.conversation_id == conversation_id, Message.sender == Sender.CUSTOMER, Message.seq > answered
        )
    )
    return asked_at is not None and asked_at <= before


async def take_back(session: AsyncSession, overdue: Overdue) -> bool:
    """Put an overdue conversation back in the queue; false where somebody has acted in the meantime."""
    conversation = await store.lock_conversation(session, overdue.conversation_id)
    if conversation.owner is not Owner.AGENT or conversation.owner_epoch != overdue.epoch:
        return False
    case = await cases.find_open_case(session, conversation.id)
    priority = case.priority if case else Priority.HIGH
    if overdue.is_offline:
        # They may have come back between the look and the lock.
        if await _is_back(session, overdue.agent_id):
            return False
        await hand_over(
            session, conversation, reason="agent_offline", priority=priority, decided_by="system", is_put_back=True
        )
    else:
        # It may have been said between the look and the lock.
        if await _has_replied(session, conversation):
            return False
        await hand_over(
            session, conversation, reason="no_reply", priority=priority, decided_by="system", is_put_back=True
        )
    return True


async def _is_back(session: AsyncSession, agent_id: str) -> bool:
    until = (await presence.seen_until(session, [agent_id])).get(agent_id)
    return until is not None and until > clock.now()


async def _has_replied(session: AsyncSession, conversation: Conversation) -> bool:
    found = await session.scalar(
        select(Message.id)
        .join(
            Assignment,
            (Assignment.conversation_id == Message.conversation_id) & (Assignment.epoch == conversation.owner_epoch),
        )
        .where(
            Message.conversation_id == conversation.id,
            Message.agent_id == conversation.agent_id,
            Message.created_at >= Assignment.started_at,
        )
        .limit(1)
    )
    return found is not None


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A conversation that an agent lost not long ago, and by what."""

    assignment: Assignment
    by: Assignment


async def lost_by_agent(session: AsyncSession, agent_id: str) -> Sequence[Lost]:
    """Return what was taken from an agent within the hour, newest first."""
    ended, after = Assignment, select(Assignment).subquery()
    rows = await session.execute(
        select(ended, after.c.id)
        .join(after, (after.c.conversation_id == ended.conversation_id) & (after.c.epoch == ended.epoch + 1))
        .where(
            ended.agent_id == agent_id,
            ended.ended_at > clock.now() - _TOLD_FOR,
            after.c.reason.in_(LOST_BY),
            after.c.decided_by != f"agent:{agent_id}",
        )
        .order_by(ended.ended_at.desc(), ended.id)
        .limit(_MOST_TOLD)
    )
    return [
        Lost(assignment=assignment, by=await session.get_one(Assignment, next_id)) for assignment, next_id in rows.all()
    ]
