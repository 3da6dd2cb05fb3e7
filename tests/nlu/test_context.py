"""What the component publishes about a message and the conversation before it."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.context import ContextReader
from tests.nlu.lexicon import read

ARTICLES = {
    "settle": {"intent": "faq/settle", "title": "提前还款怎么操作", "topic": "early_settlement", "related": ["credit"]},
    "credit": {"intent": "faq/credit", "title": "结清后征信多久更新", "topic": "credit_report", "related": []},
}


def component() -> ContextReader:
    lexicon = {"clauses": read("clauses.yml"), "followups": read("followups.yml"), "articles": ARTICLES}
    return ContextReader(ContextReader.get_default_config(), None, None, lexicon)  # type: ignore[arg-type]


def publish(text: str, *said: dict[str, Any]) -> Message:
    events: list[Any] = []
    for parsed in said:
        events += [ActionExecuted("action_listen"), UserUttered("…", {"name": "…"}, parse_data=parsed)]
    tracker = DialogueStateTracker.from_events("conversation", events)
    (message,) = component().process([Message({"text": text})], tracker)
    return message


ANSWERED = {"article": "settle", "decision": "answer", "intent": {"name": "faq"}, "entities": []}
OTHER = {"article": None, "decision": "flow", "intent": {"name": "thanks"}, "entities": []}


def test_a_follow_up_comes_with_the_article_before_and_as_a_whole_question() -> None:
    message = publish("要多少钱", ANSWERED)

    assert message.get("follow_up") == "bare"
    assert message.get("follows") == {
        "article": "settle",
        "topic": "early_settlement",
        "related": [
            {
                "intent": "faq/credit",
                "article": "credit",
                "topic": "credit_report",
                "title": "结清后征信多久更新",
                "score": 0.0,
            }
        ],
        "subject": "提前还款",
        "composed": "提前还款 要多少钱",
    }


@pytest.mark.parametrize(("between", "is_remembered"), [(0, True), (2, True), (3, False)])
def test_an_answer_is_remembered_for_three_messages(between: int, is_remembered: bool) -> None:
    message = publish("要多少钱", ANSWERED, *[OTHER] * between)

    assert bool(message.get("follows")) is is_remembered


@pytest.mark.parametrize(
    "before",
    [OTHER, {**ANSWERED, "decision": "clarify"}, {**ANSWERED, "article": "gone"}],
    ids=["no article", "not answered", "an article this model does not know"],
)
def test_without_an_answer_there_is_nothing_to_go_on_about(before: dict[str, Any]) -> None:
    message = publish("要多少钱", before)

    assert (message.get("follow_up"), message.get("follows")) == (None, None)


def test_a_long_message_speaks_for_itself() -> None:
    assert publish("我想问的是另外一张信用卡的账单分期", ANSWERED).get("follows") is None


def test_clauses_are_published_in_any_conversation() -> None:
    assert publish("怎么还款 另外怎么注销账户").get("clauses") == [
        {"text": "怎么还款", "is_added": False},
        {"text": "怎么注销账户", "is_added": True},
    ]


def test_a_part_that_goes_on_about_another_is_no_clause() -> None:
    assert publish("审核没通过是为什么？要多久").get("clauses") == []
