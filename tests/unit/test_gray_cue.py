"""Whatever the bot publishes of the gray industry, what a flag takes from it is well-formed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.gray.cue import GrayCue, read_gray
from helpdesk.gray.model import TYPE_LIMIT
from tests.factories import make_nlu

LENGTH = 20
GOOD = {"start": 2, "end": 6, "label": "credit_repair"}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
odd_span = st.fixed_dictionaries({"start": anything, "end": anything, "label": anything}) | anything
odd_gray = st.fixed_dictionaries(
    {"type": st.just("credit_repair") | anything},
    optional={"spans": st.lists(odd_span, max_size=60) | anything, "score": anything},
)


def gray(**fields: Any) -> dict[str, Any]:
    return make_nlu(gray={"type": "credit_repair", "spans": [GOOD], "score": 0.8, **fields})


def test_suspicion_is_read_with_its_words_and_strength():
    assert read_gray(gray(), length=LENGTH) == GrayCue(type="credit_repair", spans=(GOOD,), score=0.8)


@pytest.mark.parametrize(
    "nlu",
    [None, {}, make_nlu(), {"gray": "credit_repair"}, {"gray": {}}, {"gray": {"type": None}}],
    ids=["nothing", "empty", "null", "a word", "no type", "null type"],
)
def test_message_without_a_suspicion_has_none(nlu: dict[str, Any] | None):
    assert read_gray(nlu, length=LENGTH) is None


@pytest.mark.parametrize("code", ["", "Credit", "=1+1", "征信", "x" * (TYPE_LIMIT + 1), 7, "a b"])
def test_type_that_is_no_code_is_no_suspicion(code: object):
    assert read_gray(gray(type=code), length=LENGTH) is None


def test_type_that_only_the_bot_knows_is_kept():
    assert read_gray(gray(type="brand_new"), length=LENGTH) is not None


@pytest.mark.parametrize(
    "odd",
    [
        {"start": 6, "end": 2},
        {"start": 2, "end": 2},
        {"start": -1, "end": 2},
        {"start": 2, "end": LENGTH + 1},
        {"start": True, "end": 2},
        {"start": 2.0, "end": 6},
        {"label": "=cmd"},
    ],
    ids=["turned round", "empty", "before the text", "after the text", "no number", "no whole number", "formula"],
)
def test_words_outside_of_the_text_are_left_out(odd: dict[str, object]):
    cue = read_gray(gray(spans=[GOOD | odd, GOOD]), length=LENGTH)

    assert cue is not None
    assert cue.spans == (GOOD,)


@pytest.mark.parametrize(
    ("score", "read"), [(1.7, 1.0), (-1, 0.0), (float("nan"), 0.0), (float("inf"), 0.0), ("0.9", 0.0), (True, 0.0)]
)
def test_strength_lies_between_nothing_and_certain(score: object, read: float):
    cue = read_gray(gray(score=score), length=LENGTH)

    assert cue is not None
    assert cue.score == read


@given(odd_gray)
def test_nothing_that_a_bot_may_send_breaks_a_turn(odd: object):
    cue = read_gray({"gray": odd}, length=LENGTH)

    assert cue is None or (0.0 <= cue.score <= 1.0 and len(cue.spans) <= 50)
