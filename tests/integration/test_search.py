"""Search on both databases: best first, nothing where nothing fits, operators are text, an index replaced whole."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from helpdesk import clock
from helpdesk.database import Database
from helpdesk.knowledge import article_index
from helpdesk.knowledge.article_index import full_text, refresh_index
from helpdesk.knowledge.library import Library, load_library
from helpdesk.knowledge.search import Found, search
from tests.factories import make_knowledge, write_article

NIGHT = "夜间催收"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_knowledge(tmp_path / "knowledge")


async def index(database: Database, folder: Path) -> Library:
    library = load_library(folder)
    await refresh_index(database, library.articles.values())
    return library


async def results(database: Database, library: Library, query: str, *, limit: int = 20) -> list[Found]:
    async with database.reading() as session:
        return await search(session, query, library, {}, today=clock.now().date(), limit=limit)


async def found(database: Database, library: Library, query: str, *, limit: int = 20) -> list[str]:
    return [result.article.id for result in await results(database, library, query, limit=limit)]


async def indexed_ids(database: Database) -> set[str]:
    async with database.reading() as session:
        return set(await session.scalars(text("SELECT article_id FROM article_index")))


async def test_the_title_weighs_more_than_a_question_and_a_question_more_than_the_body(
    database: Database, folder: Path
):
    write_article(folder, "in_body", title="甲", questions=["丙"], body=f"这里说到{NIGHT}。")
    write_article(folder, "in_questions", title="甲", questions=[NIGHT], body="这里什么都没有。")
    write_article(folder, "in_title", title=NIGHT, questions=["丙"], body="这里什么都没有。")
    library = await index(database, folder)

    assert await found(database, library, NIGHT) == ["in_title", "in_questions", "in_body"]


async def test_a_rare_term_weighs_more_than_a_common_one(database: Database, folder: Path):
    write_article(folder, "common", title="还款怎么办")
    write_article(folder, "rare", title="宽限怎么办")
    for number in range(5):
        write_article(folder, f"other_{number}", title="还款", body="还款。")
    library = await index(database, folder)

    assert (await found(database, library, "还款 宽限"))[0] == "rare"


async def test_articles_that_fit_equally_come_in_a_stable_order(database: Database, folder: Path):
    for article_id in ("zebra", "apple", "a_b", "ab"):
        write_article(folder, article_id, title=NIGHT, questions=["同一个问题"])
    library = await index(database, folder)

    assert await found(database, library, NIGHT) == ["a_b", "ab", "apple", "zebra"]


async def test_an_article_that_holds_too_little_of_a_long_query_is_left_out(database: Database, folder: Path):
    write_article(folder, "wanted", title="夜间催收电话打到我单位")
    write_article(folder, "accident", title="收电报")
    library = await index(database, folder)

    assert await found(database, library, "夜间催收电话打到我单位") == ["wanted"]
    assert "accident" in await found(database, library, "收电")


@pytest.mark.parametrize("query", ["提前 還款怎么操作", "ＬＰＲ", "lpr", "LPR", "贷"])
async def test_forms_of_writing_do_not_matter(database: Database, folder: Path, query: str):
    write_article(folder, "wanted", title="提前还款怎么操作", body="4倍LPR，贷。")
    library = await index(database, folder)

    assert "wanted" in (await found(database, library, query))[:2]


@pytest.mark.parametrize("query", ["", " ", "？！", "龘靐齉", "\x00", "的", "HOTLINE", "\ud800"])
async def test_a_query_that_fits_nothing_finds_nothing(database: Database, folder: Path, query: str):
    library = await index(database, folder)

    assert await found(database, library, query) == []


# Each with a word of the wanted article: the operator must neither fail nor do anything.
OPERATORS = [
    '"', "'", '""', "*", "^", ":", "(", ")", "(((", "-", "+", "&", "|", "!", "<->", "<2>", "\\", "%", ";--", "{}", "$$",
    "OR", "AND", "NOT", "NEAR", "NEAR(", "title:", "questions :", "body : ", ":A", ":*", "\x00", "\n", "'::tsquery",
]  # fmt: skip


@pytest.mark.parametrize(
    "pattern",
    ["{0}夜间催收", "夜间催收{0}", "夜间{0}催收", "夜间 {0} 催收", "{0}{0}夜间催收{0}"],
    ids=["before", "after", "within", "between spaces", "around"],
)
async def test_operators_are_text(database: Database, folder: Path, pattern: str):
    write_article(folder, "wanted", title=NIGHT)
    library = await index(database, folder)

    # In one test: a database for each of them would take minutes.
    first = {operator: (await found(database, library, pattern.format(operator)))[:1] for operator in OPERATORS}

    assert first == {operator: ["wanted"] for operator in OPERATORS}


@pytest.mark.parametrize("operator", ["or", "not", "near", "and"])
async def test_names_of_operators_can_be_looked_for(database: Database, folder: Path, operator: str):
    write_article(folder, "wanted", title=f"{operator} 是什么")
    library = await index(database, folder)

    assert await found(database, library, operator.upper()) == ["wanted"]


@pytest.mark.parametrize(
    "query", ["夜间催收" * 500, "a " * 1000, "9" * 2000, "\"'(" * 700], ids=["words", "letters", "digits", "signs"]
)
async def test_two_thousand_characters_are_a_query_like_any_other(database: Database, folder: Path, query: str):
    write_article(folder, "wanted", title=NIGHT)
    library = await index(database, folder)

    assert await found(database, library, query) == (["wanted"] if NIGHT in query else [])


async def test_what_was_written_after_a_long_text_is_not_looked_for(database: Database, folder: Path):
    write_article(folder, "wanted", title=NIGHT)
    library = await index(database, folder)

    assert await found(database, library, "龘" * 2000 + NIGHT) == []


async def test_no_more_than_the_limit_is_found(database: Database, folder: Path):
    library = await index(database, folder)

    assert len(await found(database, library, "怎么办", limit=2)) == 2


async def test_result_has_the_passage_with_its_highlight_and_filled_placeholders(database: Database, folder: Path):
    write_article(folder, "wanted", title=NIGHT, short="请打 {{PLATFORM_HOTLINE}}，问夜间催收的事。")
    library = load_library(folder)
    await refresh_index(database, library.articles.values())
    async with database.reading() as session:
        values = {"PLATFORM_HOTLINE": "400-000-0000"}
        (result,) = await search(session, NIGHT, library, values, today=clock.now().date())

    assert result.excerpt == "请打 400-000-0000，问夜间催收的事。"
    assert result.highlight is not None
    assert result.excerpt[slice(*result.highlight)] == NIGHT


async def test_expired_article_is_found_and_says_so(database: Database, folder: Path):
    library = await index(database, folder)

    (result,) = await results(database, library, "旧的优惠")

    assert (result.article.id, result.excerpt) == ("old_offer", "这项优惠已经结束。")


async def test_article_that_this_process_has_not_loaded_is_left_out(database: Database, folder: Path):
    library = load_library(folder)
    write_article(folder, "newer", title=NIGHT)
    await index(database, folder)

    assert await found(database, library, NIGHT) == []


async def test_database_without_an_index_finds_nothing(database: Database, folder: Path):
    assert await found(database, load_library(folder), "提前还款") == []


async def test_changed_library_replaces_the_index(database: Database, folder: Path):
    await index(database, folder)
    (folder / "repay" / "old_offer.md").unlink()
    write_article(folder, "repay_early", title=NIGHT)
    library = await index(database, folder)

    assert await found(database, library, "旧的优惠") == []
    assert await found(database, library, NIGHT) == ["repay_early"]
    assert await indexed_ids(database) == set(library.articles)


async def test_unchanged_library_is_not_indexed_again(database: Database, folder: Path):
    library = load_library(folder)

    assert await refresh_index(database, library.articles.values()) is True
    assert await refresh_index(database, load_library(folder).articles.values()) is False


async def test_new_way_of_indexing_builds_again(database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch):
    library = await index(database, folder)

    monkeypatch.setattr(article_index, "_SCHEME", 1_000)

    assert await refresh_index(database, library.articles.values()) is True


async def test_emptied_library_empties_the_index(database: Database, folder: Path):
    await index(database, folder)

    assert await refresh_index(database, []) is True
    assert await indexed_ids(database) == set()


async def test_processes_that_index_at_once_build_once(database: Database, folder: Path, database_url: str):
    library = load_library(folder)
    processes = [Database(database_url) for _ in range(4)]

    replaced = await asyncio.gather(*(refresh_index(process, library.articles.values()) for process in processes))

    for process in processes:
        await process.close()
    assert sorted(replaced) == [False, False, False, True]
    assert await indexed_ids(database) == set(library.articles)


async def test_processes_with_different_articles_leave_one_whole_index(
    database: Database, folder: Path, database_url: str
):
    older = load_library(folder)
    write_article(folder, "newer", title=NIGHT)
    newer = load_library(folder)
    processes = [Database(database_url) for _ in range(4)]

    await asyncio.gather(
        *(
            refresh_index(process, library.articles.values())
            for process, library in zip(processes, [older, newer, older, newer], strict=True)
        )
    )

    for process in processes:
        await process.close()
    async with database.reading() as session:
        rows = list(await session.scalars(text("SELECT article_id FROM article_index")))
    assert sorted(rows) in (sorted(older.articles), sorted(newer.articles))


async def test_search_sees_the_old_index_until_the_new_one_is_whole(
    database: Database, folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    library = await index(database, folder)
    write_article(folder, "newer", title="提前还款再说一次")
    newer = load_library(folder)
    other = Database(database_url)
    seen_meanwhile: list[list[str]] = []

    class Watched:
        """Looks from another connection while the new index is written but not committed."""

        def __init__(self, real):
            self._real = real

        async def replace(self, session, articles):
            await self._real.replace(session, articles)
            seen_meanwhile.append(await found(other, newer, "提前还款"))

    with monkeypatch.context() as patch:
        patch.setattr(article_index, "full_text", lambda session: Watched(full_text(session)))
        await refresh_index(database, newer.articles.values())

    await other.close()
    assert seen_meanwhile == [["repay_early"]]
    assert await found(database, library, "提前还款") == ["repay_early"]
    assert set(await found(database, newer, "提前还款")) == {"repay_early", "newer"}


async def test_failed_indexing_leaves_the_old_index(database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch):
    library = await index(database, folder)
    write_article(folder, "newer", title=NIGHT)
    newer = load_library(folder)

    class Broken:
        def __init__(self, real):
            self._real = real

        async def replace(self, session, articles):
            await self._real.replace(session, articles[:1])
            raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(article_index, "full_text", lambda session: Broken(full_text(session)))
        with pytest.raises(OSError):
            await refresh_index(database, newer.articles.values())

    assert await indexed_ids(database) == set(library.articles)
    assert await refresh_index(database, newer.articles.values()) is True
