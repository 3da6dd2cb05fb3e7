"""States, closing codes, numbers and joined fields of cases: what holds for every type and every walk."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.cases.closing import CLOSINGS, MERGED, allowed, is_closable_from, read_closing
from helpdesk.cases.combining import combine, differing, is_known
from helpdesk.cases.errors import CaseFieldInvalidError, CaseMoveNotAllowedError
from helpdesk.cases.model import CaseStatus, CaseType
from helpdesk.cases.number import find_number, is_intact, new_number
from helpdesk.cases.states import MOVES, demand_move, resumed, states, taken_up, targets
from helpdesk.errors import ResolutionUnknownError
from helpdesk.identifiers import SPOKEN_ALPHABET
from helpdesk.texts import titles

TYPES = st.sampled_from(CaseType)
STATUSES = st.sampled_from(CaseStatus)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2099, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
VALUES = st.none() | st.integers(0, 3) | st.sampled_from(["", "甲", "乙"]) | st.booleans() | st.lists(st.integers(0, 3))
FIELDS = st.dictionaries(st.sampled_from("abcdef"), VALUES)


def reachable(case_type: CaseType, start: CaseStatus) -> set[CaseStatus]:
    found = {start}
    while more := {to for status in found for to in targets(case_type, status)} - found:
        found |= more
    return found


@pytest.mark.parametrize("case_type", CaseType, ids=lambda one: one.value)
def test_every_state_is_reached_and_leads_to_a_closing(case_type: CaseType):
    assert reachable(case_type, CaseStatus.OPEN) | {CaseStatus.CLOSED} == states(case_type)
    for status in states(case_type) - {CaseStatus.CLOSED}:
        assert reachable(case_type, status) & is_closable_from(case_type)


@pytest.mark.parametrize("case_type", CaseType, ids=lambda one: one.value)
def test_closed_case_can_be_reopened_and_nothing_moves_to_open_or_closed(case_type: CaseType):
    assert targets(case_type, CaseStatus.CLOSED)
    everywhere = {to for moves in MOVES[case_type].values() for to in moves}
    assert everywhere <= states(case_type) - {CaseStatus.OPEN, CaseStatus.CLOSED}
    assert taken_up(case_type) in everywhere


@pytest.mark.parametrize(
    "case_type", [one for one in CaseType if CaseStatus.WAITING_CUSTOMER in states(one)], ids=lambda one: one.value
)
def test_case_that_waited_goes_on_where_it_can_wait_again(case_type: CaseType):
    assert CaseStatus.WAITING_CUSTOMER in targets(case_type, resumed(case_type))
    assert resumed(case_type) in targets(case_type, CaseStatus.WAITING_CUSTOMER)


@given(TYPES, st.lists(STATUSES, max_size=12))
def test_walk_never_leaves_the_states_of_its_type(case_type: CaseType, wishes: list[CaseStatus]):
    status = CaseStatus.OPEN
    for wish in wishes:
        try:
            demand_move(case_type, status, wish)
        except CaseMoveNotAllowedError:
            assert wish not in targets(case_type, status)
            continue
        assert wish is not status
        status = wish
    assert status in states(case_type)


@pytest.mark.parametrize("case_type", CaseType, ids=lambda one: one.value)
def test_codes_close_from_states_of_their_type_and_have_titles(case_type: CaseType):
    for code, closing in CLOSINGS[case_type].items():
        assert code in titles("case_resolutions")
        assert code != MERGED
        assert len(code) <= 32
        assert closing.from_states <= states(case_type) - {CaseStatus.CLOSED}
        assert set(closing.adds) <= set(closing.form)
        assert set(closing.form) <= set(titles("case_fields"))


@given(TYPES, STATUSES, st.sampled_from(sorted({code for codes in CLOSINGS.values() for code in codes})))
def test_code_closes_only_from_where_it_is_allowed(case_type: CaseType, status: CaseStatus, code: str):
    try:
        read_closing(case_type, status, code, {})
    except ResolutionUnknownError:
        assert code not in CLOSINGS[case_type]
    except CaseMoveNotAllowedError:
        assert code not in allowed(case_type, status)
    except CaseFieldInvalidError:
        # Something that the code has to say is missing.
        assert CLOSINGS[case_type][code].form
    else:
        assert code in allowed(case_type, status)


@given(MOMENTS)
def test_number_is_found_again_however_it_is_typed(at: datetime):
    number = new_number(at)

    assert is_intact(number)
    for typed in (number, number.lower(), number.replace("-", ""), number.replace("-", " "), f"工单{number}到哪了"):
        assert find_number(typed) == number


@given(MOMENTS, st.data())
def test_one_wrong_character_shows(at: datetime, data: st.DataObject):
    number = new_number(at)
    place = data.draw(st.sampled_from([one for one in range(2, len(number)) if number[one] != "-"]))
    alphabet = "0123456789" if place < 10 else SPOKEN_ALPHABET
    wrong = data.draw(st.sampled_from([one for one in alphabet if one != number[place]]))

    assert not is_intact(number[:place] + wrong + number[place + 1 :])


@given(MOMENTS, st.integers(11, 14))
def test_two_neighbours_that_changed_places_show(at: datetime, place: int):
    number = new_number(at)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert is_intact(swapped) == (swapped == number)


@pytest.mark.parametrize("words", ["", "办到哪了", "XB2026112-AAAAAA", "XB20261122-AAAAA", "XB20261122-AAAAAAA"])
def test_text_without_a_number_names_none(words: str):
    assert find_number(words) is None


@given(FIELDS, FIELDS, st.data())
def test_joining_loses_nothing_but_what_was_chosen_against(winner: dict, loser: dict, data: st.DataObject):
    open_choices = differing(winner, loser)
    choices = data.draw(
        st.fixed_dictionaries({}, optional={n: st.sampled_from(["winner", "loser"]) for n in open_choices})
    )

    joined = combine(winner, loser, choices)

    for name in set(winner) | set(loser):
        ours, theirs, now = winner.get(name), loser.get(name), joined.get(name)
        if name in open_choices:
            assert now == (theirs if choices.get(name) == "loser" else ours)
        elif isinstance(ours, list) and isinstance(theirs, list):
            assert set(now) == set(ours) | set(theirs)
        elif is_known(ours):
            assert now == ours
        elif is_known(theirs):
            assert now == theirs
        else:
            assert not is_known(now)


@given(FIELDS, FIELDS, st.sampled_from("abcdef"))
def test_only_what_differs_can_be_chosen(winner: dict, loser: dict, name: str):
    if name in differing(winner, loser):
        combine(winner, loser, {name: "loser"})
        with pytest.raises(CaseFieldInvalidError):
            combine(winner, loser, {name: "both"})
    else:
        with pytest.raises(CaseFieldInvalidError):
            combine(winner, loser, {name: "winner"})
