"""The owner machine: the only place that changes who owns a conversation."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.conversations.model import Assignment, Conversation, Owner
from helpdesk.errors import TransitionNotAllowedError

# Who may follow whom. A closed conversation stays closed: a later message opens a new one, linked to it.
ALLOWED: frozenset[tuple[Owner, Owner]] = frozenset(
    {
        (Owner.BOT, Owner.QUEUED),
        (Owner.BOT, Owner.CLOSED),
        (Owner.QUEUED, Owner.AGENT),
        (Owner.QUEUED, Owner.BOT),
        (Owner.QUEUED, Owner.CLOSED),
        (Owner.AGENT, Owner.AGENT),
        (Owner.AGENT, Owner.QUEUED),
        (Owner.AGENT, Owner.BOT),
        (Owner.AGENT, Owner.CLOSED),
    }
)


async def begin(session: AsyncSession, conversation: Conversation) -> None:
    """Write the first interval of a new conversation, which the bot owns."""
    session.add(
        Assignment(
            conversation_id=conversation.id,
            epoch=conversation.owner_epoch,
            owner=conversation.owner,
            reason="opened",
            decided_by="customer",
            started_at=conversation.opened_at,
        )
    )


async def change_owner(
    session: AsyncSession,
    conversation: Conversation,
    target: Owner,
    *,
    reason: str,
    decided_by: str,
    agent_id: str | None = None,
    note: str | None = None,
) -> None:
    """Move a locked conversation to a new owner, raise its epoch and record the interval.

    The caller holds the conversation's row lock (`store.lock_conversation`).

    Raises:
        TransitionNotAllowedError: The owner machine has no such move; from an agent to the same one is none.
    """
    is_same_agent = agent_id is not None and agent_id == conversation.agent_id
    if (
        (conversation.owner, target) not in ALLOWED
        or is_same_agent
        or (target is Owner.AGENT) != (agent_id is not None)
    ):
        raise TransitionNotAllowedError(owner=conversation.owner.value, target=target.value)
    at = clock.now()
    current = await session.scalar(
        select(Assignment).where(
            Assignment.conversation_id == conversation.id, Assignment.epoch == conversation.owner_epoch
        )
    )
    if current is not None:
        current.ended_at = at
    conversation.owner = target
    conversation.owner_epoch += 1
    conversation.agent_id = agent_id
    conversation.closed_at = at if target is Owner.CLOSED else None
    session.add(
        Assignment(
            conversation_id=conversation.id,
            epoch=conversation.owner_epoch,
            owner=target,
            agent_id=agent_id,
            reason=reason,
            decided_by=decided_by,
            note=note,
            started_at=at,
        )
    )
