"""What a day's figures are computed from, as plain values: whoever has them can count by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from helpdesk.conversations.model import Owner
from helpdesk.reports.day import Day
from helpdesk.reports.first_contact import FirstContact


@dataclass(frozen=True, kw_only=True)
class Handoff:
    """One wait for a person that the bot's part ended in; `ended_by` is who had the conversation next."""

    conversation_id: str
    reason: str
    started_at: datetime
    ended_at: datetime | None = None
    ended_by: Owner | None = None
    # By when the first reply was promised.
    due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Somebody who waits now."""

    priority: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Rated:
    """A rating that was given on the day."""

    service: str
    # Of a session; otherwise of one answer.
    of_session: bool
    score: int | None = None
    solved: bool | None = None


@dataclass(frozen=True, kw_only=True)
class ClosedScam:
    """A scam case that was closed on the day."""

    resolution: str | None
    amount_fen: int = 0


@dataclass(frozen=True, kw_only=True)
class DayFacts:
    """A day as the database has it at `now`; `waiting` is None for a day that is over."""

    day: Day
    now: datetime
    # Conversation to when its customer first wrote on the day.
    wrote: Mapping[str, datetime] = field(default_factory=dict)
    # Conversations that waited for or were with people at some moment of the day.
    with_people: frozenset[str] = frozenset()
    # Messages that the bot took a turn on, by what the turn decided; `failed` where it could not.
    turns: Mapping[str, int] = field(default_factory=dict)
    # Those that began on the day, in order.
    handoffs: Sequence[Handoff] = ()
    waiting: Sequence[Waiting] | None = None
    # Conversation to the moments of its handoffs, and of its agents' replies, for all that had a reply on the day.
    handed_over: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    replied: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    # Requests to rate a session with an agent.
    asked: int = 0
    ratings: Sequence[Rated] = ()
    # First contacts of the week whose windows are over.
    first_contacts: Sequence[FirstContact] = ()
    # Conversation to the gravest level, P0 or P1, that was noticed in it on the day.
    scams: Mapping[str, str] = field(default_factory=dict)
    closed_scams: Sequence[ClosedScam] = ()
    # Clocks that were broken, and that were kept in time, on the day; by kind.
    breached: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
