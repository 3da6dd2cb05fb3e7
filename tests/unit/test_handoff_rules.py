"""The table of handoffs is complete and true, and who is served first is read from their own words."""

import re

import pytest
import yaml

from actions.hand_over import _OFFERED, _REASONS
from helpdesk.cases.model import Priority
from helpdesk.handoff.care import KINDS, reader
from helpdesk.handoff.rules import Moment, priority_of, read_rules, rules
from helpdesk.texts import titles
from tests.factories import ROOT

ROW = {"when": "x", "source": "x", "priority": "high", "at": "once"}


def test_every_reason_of_the_table_has_words() -> None:
    assert set(rules()) <= set(titles("reasons"))


def test_every_reason_that_a_bot_turn_or_the_system_gives_is_in_the_table() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("actions", "helpdesk/turns")
        for path in sorted((ROOT / folder).rglob("*.py"))
    )
    given = set(re.findall(r'\breason="(\w+)"', sources)) | set(_REASONS.values()) | _OFFERED

    assert {"complaint", "bot_failed", "angry"} <= given
    assert given - {"opened"} <= set(rules())


@pytest.mark.parametrize("reason", ["scam_p0", "scam_p1", "crisis"])
def test_danger_goes_to_people_at_once_and_first(reason: str) -> None:
    assert (rules()[reason].priority, rules()[reason].at) == (Priority.URGENT, Moment.ONCE)


def test_bot_hands_over_by_the_table() -> None:
    assert priority_of("angry") is Priority.HIGH
    assert priority_of("request_human") is Priority.NORMAL


@pytest.mark.parametrize("reason", ["article_policy", "no_such_reason"])
def test_reason_without_a_priority_of_its_own_is_refused(reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        priority_of(reason)


@pytest.mark.parametrize("change", [{"priority": "soon"}, {"at": "later"}, {"when": ""}, {"source": ""}])
def test_broken_row_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        read_rules({"x": {**ROW, **change}})


def test_rules_of_the_dialogue_lead_each_bot_reason_to_the_handover() -> None:
    found: dict[str, list[str]] = {}
    for path in (ROOT / "data/rules").glob("*.yml"):
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]:
            names = [step.get("intent") or step.get("action") for step in rule["steps"]]
            found.setdefault(names[0], []).extend(name for name in names[1:] if name)

    for intent in ("request_human", "angry", "missed_again"):
        assert "action_hand_over" in found[intent]
    assert "action_report_scam" in found["report_scam"]
    assert "action_report_crisis" in found["crisis"]
    # A question with an answer is not pushed to people.
    assert "action_hand_over" not in [*found.get("faq", []), *found["not_helpful"], *found["nlu_fallback"]]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("我今年72岁了 不会弄", "elder"),
        ("我七十多岁了，看不懂这些", "elder"),
        ("我妈今年68岁 她不会用手机", "elder"),
        ("我是老年人，麻烦慢一点", "elder"),
        ("我年纪大了", "elder"),
        ("老人家看不清字", "elder"),
        ("我是残疾人 打字慢", "disabled"),
        ("我是听障人士", "disabled"),
        ("我有视力残疾，用读屏软件", "disabled"),
        ("我眼睛看不见", "disabled"),
        ("我耳朵听不见 只能打字", "disabled"),
        ("怎么提前还款", None),
        ("我今年32岁", None),
        ("老年人可以借款吗", None),
        ("残疾人有优惠吗", None),
        ("我看不见还款按钮在哪", None),
        ("我老公欠了钱", None),
        ("你们年纪大的客服呢", None),
    ],
)
def test_care_is_read_from_what_people_say_of_themselves(said: str, kind: str | None) -> None:
    assert reader().read(said) == kind


def test_every_kind_of_care_has_words() -> None:
    assert {*KINDS, "source_host", "source_said"} == set(titles("care"))
