"""What is decided on probabilities, cues and the conversation so far."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, ActiveLoop, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.fallback import Decider


def message(intent: str = "faq", confidence: float = 0.9, second: float = 0.0, **more: Any) -> Message:
    """Make a message as it comes from the components before."""
    label = "faq/one" if intent == "faq" else intent
    data = {
        "text": "…",
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": [{"name": label, "confidence": confidence}, {"name": "faq/two", "confidence": second}],
        "candidates": [
            {"intent": "faq/one", "article": "one", "topic": "repayment", "title": "一", "score": confidence},
            {"intent": "faq/two", "article": "two", "topic": "scam_report", "title": "二", "score": second},
        ],
        "topic": "repayment",
        "article": "one",
        "known_features": 9,
        "scam": None,
        "crisis": None,
        **more,
    }
    return Message(data)


def decide(given: Message, tracker: DialogueStateTracker | None = None) -> tuple[str, str]:
    (decided,) = Decider(Decider.get_default_config()).process([given], tracker)
    return decided.get("intent")["name"], decided.get("decision")


def conversation(*events: Any) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("conversation", list(events))


def said(intent: str) -> list[Any]:
    return [ActionExecuted("action_listen"), UserUttered("…", {"name": intent})]


def in_form(*before: Any) -> DialogueStateTracker:
    return conversation(*said("complain"), ActionExecuted("complaint_form"), ActiveLoop("complaint_form"), *before)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (message(confidence=0.9), ("faq", "answer")),
        (message(confidence=0.7, second=0.3), ("faq", "answer")),
        (message(confidence=0.9, second=0.8), ("clarify", "clarify")),
        (message(confidence=0.5, second=0.05), ("clarify", "clarify")),
        (message(confidence=0.1, second=0.08), ("nlu_fallback", "fallback")),
        (message(known_features=0), ("nlu_fallback", "fallback")),
        (message("complain"), ("complain", "flow")),
        (message("out_of_scope"), ("out_of_scope", "fallback")),
        (message("out_of_scope", confidence=0.5), ("nlu_fallback", "fallback")),
        (message("request_human"), ("request_human", "handoff")),
        (message("greet", asks_for_person=True), ("request_human", "handoff")),
        (message("crisis", confidence=0.45, second=0.4), ("clarify", "clarify")),
    ],
    ids=[
        "sure", "clear lead", "two alike", "in between", "unsure", "nothing known", "flow", "not ours",
        "not ours, yet in our words", "person", "person by words", "danger by examples only",
    ],
)  # fmt: skip
def test_probabilities_lead_to_a_decision(given: Message, expected: tuple[str, str]) -> None:
    assert decide(given) == expected


@pytest.mark.parametrize("level", ["P0", "P1"])
def test_an_urgent_scam_comes_before_the_classifier(level: str) -> None:
    given = message(scam={"level": level, "state": "paid", "spans": []})

    assert decide(given) == ("report_scam", "triage")
    assert given.get("topic") == "scam_report"
    assert ("scam_state", "paid") in {(e["entity"], e["value"]) for e in given.get("entities")}


@pytest.mark.parametrize(("danger", "intent"), [("C3", "crisis"), ("C2", "crisis"), ("C1", "faq")])
def test_danger_to_life_comes_before_everything(danger: str, intent: str) -> None:
    given = message(crisis=danger, scam={"level": "P2", "spans": []})

    assert decide(given)[0] == intent


def test_who_suspects_a_scam_always_gets_an_answer() -> None:
    given = message("out_of_scope", scam={"level": "P2", "state": "asking", "spans": []})

    assert decide(given) == ("faq", "answer")
    assert given.get("article") == "scam_is_this_scam"


def test_a_sure_report_needs_no_cue_and_is_published_as_recent() -> None:
    given = message("report_scam", confidence=0.8)

    assert decide(given) == ("report_scam", "triage")
    assert given.get("scam")["level"] == "P0"


def test_a_miss_names_no_article_only_the_likeliest_topic() -> None:
    given = message(confidence=0.1)

    decide(given)

    assert (given.get("topic"), given.get("article")) == ("repayment", None)


@pytest.mark.parametrize("before", ["nlu_fallback", "clarify", "out_of_scope"])
def test_a_second_miss_in_a_row_is_a_repeated_one(before: str) -> None:
    assert decide(message(confidence=0.1), conversation(*said(before))) == ("repeated_miss", "fallback")


@pytest.mark.parametrize("before", ["repeated_miss", "not_helpful", "missed_again"])
@pytest.mark.parametrize("given", [message(confidence=0.1), message("not_helpful")], ids=["miss", "no help"])
def test_what_fails_after_the_offer_of_a_person_leads_to_one(before: str, given: Message) -> None:
    assert decide(Message(dict(given.data)), conversation(*said(before)))[0] == "missed_again"


@pytest.mark.parametrize(
    ("before", "expected"),
    [("repeated_miss", "request_human"), ("not_helpful", "request_human"), ("faq", "affirm"), ("clarify", "affirm")],
)
def test_a_yes_accepts_the_offer_of_a_person_and_nothing_else(before: str, expected: str) -> None:
    assert decide(message("affirm"), conversation(*said(before)))[0] == expected


@pytest.mark.parametrize("before", ["repeated_miss", "not_helpful"])
def test_a_no_or_an_answer_after_the_offer_goes_on_with_the_bot(before: str) -> None:
    tracker = conversation(*said(before))

    assert decide(message("deny"), tracker)[0] == "deny"
    assert decide(message(), tracker)[0] == "faq"


def test_an_answer_in_between_starts_the_count_again() -> None:
    tracker = conversation(*said("nlu_fallback"), *said("faq"))

    assert decide(message(confidence=0.1), tracker)[0] == "nlu_fallback"


@pytest.mark.parametrize(
    ("given", "intent"),
    [
        (message(is_question=False), "inform"),
        (message(confidence=0.1), "inform"),
        (message(is_question=True), "faq"),
        (message(confidence=0.3, is_question=True), "inform"),
        (message("thanks"), "thanks"),
        (message("chitchat"), "inform"),
        (message("complain"), "inform"),
        (message(wants_to_leave=True), "stop"),
        (message(asks_for_person=True), "request_human"),
        (message(scam={"level": "P0", "state": "paid", "spans": []}), "report_scam"),
        (message(crisis="C2"), "crisis"),
    ],
    ids=[
        "story", "unclear story", "question", "unclear question", "thanks", "small talk", "again", "leave", "person",
        "scam", "danger",
    ],
)  # fmt: skip
def test_an_open_form_gets_its_story_unless_something_else_is_clear(given: Message, intent: str) -> None:
    assert decide(given, in_form())[0] == intent


def test_only_one_question_in_a_row_interrupts_a_form() -> None:
    tracker = in_form(*said("faq"))

    assert decide(message(is_question=True), tracker)[0] == "inform"
