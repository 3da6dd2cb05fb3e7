"""From an article to what a channel shows: placeholders filled, expired answers replaced, plain text."""

import re
from collections.abc import Mapping
from datetime import date

from helpdesk.database import Json
from helpdesk.knowledge.article import Article
from helpdesk.knowledge.library import Library

PLACEHOLDER = re.compile(r"\{\{([A-Z_]+)\}\}")
_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")


def fill(text: str, library: Library, values: Mapping[str, str]) -> str:
    """Return `text` with its placeholders replaced by settings or, where one is missing, by its safe phrase."""
    return PLACEHOLDER.sub(lambda match: values.get(match[1]) or library.placeholders.get(match[1], ""), text)


def render(article: Article, library: Library, values: Mapping[str, str], *, today: date) -> Json:
    """Return the `Article` of docs/protocol.md."""
    expired = article.has_expired(today)
    markdown = article.expired if expired and article.expired else article.body
    short = article.expired if expired and article.expired else article.short
    return {
        "id": article.id,
        "title": article.title,
        "topic": article.topic,
        "version": article.version,
        "markdown": fill(markdown, library, values),
        "short": fill(short, library, values),
        "sources": [
            {"name": source.name}
            | ({"article": source.article} if source.article else {})
            | ({"url": source.url} if source.url else {})
            for source in article.sources
        ],
        "effective_from": article.effective_from.isoformat(),
        "expired": expired,
        "reviewed_until": article.verify_by.isoformat(),
        "related": [
            {"id": other, "title": library.articles[other].title}
            for other in article.related
            if other in library.articles
        ],
    }


def plain(markdown: str) -> str:
    """Return the permitted Markdown as plain text; a link shows its address."""
    return _LINK.sub(r"\1 \2", markdown).replace("**", "")
