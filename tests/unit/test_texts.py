"""Every code, reason, status and type has a sentence in texts/zh-CN.yml."""

import re
from enum import Enum

import pytest
import yaml

from actions.hand_over import _REASONS as REASONS_OF_INTENTS
from gateway.errors import _HTTP_CODES as HTTP_CODES
from gateway.errors import describe
from helpdesk import errors
from helpdesk.cases.model import CaseStatus, CaseType
from helpdesk.texts import text, titles
from tests.factories import ROOT

# What any refusal may tell beside its code.
FIELDS = {
    "limit": 2000,
    "most": 1440,
    "agent": "林一",
    "retry_after": 3,
    "least": 12,
    "owner": "bot",
    "target": "agent",
    "field": "text",
    "team": "反诈组",
    "capacity": 5,
    "low": 1,
    "high": 30,
    "secret": "code",
    "rule": "不能索要验证码。",
}
REFUSALS = sorted(errors.HelpdeskError.__subclasses__(), key=lambda refusal: refusal.code)
SOURCES = [path for package in ("helpdesk", "gateway", "actions") for path in sorted((ROOT / package).rglob("*.py"))]


def mentioned(pattern: str) -> set[str]:
    """Return what the code names, by a regular expression with one group."""
    return {found for path in SOURCES for found in re.findall(pattern, path.read_text(encoding="utf-8"))}


def values(choices: type[Enum]) -> set[str]:
    return {choice.value for choice in choices}


def is_chinese(sentence: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]", sentence) is not None


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_refusal_has_a_status_and_a_sentence(refusal: type[errors.HelpdeskError]):
    status, shown = describe(refusal(**FIELDS))

    assert 400 <= status < 500
    assert is_chinese(shown["message"])
    assert "{" not in shown["message"]


def test_refusals_have_codes_of_their_own():
    assert len({refusal.code for refusal in REFUSALS}) == len(REFUSALS)


def test_every_code_of_the_edge_has_a_sentence():
    named = mentioned(r'RequestError\(\s*"(\w+)"') | mentioned(r'_object\(\s*"(\w+)"')

    codes = named | set(HTTP_CODES.values())

    assert "field_invalid" in named
    assert codes <= set(titles("errors"))


def test_every_reason_of_a_change_of_owner_has_a_sentence():
    used = mentioned(r'\breason="(\w+)"') | set(REASONS_OF_INTENTS.values()) | {"repeated_miss", "scam_p0", "scam_p1"}
    # Written by a migration.
    used |= {"duplicate"}

    assert used == set(titles("reasons"))


@pytest.mark.parametrize(
    ("section", "choices"), [("case_types", CaseType), ("case_statuses", CaseStatus)], ids=["types", "statuses"]
)
def test_cases_are_named_in_chinese(section: str, choices: type[Enum]):
    assert set(titles(section)) == values(choices)
    assert all(is_chinese(title) for title in titles(section).values())


def test_every_intent_of_the_bot_has_a_title():
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))

    assert set(domain["intents"]) | {"faq", "nlu_fallback"} == set(titles("intents"))


def test_sentence_is_filled_with_its_values():
    assert text("errors", "text_too_long", limit=5) == "一条消息最多 5 个字，请分几条发送。"


def test_a_value_that_a_sentence_needs_cannot_be_forgotten():
    with pytest.raises(KeyError, match="limit"):
        text("errors", "text_too_long")


def test_unknown_sentence_is_an_error():
    with pytest.raises(KeyError):
        text("errors", "no_such_code")
