"""From the bot to a person and back: requesting, queueing, claiming, returning, closing."""

from functools import partial

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents import service as agents
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, may
from helpdesk.cases import service as cases
from helpdesk.cases import timeline
from helpdesk.cases.model import Priority
from helpdesk.clocks import service as clocks
from helpdesk.clocks.model import ClockKind
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Owner, Sender
from helpdesk.conversations.ownership import change_owner
from helpdesk.database import Json
from helpdesk.errors import (
    AlreadyClaimedError,
    HandoffNotQueuedError,
    NotOwnerError,
    NotQueuedError,
    ResolutionUnknownError,
)
from helpdesk.handoff import care, offers, promise, queue
from helpdesk.handoff.errors import CustomerWroteError, OfferedToOtherError
from helpdesk.handoff.events import tell
from helpdesk.handoff.model import HandoffRequest, QueueEntry
from helpdesk.privacy.masking import mask
from helpdesk.ratings import requests as ratings
from helpdesk.texts import titles

# Flags of a scam case which let a customer go ahead of those who are equally pressing.
_VULNERABLE = {"elderly", "disabled"}

# Closing codes after which work on the case goes on.
_CASE_STAYS_OPEN = {"follow_up"}


async def find_request(session: AsyncSession, conversation_id: str, message_id: str) -> HandoffRequest | None:
    """Return what a bot turn asked for, applied or not."""
    return await session.scalar(
        select(HandoffRequest).where(
            HandoffRequest.conversation_id == conversation_id, HandoffRequest.message_id == message_id
        )
    )


async def request_handoff(
    session: AsyncSession,
    *,
    conversation_id: str,
    message_id: str,
    reason: str,
    priority: Priority,
    case_id: str | None = None,
    facts: Json | None = None,
) -> HandoffRequest:
    """Record that the turn of `message_id` wants a person; asking again changes nothing."""
    existing = await find_request(session, conversation_id, message_id)
    if existing is not None:
        return existing
    request = HandoffRequest(
        conversation_id=conversation_id,
        message_id=message_id,
        reason=reason,
        priority=priority,
        case_id=case_id,
        facts=facts or {},
        requested_at=clock.now(),
    )
    session.add(request)
    return request


async def apply_request(session: AsyncSession, conversation: Conversation, request: HandoffRequest) -> bool:
    """Make a recorded request effective on a locked conversation; return whether the owner changed.

    A conversation that waits already is moved forward if the request is more pressing.
    """
    if request.applied_at is not None:
        return False
    request.applied_at = clock.now()
    if conversation.owner is Owner.QUEUED:
        await raise_priority(session, conversation, request.priority, reason=request.reason)
    if conversation.owner is not Owner.BOT:
        return False
    await hand_over(session, conversation, reason=request.reason, priority=request.priority, decided_by="bot")
    return True


async def raise_priority(session: AsyncSession, conversation: Conversation, priority: Priority, *, reason: str) -> None:
    """Move a waiting conversation forward, and its case with it: the urgency outlives the wait."""
    if not await queue.raise_priority(session, conversation.id, priority, reason=reason):
        return
    await clocks.hasten(session, ClockKind.FIRST_REPLY, conversation_id=conversation.id, priority=priority.value)
    case = await cases.find_open_case(session, conversation.id)
    if case is not None and priority.rank < case.priority.rank:
        case.priority = priority
        await timeline.append(session, case, kind="raised", actor="bot", details={"reason": reason})


async def hand_over(
    session: AsyncSession,
    conversation: Conversation,
    *,
    reason: str,
    priority: Priority,
    decided_by: str,
    note: str | None = None,
    team_id: str | None = None,
    is_put_back: bool = False,
) -> None:
    """Put a locked conversation in the queue, with a case and a line that tells the customer.

    Args:
        session: The caller's transaction.
        conversation: Locked.
        reason: A code of the texts `reasons`.
        priority: Raised to that of its case.
        decided_by: Who wants it.
        note: For the desk only.
        team_id: Whose turn it is, where somebody has chosen a team.
        is_put_back: An agent had it and did nothing: the customer keeps their place and is told so.

    Raises:
        TransitionNotAllowedError: It is neither the bot's nor an agent's.
    """
    said = await _customer_words(session, conversation)
    case = await cases.open_enquiry_if_none(
        session,
        conversation,
        priority=priority,
        summary=said[-1] if said else "",
        details={"reason": reason, "said": said},
        actor=decided_by,
    )
    await change_owner(session, conversation, Owner.QUEUED, reason=reason, decided_by=decided_by, note=note)
    entry = await queue.enter(
        session,
        conversation.id,
        priority=min(priority, case.priority, key=lambda p: p.rank),
        reason=reason,
        vulnerable=await is_vulnerable(session, conversation.id),
        team_id=team_id,
        keeps_place=is_put_back,
    )
    await _promise_first_reply(session, entry)
    await timeline.append(session, case, kind="queued", actor=decided_by, details={"reason": reason, "said": said})
    place = await queue.place_of(session, conversation.id)
    sentence = await _sentence(session, entry, is_urgent=priority is Priority.URGENT)
    if is_put_back and entry.promised_at is None:
        sentence = "put_back"
    await tell(
        session,
        conversation,
        "kept" if entry.promised_at else "queued",
        key=sentence,
        position=place.position if place else 1,
        case_number=case.number,
        promised=promise.spoken(entry.promised_at) if entry.promised_at else "",
    )


async def is_vulnerable(session: AsyncSession, conversation_id: str) -> bool:
    """Return whether the customer is elderly or disabled, as far as they, the host app or their cases say so."""
    if await care.is_cared_for(session, await store.get_conversation(session, conversation_id)):
        return True
    for case in await cases.open_cases_of(session, conversation_id):
        if _VULNERABLE & set(case.fields.get("vulnerable_flags") or ()):
            return True
    return False


async def _promise_first_reply(session: AsyncSession, entry: QueueEntry) -> None:
    """Start the clock; a customer who waits since an earlier handoff keeps it, unless it has become more pressing."""
    priority = entry.priority.value
    await clocks.start(session, ClockKind.FIRST_REPLY, conversation_id=entry.conversation_id, priority=priority)
    await clocks.hasten(session, ClockKind.FIRST_REPLY, conversation_id=entry.conversation_id, priority=priority)


async def _sentence(session: AsyncSession, entry: QueueEntry, *, is_urgent: bool) -> str:
    """Return the key of what the customer is told; who cannot be answered at once gets a promised time."""
    somebody = await agents.anybody_available(session)
    # Not since when they wait: who is put back has their old place.
    now = clock.now()
    # Urgent matters go to whoever is there, at any hour.
    if somebody and (is_urgent or promise.is_within_hours(now)):
        return "queued_urgent" if is_urgent else "queued"
    entry.promised_at = promise.promised_at(now, entry.priority)
    if is_urgent:
        return "kept_urgent"
    return "kept" if promise.is_within_hours(now) else "kept_outside_hours"


async def _customer_words(session: AsyncSession, conversation: Conversation, *, limit: int = 5) -> list[str]:
    recent = await store.last_messages(session, conversation.id, limit=40)
    return [message.text for message in recent if message.sender is Sender.CUSTOMER][-limit:]


async def cancel(session: AsyncSession, conversation_id: str) -> Conversation:
    """Let a waiting customer go back to the bot.

    Raises:
        HandoffNotQueuedError: The conversation does not wait.
    """
    conversation = await store.lock_conversation(session, conversation_id)
    if conversation.owner is not Owner.QUEUED:
        raise HandoffNotQueuedError
    await queue.leave(session, conversation.id, outcome="cancelled")
    await clocks.drop_all(session, conversation_id=conversation.id)
    await change_owner(session, conversation, Owner.BOT, reason="customer_cancelled", decided_by="customer")
    await tell(session, conversation, "returned_to_bot", key="cancelled")
    return conversation


async def claim(session: AsyncSession, conversation_id: str, agent: Agent) -> Conversation:
    """Give a waiting conversation to an agent; the row lock lets exactly one of two win.

    Raises:
        AlreadyClaimedError: Another agent was first.
        OfferedToOtherError: It is being offered to another agent; only supervisors reach past an offer.
        NotQueuedError: It does not wait in the queue.
    """
    conversation = await store.lock_conversation(session, conversation_id)
    if conversation.owner is Owner.AGENT:
        if conversation.agent_id == agent.id:
            return conversation
        holder = await session.get_one(Agent, conversation.agent_id)
        raise AlreadyClaimedError(agent=holder.name)
    if conversation.owner is not Owner.QUEUED:
        raise NotQueuedError
    is_offered = await _is_offered(session, conversation, agent)
    await queue.leave(session, conversation.id, outcome="claimed", agent_id=agent.id)
    taken = partial(change_owner, session, conversation, Owner.AGENT, decided_by=f"agent:{agent.id}", agent_id=agent.id)
    if is_offered:
        await taken(reason="offered")
    else:
        await taken(reason="claimed")
    await cases.start_work(session, conversation.id, agent_id=agent.id)
    await tell(session, conversation, "agent_joined", agent={"name": agent.name}, name=agent.name)
    return conversation


async def _is_offered(session: AsyncSession, conversation: Conversation, agent: Agent) -> bool:
    """Return whether a waiting conversation is offered to the agent, refusing what is offered to another one."""
    entry = await queue.find_entry(session, conversation.id)
    offer = await offers.find_open(session, entry.id) if entry is not None else None
    if offer is None:
        return False
    if offer.agent_id == agent.id:
        return True
    if offer.accept_until > clock.now() and not may(agent, Right.ASSIGN):
        raise OfferedToOtherError(agent=(await session.get_one(Agent, offer.agent_id)).name)
    return False


async def _owned(session: AsyncSession, conversation_id: str, agent: Agent) -> Conversation:
    conversation = await store.lock_conversation(session, conversation_id)
    if conversation.owner is not Owner.AGENT or conversation.agent_id != agent.id:
        raise NotOwnerError
    return conversation


async def return_to_bot(session: AsyncSession, conversation_id: str, agent: Agent) -> Conversation:
    """Give an agent's conversation back to the bot.

    Raises:
        NotOwnerError: The agent does not own it.
    """
    conversation = await _owned(session, conversation_id, agent)
    await clocks.drop_all(session, conversation_id=conversation.id)
    await change_owner(session, conversation, Owner.BOT, reason="returned", decided_by=f"agent:{agent.id}")
    await tell(session, conversation, "returned_to_bot", key="returned")
    return conversation


async def requeue(session: AsyncSession, conversation_id: str, agent: Agent, *, note: str | None) -> Conversation:
    """Put an agent's conversation back in the queue for somebody else.

    Raises:
        NotOwnerError: The agent does not own it.
    """
    conversation = await _owned(session, conversation_id, agent)
    case = await cases.find_open_case(session, conversation.id)
    await hand_over(
        session,
        conversation,
        reason="requeued",
        priority=case.priority if case else Priority.HIGH,
        decided_by=f"agent:{agent.id}",
        note=mask(note).text if note else None,
    )
    return conversation


async def requeue_all(session: AsyncSession, agent_id: str, *, decided_by: str) -> list[str]:
    """Put all conversations of an agent who may no longer serve back in the queue; return their ids."""
    moved = []
    for owned in await store.conversations_of_agent(session, agent_id):
        conversation = await store.lock_conversation(session, owned.id)
        if conversation.owner is not Owner.AGENT or conversation.agent_id != agent_id:
            continue
        case = await cases.find_open_case(session, conversation.id)
        await hand_over(
            session,
            conversation,
            reason="agent_left",
            priority=case.priority if case else Priority.HIGH,
            decided_by=decided_by,
            is_put_back=True,
        )
        moved.append(conversation.id)
    return moved


async def close(
    session: AsyncSession, conversation_id: str, agent: Agent, *, resolution: str, note: str, seen: int | None = None
) -> Conversation:
    """End an agent's conversation and ask the customer for a rating of each session.

    `seen` is the last message that the agent had seen; None says that they close it whatever has come since.

    Raises:
        NotOwnerError: The agent does not own it.
        CustomerWroteError: The customer wrote after `seen`.
        ResolutionUnknownError: There is no such closing code.
    """
    if resolution not in titles("resolutions"):
        raise ResolutionUnknownError
    conversation = await _owned(session, conversation_id, agent)
    # Under the lock: whatever the customer writes from here on opens the next conversation.
    if seen is not None and await store.customer_wrote_after(session, conversation.id, seen):
        raise CustomerWroteError
    # The timeline keeps it for good, and the customer may be given a copy.
    note = mask(note).text
    conversation.resolution = resolution
    conversation.resolution_note = note
    await cases.close_cases(
        session,
        conversation.id,
        resolution=resolution,
        note=note,
        actor=f"agent:{agent.id}",
        keep_open=resolution in _CASE_STAYS_OPEN,
    )
    await clocks.drop_all(session, conversation_id=conversation.id)
    await change_owner(session, conversation, Owner.CLOSED, reason=resolution, decided_by=f"agent:{agent.id}")
    await tell(session, conversation, "closed")
    await ratings.ask(session, conversation)
    return conversation
