"""Whether search finds what people look for in the articles in service, on both databases."""

import yaml

from helpdesk import clock
from helpdesk.database import Database
from helpdesk.knowledge.article_index import refresh_index
from helpdesk.knowledge.library import load_library
from helpdesk.knowledge.search import search
from tests.factories import ROOT

# The share of queries that must have their article among the first three.
LEAST = 0.9


async def test_the_article_looked_for_is_among_the_first_three(database: Database):
    library = load_library(ROOT / "knowledge")
    queries = yaml.safe_load((ROOT / "tests/integration/search_queries.yml").read_text(encoding="utf-8"))
    await refresh_index(database, library.articles.values())

    missed = {}
    for query, wanted in queries.items():
        async with database.reading() as session:
            found = await search(session, query, library, {}, today=clock.now().date(), limit=3)
        ids = [result.article.id for result in found]
        if wanted not in ids:
            missed[query] = ids

    assert set(queries.values()) <= set(library.articles)
    assert len(queries) >= 40
    assert len(queries) - len(missed) >= LEAST * len(queries), missed
