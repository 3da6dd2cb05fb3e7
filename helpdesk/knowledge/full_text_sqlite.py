"""Full-text search in SQLite: an FTS5 table, ranked by bm25."""

import json
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.knowledge.full_text import IndexedArticle

_CLEAR = text("DELETE FROM article_index")
_INSERT = text(
    "INSERT INTO article_index (article_id, title, questions, body) VALUES (:article_id, :title, :questions, :body)"
)
# Term by term: FTS5 cannot ask for "at least so many of these", and bm25 adds up over terms anyway. Each field has its
# own bm25 (its numbers weigh article_id, title, questions, body), for in a joint one the field that says a term most
# often drowns the others. The lower bm25, the better. Rounded, so that equal articles stay equal. The weights were
# chosen on the pairs of test_search_quality.py and on questions left out of the index.
_FIND = text("""
    WITH hit AS MATERIALIZED (
        SELECT article_index.article_id AS article_id,
            2.5 * bm25(article_index, 0, 1, 0, 0)
            + 2.0 * bm25(article_index, 0, 0, 1, 0)
            + 1.0 * bm25(article_index, 0, 0, 0, 1) AS score
        FROM json_each(:terms) AS term CROSS JOIN article_index ON article_index MATCH term.value
    )
    SELECT article_id FROM hit
    GROUP BY article_id HAVING count(*) >= :least
    ORDER BY round(sum(score), 9), article_id LIMIT :limit
""")


class SqliteFullText:
    """FTS5; the index table splits at spaces only (migration 0003)."""

    async def replace(self, session: AsyncSession, articles: Sequence[IndexedArticle]) -> None:
        """Put `articles` in the place of everything indexed."""
        await session.execute(_CLEAR)
        rows = [
            {
                "article_id": article.id,
                "title": " ".join(article.title),
                "questions": " ".join(article.questions),
                "body": " ".join(article.body),
            }
            for article in articles
        ]
        if rows:
            await session.execute(_INSERT, rows)

    async def find(self, session: AsyncSession, terms: Sequence[str], *, least: int, limit: int) -> list[str]:
        """Return the ids of the articles that hold at least `least` of `terms`, best first."""
        quoted = json.dumps([f'"{term}"' for term in terms])
        found = await session.scalars(_FIND, {"terms": quoted, "least": least, "limit": limit})
        return list(found)
