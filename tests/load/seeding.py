"""The people and the open conversations that are there when the load begins, made by the real services."""

import hashlib
import secrets
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents.model import Agent, AgentSession, Role
from helpdesk.cases.model import Priority
from helpdesk.conversations import store
from helpdesk.conversations.model import Sender, TurnState
from helpdesk.conversations.service import accept_text, write
from helpdesk.conversations.sessions import HostIdentity, open_session
from helpdesk.database import Database
from helpdesk.handoff import service as handoff
from tests.load.shape import Shape

_AT_ONCE = 50
_HOURS = 12
CHANNEL = "web"


@dataclass(frozen=True, kw_only=True)
class SeededAgent:
    """An agent who has signed in: cookie and CSRF token."""

    id: str
    name: str
    cookie: str
    csrf: str


@dataclass(frozen=True, kw_only=True)
class SeededCustomer:
    """A customer with an open conversation and how much of it they have read."""

    number: int
    token: str
    contact: str
    conversation: str
    last_seq: int
    owner: str


@dataclass(frozen=True, kw_only=True)
class People:
    """Everybody."""

    agents: tuple[SeededAgent, ...]
    customers: tuple[SeededCustomer, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "People":
        return cls(
            agents=tuple(SeededAgent(**agent) for agent in stored["agents"]),
            customers=tuple(SeededCustomer(**customer) for customer in stored["customers"]),
        )


async def seed(database: Database, shape: Shape) -> People:
    """Create agents who are signed in, and customers whose conversations are open."""
    async with database.transaction() as session:
        agents = [await _add_agent(session, number) for number in range(shape.agents)]
    rows = [row for row, _ in agents]
    customers: list[SeededCustomer] = []
    for first in range(0, shape.conversations, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, shape.conversations))
        async with database.transaction() as session:
            customers += [await _add_customer(session, number, shape, rows) for number in numbers]
        sys.stdout.write(f"\r  {len(customers)} of {shape.conversations} conversations opened")
        sys.stdout.flush()
    sys.stdout.write("\n")
    return People(agents=tuple(signed_in for _, signed_in in agents), customers=tuple(customers))


async def _add_agent(session: AsyncSession, number: int) -> tuple[Agent, SeededAgent]:
    at = clock.now()
    agent = Agent(
        username=f"agent-{number}",
        name=f"坐席{number}",
        role=Role.AGENT,
        password_hash="",
        must_change_password=False,
        available=True,
        created_at=at,
    )
    session.add(agent)
    await session.flush()
    # Signing in costs a slow hash on purpose, and is not what is measured.
    cookie, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session.add(
        AgentSession(
            token_hash=hashlib.sha256(cookie.encode()).hexdigest(),
            csrf_token=csrf,
            agent_id=agent.id,
            created_at=at,
            last_used_at=at,
            expires_at=at + timedelta(hours=_HOURS),
            ends_at=at + timedelta(hours=_HOURS),
        )
    )
    return agent, SeededAgent(id=agent.id, name=agent.name, cookie=cookie, csrf=csrf)


async def _add_customer(session: AsyncSession, number: int, shape: Shape, agents: Sequence[Agent]) -> SeededCustomer:
    identity = HostIdentity(subject=f"user-{number}", name=f"客户{number}")
    opened = await open_session(session, identity=identity, channel=CHANNEL, days=1)
    contact_id, conversation_id = opened.contact.id, opened.conversation.id
    accepted = await accept_text(
        session, contact_id=contact_id, channel=CHANNEL, client_id=f"seed-{number}", text="提前还款怎么操作"
    )
    # It was answered long ago: the load begins with nothing to do.
    accepted.message.turn_state = TurnState.DONE
    await session.flush()
    conversation = await store.lock_conversation(session, conversation_id)
    await write(
        session, conversation, sender=Sender.BOT, text="先看合同。", in_reply_to=accepted.message.id, reply_index=0
    )
    if number < shape.owned + shape.queued:
        await handoff.hand_over(
            session, conversation, reason="request_human", priority=Priority.NORMAL, decided_by="customer"
        )
    if number < shape.owned:
        await session.flush()
        await handoff.claim(session, conversation_id, agents[number % len(agents)])
    await session.flush()
    conversation = await store.get_conversation(session, conversation_id)
    return SeededCustomer(
        number=number,
        token=opened.token,
        contact=contact_id,
        conversation=conversation_id,
        last_seq=conversation.last_seq,
        owner=conversation.owner.value,
    )
