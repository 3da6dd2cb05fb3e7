"""The articles' index in the database, and the content that it was built from."""

import asyncio
import hashlib
import json
from collections.abc import Collection

from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, Database
from helpdesk.knowledge.article import Article
from helpdesk.knowledge.full_text import FullText, IndexedArticle
from helpdesk.knowledge.full_text_postgres import PostgresFullText
from helpdesk.knowledge.full_text_sqlite import SqliteFullText
from helpdesk.knowledge.rendering import PLACEHOLDER
from helpdesk.knowledge.terms import index_terms

# Part of the content's hash: raise it when an article's terms change with the code, so that the index is built again.
_SCHEME = 1


class ArticleIndexState(Base, kw_only=True):
    """The only row of its table, made by the migration; whoever replaces the index locks it."""

    __tablename__ = "article_index_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content_hash: Mapped[str] = mapped_column(String(64))


def full_text(session: AsyncSession) -> FullText:
    """Return the full-text search of the session's database."""
    return SqliteFullText() if session.get_bind().dialect.name == "sqlite" else PostgresFullText()


async def refresh_index(database: Database, articles: Collection[Article]) -> bool:
    """Index `articles` unless that is what is indexed; return whether the index was replaced.

    A search sees the old index or the new one, never a part. Several processes may do this at once: the first one
    builds, the others find its work done. With different articles the last one's stay.
    """
    wanted = _content_hash(articles)
    async with database.reading() as session:
        if await session.scalar(select(ArticleIndexState.content_hash)) == wanted:
            return False
    # Outside the transaction: on SQLite nobody else can write while it is open.
    indexed = await asyncio.to_thread(lambda: [_indexed(article) for article in articles])
    async with database.transaction() as session:
        state = (await session.scalars(select(ArticleIndexState).with_for_update())).one()
        if state.content_hash == wanted:
            return False
        await full_text(session).replace(session, indexed)
        state.content_hash = wanted
    return True


def _content_hash(articles: Collection[Article]) -> str:
    versions = sorted((article.id, article.version) for article in articles)
    return hashlib.sha256(json.dumps([_SCHEME, versions]).encode()).hexdigest()


def _indexed(article: Article) -> IndexedArticle:
    return IndexedArticle(
        id=article.id,
        title=index_terms(article.title),
        # No pair reaches from one question into the next.
        questions=index_terms("\n".join(article.questions)),
        # Nobody looks for the names of placeholders.
        body=index_terms(PLACEHOLDER.sub(" ", article.body)),
    )
