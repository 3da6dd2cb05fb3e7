"""Search over the articles: best first, and nothing where nothing fits."""

from pathlib import Path

import pytest

from helpdesk.knowledge.library import load_library
from helpdesk.knowledge.search import ArticleIndex, excerpt
from tests.factories import ROOT, make_knowledge, write_article


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_knowledge(tmp_path / "knowledge")


def found(folder: Path, query: str) -> list[str]:
    index = ArticleIndex(load_library(folder).articles.values())
    return [article.id for article, _ in index.search(query)]


def test_the_title_weighs_more_than_a_question_and_a_question_more_than_the_body(folder: Path):
    write_article(folder, "in_body", title="甲", body="这里说到夜间催收。")
    write_article(folder, "in_questions", title="乙", questions=["夜间催收"])
    write_article(folder, "in_title", title="夜间催收")

    assert found(folder, "夜间催收") == ["in_title", "in_questions", "in_body"]


def test_articles_that_fit_equally_come_in_a_stable_order(folder: Path):
    for article_id in ("zebra", "apple"):
        write_article(folder, article_id, title="夜间催收", questions=["同一个问题"])

    assert found(folder, "夜间催收") == ["apple", "zebra"]


@pytest.mark.parametrize("query", ["", "？！", "龘靐齉", "\x00"], ids=["nothing", "punctuation", "unknown", "control"])
def test_a_query_that_fits_nothing_finds_nothing(folder: Path, query: str):
    assert found(folder, query) == []


def test_case_does_not_matter(folder: Path):
    write_article(folder, "lpr", title="4倍LPR")

    assert found(folder, "lpr")[0] == "lpr"


def test_the_name_of_a_placeholder_is_not_a_word(folder: Path):
    assert found(folder, "HOTLINE") == []


def test_no_more_than_the_limit_is_found(folder: Path):
    index = ArticleIndex(load_library(folder).articles.values())

    assert len(index.search("怎么办", limit=2)) == 2


@pytest.mark.parametrize(
    ("query", "wanted"),
    [("提前还款", "repay_early_settle"), ("征信修复", "credit_repair_scam"), ("共享屏幕", "scam_screen_share")],
    ids=["early repayment", "credit repair", "screen sharing"],
)
def test_the_articles_in_service_are_found_by_their_matter(query: str, wanted: str):
    index = ArticleIndex(load_library(ROOT / "knowledge").articles.values())

    assert wanted in [article.id for article, _ in index.search(query, limit=3)]


def test_an_excerpt_is_one_short_line(folder: Path):
    path = write_article(folder, "long", short="第一行\n" + "还" * 80)
    article = load_library(folder).articles[path.stem]

    line = excerpt(article)

    assert line.startswith("第一行 还")
    assert line.endswith("…")
    assert len(line) == 60
