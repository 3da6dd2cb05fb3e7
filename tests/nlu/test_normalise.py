"""The one form in which all components see a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.normalise import MAX_LENGTH, mask_digits, normalise, normalise_with_offsets

# Hypothesis would rarely hit on what customers type.
typed = st.text(alphabet=st.one_of(st.characters(), st.sampled_from(" /／被騙了转账１2３，。！？😀\u200b\u3000")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我被詐騙了", "我被诈骗了"),
        ("ＡＢＣ１２３", "abc123"),
        ("骗\u200b子\ufeff", "骗子"),
        ("钱没了😭😭", "钱没了"),
        ("被 骗 了 吗", "被骗了吗"),
        ("钱打过去了 联系不上", "钱打过去了 联系不上"),
        ("急急急急急", "急急"),
        ("怎么办？？？！！！", "怎么办?!"),
        ("转了50000块", "转了50000块"),
        ("/restart", "restart"),
        (" ／／request_human", "request_human"),
        ("😀😀", ""),
        (" \n\t ", ""),
        ("", ""),
    ],
    ids=[
        "traditional", "full width", "zero width", "emoji", "letter-spaced", "space as comma", "repeated sign",
        "repeated marks", "numbers stay", "slash", "wide slashes", "only emoji", "only space", "empty",
    ],
)  # fmt: skip
def test_a_text_is_brought_into_one_form(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(typed)
def test_doing_it_twice_changes_nothing(text: str) -> None:
    once = normalise(text)

    assert normalise(once) == once


@given(typed)
def test_no_text_can_become_a_command(text: str) -> None:
    assert not normalise(text).strip().startswith("/")


@given(typed)
def test_every_character_knows_where_it_came_from(text: str) -> None:
    normalised = normalise_with_offsets(text)

    assert len(normalised.offsets) == len(normalised.text)
    assert list(normalised.offsets) == sorted(normalised.offsets)
    assert all(0 <= offset < len(text) for offset in normalised.offsets)


def test_a_span_leads_back_to_what_was_typed() -> None:
    text = " 😀 我 被 騙 了 5000"
    normalised = normalise_with_offsets(text)
    start = normalised.text.index("被骗")

    begin, end = normalised.original_span(start, start + 2)

    assert text[begin:end] == "被 騙"


def test_a_very_long_text_is_cut() -> None:
    assert len(normalise("还款" * MAX_LENGTH)) <= MAX_LENGTH


def test_long_numbers_are_masked_and_hotlines_are_not() -> None:
    assert mask_digits("打12378 卡号6222021234567890123") == "打12378 卡号#"
