"""The triage of scams over any conversation: nothing asked or said twice, and a level that never falls."""

from dataclasses import dataclass, replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.scams.table import Question, read_table
from helpdesk.scams.triage import CORRECTIONS, LEVELS, URGENT, Cue, Known, Triage, decide, refine

QUESTIONS = {
    "phone": {"text": "能换一部手机吗？", "fills": ["other_phone"]},
    "transfer": {"text": "什么时间、转了多少？", "fills": ["transferred_when", "amount_fen"]},
    "police": {"text": "报过警了吗？", "fills": ["police_called"]},
    "shared": {"text": "还有什么？", "fills": ["amount_fen", "police_called"]},
    "open": {"text": "还想说什么？", "fills": ["words"]},
}


def state(level: str, question: str) -> dict[str, object]:
    first = f"先停下。{QUESTIONS[question]['text']}"
    return {"title": level, "level": level, "first": first, "question": question, "steps": [{"id": "stop"}]}


TABLE = read_table(
    {
        "states": {
            "in_progress": state("P0", "phone"),
            "paid": state("P0", "transfer"),
            "paid_earlier": state("P1", "police"),
            "information_given": state("P1", "police"),
            "asking": state("P2", "open"),
        },
        "questions": QUESTIONS,
        "order": {
            "in_progress": ["transfer", "police"],
            "paid": ["police", "shared", "open"],
            "paid_earlier": ["transfer", "police"],
            "asking": ["shared"],
        },
        "acknowledge": ["好的。"],
        "types": {"brushing_rebate": {"title": "刷单返利"}},
        "second_scam": "先收钱的都不要信。",
    }
)
FIELDS = sorted({name for question in TABLE.questions.values() for name in question.fills})
STATES = [*TABLE.states, *sorted(CORRECTIONS), "never_heard_of", None]

cues = st.builds(
    Cue,
    level=st.sampled_from([*LEVELS, None]),
    state=st.sampled_from(STATES),
    hours_ago=st.none() | st.floats(min_value=0, max_value=1000),
)
learnt = st.frozensets(st.sampled_from(FIELDS))
messages = st.lists(st.tuples(cues, learnt), max_size=25)


@dataclass(frozen=True)
class Step:
    before: Known
    cue: Cue
    triage: Triage


def conversation(said: list[tuple[Cue, frozenset[str]]]) -> list[Step]:
    """Follow a conversation in which everything that is due is said, and everything asked is read."""
    known, steps = Known(), []
    for cue, filled in said:
        triage = decide(known, cue, TABLE)
        steps.append(Step(known, cue, triage))
        known = replace(
            known,
            level=triage.level,
            state=triage.state,
            spoken=known.spoken | ({triage.first_words} - {None}),
            asked=known.asked | ({triage.question.id} if triage.question else set()),
            filled=known.filled | filled,
        )
    return steps


def level_rank(level: str | None) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


@given(messages)
def test_no_question_is_asked_twice(said: list[tuple[Cue, frozenset[str]]]):
    asked = [step.triage.question.id for step in conversation(said) if step.triage.question]

    assert len(asked) == len(set(asked))


@given(messages)
def test_nothing_is_asked_of_which_the_answer_is_known(said: list[tuple[Cue, frozenset[str]]]):
    for step in conversation(said):
        question = step.triage.question
        assert question is None or not set(question.fills) <= step.before.filled


@given(messages)
def test_there_is_at_most_one_question_and_it_is_one_of_the_table(said: list[tuple[Cue, frozenset[str]]]):
    for step in conversation(said):
        question = step.triage.question
        assert question is None or isinstance(question, Question)
        assert question is None or TABLE.questions[question.id] is question


@given(messages)
def test_level_never_falls(said: list[tuple[Cue, frozenset[str]]]):
    ranks = [level_rank(step.triage.level) for step in conversation(said)]

    assert ranks == sorted(ranks, reverse=True)


@given(messages)
def test_first_words_of_a_state_are_said_at_most_once(said: list[tuple[Cue, frozenset[str]]]):
    spoken = [step.triage.first_words for step in conversation(said) if step.triage.first_words]

    assert len(spoken) == len(set(spoken))
    assert [TABLE.rank(name) for name in spoken] == sorted((TABLE.rank(name) for name in spoken), reverse=True)


@given(messages, st.sampled_from(list(TABLE.states)), st.sampled_from(sorted(URGENT)))
def test_first_words_come_at_once_for_a_state_graver_than_any_spoken_of(
    said: list[tuple[Cue, frozenset[str]]], state: str, level: str
):
    cue = Cue(level=level, state=state)
    *before, last = conversation([*said, (cue, frozenset())])

    spoken = {step.triage.first_words for step in before} - {None}
    gravest = min((TABLE.rank(name) for name in spoken), default=len(TABLE.states))
    is_graver = TABLE.rank(refine(cue)) < gravest
    assert last.triage.first_words is not None or not is_graver


@given(st.lists(cues, min_size=1, max_size=5))
def test_order_of_messages_does_not_change_the_final_level(said: list[Cue]):
    ends = {conversation([(cue, frozenset()) for cue in order])[-1].triage.level for order in permutations(said)}

    assert len(ends) == 1


@given(messages)
def test_somebody_is_told_exactly_when_it_is_urgent(said: list[tuple[Cue, frozenset[str]]]):
    for step in conversation(said):
        told = step.triage.told
        assert (told is not None) == (step.triage.level in URGENT) == step.triage.is_urgent
        assert told is None or (told.team, told.within_seconds) == ("fraud", {"P0": 60, "P1": 300}[step.triage.level])


@given(messages, st.sampled_from(sorted(CORRECTIONS)))
def test_what_is_taken_back_is_neither_spoken_of_nor_asked_about(
    said: list[tuple[Cue, frozenset[str]]], correction: str
):
    last = conversation([*said, (Cue(state=correction), frozenset())])[-1]

    assert (last.triage.state, last.triage.first_words, last.triage.question) == (correction, None, None)
    assert last.triage.level == last.before.level


@pytest.mark.parametrize(
    ("cue", "state"),
    [
        (Cue(level="P0", state="paid"), "paid"),
        (Cue(level="P0", state="paid", hours_ago=24), "paid"),
        (Cue(level="P0", state="paid", hours_ago=24.5), "paid_earlier"),
        (Cue(level="P1", state="paid"), "paid_earlier"),
        (Cue(level="P1", state="paid", hours_ago=2), "paid"),
        (Cue(level="P1", state="information_given"), "information_given"),
    ],
    ids=["no time", "a day", "more than a day", "P1 without a time", "P1 but just now", "another state"],
)
def test_old_payments_are_told_apart(cue: Cue, state: str):
    assert decide(Known(), cue, TABLE).state == state


def test_known_answer_moves_on_to_the_next_question():
    known = Known(level="P0", state="paid", filled=frozenset({"transferred_when", "amount_fen"}))

    question = decide(known, Cue(), TABLE).question

    assert question is not None
    assert question.id == "police"


def test_unknown_state_is_spoken_of_as_if_money_had_gone():
    triage = decide(Known(), Cue(level="P0"), TABLE)

    assert (triage.state, triage.first_words) == (None, "paid")
    assert triage.question is TABLE.questions["transfer"]


def test_unsure_message_opens_nothing_and_says_nothing():
    triage = decide(Known(), Cue(level="P2", state="asking"), TABLE)

    assert (triage.is_urgent, triage.first_words, triage.told) == (False, None, None)


def test_first_words_are_kept_apart_from_their_question():
    assert TABLE.first_words("paid") == "先停下。"


@pytest.mark.parametrize("state", ["in_progress", "paid", "about_to_pay"])
def test_who_writes_for_somebody_else_goes_on_to_tell_of_them(state: str):
    known = Known(level="P0", state="someone_else")

    assert decide(known, Cue(level="P0", state=state), TABLE).state == "someone_else"
    assert decide(known, Cue(level="P1", state="information_given"), TABLE).state == "information_given"
