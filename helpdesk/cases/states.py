"""The one table of the states of each case type and the moves between them; pure."""

from collections.abc import Mapping

from helpdesk.cases.errors import CaseMoveNotAllowedError
from helpdesk.cases.model import CaseStatus, CaseType

_S = CaseStatus
_Moves = Mapping[CaseStatus, frozenset[CaseStatus]]


def _moves(**table: str) -> _Moves:
    return {CaseStatus(name): frozenset(CaseStatus(target) for target in to.split()) for name, to in table.items()}


# From each state to the others, but for closing: `closing.py` says with which code a case may be closed from where.
# From `closed` lead the ways in which a case is reopened.
MOVES: Mapping[CaseType, _Moves] = {
    CaseType.ENQUIRY: _moves(
        open="in_progress",
        in_progress="waiting_customer",
        waiting_customer="in_progress",
        closed="in_progress",
    ),
    # `reviewing`: the customer has asked for a review of the answer.
    CaseType.COMPLAINT: _moves(
        open="in_progress",
        in_progress="waiting_customer answered",
        waiting_customer="in_progress answered",
        answered="in_progress reviewing",
        reviewing="answered",
        closed="in_progress reviewing",
    ),
    CaseType.SCAM: _moves(
        open="protecting",
        protecting="tracking",
        tracking="protecting",
        closed="protecting tracking",
    ),
    CaseType.IDENTITY_THEFT: _moves(
        open="verifying",
        verifying="protecting waiting_customer",
        waiting_customer="verifying",
        protecting="tracking",
        tracking="protecting",
        closed="verifying tracking",
    ),
    CaseType.NEGOTIATION: _moves(
        open="in_progress",
        in_progress="waiting_customer proposed",
        waiting_customer="in_progress",
        proposed="in_progress accepted declined",
        accepted="in_progress",
        declined="in_progress",
        closed="in_progress",
    ),
    CaseType.RELIEF: _moves(
        open="in_progress",
        in_progress="waiting_customer",
        waiting_customer="in_progress",
        closed="in_progress",
    ),
    CaseType.PRIVACY_REQUEST: _moves(
        open="verifying",
        verifying="waiting_customer in_progress",
        waiting_customer="verifying",
        in_progress="verifying",
        closed="in_progress",
    ),
    CaseType.GRAY_INDUSTRY: _moves(
        open="in_progress",
        in_progress="tracking",
        tracking="in_progress",
        closed="in_progress",
    ),
    CaseType.CRISIS: _moves(
        open="in_progress",
        in_progress="tracking",
        tracking="in_progress",
        closed="in_progress",
    ),
}


def states(case_type: CaseType) -> frozenset[CaseStatus]:
    """Return all states that a case of this type can be in."""
    return frozenset(MOVES[case_type])


def targets(case_type: CaseType, status: CaseStatus) -> frozenset[CaseStatus]:
    """Return where a case can be moved from here; closing is another matter."""
    return MOVES[case_type].get(status, frozenset())


def demand_move(case_type: CaseType, status: CaseStatus, target: CaseStatus) -> None:
    """Let pass or refuse.

    Raises:
        CaseMoveNotAllowedError: There is no such move.
    """
    if target not in targets(case_type, status):
        raise CaseMoveNotAllowedError


def taken_up(case_type: CaseType) -> CaseStatus:
    """Return the state in which a case is once an agent has taken it up."""
    (first,) = targets(case_type, _S.OPEN)
    return first


def resumed(case_type: CaseType) -> CaseStatus:
    """Return where a case goes on when the customer whom it waited for has written."""
    waited_from = {
        status for status, to in MOVES[case_type].items() if _S.WAITING_CUSTOMER in to and status is not _S.CLOSED
    }
    (back,) = waited_from & targets(case_type, _S.WAITING_CUSTOMER)
    return back
