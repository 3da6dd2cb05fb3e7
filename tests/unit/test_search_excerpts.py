"""The line under a search result: short, the fitting passage, its highlight on the words looked for."""

from helpdesk.knowledge.excerpts import excerpt
from helpdesk.knowledge.terms import query_terms


def marked(texts: list[str], query: str) -> tuple[str, str]:
    """Return an excerpt and what is highlighted in it."""
    line = excerpt(texts, query_terms(query, most=100))
    assert line.highlight is not None
    return line.text, line.text[slice(*line.highlight)]


def test_short_line_is_shown_whole_with_its_longest_stretch():
    assert marked(["还款前请看合同，提前还款看试算。"], "怎么提前还款") == (
        "还款前请看合同，提前还款看试算。",
        "提前还款",
    )


def test_line_without_a_fit_is_the_beginning_of_the_first_text():
    line = excerpt(["第一行\n" + "还" * 80, "正文"], {"征信"})

    assert line.text == "第一行 " + "还" * 55 + "…"
    assert line.highlight is None


def test_passage_of_the_body_is_shown_where_it_fits_better():
    body = "甲" * 90 + "，可以申请宽限期三天。" + "乙" * 90

    text, highlighted = marked(["请看合同。", body], "宽限期三天")

    assert highlighted == "宽限期三天"
    assert text.startswith("…")
    assert text.endswith("…")
    assert len(text) == 60


def test_equally_good_passages_prefer_the_first_text():
    assert marked(["还款看合同。", "正文说还款。"], "还款")[0] == "还款看合同。"


def test_passage_at_the_end_fills_the_line():
    text, highlighted = marked(["甲" * 100 + "宽限期"], "宽限期")

    assert text == "…" + "甲" * 56 + "宽限期"
    assert highlighted == "宽限期"


def test_stretch_longer_than_an_excerpt_is_highlighted_as_far_as_it_is_shown():
    text, highlighted = marked(["甲" * 70 + "还款" * 50], "还款还款")

    assert len(text) == 60
    assert text.endswith(highlighted)


def test_highlight_counts_characters_as_they_stand():
    assert marked(["用 ＬＰＲ 的４倍"], "lpr") == ("用 ＬＰＲ 的４倍", "ＬＰＲ")


def test_empty_texts_give_an_empty_line():
    assert excerpt(["", " \n"], {"还款"}) == ("", None)
