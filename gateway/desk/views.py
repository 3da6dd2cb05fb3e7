"""The queue and conversations as the desk shows them."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.routing_views import offer_views, team_names
from gateway.views import case_view, customer_view, one_line, row_views, when
from helpdesk import clock
from helpdesk.agents.model import Agent
from helpdesk.cases.deadlines import clock_views
from helpdesk.cases.service import cases_by_conversation
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation
from helpdesk.database import Json
from helpdesk.handoff import queue
from helpdesk.handoff.card import build_card, reason_text
from helpdesk.privacy.hiding import hidden_identity
from helpdesk.texts import titles


async def queue_view(session: AsyncSession) -> Json:
    """Return the queue in routing order with the time at which it was read."""
    waiting = await queue.shown(session)
    ids = [entry.conversation_id for entry in waiting]
    contacts = await store.contacts_by_conversation(session, ids)
    cases = await cases_by_conversation(session, ids)
    words = await store.last_words(session, ids)
    clocks = await clock_views(session, ids)
    offered = await offer_views(session, waiting)
    teams = await team_names(session, {entry.team_id for entry in waiting if entry.team_id is not None})
    entries = [
        {
            "conversation": entry.conversation_id,
            "position": position,
            "priority": entry.priority.value,
            "reason": entry.reason,
            "reason_text": titles("reasons").get(entry.reason, entry.reason),
            "waiting_since": when(entry.entered_at),
            "customer": customer_view(contacts[entry.conversation_id]),
            "preview": one_line(words.get(entry.conversation_id, "")),
            "case": case_view(cases.get(entry.conversation_id)),
            "clocks": clocks.get(entry.conversation_id, []),
            "vulnerable": entry.vulnerable,
            "team": teams.get(entry.team_id) if entry.team_id is not None else None,
            "offer": offered.get(entry.id),
        }
        for position, entry in enumerate(waiting, start=1)
    ]
    return {"entries": entries, "at": when(clock.now())}


async def detail_view(session: AsyncSession, conversation: Conversation, article_titles: Mapping[str, str]) -> Json:
    """Return a `ConversationDetail`."""
    assignments = await store.assignments_of(session, conversation.id)
    names: dict[str, str] = {}
    for agent_id in {a.agent_id for a in assignments if a.agent_id} | ({conversation.agent_id} - {None}):
        if agent_id is not None:
            names[agent_id] = (await session.get_one(Agent, agent_id)).name
    return {
        **(await row_views(session, [conversation]))[0],
        "agent": {"id": conversation.agent_id, "name": names[conversation.agent_id]} if conversation.agent_id else None,
        "opened_at": when(conversation.opened_at),
        "closed_at": when(conversation.closed_at) if conversation.closed_at else None,
        "resolution": conversation.resolution,
        "previous": conversation.previous_id,
        "identities": await _identities(session, conversation),
        "card": await build_card(session, conversation, article_titles),
        "clocks": (await clock_views(session, [conversation.id])).get(conversation.id, []),
        "resolutions": [{"code": code, "text": words} for code, words in titles("resolutions").items()],
        "assignments": [
            {
                "owner": assignment.owner.value,
                "agent": names.get(assignment.agent_id) if assignment.agent_id else None,
                "started_at": when(assignment.started_at),
                "reason_text": reason_text(assignment),
            }
            for assignment in assignments
        ],
    }


async def _identities(session: AsyncSession, conversation: Conversation) -> list[Json]:
    """Return where the customer is known, with the ids hidden but for their ends."""
    found = await store.identities_of(session, conversation.contact_id)
    return [{"channel": identity.channel, "id": hidden_identity(identity.external_id)} for identity in found]
