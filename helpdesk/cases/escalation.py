"""Warnings and breaches of clocks: noted once, on the case's timeline, with the people who have to know."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock as wall
from helpdesk.agents.model import Agent, Role
from helpdesk.cases import timeline
from helpdesk.cases.model import Case, CaseConversation, CaseStatus
from helpdesk.clocks import service as clocks
from helpdesk.clocks.model import Clock
from helpdesk.conversations.model import Conversation, Owner
from helpdesk.conversations.store import lock_conversation

WARNING = "clock_warning"
BREACH = "clock_breached"

_MOST_PEOPLE = 50


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """What was noted: the conversations that look different now, and the ids of the agents who have to know."""

    kind: str
    conversation_ids: Sequence[str]
    agent_ids: Sequence[str]


async def escalate(session: AsyncSession, clock_id: str) -> Escalation | None:
    """Note the warning or breach that is due on a clock; None where another gateway was first or it ended in time."""
    found = await session.get(Clock, clock_id)
    if found is None:
        return None
    # Conversation, case, clock: the order in which everything else locks them.
    case = await _lock_case(session, found)
    clock = await clocks.lock(session, clock_id)
    now = wall.now()
    if clock is None:
        return None
    if clock.is_breach_due(now):
        clocks.mark_breached(clock, now)
        kind = BREACH
    elif clock.is_warning_due(now):
        clocks.mark_warned(clock, now)
        kind = WARNING
    else:
        return None
    conversations = await _conversations_of(session, clock)
    agent_ids = await _people(session, conversations)
    if case is not None:
        await timeline.append(
            session,
            case,
            kind=kind,
            actor="system",
            details={"clock": clock.kind.value, "due_at": clock.due_at.isoformat(), "to": agent_ids},
        )
    return Escalation(kind=kind, conversation_ids=[one.id for one in conversations], agent_ids=agent_ids)


async def _lock_case(session: AsyncSession, clock: Clock) -> Case | None:
    """Return the clock's case or, of a conversation's clock, its newest one, open ones first; locked."""
    query = select(Case)
    if clock.conversation_id is not None:
        await lock_conversation(session, clock.conversation_id)
        query = query.join(CaseConversation, CaseConversation.case_id == Case.id).where(
            CaseConversation.conversation_id == clock.conversation_id
        )
    else:
        query = query.where(Case.id == clock.case_id)
    return await session.scalar(
        query.order_by(Case.status == CaseStatus.CLOSED, Case.opened_at.desc(), Case.id)
        .limit(1)
        .with_for_update(of=Case, key_share=True)
        .execution_options(populate_existing=True)
    )


async def _conversations_of(session: AsyncSession, clock: Clock) -> Sequence[Conversation]:
    query = select(Conversation)
    if clock.conversation_id is not None:
        query = query.where(Conversation.id == clock.conversation_id)
    else:
        query = query.join(CaseConversation, CaseConversation.conversation_id == Conversation.id).where(
            CaseConversation.case_id == clock.case_id
        )
    rows = await session.scalars(query.order_by(Conversation.opened_at, Conversation.id))
    return rows.all()


async def _people(session: AsyncSession, conversations: Sequence[Conversation]) -> list[str]:
    """Return the agents who serve the conversations now and all supervisors; without any, the administrators."""
    serving = [one.agent_id for one in conversations if one.owner is Owner.AGENT and one.agent_id is not None]
    overseeing = await _active(session, Role.SUPERVISOR) or await _active(session, Role.ADMINISTRATOR)
    return list(dict.fromkeys([*serving, *overseeing]))


async def _active(session: AsyncSession, role: Role) -> list[str]:
    rows = await session.scalars(
        select(Agent.id).where(Agent.role == role, Agent.active.is_(True)).order_by(Agent.username).limit(_MOST_PEOPLE)
    )
    return list(rows)
