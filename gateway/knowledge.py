"""The library as the gateway serves it: refreshed when files change, with its search index."""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

from helpdesk import clock
from helpdesk.database import Json
from helpdesk.errors import ArticleNotFoundError
from helpdesk.knowledge.library import Library, LiveLibrary
from helpdesk.knowledge.rendering import fill, render
from helpdesk.knowledge.search import ArticleIndex
from helpdesk.turns.writing import Renderer

logger = logging.getLogger(__name__)

_REFRESH_SECONDS = 2.0


class KnowledgeDesk:
    """Answers for articles: one current library and index, replaced together."""

    def __init__(self, folder: Path, placeholders: Mapping[str, str]) -> None:
        """Load the articles and warn of every placeholder without a value.

        Raises:
            LibraryError: An article is broken.
        """
        self._live = LiveLibrary(folder)
        self._placeholders = placeholders
        self._index = ArticleIndex(self.library.articles.values())
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

    def search(self, query: str) -> list[Json]:
        """Return matching articles, best first."""
        return [
            {
                "id": article.id,
                "title": article.title,
                "topic": article.topic,
                "excerpt": fill(excerpt, self.library, self._placeholders),
            }
            for article, excerpt in self._index.search(query)
        ]

    def placeholder(self, name: str) -> str:
        """Return a setting's value or its safe phrase."""
        return self._placeholders.get(name) or self.library.placeholders[name]

    async def keep_fresh(self) -> None:
        """Reload whenever a file changes, until cancelled."""
        while True:
            await asyncio.sleep(_REFRESH_SECONDS)
            try:
                if await asyncio.to_thread(self._live.refresh):
                    self._index = await asyncio.to_thread(ArticleIndex, self.library.articles.values())
            except Exception:
                logger.exception("looking for changed articles failed; the last good version stays in service")
