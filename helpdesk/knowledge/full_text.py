"""What search needs of a database's own full-text search; SQLite and PostgreSQL each have their file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

# Made by a migration, not described in the metadata: neither FTS5 tables nor tsvector columns exist on both databases.
# FTS5 keeps its parts in tables of its own.
FULL_TEXT_TABLES = frozenset(
    {"article_index", *(f"article_index_{part}" for part in ("config", "content", "data", "docsize", "idx"))}
)


@dataclass(frozen=True, kw_only=True)
class IndexedArticle:
    """One article as terms (`helpdesk.knowledge.terms`), field by field."""

    id: str
    title: Sequence[str]
    questions: Sequence[str]
    body: Sequence[str]


class FullText(Protocol):
    """One database's full-text search; terms hold letters and digits only, so they never read as syntax."""

    async def replace(self, session: AsyncSession, articles: Sequence[IndexedArticle]) -> None:
        """Put `articles` in the place of everything indexed."""

    async def find(self, session: AsyncSession, terms: Sequence[str], *, least: int, limit: int) -> list[str]:
        """Return the ids of the articles that hold at least `least` of `terms`, best first."""
