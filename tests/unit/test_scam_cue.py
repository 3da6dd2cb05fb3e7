"""Whatever the bot publishes, what a case takes from it is well-formed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.scams.cue import Details, read_cue, read_details
from helpdesk.scams.triage import LEVELS, Cue
from tests.factories import make_nlu, make_scam

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KINDS = ["amount", "when", "bank", "account_tail", "phone", "url", "app", "meeting_id"]
odd_entities = st.lists(
    st.fixed_dictionaries({"entity": st.sampled_from(KINDS), "value": anything}, optional={"hours_ago": anything})
    | anything,
    max_size=30,
)


def entity(kind: str, value: object, **more: object) -> dict[str, Any]:
    return {"entity": kind, "value": value, "start": 0, "end": 1, **more}


def test_cue_is_read_with_its_sum_and_time():
    nlu = make_nlu(scam=make_scam("P0", state="paid", when="昨晚"), entities=[entity("when", "昨晚", hours_ago=11)])

    assert read_cue(nlu) == Cue(
        level="P0", type="fake_service", state="paid", amount_fen=500_000, when="昨晚", hours_ago=11.0
    )


@pytest.mark.parametrize("nlu", [None, {}, make_nlu(), make_nlu(scam="P0"), {"intent": "report_scam"}])
def test_message_without_a_cue_has_none(nlu: dict[str, Any] | None):
    assert read_cue(nlu) is None


@pytest.mark.parametrize(
    ("scam", "is_bare"),
    [
        ({"state": "paid", "amount": None}, True),
        ({"state": None, "amount": None}, True),
        ({"state": "paid", "amount": 500_000}, False),
        ({"state": "paid", "amount": None, "spans": [{"start": 0, "end": 2, "label": "paid"}]}, False),
        ({"state": "paid", "amount": None, "spans": [{"start": 0, "end": 2, "label": "approached"}, 7]}, True),
        ({"state": "in_progress", "amount": None}, False),
    ],
)
def test_report_of_a_payment_is_bare_without_sum_and_deed(scam: dict[str, Any], is_bare: bool):
    cue = read_cue(make_nlu(scam=make_scam("P0", **scam)))

    assert cue is not None
    assert cue.is_bare is is_bare


def test_report_of_a_payment_with_its_time_is_not_bare():
    cue = read_cue(
        make_nlu(scam=make_scam("P0", state="paid", amount=None), entities=[entity("when", "昨晚", hours_ago=11.0)])
    )

    assert cue is not None
    assert not cue.is_bare


def test_report_without_a_cue_counts_as_grave():
    assert read_cue(make_nlu("report_scam")) == Cue(level="P0", is_bare=True)


def test_details_are_read_by_kind():
    found = [
        entity("amount", 100),
        entity("amount", 300),
        entity("when", "昨晚", hours_ago=11),
        entity("when", "刚才", hours_ago=0.5),
        entity("bank", "工商银行"),
        entity("account_tail", "1234"),
        entity("phone", "400xxxx"),
        entity("url", "xx.example"),
        entity("app", "某会议"),
        entity("meeting_id", "123456789"),
        entity("scam_state", "paid"),
    ]

    assert read_details({"entities": found}) == Details(
        amounts=(100, 300),
        when="昨晚",
        hours_ago=0.5,
        banks=("工商银行",),
        tails=("1234",),
        phones=("400xxxx",),
        urls=("xx.example",),
        apps=("某会议",),
        meeting_ids=("123456789",),
    )


@pytest.mark.parametrize(
    "number",
    ["6222020200112233445", "6222 0202 0011 2233", "11010119900307123X4567890123"],
    ids=["card", "spaced", "long"],
)
def test_whole_card_numbers_are_not_taken(number: str):
    kinds = ("bank", "account_tail", "phone", "url", "app", "meeting_id")

    assert read_details({"entities": [entity(kind, number) for kind in kinds]}) == Details()


@pytest.mark.parametrize("tail", ["12", "12345", "12a4", "一二三四", 1234, None])
def test_tail_has_three_or_four_digits(tail: object):
    assert read_details({"entities": [entity("account_tail", tail)]}).tails == ()


@given(anything)
def test_odd_cues_never_fail(scam: object):
    cue = read_cue({"scam": scam})

    assert cue is None or cue.level in (*LEVELS, None)


@given(odd_entities | anything)
def test_odd_entities_never_fail(found: object):
    details = read_details({"entities": found})

    assert all(isinstance(amount, int) and amount > 0 for amount in details.amounts)
    assert details.hours_ago is None or details.hours_ago >= 0
