"""Passing a conversation on: to an agent, to a team, and what supervisors take over or give to somebody."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents import presence
from helpdesk.agents import service as agents
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, may, roles_with
from helpdesk.cases import service as cases
from helpdesk.cases.model import Priority
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Owner
from helpdesk.conversations.ownership import change_owner
from helpdesk.errors import NotOwnerError, TransitionNotAllowedError
from helpdesk.handoff import queue
from helpdesk.handoff.errors import (
    AgentAwayError,
    AgentCannotServeError,
    AgentFullError,
    AgentOfflineError,
    TeamOfflineError,
    TransferToSelfError,
)
from helpdesk.handoff.events import tell
from helpdesk.handoff.load import loads
from helpdesk.handoff.service import hand_over
from helpdesk.privacy.masking import mask
from helpdesk.teams import service as teams


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A conversation that changed hands, and the agents whose lists changed with it."""

    conversation: Conversation
    agent_ids: tuple[str, ...]


async def transfer_to_agent(
    session: AsyncSession, conversation_id: str, agent: Agent, *, to_agent: str, note: str | None
) -> Moved:
    """Give one's own conversation to a colleague who is there and has room.

    Raises:
        NotOwnerError: The agent does not own it.
        TransferToSelfError, AgentCannotServeError, AgentOfflineError, AgentAwayError, AgentFullError: Not to them.
        AgentNotFoundError: There is no such colleague.
    """
    conversation = await _owned(session, conversation_id, agent)
    target = await _ready(session, to_agent, holder_id=agent.id)
    return await _give(session, conversation, target, reason="transferred", decided_by=f"agent:{agent.id}", note=note)


async def transfer_to_team(
    session: AsyncSession, conversation_id: str, agent: Agent, *, to_team: str, note: str | None, may_wait: bool
) -> Moved:
    """Put one's own conversation in the queue for a team, where it keeps its place.

    Raises:
        NotOwnerError: The agent does not own it.
        TeamNotFoundError: There is no such team.
        TeamOfflineError: Nobody else of the team is available, and not `may_wait`.
    """
    conversation = await _owned(session, conversation_id, agent)
    team = await teams.get_team(session, to_team)
    if not may_wait and not await _is_anybody_there(session, team.members - {agent.id}):
        raise TeamOfflineError(team=team.team.name)
    case = await cases.find_open_case(session, conversation.id)
    await hand_over(
        session,
        conversation,
        reason="transferred_to_team",
        priority=case.priority if case else Priority.HIGH,
        decided_by=f"agent:{agent.id}",
        note=_masked(note),
        team_id=team.team.id,
        is_put_back=True,
    )
    return Moved(conversation=conversation, agent_ids=(agent.id,))


async def take_over(session: AsyncSession, conversation_id: str, supervisor: Agent, *, reason: str) -> Moved:
    """Let a supervisor serve a waiting customer or a colleague's, whoever it is offered to.

    Raises:
        TransferToSelfError: They have it already.
        TransitionNotAllowedError: It is the bot's, or closed.
    """
    conversation = await store.lock_conversation(session, conversation_id)
    if conversation.agent_id == supervisor.id:
        raise TransferToSelfError
    return await _give(
        session, conversation, supervisor, reason="taken_over", decided_by=f"agent:{supervisor.id}", note=reason
    )


async def reassign(
    session: AsyncSession, conversation_id: str, supervisor: Agent, *, to_agent: str, reason: str
) -> Moved:
    """Let a supervisor give a waiting customer or a colleague's to somebody who is there and has room.

    Raises:
        TransferToSelfError, AgentCannotServeError, AgentOfflineError, AgentAwayError, AgentFullError: Not to them.
        AgentNotFoundError: There is no such agent.
        TransitionNotAllowedError: It is the bot's, or closed.
    """
    conversation = await store.lock_conversation(session, conversation_id)
    target = await _ready(session, to_agent, holder_id=conversation.agent_id)
    return await _give(
        session, conversation, target, reason="reassigned", decided_by=f"agent:{supervisor.id}", note=reason
    )


async def _owned(session: AsyncSession, conversation_id: str, agent: Agent) -> Conversation:
    conversation = await store.lock_conversation(session, conversation_id)
    if conversation.owner is not Owner.AGENT or conversation.agent_id != agent.id:
        raise NotOwnerError
    return conversation


async def _ready(session: AsyncSession, agent_id: str, *, holder_id: str | None) -> Agent:
    """Return an agent who can be given a conversation now, locked so that two givers count one after the other."""
    found = await agents.get_agent(session, agent_id)
    if found.id == holder_id:
        raise TransferToSelfError
    target = await session.get_one(Agent, agent_id, with_for_update={"key_share": True}, populate_existing=True)
    if not target.active or not may(target, Right.SERVE):
        raise AgentCannotServeError(agent=target.name)
    until = (await presence.seen_until(session, [target.id])).get(target.id)
    if until is None or until <= clock.now():
        raise AgentOfflineError(agent=target.name)
    if not target.available:
        raise AgentAwayError(agent=target.name)
    if (await loads(session, [target.id])).get(target.id, 0) >= target.capacity:
        raise AgentFullError(agent=target.name, capacity=target.capacity)
    return target


async def _is_anybody_there(session: AsyncSession, agent_ids: frozenset[str]) -> bool:
    found = await session.scalar(
        select(Agent.id)
        .where(
            Agent.id.in_(agent_ids),
            Agent.active.is_(True),
            Agent.available.is_(True),
            Agent.role.in_(roles_with(Right.SERVE)),
            presence.is_present(),
        )
        .limit(1)
    )
    return found is not None


async def _give(
    session: AsyncSession, conversation: Conversation, target: Agent, *, reason: str, decided_by: str, note: str | None
) -> Moved:
    if conversation.owner not in {Owner.QUEUED, Owner.AGENT}:
        raise TransitionNotAllowedError(owner=conversation.owner.value, target=Owner.AGENT.value)
    before = conversation.agent_id
    if conversation.owner is Owner.QUEUED:
        await queue.leave(session, conversation.id, outcome="claimed", agent_id=target.id)
    await change_owner(
        session,
        conversation,
        Owner.AGENT,
        reason=reason,
        decided_by=decided_by,
        agent_id=target.id,
        note=_masked(note),
    )
    # Who takes it on has read nothing of it yet.
    conversation.agent_read_seq = 0
    await cases.start_work(session, conversation.id, agent_id=target.id)
    await tell(session, conversation, "agent_joined", agent={"name": target.name}, name=target.name)
    return Moved(conversation=conversation, agent_ids=tuple(one for one in (before, target.id) if one is not None))


def _masked(note: str | None) -> str | None:
    return mask(note).text if note else None
