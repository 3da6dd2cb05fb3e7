"""What becomes of a text before it is stored."""

import pytest

from helpdesk.conversations.service import TEXT_LIMIT, clean_text
from helpdesk.errors import TextEmptyError, TextTooLongError

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("  提前还款怎么操作 \n", "提前还款怎么操作", id="surrounding white space"),
        pytest.param("第一行\r\n第二行\r第三行", "第一行\n第二行\n第三行", id="line ends of other systems"),
        pytest.param("列一\t列二", "列一\t列二", id="tab inside"),
        pytest.param("被\x00骗\x07了\x7f", "被骗了", id="control characters"),
        pytest.param("转\u200b人\ufeff工", "转人工", id="zero width characters"),
        pytest.param("\u202e转人工", "转人工", id="direction override"),
        pytest.param("半个\ud800字", "半个字", id="lone surrogate"),
        pytest.param("\U0001f600", "\U0001f600", id="only an emoji"),
        pytest.param(FAMILY, FAMILY, id="joined emoji"),
        pytest.param("/restart", "/restart", id="slash is text"),
        pytest.param("<script>alert(1)</script>", "<script>alert(1)</script>", id="markup is text"),
        pytest.param("?", "?", id="one character"),
    ],
)
def test_text_keeps_what_people_can_see(text: str, kept: str):
    assert clean_text(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(" \n\t\u3000", id="white space"),
        pytest.param("\x00\x01\x1f", id="control characters"),
        pytest.param("\u200b\u200d\ufeff", id="zero width characters"),
        pytest.param("\u200d", id="a lone joiner"),
        pytest.param("\u2028\u2029\u00a0", id="separators"),
        pytest.param("\ud800\udfff\ud800", id="surrogates"),
        pytest.param("\ue000", id="private use"),
    ],
)
def test_text_without_a_visible_character_is_refused(text: str):
    with pytest.raises(TextEmptyError):
        clean_text(text)


def test_longest_text_is_kept_whole():
    text = "还" * TEXT_LIMIT

    assert clean_text(text) == text


def test_text_over_the_limit_is_refused_with_the_limit():
    with pytest.raises(TextTooLongError) as refused:
        clean_text("还" * (TEXT_LIMIT + 1))

    assert refused.value.fields == {"limit": TEXT_LIMIT}


def test_what_is_taken_out_does_not_count_towards_the_limit():
    text = "\u200b" * 100 + "还" * TEXT_LIMIT + " " * 100

    assert clean_text(text) == "还" * TEXT_LIMIT
