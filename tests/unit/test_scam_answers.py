"""Short answers to the triage's questions, as people type them."""

import pytest
import yaml

from helpdesk.scams.answers import reader
from helpdesk.scams.table import table
from helpdesk.texts import titles
from tests.factories import ROOT


@pytest.mark.parametrize(
    ("question", "said", "field", "value"),
    [
        ("police_called", "报了", "police_called", True),
        ("police_called", "已经报过警了", "police_called", True),
        ("police_called", "没报警", "police_called", False),
        ("police_called", "还没", "police_called", False),
        ("other_phone", "好的", "other_phone", True),
        ("other_phone", "能", "other_phone", True),
        ("other_phone", "不能", "other_phone", False),
        ("other_phone", "我只有一部手机", "other_phone", False),
        ("safe", "我很害怕", "safe", False),
        ("safe", "安全的", "safe", True),
        ("bank_called", "打不通", "stop_payment_requested", False),
        ("bank_called", "打过了", "stop_payment_requested", True),
        ("arrival_mode", "两小时到账", "arrival_mode", "normal"),
        ("arrival_mode", "马上到账的", "arrival_mode", "real_time"),
        ("channel", "用支付宝转的", "channel", "alipay"),
        ("contact_channel", "打电话来的", "contact_channel", "phone"),
        ("loan_status", "在我卡里还没动", "loan_status", "untouched"),
        ("loan_status", "还没到账", "loan_status", "not_disbursed"),
        ("information", "验证码 和身份证", "information", "验证码 和身份证"),
        ("purpose", "转到安全账户，说是验资", "script_summary", "转到安全账户，说是验资"),
    ],
)
def test_answer_fills_its_field(question: str, said: str, field: str, value: object):
    assert reader().answers(table().questions[question], said) == {field: value}


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("police_called", "好的"),
        ("police_called", "有人吗"),
        ("police_called", "钱还能回来吗"),
        ("arrival_mode", "不知道"),
        ("transfer", "工行"),
        ("payee", "6222020200112233445"),
    ],
    ids=["agrees to do it", "asks for somebody", "asks back", "does not know", "left to the details", "card number"],
)
def test_what_is_no_answer_fills_nothing(question: str, said: str):
    assert reader().answers(table().questions[question], said) == {}


@pytest.mark.parametrize(
    ("said", "deeds"),
    [
        ("我已经报警了，钱还能回来吗", {"police_called": True}),
        ("我没报警，怕家里知道", {"police_called": False}),
        ("要不要报警", {}),
        ("你好", {}),
    ],
)
def test_deeds_are_heard_without_being_asked_for(said: str, deeds: dict[str, bool]):
    assert reader().volunteered(said) == deeds


@pytest.mark.parametrize(("said", "is_so"), [("没有被骗", True), ("虚惊一场", True), ("我没有被骗过，但是这次", False)])
def test_only_a_whole_message_takes_it_back(said: str, is_so: bool):
    assert reader().is_taken_back(said) is is_so


@pytest.mark.parametrize(
    ("kind", "code"), [("fake_loan_fee", "L3"), ("L13", "L13"), ("brushing_rebate", None), (None, None)]
)
def test_lending_schemes_have_their_code(kind: str | None, code: str | None):
    assert reader().lending_code(kind) == code


LEXICON = yaml.safe_load((ROOT / "texts/scam_answers.yml").read_text(encoding="utf-8"))
QUESTIONS = table().questions.values()
# Filled by what the bot finds in a message, not by the words of an answer.
FROM_DETAILS = {
    "bank",
    "transferred_when",
    "amount_fen",
    "payer_account_tail4",
    "scammer_phones",
    "app_names",
    "urls",
    "meeting_ids",
}


def test_everything_that_a_question_fills_can_be_read():
    readable = {*LEXICON["truths"], *LEXICON["choices"], *LEXICON["texts"], *FROM_DETAILS}

    assert {name for question in QUESTIONS for name in question.fills} - readable == set()


@pytest.mark.parametrize("field", [*LEXICON["choices"], "vulnerable"])
def test_every_value_has_a_title_for_the_agent(field: str):
    values = LEXICON["vulnerable"] if field == "vulnerable" else LEXICON["choices"][field]

    assert set(values) - set(titles("scam_values")) == set()


def test_every_answer_has_a_label_for_the_agent():
    # What a loan's state is called stands with the case's own field.
    named = {*LEXICON["truths"], *LEXICON["choices"], *LEXICON["texts"]} - {"loan_status"}

    assert named - set(titles("scam_fields")) == set()


@pytest.mark.parametrize("code", sorted(LEXICON["lending"].values()))
def test_every_lending_code_has_a_title(code: str):
    assert code in table().types


@pytest.mark.parametrize(
    ("said", "sums"),
    [
        ("不是3000是4500，刚才说错了", (450_000,)),
        ("不是3000元，应该是4500", (450_000,)),
        ("好像是昨天转的 2600", (260_000,)),
        ("我把12800全转过去了", (1_280_000,)),
        ("卡里6100刚被转走了", (610_000,)),
        ("2600", ()),
        ("还没转2600", ()),
        ("让我转2600", ()),
        ("打了110", ()),
        ("我不是2003年的，是2004年的", ()),
        ("单号12345678901", ()),
        ("转的6222020200112233445", ()),
    ],
)
def test_sums_without_a_unit_are_read_beside_their_deed(said: str, sums: tuple[int, ...]):
    found = reader().sums(said, is_answer=False)

    assert found == sums


@pytest.mark.parametrize(
    ("said", "sums"), [("2600", (260_000,)), ("大概2600吧", (260_000,)), ("尾号2600", ()), ("26", ()), ("两次", ())]
)
def test_bare_number_is_a_sum_in_answer_to_the_question(said: str, sums: tuple[int, ...]):
    assert reader().sums(said, is_answer=True) == sums


@pytest.mark.parametrize(
    ("said", "demanded"),
    [
        ("交了2600，他又要我再交5200", {520_000}),
        ("转了1万，还让我打2万", {2_000_000}),
        ("我交了2600", set()),
        ("我转了5000，他还要我交" + "9" * 500, {99_999_999_900}),
    ],
)
def test_sums_that_are_still_wanted_are_told_apart(said: str, demanded: set[int]):
    assert reader().demanded(said) == demanded
