"""Each case type keeps its own typed fields."""

import json

import pytest

from helpdesk.cases.fields import (
    CaseFields,
    ComplaintFields,
    CrisisFields,
    EnquiryFields,
    NegotiationFields,
    ScamFields,
    Transfer,
    check_fields,
    missing,
)
from helpdesk.cases.model import CaseType, Priority
from helpdesk.texts import titles

FITTING: dict[CaseType, CaseFields] = {
    CaseType.ENQUIRY: EnquiryFields(topic="repayment"),
    CaseType.COMPLAINT: ComplaintFields(detail="催收打给我家人"),
    CaseType.SCAM: ScamFields(level="P0", amount_fen=500_000, statements=["我被骗了"]),
    CaseType.IDENTITY_THEFT: ScamFields(level="P1"),
    CaseType.NEGOTIATION: NegotiationFields(hardship="失业"),
    CaseType.CRISIS: CrisisFields(level="C3"),
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
