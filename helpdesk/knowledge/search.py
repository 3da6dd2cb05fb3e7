"""Search over the articles in service: what the database finds, best first, with the passage that fits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.knowledge.article import Article
from helpdesk.knowledge.article_index import full_text
from helpdesk.knowledge.excerpts import excerpt
from helpdesk.knowledge.library import Library
from helpdesk.knowledge.rendering import plain, render
from helpdesk.knowledge.terms import query_terms

# Longer than any question; what is pasted beyond it says nothing new and costs an index look-up a term.
_QUERY_CHARACTERS = 200
_QUERY_TERMS = 100
# An article has to hold a fifth of what was asked for, or it fits by accident.
_LEAST_OVERLAP = 5


@dataclass(frozen=True, kw_only=True)
class Found:
    """One article with a line of it; `highlight` is `[start, end)` in `excerpt`, in characters."""

    article: Article
    excerpt: str
    highlight: tuple[int, int] | None


async def search(
    session: AsyncSession, query: str, library: Library, values: Mapping[str, str], *, today: date, limit: int = 20
) -> list[Found]:
    """Return the articles of `library` that fit `query`, best first; empty when none does.

    Nothing in `query` is syntax. `values` fill the placeholders of the excerpts. Articles that another process indexed
    but this one has not loaded yet are left out.
    """
    terms = query_terms(query[:_QUERY_CHARACTERS], most=_QUERY_TERMS)
    if not terms:
        return []
    least = max(1, len(terms) // _LEAST_OVERLAP)
    ids = await full_text(session).find(session, terms, least=least, limit=limit)
    found = []
    for article in (library.articles[article_id] for article_id in ids if article_id in library.articles):
        # As it is shown: an expired answer is not quoted.
        rendered = render(article, library, values, today=today)
        line = excerpt([rendered["short"], plain(rendered["markdown"])], set(terms))
        found.append(Found(article=article, excerpt=line.text, highlight=line.highlight))
    return found
