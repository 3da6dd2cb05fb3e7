"""The library as the gateway serves it: refreshed when files change, with its search index in the database."""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.undisturbed import undisturbed
from helpdesk import clock
from helpdesk.database import Database, Json
from helpdesk.errors import ArticleNotFoundError
from helpdesk.knowledge.article_index import refresh_index
from helpdesk.knowledge.library import Library, LiveLibrary
from helpdesk.knowledge.rendering import render
from helpdesk.knowledge.search import search
from helpdesk.turns.writing import Renderer

logger = logging.getLogger(__name__)

_REFRESH_SECONDS = 2.0
# A gateway serves everything else without its database's index; the next refresh tries again.
_INDEX_SECONDS = 20.0


class KnowledgeDesk:
    """Answers for articles: one current library, and the index that the database keeps of it."""

    def __init__(self, folder: Path, placeholders: Mapping[str, str]) -> None:
        """Load the articles and warn of every placeholder without a value.

        Raises:
            LibraryError: An article is broken.
        """
        self._live = LiveLibrary(folder)
        self._placeholders = placeholders
        # The library that the index is known to hold.
        self._indexed: Library | None = None
        missing = sorted(set(self.library.placeholders) - set(placeholders))
        if missing:
            logger.warning("not set, shown as safe phrases: %s", ", ".join(missing))

    @property
    def library(self) -> Library:
        """The articles in service."""
        return self._live.current

    @property
    def renderer(self) -> Renderer:
        """What bot replies are rendered with."""
        return Renderer(library=self.library, placeholders=self._placeholders)

    def titles(self) -> dict[str, str]:
        """Return the articles' titles by id."""
        return {article.id: article.title for article in self.library.articles.values()}

    def rendered(self, article_id: str) -> Json:
        """Return the `Article` of docs/protocol.md.

        Raises:
            ArticleNotFoundError: There is none with this id.
        """
        article = self.library.articles.get(article_id)
        if article is None:
            raise ArticleNotFoundError
        return render(article, self.library, self._placeholders, today=clock.now().date())

    async def search(self, session: AsyncSession, query: str) -> list[Json]:
        """Return matching articles, best first, as docs/protocol.md lists them."""
        found = await search(session, query, self.library, self._placeholders, today=clock.now().date())
        return [
            {
                "id": result.article.id,
                "title": result.article.title,
                "topic": result.article.topic,
                "excerpt": result.excerpt,
            }
            for result in found
        ]

    def placeholder(self, name: str) -> str:
        """Return a setting's value or its safe phrase."""
        return self._placeholders.get(name) or self.library.placeholders[name]

    async def index(self, database: Database) -> None:
        """Bring the database's index up to date with the library, unless it is known to be.

        A failure is logged: until the next try, searches find what was indexed before.
        """
        library = self.library
        if self._indexed is library:
            return
        try:
            async with asyncio.timeout(_INDEX_SECONDS):
                replaced = await refresh_index(database, library.articles.values())
        except Exception:
            logger.exception("indexing the articles failed; search finds what was indexed before")
            return
        self._indexed = library
        if replaced:
            logger.info("articles indexed: %d", len(library.articles))

    async def keep_fresh(self, database: Database) -> None:
        """Reload and index whenever a file changes, until cancelled."""
        while True:
            await asyncio.sleep(_REFRESH_SECONDS)
            try:
                await asyncio.to_thread(self._live.refresh)
            except Exception:
                logger.exception("looking for changed articles failed; the last good version stays in service")
            await undisturbed(self.index(database))
