"""Reading one article: what a good file gives, and file, line and reason of each refusal."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from helpdesk.knowledge.article import ArticleError, parse_article
from tests.factories import write_article


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def refusal(path: Path) -> tuple[int, str]:
    """Return line and reason with which a file is refused."""
    with pytest.raises(ArticleError) as refused:
        parse_article(path)
    assert refused.value.path == path
    assert str(refused.value) == f"{path}:{refused.value.line}: {refused.value.reason}"
    return refused.value.line, refused.value.reason


def test_article_is_read_whole(folder: Path):
    sources = [{"name": " 民法典 ", "article": 677}, {"name": "公告", "url": "https://www.12315.cn/"}]

    article = parse_article(
        write_article(
            folder, "repay_early", body="先看合同。", sources=sources, related=["repay_fee"], flags=["NP", "MONEY"]
        )
    )

    assert (article.id, article.group, article.body) == ("repay_early", "repay", "先看合同。")
    assert [(source.name, source.article, source.url) for source in article.sources] == [
        ("民法典", "677", None),
        ("公告", None, "https://www.12315.cn/"),
    ]
    assert article.related == ("repay_fee",)
    assert article.flags == {"NP", "MONEY"}


def test_version_changes_with_any_byte(folder: Path):
    first = parse_article(write_article(folder, "repay_early", body="先看合同。")).version
    same = parse_article(write_article(folder, "repay_early", body="先看合同。")).version
    changed = parse_article(write_article(folder, "repay_early", body="先看合同！")).version

    assert first == same
    assert first != changed


@pytest.mark.parametrize(
    ("today", "expired"), [(date(2024, 1, 31), False), (date(2024, 2, 1), True)], ids=["last day", "day after"]
)
def test_article_holds_until_the_end_of_its_last_day(folder: Path, today: date, expired: bool):
    article = parse_article(write_article(folder, "offer", expires_on=date(2024, 1, 31), expired="已经结束。"))

    assert article.has_expired(today) is expired


def test_article_without_a_last_day_never_expires(folder: Path):
    assert not parse_article(write_article(folder, "offer")).has_expired(date.max)


@pytest.mark.parametrize(
    ("fields", "line", "reason"),
    [
        pytest.param({"id": None}, 2, "id: missing or not text", id="no id"),
        pytest.param({"title": 7}, 3, "title: missing or not text", id="title is a number"),
        pytest.param({"topic": " "}, 4, "topic: missing or not text", id="topic is blank"),
        pytest.param({"flow": ["a"]}, 5, "flow: missing or not text", id="flow is a list"),
        pytest.param({"questions": "怎么还"}, 6, "questions: not a list of texts", id="questions are one text"),
        pytest.param({"questions": ["怎么还", 12]}, 6, "questions: not a list of texts", id="a question is a number"),
        pytest.param({"questions": [" "]}, 6, "questions: not a list of texts", id="a question is blank"),
        pytest.param({"short": None}, 8, "short: missing or not text", id="no short answer"),
        pytest.param({"sources": []}, 9, "sources: at least one source is needed", id="no source"),
        pytest.param({"sources": ["民法典"]}, 9, "sources: a source without a name", id="a source is a text"),
        pytest.param({"sources": [{"article": "1"}]}, 9, "sources: a source without a name", id="a source has no name"),
        pytest.param(
            {"sources": [{"name": "法", "page": 1}]},
            9,
            "sources: a source has only name, article and url",
            id="a source has more",
        ),
        pytest.param({"effective_from": "soon"}, 12, "effective_from: missing or not a date", id="day is a text"),
        pytest.param(
            {"expires_on": date(2024, 1, 1)}, 14, "expired: goes together with expires_on", id="nothing after"
        ),
        pytest.param({"expired": "结束了"}, 14, "expired: goes together with expires_on", id="no last day"),
        pytest.param({"verify_by": None}, 15, "verify_by: missing or not a date", id="never verified"),
        pytest.param({"flags": ["NP", "FREE"]}, 16, "flags: unknown: FREE", id="unknown flag"),
        pytest.param({"handoff": "maybe"}, 18, "handoff: not one of never, conditional, always, urgent", id="handoff"),
        pytest.param({"related": None}, 19, "related: not a list of texts", id="related is nothing"),
    ],
)
def test_wrong_field_is_refused_with_its_line(folder: Path, fields: dict[str, Any], line: int, reason: str):
    found = refusal(write_article(folder, "repay_early", **fields))

    assert found[0] == line
    assert found[1].startswith(reason)


@pytest.mark.parametrize("key", ["effective_from", "expires_on", "verify_by"])
def test_a_day_with_a_time_is_refused(folder: Path, key: str):
    path = write_article(folder, "offer", expires_on=date(2024, 1, 31), expired="已经结束。")
    lines = [f"{key}: 2024-01-31 10:00:00" if line.startswith(key) else line for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines))

    assert refusal(path)[1] == f"{key}: missing or not a date like 2026-01-31"


@pytest.mark.parametrize(
    ("raw", "line", "reason"),
    [
        pytest.param(b"", 1, "no front matter", id="nothing"),
        pytest.param("正文".encode(), 1, "no front matter", id="no front matter"),
        pytest.param(b"---\nid: a\n", 1, "no front matter", id="front matter has no end"),
        pytest.param(b"x\n---\nid: a\n---\nbody", 1, "no front matter", id="text before the front matter"),
        pytest.param("---\nid: 还款\n---\n".encode("gbk"), 1, "not UTF-8", id="other encoding"),
        pytest.param(b"---\n- a\n---\nbody", 1, "the front matter is not a mapping", id="a list"),
        pytest.param(b"---\nid: a\ntitle: [\n---\nbody", 4, "bad YAML", id="an open bracket"),
        pytest.param(b"---\nid: a\nday: 2024-13-45\n---\nbody", 1, "bad YAML", id="an impossible day"),
        pytest.param(b"---\nid: " + b"[" * 20_000 + b"\n---\nbody", 1, "too many brackets", id="a page of brackets"),
        pytest.param(b"---\nid: a\n---\n" + b"x" * 40_000, 1, "longer than", id="a whole book"),
        pytest.param(b"---\nid: 0b_\n---\nbody", 1, "bad YAML", id="a number without digits"),
        pytest.param(b"---\nid: \x07\n---\nbody", 1, "bad YAML", id="a control character"),
    ],
)
def test_unreadable_file_is_refused(folder: Path, raw: bytes, line: int, reason: str):
    path = folder / "repay_early.md"
    path.write_bytes(raw)

    found = refusal(path)

    assert found[0] == line
    assert found[1].startswith(reason)


def test_article_without_an_answer_is_refused_below_its_front_matter(folder: Path):
    path = write_article(folder, "repay_early", body=" ")

    line, reason = refusal(path)

    assert reason == "no answer below the front matter"
    assert path.read_text().splitlines()[line - 2] == "---"
