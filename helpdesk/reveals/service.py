"""Revealing a customer's personal data to one agent, for a reason and a limited time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import audit, clock
from helpdesk.agents.model import Agent
from helpdesk.conversations import store
from helpdesk.conversations.model import Contact, Conversation
from helpdesk.privacy.masking import mask
from helpdesk.reveals.model import Reveal

# Long enough to read a name back on the telephone, short enough for a screen that somebody leaves.
REVEAL_MINUTES = 5
REASON_LIMIT = 200


@dataclass(frozen=True, kw_only=True)
class Revealed:
    """What is hidden otherwise; `identities` are `(channel, external id)`."""

    name: str
    identities: tuple[tuple[str, str], ...]
    until: datetime


async def reveal(session: AsyncSession, conversation: Conversation, agent: Agent, *, reason: str) -> Revealed:
    """Let an agent see whom a conversation is with; each asking is noted in the audit trail with its reason."""
    at = clock.now()
    session.add(
        Reveal(
            agent_id=agent.id,
            contact_id=conversation.contact_id,
            # People write what they want to see into it.
            reason=mask(reason).text[:REASON_LIMIT],
            created_at=at,
            expires_at=at + timedelta(minutes=REVEAL_MINUTES),
        )
    )
    audit.record(
        session,
        actor=f"agent:{agent.id}",
        action="reveal_contact",
        subject=f"contact:{conversation.contact_id}",
        details={"conversation": conversation.id, "reason": mask(reason).text[:REASON_LIMIT]},
    )
    await session.flush()
    revealed = await find_revealed(session, contact_id=conversation.contact_id, agent_id=agent.id)
    if revealed is None:
        message = "a fresh reveal has expired"
        raise RuntimeError(message)
    return revealed


async def find_revealed(session: AsyncSession, *, contact_id: str, agent_id: str) -> Revealed | None:
    """Return a customer's personal data while a reveal to this agent lasts."""
    until = await session.scalar(
        select(Reveal.expires_at)
        .where(Reveal.agent_id == agent_id, Reveal.contact_id == contact_id, Reveal.expires_at > clock.now())
        .order_by(Reveal.expires_at.desc())
        .limit(1)
    )
    if until is None:
        return None
    contact = await session.get_one(Contact, contact_id)
    identities = tuple((one.channel, one.external_id) for one in await store.identities_of(session, contact_id))
    return Revealed(name=contact.name, identities=identities, until=until)
