"""What a supervisor watches: the queue in numbers, who serves with how much to do, and which promises are due next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents.model import Agent
from helpdesk.agents.presence import is_present
from helpdesk.agents.rights import Right, may
from helpdesk.cases.model import Case, CaseConversation, Priority
from helpdesk.clocks.model import Clock
from helpdesk.clocks.service import is_open
from helpdesk.conversations.model import Conversation, Owner
from helpdesk.handoff.load import loads
from helpdesk.handoff.model import QueueEntry

_DUE = 15


@dataclass(frozen=True, kw_only=True)
class Band:
    """Those who wait with one priority."""

    priority: Priority
    waiting: int
    oldest_since: datetime | None


@dataclass(frozen=True, kw_only=True)
class AgentState:
    """An agent: `state` is available, away (at the desk without taking anybody) or offline."""

    agent: Agent
    state: str
    carried: int


@dataclass(frozen=True, kw_only=True)
class DuePromise:
    """An open promise with where it is kept: a conversation to open, its case, and who serves."""

    promise: Clock
    conversation_id: str | None
    case: Case | None
    agent: Agent | None


@dataclass(frozen=True, kw_only=True)
class Live:
    """The state of the desk at a moment."""

    at: datetime
    bands: Sequence[Band]
    agents: Sequence[AgentState]
    due: Sequence[DuePromise]


async def live_state(session: AsyncSession) -> Live:
    """Return how the desk stands now."""
    return Live(at=clock.now(), bands=await _bands(session), agents=await _agents(session), due=await _due(session))


async def _bands(session: AsyncSession) -> list[Band]:
    rows = await session.execute(
        select(QueueEntry.priority, func.count(), func.min(QueueEntry.entered_at))
        .where(QueueEntry.left_at.is_(None))
        .group_by(QueueEntry.priority)
    )
    found = {priority: (number, oldest) for priority, number, oldest in rows}
    return [
        Band(priority=priority, waiting=number, oldest_since=oldest)
        for priority in Priority
        for number, oldest in (found.get(priority, (0, None)),)
    ]


async def _agents(session: AsyncSession) -> list[AgentState]:
    rows = await session.execute(
        select(Agent, is_present()).where(Agent.active.is_(True)).order_by(Agent.name, Agent.id)
    )
    serving = [(agent, is_there) for agent, is_there in rows if may(agent, Right.SERVE)]
    carried = await loads(session, [agent.id for agent, _ in serving])
    states = [
        AgentState(
            agent=agent,
            state="offline" if not is_there else "available" if agent.available else "away",
            carried=carried.get(agent.id, 0),
        )
        for agent, is_there in serving
    ]
    order = {"available": 0, "away": 1, "offline": 2}
    # Who is gone and still has conversations is seen before who is simply not on duty.
    return sorted(states, key=lambda one: (order[one.state], -one.carried))


async def _due(session: AsyncSession) -> list[DuePromise]:
    rows = await session.scalars(
        select(Clock).where(is_open(), Clock.paused_since.is_(None)).order_by(Clock.due_at, Clock.id).limit(_DUE)
    )
    clocks = rows.all()
    places = await _places(session, clocks)
    return [
        DuePromise(promise=one, conversation_id=place.conversation_id, case=place.case, agent=place.agent)
        for one in clocks
        for place in (places.get(one.id, _Place()),)
    ]


@dataclass(frozen=True, kw_only=True)
class _Place:
    conversation_id: str | None = None
    case: Case | None = None
    agent: Agent | None = None


async def _places(session: AsyncSession, clocks: Sequence[Clock]) -> Mapping[str, _Place]:
    """Return where each promise is kept: its conversation, or the newest one of its case."""
    case_ids = [one.case_id for one in clocks if one.case_id is not None]
    conversation_ids = [one.conversation_id for one in clocks if one.conversation_id is not None]
    rows = await session.execute(
        select(CaseConversation.case_id, Conversation, Case)
        .join(Conversation, Conversation.id == CaseConversation.conversation_id)
        .join(Case, Case.id == CaseConversation.case_id)
        .where(CaseConversation.case_id.in_(case_ids) | CaseConversation.conversation_id.in_(conversation_ids))
        .order_by(Conversation.opened_at, Case.opened_at, Case.id)
    )
    of_case: dict[str, tuple[Conversation, Case]] = {}
    of_conversation: dict[str, tuple[Conversation, Case]] = {}
    for case_id, conversation, case in rows:
        of_case[case_id] = conversation, case
        of_conversation[conversation.id] = conversation, case
    agents = await _names(session, [conversation for conversation, _ in of_case.values()])
    found = {}
    for one in clocks:
        pair = of_case.get(one.case_id or "") or of_conversation.get(one.conversation_id or "")
        if pair is not None:
            conversation, case = pair
            agent = agents.get(conversation.agent_id or "") if conversation.owner is Owner.AGENT else None
            found[one.id] = _Place(conversation_id=conversation.id, case=case, agent=agent)
    return found


async def _names(session: AsyncSession, conversations: Sequence[Conversation]) -> Mapping[str, Agent]:
    ids = {one.agent_id for one in conversations if one.agent_id is not None}
    return {agent.id: agent for agent in await session.scalars(select(Agent).where(Agent.id.in_(ids)))}
