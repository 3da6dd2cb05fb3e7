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
    check_fields,
)
from helpdesk.cases.model import CaseType, Priority

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
