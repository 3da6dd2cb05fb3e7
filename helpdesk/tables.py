"""Imports every table, so that the metadata is whole."""

from helpdesk.agents import model as _agents
from helpdesk.audit import AuditEntry as _AuditEntry
from helpdesk.broadcasts import model as _broadcasts
from helpdesk.callbacks import model as _callbacks
from helpdesk.canned import model as _canned
from helpdesk.cases import model as _cases
from helpdesk.clocks import model as _clocks
from helpdesk.conversations import model as _conversations
from helpdesk.database import Base
from helpdesk.files import model as _files
from helpdesk.gray import model as _gray
from helpdesk.handoff import model as _handoff
from helpdesk.knowledge.article_index import ArticleIndexState as _ArticleIndexState
from helpdesk.knowledge.full_text import FULL_TEXT_TABLES
from helpdesk.knowledge.unanswered import UnansweredQuestion as _UnansweredQuestion
from helpdesk.notes import model as _notes
from helpdesk.outbox import model as _outbox
from helpdesk.ratings import model as _ratings
from helpdesk.reveals import model as _reveals
from helpdesk.saved_views import model as _saved_views
from helpdesk.teams import model as _teams

__all__ = ["is_described", "metadata"]

_TABLES = (
    _agents,
    _AuditEntry,
    _ArticleIndexState,
    _broadcasts,
    _callbacks,
    _canned,
    _cases,
    _clocks,
    _conversations,
    _files,
    _gray,
    _handoff,
    _notes,
    _UnansweredQuestion,
    _outbox,
    _ratings,
    _reveals,
    _saved_views,
    _teams,
)

metadata = Base.metadata


def is_described(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether the metadata should know something found in a database: Alembic's `include_name`."""
    return kind != "table" or name not in FULL_TEXT_TABLES
