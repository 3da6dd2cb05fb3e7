"""Agents may warn of secrets, and never ask for one; desk and server follow one rule."""

import json
import re

import pytest
import yaml

from helpdesk.privacy.never_ask import find_forbidden_ask, refusal_words
from tests.factories import ROOT

DESK = ROOT / "web/desk/src"
DESK_TESTS = (DESK / "never_ask.test.ts").read_text(encoding="utf-8")
DESK_RULE = (DESK / "never_ask.ts").read_text(encoding="utf-8")
RULE = yaml.safe_load((ROOT / "texts/never_ask.yml").read_text(encoding="utf-8"))
REFUSED = re.findall(r'^    \["(.+)", "(\w+)"\],$', DESK_TESTS, re.MULTILINE)
PASSED = re.findall(r'^    "(.*)",$', DESK_TESTS, re.MULTILINE)


def in_desk(name: str) -> str:
    """Return the source of one of the desk's regular expressions."""
    found = re.search(rf"const {name} =\s*/(.*)/g?;", DESK_RULE)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("reply", "secret"), [*REFUSED, ("请报一下您的CVV", "cvv"), ("把PIN发给我", "password")])
def test_reply_that_asks_for_a_secret_is_found(reply: str, secret: str):
    assert find_forbidden_ask(reply) == secret


@pytest.mark.parametrize("reply", [*PASSED, "不要把验证码告诉任何人", "我们绝不会向您索要密码", "您好，请稍等"])
def test_warning_and_harmless_question_pass(reply: str):
    assert find_forbidden_ask(reply) is None


def test_examples_of_the_desk_are_read():
    assert len(REFUSED) > 10
    assert len(PASSED) > 10


@pytest.mark.parametrize("name", ["request", "refusal", "offer", "about_others"])
def test_desk_and_server_look_for_the_same_words(name: str):
    assert RULE[name] == in_desk(name.upper())


@pytest.mark.parametrize("secret", RULE["secrets"])
def test_desk_and_server_name_secrets_alike(secret: str):
    named = re.search(rf'secret: "{secret}", named: /(.+?)/i?(?:,| }})', DESK_RULE)

    assert named is not None
    assert RULE["secrets"][secret]["named"] == named[1]


@pytest.mark.parametrize("secret", RULE["secrets"])
def test_refusal_is_worded_as_on_the_desk(secret: str):
    texts = (DESK / "texts" / "conversation.ts").read_text(encoding="utf-8")

    assert json.dumps(refusal_words(secret), ensure_ascii=False) in texts
