"""The host's answer to a request for protection, read strictly."""

import pytest

from helpdesk.protection.answer import AnswerStatus, parse_answer

REQUESTED = ("hold_disbursement", "freeze_changes")


def test_held_without_actions_confirms_all_that_was_requested():
    answer = parse_answer({"status": "held", "reference": "RC-1"}, requested=REQUESTED)

    assert (answer.status, answer.reference, answer.actions) == (AnswerStatus.HELD, "RC-1", REQUESTED)


def test_held_with_actions_confirms_only_those():
    answer = parse_answer({"status": "held", "reference": "RC-1", "actions": ["freeze_changes"]}, requested=REQUESTED)

    assert answer.actions == ("freeze_changes",)


def test_what_was_not_requested_is_not_confirmed():
    answer = parse_answer({"status": "held", "reference": "RC-1", "actions": ["refund", "<b>"]}, requested=REQUESTED)

    assert answer.actions == ()


@pytest.mark.parametrize("status", ["refused", "unknown"])
def test_other_answers_confirm_nothing(status: str):
    answer = parse_answer({"status": status, "actions": list(REQUESTED)}, requested=REQUESTED)

    assert (answer.status.value, answer.reference, answer.actions) == (status, "", ())


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"status": None, "reference": "RC-1"},
        {"status": "done", "reference": "RC-1"},
        {"status": ["held"], "reference": "RC-1"},
        {"status": "held"},
        {"status": "held", "reference": None},
        {"status": "held", "reference": ""},
        {"status": "held", "reference": "  "},
        {"status": "held", "reference": 7},
        {"status": "held", "reference": "R" * 65},
        {"status": "held", "reference": "RC\n1"},
        {"status": "held", "reference": "RC\0"},
        {"status": "held", "reference": "\ud800"},
        {"status": "refused", "reference": "R" * 65},
        {"status": "held", "reference": "RC-1", "actions": "freeze_changes"},
        {"status": "held", "reference": "RC-1", "actions": [1]},
        {"status": "held", "reference": "RC-1", "actions": {"freeze_changes": True}},
    ],
)
def test_answer_that_is_not_as_agreed_is_refused(answer: dict[str, object]):
    with pytest.raises(ValueError):
        parse_answer(answer, requested=REQUESTED)


def test_longest_reference_is_kept():
    assert parse_answer({"status": "held", "reference": "R" * 64}, requested=REQUESTED).reference == "R" * 64
