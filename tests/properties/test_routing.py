"""Whoever is there and whatever waits: nobody is overloaded, nobody absent is chosen, and the order says nothing."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.routing.decision import Candidate, Need, decide, has_taker, is_anybody_free
from helpdesk.teams.model import Skill

START = datetime(2026, 11, 23, tzinfo=UTC)
moments = st.none() | st.integers(0, 1000).map(lambda minutes: START + timedelta(minutes=minutes))
needs = st.builds(Need, skill=st.sampled_from(Skill), is_urgent=st.booleans(), for_team=st.booleans())


@st.composite
def crews(draw: st.DrawFn) -> list[Candidate]:
    names = draw(st.lists(st.text("abcdef", min_size=1, max_size=4), unique=True, max_size=7))
    return [
        draw(
            st.builds(
                Candidate,
                agent_id=st.just(name),
                is_online=st.booleans(),
                is_available=st.booleans(),
                skills=st.frozensets(st.sampled_from(Skill)),
                is_of_team=st.booleans(),
                load=st.integers(0, 7),
                capacity=st.integers(1, 6),
                offers=st.integers(0, 2),
                is_last_agent=st.booleans(),
                has_passed_up=st.booleans(),
                idle_since=moments,
            )
        )
        for name in names
    ]


def fits(need: Need, one: Candidate) -> bool:
    return one.is_of_team if need.for_team else need.skill in one.skills


def is_free(need: Need, one: Candidate) -> bool:
    has_room = one.load < one.capacity and (need.is_urgent or one.offers == 0)
    return one.is_online and one.is_available and not one.has_passed_up and has_room


@given(needs, crews())
def test_nobody_absent_and_nobody_who_passed_it_up_is_chosen(need: Need, crew: list[Candidate]):
    chosen = decide(need, crew).chosen

    if chosen is not None:
        assert chosen.is_online
        assert chosen.is_available
        assert not chosen.has_passed_up


@given(needs, crews())
def test_capacity_is_exceeded_only_for_what_is_urgent_and_only_by_one(need: Need, crew: list[Candidate]):
    chosen = decide(need, crew).chosen

    if chosen is not None:
        assert chosen.load < chosen.capacity + (1 if need.is_urgent else 0)


@given(needs, crews())
def test_nobody_else_is_chosen_while_somebody_who_fits_is_free(need: Need, crew: list[Candidate]):
    decision = decide(need, crew)

    if any(fits(need, one) and is_free(need, one) for one in crew):
        assert decision.chosen is not None
        assert fits(need, decision.chosen)


@given(needs, crews())
def test_what_is_urgent_never_waits_while_anybody_is_free(need: Need, crew: list[Candidate]):
    if need.is_urgent and any(is_free(need, one) for one in crew):
        assert decide(need, crew).chosen is not None


@given(needs, crews(), st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_changes_nothing(need: Need, crew: list[Candidate], random):
    shuffled = list(crew)
    random.shuffle(shuffled)

    assert decide(need, shuffled) == decide(need, crew)


@given(needs, crews())
def test_everybody_is_told_why_and_places_are_counted_from_the_chosen_one(need: Need, crew: list[Candidate]):
    decision = decide(need, crew)

    places = [ranked.place for ranked in decision.ranked if ranked.place is not None]
    assert {ranked.candidate.agent_id for ranked in decision.ranked} == {one.agent_id for one in crew}
    assert len(decision.ranked) == len(crew)
    assert places == list(range(1, len(places) + 1))
    assert (decision.chosen is None) == (not places)


@given(needs, crews())
def test_the_quick_look_finds_a_taker_exactly_where_somebody_is_chosen(need: Need, crew: list[Candidate]):
    is_chosen = decide(need, crew).chosen is not None

    assert has_taker(need, crew) is is_chosen
    assert is_anybody_free(crew) or not is_chosen
