"""Whatever a customer sends: cleaning never crashes, and cleaning twice changes nothing."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from helpdesk.conversations.service import TEXT_LIMIT, clean_text
from helpdesk.errors import TextEmptyError, TextTooLongError

# Any code point, lone surrogates and control characters included, with those that have been trouble more often.
TROUBLE = "\x00\r\n\t\x1b\x7f\x85\u00a0\u200b\u200d\u2028\u202e\u3000\ufe0f\ufeff\ud800\udfff\U0001f468\U000e0041还"
TEXTS = st.text(st.characters(codec=None, exclude_categories=()) | st.sampled_from(TROUBLE))


@given(TEXTS | TEXTS.map(lambda text: text * 50))
@example("\u200d\n")
@example("a\u200b\r\u200b\nb")
def test_cleaning_refuses_or_gives_a_text_that_stays_as_it_is(text: str):
    try:
        cleaned = clean_text(text)
    except (TextEmptyError, TextTooLongError):
        return

    assert clean_text(cleaned) == cleaned


@given(TEXTS)
def test_a_cleaned_text_can_be_stored_and_shown(text: str):
    try:
        cleaned = clean_text(text)
    except (TextEmptyError, TextTooLongError):
        return

    assert 0 < len(cleaned.encode("utf-8")) <= 4 * TEXT_LIMIT
    assert cleaned == cleaned.strip()
    assert {c for c in cleaned if unicodedata.category(c) == "Cc"} <= {"\n", "\t"}


# An invisible character between the two halves of a Windows line end rightly makes two lines of it.
@given(
    TEXTS.map(lambda text: text.replace("\r", "")),
    st.sampled_from("\x00\x07\u200b\ufeff\u202e\ud800"),
    st.integers(min_value=0, max_value=10),
)
def test_an_invisible_character_anywhere_changes_nothing(text: str, invisible: str, place: int):
    with_it = text[:place] + invisible + text[place:]

    assert outcome(with_it) == outcome(text)


def outcome(text: str) -> str | type[Exception]:
    try:
        return clean_text(text)
    except (TextEmptyError, TextTooLongError) as error:
        return type(error)
