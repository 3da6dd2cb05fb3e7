"""The codes with which each case type is closed, from which states, and what each of them has to say; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from helpdesk.cases import forms
from helpdesk.cases.errors import CaseFieldInvalidError, CaseMoveNotAllowedError
from helpdesk.cases.fields import read_changes
from helpdesk.cases.forms import Form
from helpdesk.cases.model import CaseStatus, CaseType
from helpdesk.cases.states import states
from helpdesk.database import Json
from helpdesk.errors import ResolutionUnknownError

# The code of a case that has become part of another one; nobody chooses it.
MERGED = "merged"
# Codes after which a sentence that was due later would ask after something that never was.
NOTHING_TO_FOLLOW = frozenset({"no_scam", "not_confirmed"})


@dataclass(frozen=True, kw_only=True)
class Closing:
    """One closing code: the states from which it is allowed (empty: from each) and the form of its details.

    `adds` are the details whose sum is kept beside them as `amount_fen`, so that figures need not know them;
    `needs_amount`: nothing was reached where the sum is nought, and so the code is wrong.
    """

    from_states: frozenset[CaseStatus]
    form: Mapping[str, Form]
    adds: tuple[str, ...] = ()
    needs_amount: bool = False

    def is_allowed_from(self, status: CaseStatus) -> bool:
        """Return whether a case that stands there may be closed with this code."""
        return status is not CaseStatus.CLOSED and (not self.from_states or status in self.from_states)


def _closing(
    *, after: str = "", adds: tuple[str, ...] = (), needs_amount: bool = False, **form: dict[str, Form]
) -> Closing:
    return Closing(
        from_states=frozenset(CaseStatus(name) for name in after.split()),
        form={name: metadata["form"] for name, metadata in form.items()},
        adds=adds,
        needs_amount=needs_amount,
    )


_WITHDRAWN = _closing()
_UNREACHABLE = "in_progress waiting_customer"
_REASON = forms.long_text(500, is_required=True)
_ANSWERED = "answered"

# What the figures of a later day are counted from: do not change what a code means, add another one.
CLOSINGS: Mapping[CaseType, Mapping[str, Closing]] = {
    # As conversations: an enquiry is over when its conversation is.
    CaseType.ENQUIRY: {code: _closing() for code in ("resolved", "informed", "unreachable", "out_of_scope")},
    CaseType.COMPLAINT: {
        "upheld": _closing(after=_ANSWERED, remedy=forms.long_text(500), paid_fen=forms.money(), adds=("paid_fen",)),
        "partly_upheld": _closing(
            after=_ANSWERED, remedy=forms.long_text(500), paid_fen=forms.money(), adds=("paid_fen",)
        ),
        "not_upheld": _closing(after=_ANSWERED, reason=_REASON),
        "withdrawn": _WITHDRAWN,
        "out_of_scope": _closing(reason=_REASON),
    },
    CaseType.NEGOTIATION: {
        # `accepted` is the customer's own yes: without it nothing was agreed.
        "agreed": _closing(
            after="accepted",
            waived_fen=forms.money(),
            deferred_fen=forms.money(),
            adds=("waived_fen", "deferred_fen"),
        ),
        "not_agreed": _closing(
            after="in_progress proposed declined",
            why=forms.choice("lender_refused customer_declined no_evidence other", is_required=True),
        ),
        "withdrawn": _WITHDRAWN,
        "unreachable": _closing(after=f"{_UNREACHABLE} proposed"),
    },
    CaseType.RELIEF: {
        "granted": _closing(
            after="in_progress",
            waived_fen=forms.money(),
            deferred_fen=forms.money(),
            other_fen=forms.money(),
            adds=("waived_fen", "deferred_fen", "other_fen"),
            needs_amount=True,
        ),
        "refused": _closing(after="in_progress", reason=_REASON),
        "withdrawn": _WITHDRAWN,
        "unreachable": _closing(after=_UNREACHABLE),
    },
    CaseType.SCAM: {
        "loss_stopped": _closing(
            after="protecting tracking",
            stopped_fen=forms.money(is_required=True),
            how=forms.choice(
                "disbursement_held withdrawal_stopped account_frozen dissuaded report_stopped", is_required=True
            ),
            customer_confirmed=forms.flag(),
            adds=("stopped_fen",),
            needs_amount=True,
        ),
        "loss_occurred": _closing(after="protecting tracking", lost_fen=forms.money(), adds=("lost_fen",)),
        "no_loss": _closing(after="protecting tracking"),
        "no_scam": _closing(),
        "unreachable": _closing(after="protecting tracking"),
    },
    CaseType.IDENTITY_THEFT: {
        "confirmed": _closing(
            after="protecting tracking",
            credit_record_corrected=forms.flag(),
            stopped_fen=forms.money(),
            adds=("stopped_fen",),
        ),
        "not_confirmed": _closing(reason=_REASON),
        "withdrawn": _WITHDRAWN,
    },
    CaseType.PRIVACY_REQUEST: {
        "fulfilled": _closing(after="in_progress"),
        "partly_fulfilled": _closing(after="in_progress", reason=_REASON),
        "refused": _closing(after="verifying in_progress", reason=_REASON),
        "withdrawn": _WITHDRAWN,
    },
    CaseType.GRAY_INDUSTRY: {
        "reported": _closing(
            after="in_progress tracking",
            reported_to=forms.choice("police regulator platform internet_report other", is_required=True),
        ),
        "warned": _closing(after="in_progress tracking"),
        "no_ground": _closing(),
    },
    CaseType.CRISIS: {
        "safe": _closing(after="in_progress tracking"),
        "rescue_took_over": _closing(after="in_progress tracking"),
        "unreachable": _closing(after="in_progress tracking", reason=_REASON),
        "no_danger": _closing(after="in_progress tracking", reason=_REASON),
    },
}


def allowed(case_type: CaseType, status: CaseStatus) -> Mapping[str, Closing]:
    """Return the codes with which a case may be closed from where it stands."""
    return {code: one for code, one in CLOSINGS[case_type].items() if one.is_allowed_from(status)}


def read_closing(case_type: CaseType, status: CaseStatus, code: str, filled_in: Mapping[str, Any]) -> Json:
    """Return the details of a closing as they are stored, with `amount_fen` where the code has amounts.

    Raises:
        ResolutionUnknownError: This case type has no such code.
        CaseMoveNotAllowedError: It is not allowed from where the case stands.
        CaseFieldInvalidError: A detail is missing, unknown or cannot hold this.
    """
    closing = CLOSINGS[case_type].get(code)
    if closing is None:
        raise ResolutionUnknownError
    if not closing.is_allowed_from(status):
        raise CaseMoveNotAllowedError
    details = read_changes(closing.form, {**dict.fromkeys(closing.form), **filled_in})
    known = {name: value for name, value in details.items() if value is not None}
    if closing.adds:
        known["amount_fen"] = sum(known.get(name, 0) for name in closing.adds)
    if closing.needs_amount and not known["amount_fen"]:
        raise CaseFieldInvalidError(field=closing.adds[0])
    return known


def is_closable_from(case_type: CaseType) -> frozenset[CaseStatus]:
    """Return the states from which at least one code closes a case of this type."""
    return frozenset(status for status in states(case_type) if allowed(case_type, status))
