"""Whom a waiting conversation is offered to: the last agent, the least loaded, the longest idle; urgent at once."""

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.cases.model import CaseType
from helpdesk.routing.decision import Candidate, Decision, Need, Why, decide
from helpdesk.routing.skills import read_skills, skills_asked
from helpdesk.teams.model import Skill

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
GENERAL = Need(skill=Skill.GENERAL, is_urgent=False)
FRAUD = Need(skill=Skill.FRAUD, is_urgent=False)
URGENT_FRAUD = Need(skill=Skill.FRAUD, is_urgent=True)
ONLY_GENERAL = frozenset({Skill.GENERAL})


def result(decision: Decision) -> tuple[str | None, Why | None]:
    return (decision.chosen.agent_id if decision.chosen else None), decision.why


def whys(decision: Decision) -> dict[str, Why]:
    return {ranked.candidate.agent_id: ranked.why for ranked in decision.ranked}


def test_customer_gets_their_last_agent_although_others_have_less_to_do():
    decision = decide(GENERAL, [Candidate(agent_id="a"), Candidate(agent_id="b", load=3, is_last_agent=True)])

    assert result(decision) == ("b", Why.LAST_AGENT)
    assert [(ranked.candidate.agent_id, ranked.place) for ranked in decision.ranked] == [("b", 1), ("a", 2)]


def test_load_counts_relative_to_capacity():
    decision = decide(
        GENERAL, [Candidate(agent_id="a", load=2, capacity=3), Candidate(agent_id="b", load=4, capacity=10)]
    )

    assert result(decision) == ("b", Why.LEAST_LOADED)


def test_among_equally_loaded_it_is_who_has_been_idle_longest():
    decision = decide(
        GENERAL,
        [
            Candidate(agent_id="a", idle_since=NOW),
            Candidate(agent_id="b", idle_since=NOW - timedelta(minutes=9)),
        ],
    )

    assert result(decision) == ("b", Why.LONGEST_IDLE)


def test_who_is_alone_is_told_so():
    assert result(decide(GENERAL, [Candidate(agent_id="a", load=4)])) == ("a", Why.ONLY_ONE)


@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        (Candidate(agent_id="a", is_online=False), Why.OFFLINE),
        (Candidate(agent_id="a", is_available=False), Why.AWAY),
        (Candidate(agent_id="a", load=5), Why.FULL),
        (Candidate(agent_id="a", load=1, offers=1), Why.HAS_OFFER),
        (Candidate(agent_id="a", has_passed_up=True), Why.PASSED_UP),
    ],
    ids=lambda value: value.value if isinstance(value, Why) else "",
)
def test_who_cannot_take_it_is_not_chosen_and_it_is_said_why(candidate: Candidate, why: Why):
    decision = decide(GENERAL, [candidate])

    assert result(decision) == (None, None)
    assert whys(decision) == {"a": why}


def test_the_skilled_one_is_chosen_although_others_are_idle():
    decision = decide(FRAUD, [Candidate(agent_id="a", skills=ONLY_GENERAL), Candidate(agent_id="b", load=4)])

    assert result(decision)[0] == "b"
    assert whys(decision)["a"] is Why.LACKS_SKILL


def test_what_is_not_urgent_waits_for_the_skilled_one_who_is_full():
    decision = decide(FRAUD, [Candidate(agent_id="a", skills=ONLY_GENERAL), Candidate(agent_id="b", load=5)])

    assert result(decision) == (None, None)


def test_without_anybody_skilled_at_work_anybody_gets_it():
    decision = decide(
        FRAUD, [Candidate(agent_id="a", skills=ONLY_GENERAL), Candidate(agent_id="b", is_available=False)]
    )

    assert result(decision) == ("a", Why.NOBODY_SKILLED)


def test_what_is_urgent_exceeds_the_capacity_of_the_skilled_one_by_one():
    candidates = [Candidate(agent_id="a", skills=ONLY_GENERAL), Candidate(agent_id="b", load=5)]

    assert result(decide(URGENT_FRAUD, candidates)) == ("b", Why.BEYOND_CAPACITY)


def test_what_is_urgent_goes_to_anybody_when_the_skilled_one_is_beyond_that():
    candidates = [Candidate(agent_id="a", skills=ONLY_GENERAL), Candidate(agent_id="b", load=6)]

    assert result(decide(URGENT_FRAUD, candidates)) == ("a", Why.NOBODY_SKILLED)


def test_what_is_urgent_does_not_wait_behind_another_offer():
    assert result(decide(URGENT_FRAUD, [Candidate(agent_id="a", load=1, offers=1)]))[0] == "a"


def test_a_chosen_team_counts_instead_of_the_skill():
    need = Need(skill=Skill.FRAUD, is_urgent=False, for_team=True)
    member = Candidate(agent_id="b", skills=ONLY_GENERAL, is_of_team=True)

    decision = decide(need, [Candidate(agent_id="a"), member])

    assert result(decision)[0] == "b"
    assert whys(decision)["a"] is Why.NOT_OF_TEAM


@pytest.mark.parametrize(
    ("reason", "case_type", "skill"),
    [
        ("scam_p0", CaseType.ENQUIRY, Skill.FRAUD),
        ("crisis", CaseType.SCAM, Skill.CRISIS),
        ("requeued", CaseType.IDENTITY_THEFT, Skill.FRAUD),
        ("request_human", CaseType.COMPLAINT, Skill.COMPLAINT),
        ("request_human", CaseType.ENQUIRY, Skill.GENERAL),
        ("request_human", None, Skill.GENERAL),
    ],
)
def test_the_skill_follows_from_the_reason_and_else_from_the_case(
    reason: str, case_type: CaseType | None, skill: Skill
):
    assert skills_asked().of(reason, case_type) is skill


def test_a_table_with_an_unknown_skill_is_refused():
    with pytest.raises(ValueError):
        read_skills({"reasons": {"scam_p0": "magic"}, "case_types": {}})
