"""Imports every table, so that the metadata is whole."""

from helpdesk.agents import model as _agents
from helpdesk.audit import AuditEntry as _AuditEntry
from helpdesk.cases import model as _cases
from helpdesk.clocks import model as _clocks
from helpdesk.conversations import model as _conversations
from helpdesk.database import Base
from helpdesk.gray import model as _gray
from helpdesk.handoff import model as _handoff
from helpdesk.knowledge.article_index import ArticleIndexState as _ArticleIndexState
from helpdesk.knowledge.full_text import FULL_TEXT_TABLES
from helpdesk.knowledge.unanswered import UnansweredQuestion as _UnansweredQuestion
from helpdesk.outbox import model as _outbox
from helpdesk.ratings import model as _ratings

__all__ = ["is_described", "metadata"]

_TABLES = (
    _agents,
    _AuditEntry,
    _ArticleIndexState,
    _cases,
    _clocks,
    _conversations,
    _gray,
    _handoff,
    _UnansweredQuestion,
    _outbox,
    _ratings,
)

metadata = Base.metadata


def is_described(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether the metadata should know something found in a database: Alembic's `include_name`."""
    return kind != "table" or name not in FULL_TEXT_TABLES
