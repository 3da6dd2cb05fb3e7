"""Who could be offered a conversation, as the database has it now."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents.model import Agent
from helpdesk.agents.presence import is_present
from helpdesk.agents.rights import RIGHTS, Right
from helpdesk.cases.model import Case, Priority
from helpdesk.conversations.model import Assignment, Conversation
from helpdesk.handoff import offers
from helpdesk.handoff.load import loads
from helpdesk.handoff.model import QueueEntry
from helpdesk.routing.decision import Candidate, Need
from helpdesk.routing.skills import skills_asked
from helpdesk.teams import service as teams

# Whoever declined or let it go is not asked again at once, and is asked again if nobody else has taken it by then.
_PAUSE = timedelta(minutes=2)
# How an agent's part ended who is not to get the conversation back at once.
_GIVEN_UP_BY = ("requeued", "no_reply", "agent_offline", "agent_left", "transferred_to_team")

_SERVING = [role for role, rights in RIGHTS.items() if Right.SERVE in rights]


def need_of(entry: QueueEntry, case: Case | None) -> Need:
    """Return what a waiting entry asks for; `case` is its most pressing one."""
    return Need(
        skill=skills_asked().of(entry.reason, case.type if case is not None else None),
        is_urgent=entry.priority is Priority.URGENT,
        for_team=entry.team_id is not None,
    )


@dataclass(frozen=True, kw_only=True)
class Crew:
    """Everybody whose desk is open and who may serve, with the members of the teams that were chosen."""

    candidates: Sequence[Candidate]
    members: Mapping[str, frozenset[str]]

    def for_entry(self, entry: QueueEntry) -> list[Candidate]:
        """Return the candidates for one entry, without what they have to do with its customer."""
        if entry.team_id is None:
            return list(self.candidates)
        team = self.members.get(entry.team_id, frozenset())
        return [replace(one, is_of_team=one.agent_id in team) for one in self.candidates]


async def crew(session: AsyncSession, team_ids: Collection[str], *, locked: bool = False) -> Crew:
    """Return who is at the desk now.

    With `locked`, their rows are locked until the transaction ends, in one order: two gateways that route at the same
    moment count an agent's conversations one after the other.
    """
    query = select(Agent).where(Agent.active.is_(True), Agent.role.in_(_SERVING), is_present()).order_by(Agent.id)
    if locked:
        # Their conversations refer to them, and may be written meanwhile.
        query = query.with_for_update(of=Agent, key_share=True).execution_options(populate_existing=True)
    present = (await session.scalars(query)).all()
    ids = [agent.id for agent in present]
    carried = await loads(session, ids)
    offered = await offers.count_by_agent(session, ids)
    idle = await _idle_since(session, ids)
    skills = await teams.skill_table(session)
    return Crew(
        candidates=[
            Candidate(
                agent_id=agent.id,
                is_available=agent.available,
                skills=skills.of(agent.id),
                load=carried.get(agent.id, 0),
                capacity=agent.capacity,
                offers=offered.get(agent.id, 0),
                idle_since=idle.get(agent.id, agent.available_since),
            )
            for agent in present
        ],
        members={team_id: await teams.members_of(session, team_id) for team_id in sorted(team_ids)},
    )


async def _idle_since(session: AsyncSession, agent_ids: Sequence[str]) -> Mapping[str, datetime]:
    rows = await session.execute(
        select(Assignment.agent_id, func.max(Assignment.ended_at))
        .where(Assignment.agent_id.in_(agent_ids))
        .group_by(Assignment.agent_id)
    )
    return {agent_id: at for agent_id, at in rows if agent_id is not None and at is not None}


async def acquainted(session: AsyncSession, entry: QueueEntry, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates with what they have to do with the customer of one entry."""
    passed_up = await passed_up_by_entry(session)
    last = await _last_agent(session, entry.conversation_id)
    return [
        replace(one, is_last_agent=one.agent_id == last)
        for one in marked(candidates, passed_up.get(entry.id, frozenset()))
    ]


def marked(candidates: Sequence[Candidate], passed_up: Collection[str]) -> list[Candidate]:
    """Return the candidates with whether they have just passed an entry up."""
    return [replace(one, has_passed_up=one.agent_id in passed_up) for one in candidates]


async def passed_up_by_entry(session: AsyncSession) -> Mapping[str, Collection[str]]:
    """Return who has just declined what waits, let it go, given it up or had it taken away, by entry."""
    since = clock.now() - _PAUSE
    found: dict[str, set[str]] = defaultdict(set)
    for entry_id, agent_id in (
        *await offers.passed_up_since(session, since),
        *await _given_up_since(session, since),
    ):
        found[entry_id].add(agent_id)
    return found


async def _last_agent(session: AsyncSession, conversation_id: str) -> str | None:
    """Return who served this customer last, in this conversation or an earlier one."""
    contact = select(Conversation.contact_id).where(Conversation.id == conversation_id).scalar_subquery()
    return await session.scalar(
        select(Assignment.agent_id)
        .join(Conversation, Conversation.id == Assignment.conversation_id)
        .where(Conversation.contact_id == contact, Assignment.agent_id.is_not(None))
        .order_by(Assignment.started_at.desc(), Assignment.id)
        .limit(1)
    )


async def _given_up_since(session: AsyncSession, since: datetime) -> list[tuple[str, str]]:
    """Return who has just given a waiting conversation up, or had it taken away: entries' ids, each with an agent's."""
    before, after = Assignment, select(Assignment).subquery()
    rows = await session.execute(
        select(QueueEntry.id, before.agent_id)
        .join(before, before.conversation_id == QueueEntry.conversation_id)
        .join(after, (after.c.conversation_id == before.conversation_id) & (after.c.epoch == before.epoch + 1))
        .where(
            QueueEntry.left_at.is_(None),
            before.ended_at >= since,
            before.agent_id.is_not(None),
            after.c.reason.in_(_GIVEN_UP_BY),
        )
    )
    return [(entry_id, agent_id) for entry_id, agent_id in rows if agent_id is not None]
