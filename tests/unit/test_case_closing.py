"""What a closing has to say, so that the figures of a later day can be counted."""

from typing import Any

import pytest

from helpdesk.cases.closing import read_closing
from helpdesk.cases.errors import CaseFieldInvalidError, CaseMoveNotAllowedError
from helpdesk.cases.model import CaseStatus, CaseType


def test_relief_tells_waived_and_deferred_apart_and_their_sum():
    details = read_closing(
        CaseType.RELIEF, CaseStatus.IN_PROGRESS, "granted", {"waived_fen": 30_000, "deferred_fen": 1_000_000}
    )

    assert details == {"waived_fen": 30_000, "deferred_fen": 1_000_000, "amount_fen": 1_030_000}


def test_loss_that_was_stopped_tells_how_much_and_how():
    filled_in = {"stopped_fen": 500_000, "how": "dissuaded", "customer_confirmed": True}

    assert read_closing(CaseType.SCAM, CaseStatus.TRACKING, "loss_stopped", filled_in) == {
        **filled_in,
        "amount_fen": 500_000,
    }


@pytest.mark.parametrize(
    ("case_type", "status", "code", "filled_in", "missing"),
    [
        (CaseType.RELIEF, CaseStatus.IN_PROGRESS, "granted", {}, "waived_fen"),
        (CaseType.RELIEF, CaseStatus.IN_PROGRESS, "refused", {"reason": "  "}, "reason"),
        (CaseType.SCAM, CaseStatus.TRACKING, "loss_stopped", {"stopped_fen": 1}, "how"),
        (CaseType.SCAM, CaseStatus.TRACKING, "loss_stopped", {"stopped_fen": 0, "how": "dissuaded"}, "stopped_fen"),
        (CaseType.NEGOTIATION, CaseStatus.DECLINED, "not_agreed", {"why": "nonsense"}, "why"),
        (CaseType.NEGOTIATION, CaseStatus.ACCEPTED, "agreed", {"amount_fen": 1}, "amount_fen"),
    ],
)
def test_closing_that_says_too_little_or_too_much_is_refused(
    case_type: CaseType, status: CaseStatus, code: str, filled_in: dict[str, Any], missing: str
):
    with pytest.raises(CaseFieldInvalidError) as refused:
        read_closing(case_type, status, code, filled_in)

    assert refused.value.fields["field"] == missing


@pytest.mark.parametrize(
    ("case_type", "status", "code"),
    [
        # Nothing is agreed without the customer's own yes, and nothing upheld before the customer was told.
        (CaseType.NEGOTIATION, CaseStatus.PROPOSED, "agreed"),
        (CaseType.COMPLAINT, CaseStatus.IN_PROGRESS, "upheld"),
        (CaseType.COMPLAINT, CaseStatus.CLOSED, "withdrawn"),
    ],
)
def test_code_that_is_not_due_yet_is_refused(case_type: CaseType, status: CaseStatus, code: str):
    with pytest.raises(CaseMoveNotAllowedError):
        read_closing(case_type, status, code, {})
