"""Terms of search: pairs of Chinese characters, whole words of anything else, nothing that reads as syntax."""

import pytest

from helpdesk.knowledge.terms import Term, index_terms, located_terms, query_terms


def test_chinese_becomes_characters_and_pairs():
    assert index_terms("提前还") == ["提", "提前", "前", "前还", "还"]


def test_pairs_do_not_reach_across_punctuation_or_lines():
    assert "款征" not in index_terms("还款，征信")
    assert "款征" not in index_terms("还款\n征信")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("提前还款", ["提前", "前还", "还款"]),
        ("4倍LPR", ["4", "倍", "lpr"]),
        ("12378 和 12363", ["12378", "和", "12363"]),
        ("App_版本", ["app", "版本"]),
        ("ＬＰＲ", ["lpr"]),
        ("①㈱ﬁ", ["1", "株", "fi"]),
        ("24%", ["24"]),
        ("еda", ["еda"]),
    ],
    ids=["pairs", "mixed", "numbers", "underscore", "full width", "compatibility forms", "percent", "other scripts"],
)
def test_query_looks_for_pairs_and_words(text: str, terms: list[str]):
    assert query_terms(text, most=100) == terms


@pytest.mark.parametrize("text", ["", "？！", "的", "我的吗", "\x00", "\ud800", "🙂"])
def test_query_that_says_nothing_has_no_terms(text: str):
    assert query_terms(text, most=100) == []


def test_stop_characters_count_beside_others():
    assert query_terms("我的卡", most=100) == ["的卡"]


def test_terms_are_looked_for_once_and_no_more_than_the_most():
    assert query_terms("还款还款", most=100) == ["还款", "款还"]
    assert query_terms("提前还款", most=2) == ["提前", "前还"]


def test_a_very_long_word_is_cut_alike_in_articles_and_queries():
    assert index_terms("9" * 500) == query_terms("9" * 300, most=100) == ["9" * 64]


def test_places_are_those_of_the_text_before_folding():
    assert located_terms("ﬁ ＬＰＲ还款", {"fi", "lpr", "还款"}) == [
        Term("fi", 0, 1, is_part=False),
        Term("lpr", 2, 5, is_part=False),
        Term("还款", 5, 7, is_part=False),
    ]


def test_part_of_a_word_is_not_that_word():
    assert located_terms("12378", {"123"}) == []
