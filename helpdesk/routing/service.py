"""Routing: looking at what waits, offering it, and passing offers on that were not accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents import presence
from helpdesk.agents.model import Agent
from helpdesk.cases.service import cases_by_conversation
from helpdesk.conversations.model import Conversation, Owner
from helpdesk.handoff import offers, queue
from helpdesk.handoff.model import OfferOutcome, QueueEntry, RoutingDecision
from helpdesk.routing.candidates import acquainted, crew, marked, need_of, passed_up_by_entry
from helpdesk.routing.decision import Decision, decide, has_taker, is_anybody_free

# A page that is being reloaded closes its socket for a moment.
_RELOAD = timedelta(seconds=5)
# Enough to see what was decided from.
_MOST_CANDIDATES = 20


@dataclass(frozen=True, kw_only=True)
class Routed:
    """What a look at one waiting conversation changed, and the agents whose desks look different now."""

    conversation_id: str
    offered_to: str | None
    outcome: OfferOutcome | None
    agent_ids: tuple[str, ...]


async def find_routable(session: AsyncSession) -> Sequence[str]:
    """Return the waiting conversations that need a decision now, in the order of the queue, without locking them.

    Where nobody could take one, it is left out: a writing transaction would change nothing. All that waits is looked
    at: whoever is far behind may be the one whose agent is free.
    """
    entries = await queue.waiting(session, limit=None)
    if not entries:
        return []
    open_offers = await offers.open_by_entry(session, [entry.id for entry in entries])
    stale = await _stale(session, open_offers)
    there = await crew(session, {entry.team_id for entry in entries if entry.team_id is not None})
    if not is_anybody_free(there.candidates):
        return [entry.conversation_id for entry in entries if entry.id in stale]
    cases = await cases_by_conversation(session, [entry.conversation_id for entry in entries])
    # With them the decision differs: where all who fit have passed it up, others come into question.
    passed_up = await passed_up_by_entry(session)
    found = []
    for entry in entries:
        if entry.id in open_offers:
            if entry.id in stale:
                found.append(entry.conversation_id)
            continue
        candidates = there.for_entry(entry)
        if entry.id in passed_up:
            candidates = marked(candidates, passed_up[entry.id])
        if has_taker(need_of(entry, cases.get(entry.conversation_id)), candidates):
            found.append(entry.conversation_id)
    return found


async def _stale(session: AsyncSession, open_offers: Mapping[str, RoutingDecision]) -> Mapping[str, OfferOutcome]:
    """Return what has become of offers that are not before an agent any more, by entry."""
    now = clock.now()
    ids = {offer.agent_id for offer in open_offers.values()}
    until = await presence.seen_until(session, ids)
    rows = await session.scalars(select(Agent.id).where(Agent.id.in_(ids), Agent.available.is_(True)))
    available = frozenset(rows)
    found = {}
    for entry_id, offer in open_offers.items():
        outcome = _what_became(offer, now, until.get(offer.agent_id), is_available=offer.agent_id in available)
        if outcome is not None:
            found[entry_id] = outcome
    return found


def _what_became(
    offer: RoutingDecision, now: datetime, seen_until: datetime | None, *, is_available: bool
) -> OfferOutcome | None:
    if not is_available or seen_until is None or seen_until < now - _RELOAD:
        return OfferOutcome.WITHDRAWN
    return OfferOutcome.TIMED_OUT if offer.accept_until <= now else None


async def route(session: AsyncSession, conversation_id: str, *, accept_within: timedelta) -> Routed | None:
    """Decide on one waiting conversation; None where another gateway does so right now or there is nothing to do."""
    conversation = await session.scalar(
        select(Conversation)
        .where(Conversation.id == conversation_id, Conversation.owner == Owner.QUEUED)
        # Whoever has it locked is claiming or routing it.
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    entry = await queue.find_entry(session, conversation_id) if conversation is not None else None
    if entry is None:
        return None
    offer = await offers.find_open(session, entry.id)
    outcome: OfferOutcome | None = None
    if offer is not None:
        outcome = (await _stale(session, {entry.id: offer})).get(entry.id)
        if outcome is None:
            return None
        offers.settle(offer, outcome)
        # Counted in the agents' loads below.
        await session.flush()
    decision = await _decide(session, entry)
    chosen = decision.chosen
    if chosen is not None and decision.why is not None:
        await offers.make(
            session,
            entry,
            agent_id=chosen.agent_id,
            why=decision.why.value,
            candidates=_recorded(decision),
            lasts=accept_within,
        )
    elif offer is None:
        return None
    offered_to = chosen.agent_id if chosen is not None else None
    seen_by = (offer.agent_id if offer is not None else None, offered_to)
    return Routed(
        conversation_id=conversation_id,
        offered_to=offered_to,
        outcome=outcome,
        agent_ids=tuple(one for one in seen_by if one is not None),
    )


async def _decide(session: AsyncSession, entry: QueueEntry) -> Decision:
    there = await crew(session, {entry.team_id} if entry.team_id is not None else set(), locked=True)
    case = (await cases_by_conversation(session, [entry.conversation_id])).get(entry.conversation_id)
    return decide(need_of(entry, case), await acquainted(session, entry, there.for_entry(entry)))


def _recorded(decision: Decision) -> list[dict[str, object]]:
    return [
        {
            "agent": ranked.candidate.agent_id,
            "place": ranked.place,
            "why": ranked.why.value,
            "load": ranked.candidate.load,
            "capacity": ranked.candidate.capacity,
        }
        for ranked in decision.ranked[:_MOST_CANDIDATES]
    ]
