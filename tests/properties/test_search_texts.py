"""Whatever people type: terms never hold syntax, places and highlights lie within the text."""

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.knowledge.excerpts import excerpt
from helpdesk.knowledge.terms import index_terms, located_terms, query_terms

TYPED = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("还款提前征信的吗？，\"'*:()\\&|!<-ＬＰＲﷺ")), max_size=200
)


@given(TYPED)
def test_terms_hold_letters_and_digits_only(text: str):
    assert all(term.isalnum() and len(term) <= 64 for term in index_terms(text))


@given(TYPED)
def test_query_looks_only_for_what_an_index_of_the_same_text_holds(text: str):
    assert set(query_terms(text, most=100)) <= set(index_terms(text))


@given(TYPED)
def test_places_lie_within_the_text_and_in_order(text: str):
    found = located_terms(text, set(index_terms(text)))

    assert [term.text for term in found] == index_terms(text)
    assert all(0 <= term.start < term.end <= len(text) for term in found)
    assert [term.start for term in found] == sorted(term.start for term in found)


@given(st.lists(TYPED, min_size=1, max_size=3), TYPED)
def test_excerpt_is_one_short_line_and_holds_its_highlight(texts: list[str], query: str):
    line = excerpt(texts, query_terms(query, most=100))

    assert len(line.text) <= 60
    assert line.text == " ".join(line.text.split())
    if line.highlight is not None:
        start, end = line.highlight
        assert 0 <= start < end <= len(line.text)
