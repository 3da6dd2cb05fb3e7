"""Offers and routing decisions as the desk shows them."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.views import customer_view, when
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, may
from helpdesk.conversations import store
from helpdesk.database import Json
from helpdesk.handoff import offers
from helpdesk.handoff.card import reason_text
from helpdesk.handoff.model import QueueEntry, RoutingDecision
from helpdesk.handoff.taking_back import lost_by_agent
from helpdesk.teams.model import Team
from helpdesk.texts import titles


async def offer_views(session: AsyncSession, entries: Sequence[QueueEntry]) -> dict[str, Json]:
    """Return an `Offer` for each waiting entry that is before an agent now, by entry."""
    found = await offers.open_by_entry(session, [entry.id for entry in entries])
    names = await agent_names(session, {offer.agent_id for offer in found.values()})
    return {
        entry_id: {
            "agent": {"id": offer.agent_id, "name": names[offer.agent_id]},
            "until": when(offer.accept_until),
            "why_text": titles("routing")[offer.why],
        }
        for entry_id, offer in found.items()
    }


async def team_names(session: AsyncSession, team_ids: Collection[str]) -> Mapping[str, str]:
    """Return the names of teams, by id."""
    rows = await session.execute(select(Team.id, Team.name).where(Team.id.in_(team_ids)))
    return dict(rows.all())


async def agent_names(session: AsyncSession, agent_ids: Collection[str]) -> Mapping[str, str]:
    """Return the names of agents, by id."""
    rows = await session.execute(select(Agent.id, Agent.name).where(Agent.id.in_(agent_ids)))
    return dict(rows.all())


async def decision_views(session: AsyncSession, decisions: Sequence[RoutingDecision], *, reader: Agent) -> list[Json]:
    """Return `RoutingDecision`s: all with everybody to supervisors, to others their own without the colleagues."""
    sees_all = may(reader, Right.ASSIGN)
    shown = [one for one in decisions if sees_all or one.agent_id == reader.id]
    listed = {str(candidate["agent"]) for one in shown for candidate in one.candidates}
    names = await agent_names(session, listed | {one.agent_id for one in shown})
    words, outcomes, declines = titles("routing"), titles("offer_outcomes"), titles("decline_reasons")
    return [
        {
            "agent": {"id": one.agent_id, "name": names[one.agent_id]},
            "why": one.why,
            "why_text": words[one.why],
            "at": when(one.decided_at),
            "until": when(one.accept_until),
            "outcome": one.outcome.value if one.outcome else None,
            "outcome_text": outcomes[one.outcome.value] if one.outcome else None,
            "decline_text": declines.get(one.decline_reason) if one.decline_reason else None,
            "settled_at": when(one.settled_at) if one.settled_at else None,
            "candidates": [
                {
                    "agent": {"id": str(candidate["agent"]), "name": names.get(str(candidate["agent"]), "")},
                    "place": candidate["place"],
                    "why_text": words[str(candidate["why"])],
                    "load": candidate["load"],
                    "capacity": candidate["capacity"],
                }
                for candidate in one.candidates
                if sees_all or candidate["agent"] == reader.id
            ],
        }
        for one in shown
    ]


async def lost_views(session: AsyncSession, agent_id: str) -> list[Json]:
    """Return a `LostConversation` for each that was taken from an agent within the hour."""
    lost = await lost_by_agent(session, agent_id)
    contacts = await store.contacts_by_conversation(session, [one.by.conversation_id for one in lost])
    return [
        {
            "id": one.by.id,
            "conversation": one.by.conversation_id,
            "customer": customer_view(contacts[one.by.conversation_id]),
            "reason": one.by.reason,
            "reason_text": reason_text(one.by),
            "at": when(one.by.started_at),
        }
        for one in lost
    ]
