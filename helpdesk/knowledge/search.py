"""Search over the articles in service: character pairs weighted by rarity, titles above bodies."""

import math
from collections import Counter
from collections.abc import Iterable

from helpdesk.knowledge.article import Article
from helpdesk.knowledge.rendering import PLACEHOLDER

_FIELD_WEIGHTS = (("title", 4.0), ("questions", 2.0), ("body", 1.0))
_EXCERPT = 60


def _pairs(text: str) -> set[str]:
    kept = "".join(character.lower() for character in text if character.isalnum())
    return {kept} if len(kept) == 1 else {kept[i : i + 2] for i in range(len(kept) - 1)}


class ArticleIndex:
    """A search index over a few hundred articles; built in milliseconds, so rebuilt whole."""

    def __init__(self, articles: Iterable[Article]) -> None:
        """Index titles, questions and bodies."""
        self._articles = list(articles)
        self._fields = [
            {
                "title": _pairs(article.title),
                "questions": set().union(*(_pairs(question) for question in article.questions)),
                # Nobody looks for the names of placeholders.
                "body": _pairs(PLACEHOLDER.sub("", article.body)),
            }
            for article in self._articles
        ]
        frequency = Counter(pair for fields in self._fields for pair in set().union(*fields.values()))
        count = len(self._articles)
        self._rarity = {pair: math.log(1 + count / seen) for pair, seen in frequency.items()}

    def search(self, query: str, *, limit: int = 20) -> list[tuple[Article, str]]:
        """Return articles with an excerpt of each, best first; empty when nothing matches."""
        wanted = _pairs(query)
        found: list[tuple[float, Article]] = []
        for article, fields in zip(self._articles, self._fields, strict=True):
            score = sum(
                weight * self._rarity.get(pair, 0.0)
                for field, weight in _FIELD_WEIGHTS
                for pair in wanted & fields[field]
            )
            if score > 0:
                found.append((score, article))
        found.sort(key=lambda item: (-item[0], item[1].id))
        return [(article, excerpt(article)) for _, article in found[:limit]]


def excerpt(article: Article) -> str:
    """Return the beginning of an answer as one plain line."""
    line = " ".join(article.short.split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…"
