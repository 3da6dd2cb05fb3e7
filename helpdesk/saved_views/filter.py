"""Which conversations a filter means: read strictly, and turned into conditions in one place."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from helpdesk import clock
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, may
from helpdesk.cases.model import Case, CaseConversation, CaseStatus, CaseType, Priority
from helpdesk.conversations.model import Assignment, Contact, Conversation, Message, Owner, Sender
from helpdesk.database import Json
from helpdesk.handoff.model import QueueEntry
from helpdesk.notes.model import Notification, NotificationKind
from helpdesk.saved_views.errors import FilterInvalidError
from helpdesk.teams.model import TeamMember

PAGE = 200
MINE = "me"
MY_TEAMS = "mine"
_MOST_MINUTES = 7 * 24 * 60
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, kw_only=True)
class ConversationFilter:
    """What is wanted; a field that is None does not matter.

    Attributes:
        owner: Who answers now.
        agent: The agent who serves: an id, or `me`.
        team: The team whose members serve, or that is waited for: an id, or `mine`.
        priority: Of the wait or, where nobody waits, of an open case.
        reason: Why a person was asked for, at any time.
        topic: What the bot took one of the customer's messages to be about.
        channel: How the customer writes.
        case_type: Of any case.
        verified: Whether the host app knows the customer.
        waiting_minutes: The customer has waited at least so long for a person or a reply.
    """

    owner: Owner | None = None
    agent: str | None = None
    team: str | None = None
    priority: Priority | None = None
    reason: str | None = None
    topic: str | None = None
    channel: str | None = None
    case_type: CaseType | None = None
    verified: bool | None = None
    waiting_minutes: int | None = None

    def as_json(self) -> Json:
        """Return the filter as it is stored and shown, without what does not matter."""
        fields = {name: value.value if isinstance(value, Enum) else value for name, value in asdict(self).items()}
        return {name: value for name, value in fields.items() if value is not None}


def read_filter(fields: Mapping[str, Any]) -> ConversationFilter:
    """Return the filter in a JSON object or a query; an empty value does not matter.

    Raises:
        FilterInvalidError: A name or a value that means nothing.
    """
    given = {name: value for name, value in fields.items() if value not in ("", None)}
    unknown = sorted(set(given) - set(_READERS))
    if unknown:
        raise FilterInvalidError(field=unknown[0])
    read: dict[str, Any] = {}
    for name, value in given.items():
        try:
            read[name] = _READERS[name](value)
        except (ValueError, TypeError) as error:
            raise FilterInvalidError(field=name) from error
    return ConversationFilter(**read)


def _code(value: object) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise ValueError
    return value


def _flag(value: object) -> bool:
    known = {True: True, False: False, "true": True, "false": False}
    if not isinstance(value, bool | str) or value not in known:
        raise ValueError
    return known[value]


def _minutes(value: object) -> int:
    is_number = (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, str) and re.fullmatch("[0-9]{1,6}", value)
    )
    if not is_number or not 1 <= int(str(value)) <= _MOST_MINUTES:
        raise ValueError
    return int(str(value))


_READERS = {
    "owner": Owner,
    "agent": _code,
    "team": _code,
    "priority": Priority,
    "reason": _code,
    "topic": _code,
    "channel": _code,
    "case_type": CaseType,
    "verified": _flag,
    "waiting_minutes": _minutes,
}


async def find_conversations(
    session: AsyncSession, wanted: ConversationFilter, reader: Agent, *, limit: int = PAGE
) -> Sequence[Conversation]:
    """Return the conversations that a filter means and the reader may see, the one with the newest message first."""
    rows = await session.scalars(
        select(Conversation)
        .where(*_conditions(wanted, reader, clock.now()))
        .order_by(Conversation.last_message_at.desc(), Conversation.id)
        .limit(limit)
    )
    return rows.all()


async def count_conversations(session: AsyncSession, wanted: ConversationFilter, reader: Agent) -> int:
    """Return how many conversations `find_conversations` would find, at most one more than it shows."""
    found = select(Conversation.id).where(*_conditions(wanted, reader, clock.now())).limit(PAGE + 1).subquery()
    return await session.scalar(select(func.count()).select_from(found)) or 0


def _conditions(wanted: ConversationFilter, reader: Agent, at: datetime) -> list[ColumnElement[bool]]:
    found = [_visible_to(reader)]
    if wanted.owner is not None:
        found.append(Conversation.owner == wanted.owner)
    if wanted.agent is not None:
        found.append(Conversation.agent_id == (reader.id if wanted.agent == MINE else wanted.agent))
    if wanted.team is not None:
        found.append(_of_team(wanted.team, reader))
    if wanted.priority is not None:
        found.append(_has_priority(wanted.priority))
    if wanted.reason is not None:
        found.append(
            exists().where(
                Assignment.conversation_id == Conversation.id,
                Assignment.owner == Owner.QUEUED,
                Assignment.reason == wanted.reason,
            )
        )
    if wanted.topic is not None:
        found.append(
            exists().where(
                Message.conversation_id == Conversation.id,
                Message.sender == Sender.CUSTOMER,
                Message.nlu["topic"].as_string() == wanted.topic,
            )
        )
    if wanted.channel is not None:
        found.append(Conversation.channel == wanted.channel)
    if wanted.case_type is not None:
        found.append(_has_case(Case.type == wanted.case_type))
    if wanted.verified is not None:
        known = exists().where(Contact.id == Conversation.contact_id, Contact.verified.is_(True))
        found.append(known if wanted.verified else ~known)
    if wanted.waiting_minutes is not None:
        found.append(_waits_since(at - timedelta(minutes=wanted.waiting_minutes)))
    return found


def _visible_to(reader: Agent) -> ColumnElement[bool]:
    """The rule of `gateway.desk.access` for many conversations at once."""
    if may(reader, Right.READ_ANY_CONVERSATION):
        return Conversation.id.is_not(None)
    served = exists().where(Assignment.conversation_id == Conversation.id, Assignment.agent_id == reader.id)
    mentioned = exists().where(
        Notification.conversation_id == Conversation.id,
        Notification.agent_id == reader.id,
        Notification.kind == NotificationKind.MENTION,
    )
    seen: list[ColumnElement[bool]] = [served, mentioned]
    if may(reader, Right.READ_QUEUE):
        seen.append(Conversation.owner == Owner.QUEUED)
    return or_(*seen)


def _waiting() -> ColumnElement[bool]:
    return and_(QueueEntry.conversation_id == Conversation.id, QueueEntry.left_at.is_(None))


def _of_team(team: str, reader: Agent) -> ColumnElement[bool]:
    own = select(TeamMember.team_id).where(TeamMember.agent_id == reader.id)

    def is_meant(team_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        return team_id.in_(own) if team == MY_TEAMS else team_id == team

    members = select(TeamMember.agent_id).where(is_meant(TeamMember.team_id))
    return or_(Conversation.agent_id.in_(members), exists().where(_waiting(), is_meant(QueueEntry.team_id)))


def _has_case(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        CaseConversation.conversation_id == Conversation.id, CaseConversation.case_id == Case.id, condition
    )


def _has_priority(priority: Priority) -> ColumnElement[bool]:
    waits = exists().where(_waiting())
    waits_so = exists().where(_waiting(), QueueEntry.priority == priority)
    open_case = Case.status != CaseStatus.CLOSED
    is_so = _has_case(and_(open_case, Case.priority == priority))
    if priority is Priority.NORMAL:
        # Without a case nothing presses.
        is_so = or_(is_so, ~_has_case(open_case))
    return or_(waits_so, and_(~waits, is_so))


def _waits_since(since: datetime) -> ColumnElement[bool]:
    """In the queue since then, or with an agent and the last word was the customer's."""
    in_queue = exists().where(_waiting(), QueueEntry.entered_at <= since)
    unanswered = exists().where(
        Message.conversation_id == Conversation.id,
        Message.seq == Conversation.last_seq,
        Message.sender == Sender.CUSTOMER,
        Message.created_at <= since,
    )
    return or_(and_(Conversation.owner == Owner.QUEUED, in_queue), and_(Conversation.owner == Owner.AGENT, unanswered))
