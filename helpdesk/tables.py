"""Imports every table, so that the metadata is whole."""

from helpdesk.agents import model as _agents
from helpdesk.audit import AuditEntry as _AuditEntry
from helpdesk.cases import model as _cases
from helpdesk.conversations import model as _conversations
from helpdesk.database import Base
from helpdesk.handoff import model as _handoff
from helpdesk.knowledge.unanswered import UnansweredQuestion as _UnansweredQuestion
from helpdesk.ratings import model as _ratings

__all__ = ["metadata"]

_TABLES = (_agents, _AuditEntry, _cases, _conversations, _handoff, _UnansweredQuestion, _ratings)

metadata = Base.metadata
