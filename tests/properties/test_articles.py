"""Whatever stands in an article's file: it is an article, or it is refused with its line."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from helpdesk.knowledge.article import Article, ArticleError, parse_article
from tests.factories import write_article

# Values that mean something to YAML, and some that mean it badly.
SCALARS = st.sampled_from(
    [
        "", "~", "yes", "[]", "{}", "[a, b]", "{a: b}", "0b_", "0x", "1_000", "1e999", ".inf", "._", "9" * 5000, "1:60",
        "2026-02-30", "2026-01-31", "2026-01-31 10:00:00", "2026-01-31T10:00:00+99:99", "0000-00-00", "!!int x",
        "!!bool x", "!!timestamp x", "!!float x", "!!binary x", "!!python/object:os.system x", "!!set {a}", "&a [*a]",
        "*missing", "|\n  text", "'", '"', "---", "[" * 500, "? [a]", "<<: 1", "%TAG", "\x07", "还款",
    ]
)  # fmt: skip
LINES = st.builds(
    "{}: {}\n".format,
    st.sampled_from(["id", "title", "questions", "sources", "expires_on", "verify_by", "flags", "handoff", "x"]),
    SCALARS | st.text(max_size=20),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A correct article, for each example to write over."""
    return write_article(tmp_path_factory.mktemp("articles"), "repay_early")


def parsed(path: Path, raw: bytes) -> Article | None:
    """Return the article in `raw`, or None where it is refused with a line that exists."""
    path.write_bytes(raw)
    try:
        return parse_article(path)
    except ArticleError as error:
        refused = error
    assert 1 <= refused.line <= raw.count(b"\n") + raw.count(b"\r") + 3
    assert refused.reason
    return None


@given(st.binary())
@example(b"---\n---\n")
@example(b"\xef\xbb\xbf---\nid: a\n---\nbody")
@example(b"---\r\nid: a\r\n---\r\nbody")
def test_any_bytes_are_refused_or_an_article(path: Path, raw: bytes):
    parsed(path, raw)


@given(st.lists(LINES, max_size=6), st.text(max_size=30))
def test_any_front_matter_is_refused_or_an_article(path: Path, lines: list[str], body: str):
    parsed(path, f"---\n{''.join(lines)}---\n{body}".encode("utf-8", "replace"))


@given(st.lists(LINES, min_size=1, max_size=3))
def test_a_correct_article_with_lines_changed_is_refused_or_whole(path: Path, lines: list[str]):
    good = write_article(path.parent.parent, "repay_early").read_text()
    changed = {line.partition(":")[0]: line for line in lines}
    kept = [line for line in good.splitlines(keepends=True) if line.partition(":")[0] not in changed]

    article = parsed(path, "".join([kept[0], *changed.values(), *kept[1:]]).encode("utf-8", "replace"))

    if article is not None:
        assert article.title
        assert article.sources
        assert not isinstance(article.verify_by, datetime)
        assert (article.expires_on is None) == (article.expired is None)
