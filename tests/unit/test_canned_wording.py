"""What a canned reply may say, and how its variables are filled."""

import re

import pytest

from helpdesk.canned.errors import GapLeftError, PromiseForbiddenError, ShortcutInvalidError, VariableUnknownError
from helpdesk.canned.wording import VARIABLES, check_shortcut, check_wording, fill, gap, refuse_gaps
from helpdesk.conversations.errors import ReplyHoldsSecretError
from helpdesk.errors import AsksForSecretError
from helpdesk.knowledge.promises import forbidden_promises
from helpdesk.texts import titles
from tests.factories import ROOT

PROMISES: list[re.Pattern[str]] = [pattern for pattern, _ in forbidden_promises(ROOT / "knowledge")]


def test_a_plain_reply_with_every_variable_is_accepted():
    check_wording("您好，" + "".join(f"{{{{{name}}}}}" for name in VARIABLES) + "，请稍等。", PROMISES)


@pytest.mark.parametrize(
    "body", ["{{password}}", "{{ Customer_name }}", "{{}}", "您好{{customer_name", "}}", "{{{{agent_name}}}}"]
)
def test_what_nothing_fills_is_refused(body: str):
    with pytest.raises(VariableUnknownError):
        check_wording(body, PROMISES)


def test_a_reply_that_asks_for_a_secret_is_refused():
    with pytest.raises(AsksForSecretError) as refused:
        check_wording("请把验证码发给我", PROMISES)

    assert refused.value.fields["secret"] == "code"


def test_a_warning_against_telling_a_secret_is_accepted():
    check_wording("请不要把验证码告诉任何人。", PROMISES)


@pytest.mark.parametrize("number", ["6222021234567890128", "11010519491231002X"], ids=["card", "identity"])
def test_a_full_card_or_identity_number_is_refused(number: str):
    with pytest.raises(ReplyHoldsSecretError):
        check_wording(f"号码是 {number}", PROMISES)


@pytest.mark.parametrize("body", ["我们保证追回您的钱", "您放心，一定不会影响征信"])
def test_a_promise_that_cannot_be_kept_is_refused(body: str):
    with pytest.raises(PromiseForbiddenError) as refused:
        check_wording(body, PROMISES)

    assert str(refused.value.fields["rule"]) in body


def test_saying_that_nothing_can_be_promised_is_accepted():
    check_wording("是否能追回以警方调查为准，我们不能保证追回。", PROMISES)


def test_known_values_are_filled_and_unknown_ones_become_gaps():
    filled = fill(
        "{{customer_name}}您好，我是{{ agent_name }}，工单 {{case_number}}。", {"agent_name": "林一", "case_number": ""}
    )

    assert filled.text == f"{gap('customer_name')}您好，我是林一，工单 {gap('case_number')}。"
    assert filled.gaps == ("customer_name", "case_number")


def test_a_value_that_looks_like_a_variable_is_not_filled_again():
    assert fill("{{agent_name}}", {"agent_name": "{{case_number}}", "case_number": "X"}).text == "{{case_number}}"


def test_a_reply_with_a_gap_is_refused_and_one_without_is_not():
    refuse_gaps("您好，林一为您服务。")

    with pytest.raises(GapLeftError) as refused:
        refuse_gaps(f"您好，{gap('customer_name')}")
    assert refused.value.fields["field"] == gap("customer_name")


def test_every_variable_has_a_title():
    assert set(VARIABLES) == set(titles("canned_variables"))


@pytest.mark.parametrize(("shortcut", "kept"), [("Hello", "hello"), ("问候", "问候"), ("a-1_b", "a-1_b")])
def test_shortcuts_are_letters_digits_and_characters(shortcut: str, kept: str):
    assert check_shortcut(shortcut) == kept


@pytest.mark.parametrize("shortcut", ["", "a b", "/a", "长" * 25, "a\n"])
def test_what_cannot_be_typed_after_a_slash_is_refused(shortcut: str):
    with pytest.raises(ShortcutInvalidError):
        check_shortcut(shortcut)
