"""What a message means in its conversation, chosen from readings of its parts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import ActiveLoop
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine import reading
from bot.nlu.decision import decision_for

TOPICS = {"settle": "early_settlement", "fee": "early_settlement", "credit": "credit_report", "penalty": "overdue"}


def parsed(article: str | None, intent: str = "faq", confidence: float = 0.9, **more: Any) -> dict[str, Any]:
    """Make the reading of a text; `article` is the best candidate whatever is decided."""
    names = [name for name in (article, *TOPICS) if name is not None]
    scores = [confidence, *[0.05] * len(TOPICS)]
    candidates = [
        {"intent": f"faq/{name}", "article": name, "topic": TOPICS[name], "title": name, "score": score}
        for name, score in zip(dict.fromkeys(names), scores, strict=False)
    ]
    return {
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": [],
        "decision": decision_for(intent),
        "article": article if intent == "faq" else None,
        "topic": TOPICS[article] if article and intent == "faq" else "other",
        "candidates": candidates,
        "entities": [],
        **more,
    }


def clause(text: str, is_added: bool = True) -> dict[str, Any]:
    return {"text": text, "is_added": is_added}


class Pipeline:
    """Answers with prepared readings, and remembers what it was asked."""

    def __init__(self, readings: dict[str, dict[str, Any]]) -> None:
        self.readings = readings
        self.asked: list[str] = []

    async def parse_message(self, message: UserMessage, tracker: Any = None) -> dict[str, Any]:
        self.asked.append(message.text)
        return dict(self.readings[message.text])


def read(readings: dict[str, dict[str, Any]], *events: Any) -> tuple[dict[str, Any], list[str]]:
    """Read the first of the texts in a conversation with these events."""
    pipeline = Pipeline(readings)
    tracker = DialogueStateTracker.from_events("conversation", list(events))
    text = next(iter(readings))
    found = asyncio.run(reading.read(pipeline, UserMessage(text), tracker))  # type: ignore[arg-type]
    return found, pipeline.asked


TWO = {"clauses": [clause("a", is_added=False), clause("b")]}
RELATED = [{"intent": "faq/penalty", "article": "penalty", "topic": "overdue", "title": "penalty", "score": 0.0}]
FOLLOWS = {"article": "settle", "topic": "early_settlement", "related": RELATED, "subject": "S", "composed": "S m"}


def test_two_questions_of_different_topics_are_both_answered() -> None:
    found, _ = read({"m": parsed("settle", **TWO), "a": parsed("settle"), "b": parsed("credit")})

    assert (found["article"], found["also"], found["decision"]) == ("settle", ["credit"], "answer")


def test_the_answers_come_in_the_order_of_the_questions() -> None:
    found, _ = read({"m": parsed("settle", "nlu_fallback", **TWO), "a": parsed("credit"), "b": parsed("settle")})

    assert (found["intent"]["name"], found["article"], found["also"]) == ("faq", "credit", ["settle"])


def test_one_question_told_in_clauses_gets_one_answer() -> None:
    found, _ = read({"m": parsed("penalty", **TWO), "a": parsed("settle"), "b": parsed("credit")})

    assert (found["article"], found["also"], found["offered"]) == ("penalty", [], [])


@pytest.mark.parametrize(
    ("second", "offered"),
    [
        (parsed("credit", "clarify", 0.3), ["credit", "fee", "penalty"]),
        (parsed("fee"), ["fee"]),
        (parsed("credit", "nlu_fallback", 0.1), []),
        (parsed(None, "greet"), []),
    ],
    ids=["unclear", "same topic", "not understood", "small talk"],
)
def test_a_second_question_which_is_not_clear_is_offered(second: dict[str, Any], offered: list[str]) -> None:
    found, _ = read({"m": parsed("settle", **TWO), "a": parsed("settle"), "b": second})

    assert (found["article"], found["also"]) == ("settle", [])
    assert [candidate["article"] for candidate in found["offered"]] == offered


def test_a_first_question_which_is_not_clear_is_offered_after_the_answer_to_the_second() -> None:
    found, _ = read({"m": parsed("credit", **TWO), "a": parsed("settle", "clarify", 0.3), "b": parsed("credit")})

    assert found["article"] == "credit"
    assert found["offered"][0]["article"] == "settle"


def test_a_question_beside_what_is_not_understood_is_answered() -> None:
    found, _ = read(
        {"m": parsed(None, "out_of_scope", **TWO), "a": parsed("settle"), "b": parsed(None, "out_of_scope")}
    )

    assert (found["decision"], found["article"], found["also"], found["offered"]) == ("answer", "settle", [], [])


@pytest.mark.parametrize(("confidence", "also"), [(0.9, ["credit"]), (0.6, [])])
def test_without_a_word_for_it_a_second_question_must_be_certain(confidence: float, also: list[str]) -> None:
    clauses = {"clauses": [clause("a", is_added=False), clause("b", is_added=False)]}

    found, _ = read(
        {"m": parsed("settle", **clauses), "a": parsed("settle"), "b": parsed("credit", confidence=confidence)}
    )

    assert found["also"] == also


def test_nothing_is_offered_unless_the_customer_says_that_it_is_something_else() -> None:
    clauses = {"clauses": [clause("a", is_added=False), clause("b", is_added=False)]}

    found, _ = read({"m": parsed("settle", **clauses), "a": parsed("settle"), "b": parsed("credit", "clarify", 0.3)})

    assert found["offered"] == []


@pytest.mark.parametrize("urgent", ["report_scam", "crisis", "request_human"])
def test_danger_in_one_clause_leaves_the_message_whole(urgent: str) -> None:
    found, _ = read({"m": parsed("settle", **TWO), "a": parsed("settle"), "b": parsed(None, urgent)})

    assert (found["article"], found["also"]) == ("settle", [])


@pytest.mark.parametrize("intent", ["report_scam", "crisis", "request_human", "complain", "greet"])
def test_danger_and_flows_are_never_taken_apart(intent: str) -> None:
    found, asked = read({"m": parsed("settle", intent, **TWO)})

    assert (found["intent"]["name"], asked) == (intent, ["m"])


def test_an_open_form_is_never_disturbed() -> None:
    message = parsed("settle", **TWO, follow_up="bare", follows=FOLLOWS)

    _, asked = read({"m": message}, ActiveLoop("complaint_form"))

    assert asked == ["m"]


def test_what_the_message_says_by_itself_stays() -> None:
    spans = {"level": "P2", "spans": []}
    message = parsed("settle", "clarify", 0.3, scam=spans, **TWO)

    found, _ = read({"m": message, "a": parsed("settle", scam=None), "b": parsed("credit", scam=None)})

    assert found["scam"] == spans
    assert "clauses" not in found


def follow(kind: str, alone: dict[str, Any], completed: dict[str, Any], subject: str = "settle") -> dict[str, Any]:
    message = {**alone, "follow_up": kind, "follows": FOLLOWS}
    return read({"m": message, "S m": completed, "S": parsed(subject)})[0]


@pytest.mark.parametrize("article", ["fee", "penalty"], ids=["of the topic", "related"])
@pytest.mark.parametrize("kind", ["bare", "continued", "short"])
def test_a_follow_up_is_answered_near_the_last_answer(kind: str, article: str) -> None:
    found = follow(kind, parsed("credit", "clarify", 0.3), parsed(article))

    assert (found["intent"]["name"], found["article"], found["decision"]) == ("faq", article, "answer")


@pytest.mark.parametrize("kind", ["continued", "short"])
def test_a_clear_question_of_another_topic_is_no_follow_up(kind: str) -> None:
    assert follow(kind, parsed("credit", confidence=0.9), parsed("fee"))["article"] == "credit"


def test_a_message_that_says_nothing_by_itself_is_never_taken_for_another_topic() -> None:
    assert follow("bare", parsed("credit", confidence=0.9), parsed("fee"))["article"] == "fee"


def test_a_follow_up_on_something_far_away_changes_nothing() -> None:
    found = follow("continued", parsed(None, "nlu_fallback", 0.1), parsed("credit"))

    assert found["intent"]["name"] == "nlu_fallback"


@pytest.mark.parametrize(
    ("kind", "completed", "subject"),
    [("bare", "settle", "settle"), ("bare", "fee", "fee"), ("empty", "fee", "settle")],
    ids=["the same answer", "what the subject alone finds", "nothing is asked for"],
)
def test_where_there_is_no_other_answer_what_is_near_is_offered(kind: str, completed: str, subject: str) -> None:
    found = follow(kind, parsed("credit"), parsed(completed), subject)

    assert (found["intent"]["name"], found["decision"], found["article"]) == ("clarify", "clarify", None)
    assert found["topic"] == "early_settlement"
    assert [candidate["article"] for candidate in found["candidates"]] == ["fee", "penalty"]


def test_an_answer_hardly_more_probable_than_the_last_one_is_only_offered() -> None:
    completed = parsed("fee", confidence=0.6)
    next(c for c in completed["candidates"] if c["article"] == "settle")["score"] = 0.5

    assert follow("bare", parsed("credit"), completed)["decision"] == "clarify"


def test_a_second_miss_stays_one_when_a_follow_up_finds_nothing() -> None:
    found = follow("bare", parsed(None, "repeated_miss", 0.1), parsed("settle"))

    assert found["intent"]["name"] == "repeated_miss"


def test_what_adds_nothing_to_the_subject_is_still_not_understood() -> None:
    found = follow("short", parsed(None, "nlu_fallback", 0.1), parsed("fee"), subject="fee")

    assert found["intent"]["name"] == "nlu_fallback"


def test_whoever_found_no_help_is_offered_a_person() -> None:
    found = follow("unhelpful", parsed("credit"), parsed("fee"))

    assert (found["intent"]["name"], found["decision"], found["article"]) == ("not_helpful", "flow", None)


@pytest.mark.parametrize("intent", ["report_scam", "crisis", "request_human"])
@pytest.mark.parametrize("kind", ["bare", "empty", "unhelpful"])
def test_danger_is_never_a_follow_up(kind: str, intent: str) -> None:
    assert follow(kind, parsed(None, intent), parsed("fee"))["intent"]["name"] == intent


@pytest.mark.parametrize("cue", [{"crisis": "C1"}, {"scam": {"level": "P2", "spans": []}}], ids=["crisis", "scam"])
@pytest.mark.parametrize("kind", ["bare", "unhelpful"])
def test_a_message_with_a_cue_is_read_by_itself(kind: str, cue: dict[str, Any]) -> None:
    assert follow(kind, parsed("credit", **cue), parsed("fee"))["article"] == "credit"
