"""From an article to what is shown: placeholders, expired answers, plain text."""

from datetime import date
from pathlib import Path

import pytest

from helpdesk.knowledge.library import Library, load_library
from helpdesk.knowledge.rendering import fill, plain, render
from tests.factories import make_knowledge, write_article

TODAY = date(2024, 2, 1)
HOTLINE = {"PLATFORM_HOTLINE": "400-000-0000"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_knowledge(tmp_path / "knowledge")


@pytest.fixture
def library(folder: Path) -> Library:
    return load_library(folder)


def test_placeholders_are_filled_everywhere(library: Library):
    shown = render(library.articles["repay_early"], library, HOTLINE, today=TODAY)

    assert shown["markdown"] == "先看 **合同**，再打 400-000-0000。"
    assert shown["short"] == "一句话：请打 400-000-0000。"


@pytest.mark.parametrize("values", [{}, {"PLATFORM_HOTLINE": ""}], ids=["not set", "set to nothing"])
def test_a_missing_value_shows_its_safe_phrase(library: Library, values: dict[str, str]):
    shown = render(library.articles["repay_early"], library, values, today=TODAY)

    assert shown["short"] == f"一句话：请打 {library.placeholders['PLATFORM_HOTLINE']}。"


def test_an_unknown_placeholder_never_shows_its_braces(library: Library):
    assert fill("请看 {{MOON}}。", library, {}) == "请看 。"


def test_a_value_is_not_filled_again(library: Library):
    values = {"PLATFORM_NAME": "{{PLATFORM_HOTLINE}}", **HOTLINE}

    assert fill("{{PLATFORM_NAME}}", library, values) == "{{PLATFORM_HOTLINE}}"


def test_source_dates_and_version_are_shown(library: Library):
    article = library.articles["repay_early"]

    shown = render(article, library, HOTLINE, today=TODAY)

    assert shown["sources"] == [{"name": "民法典", "article": "677"}]
    assert (shown["effective_from"], shown["reviewed_until"]) == ("2021-01-01", "2027-03-31")
    assert (shown["id"], shown["topic"], shown["version"]) == ("repay_early", "repayment", article.version)


def test_related_articles_are_shown_with_their_titles(library: Library):
    shown = render(library.articles["repay_early"], library, HOTLINE, today=TODAY)

    assert shown["related"] == [{"id": "overdue_fee", "title": "逾期费用怎么算"}]


def test_an_expired_answer_is_replaced_everywhere(library: Library):
    shown = render(library.articles["old_offer"], library, HOTLINE, today=TODAY)

    assert (shown["markdown"], shown["short"], shown["expired"]) == ("这项优惠已经结束。", "这项优惠已经结束。", True)


def test_an_answer_holds_on_its_last_day(library: Library):
    shown = render(library.articles["old_offer"], library, HOTLINE, today=date(2024, 1, 31))

    assert shown["expired"] is False
    assert shown["markdown"].startswith("先看")


def test_placeholders_of_an_expired_answer_are_filled(folder: Path):
    write_article(folder, "gone", expires_on=date(2024, 1, 31), expired="请问 {{PLATFORM_HOTLINE}}。")
    library = load_library(folder)

    shown = render(library.articles["gone"], library, HOTLINE, today=TODAY)

    assert shown["markdown"] == "请问 400-000-0000。"


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("先看**合同**。", "先看合同。"),
        ("看[征信中心](https://www.pbccrc.org.cn/)。", "看征信中心 https://www.pbccrc.org.cn/。"),
        ("- 一\n- 二", "- 一\n- 二"),
        ("[不是链接](javascript:alert)", "[不是链接](javascript:alert)"),
    ],
    ids=["bold", "link", "list", "no web address"],
)
def test_plain_text_shows_what_markdown_meant(markdown: str, text: str):
    assert plain(markdown) == text
