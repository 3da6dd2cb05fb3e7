"""Each case type keeps its own typed fields."""

import json

import pytest

from helpdesk.cases.errors import CaseFieldInvalidError
from helpdesk.cases.fields import (
    CaseFields,
    ComplaintFields,
    CrisisFields,
    EnquiryFields,
    GrayIndustryFields,
    IdentityTheftFields,
    NegotiationFields,
    PrivacyRequestFields,
    ReliefFields,
    ScamFields,
    Transfer,
    check_fields,
    empty_fields,
    form_of,
    missing,
    read_changes,
)
from helpdesk.cases.model import CaseType, Priority
from helpdesk.texts import titles

FITTING: dict[CaseType, CaseFields] = {
    CaseType.ENQUIRY: EnquiryFields(topic="repayment"),
    CaseType.COMPLAINT: ComplaintFields(detail="催收打给我家人"),
    CaseType.SCAM: ScamFields(level="P0", amount_fen=500_000, statements=["我被骗了"]),
    CaseType.IDENTITY_THEFT: IdentityTheftFields(level="P1", lender="某银行"),
    CaseType.NEGOTIATION: NegotiationFields(hardship="失业"),
    CaseType.CRISIS: CrisisFields(level="C3"),
    CaseType.RELIEF: ReliefFields(hardship="生病", requested_fen=100_000),
    CaseType.PRIVACY_REQUEST: PrivacyRequestFields(request="deletion"),
    CaseType.GRAY_INDUSTRY: GrayIndustryFields(offer_type="credit_repair"),
}
MISFITS = [
    (case_type, fields)
    for case_type, fitting in FITTING.items()
    for fields in FITTING.values()
    if type(fields) is not type(fitting)
]


@pytest.mark.parametrize("case_type", CaseType, ids=lambda case_type: case_type.value)
def test_fitting_fields_are_kept_as_json(case_type: CaseType):
    stored = check_fields(case_type, FITTING[case_type])

    assert json.loads(json.dumps(stored)) == vars(FITTING[case_type])


@pytest.mark.parametrize(
    ("case_type", "fields"),
    MISFITS,
    ids=[f"{case_type.value} {type(fields).__name__}" for case_type, fields in MISFITS],
)
def test_fields_of_another_type_are_refused(case_type: CaseType, fields: CaseFields):
    with pytest.raises(TypeError, match=case_type.value):
        check_fields(case_type, fields)


def test_the_most_pressing_priority_ranks_first():
    assert sorted(Priority, key=lambda priority: priority.rank) == [Priority.URGENT, Priority.HIGH, Priority.NORMAL]


def test_what_stops_the_money_is_missing_until_it_is_told():
    nothing = missing(ScamFields(state="paid"))
    told = Transfer(amount_fen=1, when="昨晚", bank="工商银行", channel="atm", arrival_mode="normal", payee="对方")

    assert set(nothing) <= set(titles("scam_fields"))
    assert missing(ScamFields(state="paid", transfers=[told])) == ["payer_account_tail4"]
    assert missing(ScamFields(state="paid", transfers=[told], payer_account_tail4="1234")) == []


@pytest.mark.parametrize("state", ["about_to_pay", "information_given", "education"])
def test_nothing_stops_money_that_has_not_gone(state: str):
    assert missing(ScamFields(state=state)) == []


def test_money_that_went_in_another_state_still_has_to_be_stopped():
    assert "payee" in missing(ScamFields(state="about_to_pay", transfers=[Transfer(amount_fen=1)]))


@pytest.mark.parametrize("case_type", CaseType, ids=lambda case_type: case_type.value)
def test_every_field_and_choice_of_a_form_has_a_title(case_type: CaseType):
    labels = titles("case_fields") | titles("scam_fields")
    for name, form in form_of(case_type).items():
        assert name in labels
        known = titles("case_choices")
        assert all(f"{name}_{code}" in known or code in titles("scam_values") for code in form.choices)


@pytest.mark.parametrize("case_type", CaseType, ids=lambda case_type: case_type.value)
def test_empty_case_has_every_field_of_its_form(case_type: CaseType):
    assert set(form_of(case_type)) <= set(check_fields(case_type, empty_fields(case_type)))


@pytest.mark.parametrize(
    ("case_type", "name", "value"),
    [
        (CaseType.COMPLAINT, "hardship", "x"),
        (CaseType.COMPLAINT, "category", "nonsense"),
        (CaseType.COMPLAINT, "detail", "长" * 2001),
        (CaseType.COMPLAINT, "detail", 7),
        (CaseType.COMPLAINT, "complained_of", "two\nlines"),
        (CaseType.COMPLAINT, "credit_objection_on", "2026-13-01"),
        (CaseType.COMPLAINT, "credit_objection_on", "20260101"),
        (CaseType.COMPLAINT, "credit_objection_on", "2999-01-01"),
        (CaseType.SCAM, "level", "P3"),
        (CaseType.SCAM, "amount_fen", -1),
        (CaseType.SCAM, "amount_fen", 1.5),
        (CaseType.SCAM, "amount_fen", True),
        (CaseType.SCAM, "police_called", 1),
        (CaseType.NEGOTIATION, "overdue_days", 10**6),
    ],
)
def test_value_that_a_field_cannot_hold_is_refused(case_type: CaseType, name: str, value: object):
    with pytest.raises(CaseFieldInvalidError) as refused:
        read_changes(form_of(case_type), {name: value})

    assert refused.value.fields["field"] == name


def test_values_are_kept_as_they_are_meant():
    filled_in = {"amount_fen": 0, "police_called": False, "payer_account_bank": " 工商银行 ", "contact_channel": ""}

    assert read_changes(form_of(CaseType.SCAM), filled_in) == {
        "amount_fen": 0,
        "police_called": False,
        "payer_account_bank": "工商银行",
        "contact_channel": None,
    }


def test_secret_that_an_agent_notes_is_masked():
    noted = read_changes(form_of(CaseType.COMPLAINT), {"answer": "退到 4111111111111111"})

    assert "4111111111111111" not in noted["answer"]
