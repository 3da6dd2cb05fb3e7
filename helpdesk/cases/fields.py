"""The typed fields of each case type, as they are kept in `case.fields`, and which of them people fill in."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from functools import cache
from typing import Any

from helpdesk.cases.errors import CaseFieldInvalidError
from helpdesk.cases.forms import Form
from helpdesk.cases.matter_fields import (
    ComplaintFields,
    CrisisFields,
    EnquiryFields,
    GrayIndustryFields,
    NegotiationFields,
    PrivacyRequestFields,
    ReliefFields,
)
from helpdesk.cases.model import CaseType
from helpdesk.cases.scam_fields import (
    MONEY_GONE,
    IdentityTheftFields,
    ScamFields,
    Transfer,
    missing,
    read_scam_fields,
)
from helpdesk.database import Json

__all__ = [
    "MONEY_GONE",
    "CaseFields",
    "ComplaintFields",
    "CrisisFields",
    "EnquiryFields",
    "GrayIndustryFields",
    "IdentityTheftFields",
    "NegotiationFields",
    "PrivacyRequestFields",
    "ReliefFields",
    "ScamFields",
    "Transfer",
    "check_fields",
    "empty_fields",
    "form_of",
    "missing",
    "read_changes",
    "read_scam_fields",
]

CaseFields = (
    EnquiryFields
    | ComplaintFields
    | NegotiationFields
    | ReliefFields
    | PrivacyRequestFields
    | GrayIndustryFields
    | ScamFields
    | IdentityTheftFields
    | CrisisFields
)

_CLASSES: dict[CaseType, type[CaseFields]] = {
    CaseType.ENQUIRY: EnquiryFields,
    CaseType.COMPLAINT: ComplaintFields,
    CaseType.NEGOTIATION: NegotiationFields,
    CaseType.RELIEF: ReliefFields,
    CaseType.PRIVACY_REQUEST: PrivacyRequestFields,
    CaseType.GRAY_INDUSTRY: GrayIndustryFields,
    CaseType.SCAM: ScamFields,
    CaseType.IDENTITY_THEFT: IdentityTheftFields,
    CaseType.CRISIS: CrisisFields,
}


def check_fields(case_type: CaseType, fields: CaseFields) -> Json:
    """Return `fields` as they are stored.

    Raises:
        TypeError: They are not the fields of this case type.
    """
    if type(fields) is not _CLASSES[case_type]:
        message = f"a case of type {case_type.value} has no {type(fields).__name__}"
        raise TypeError(message)
    return asdict(fields)


def empty_fields(case_type: CaseType) -> CaseFields:
    """Return the fields of a case of which nothing is known yet."""
    return _CLASSES[case_type]()


@cache
def form_of(case_type: CaseType) -> Mapping[str, Form]:
    """Return the fields of a case type that people fill in, by name, in the order of the form."""
    return {one.name: one.metadata["form"] for one in fields(_CLASSES[case_type]) if "form" in one.metadata}


def read_changes(form: Mapping[str, Form], filled_in: Mapping[str, Any]) -> Json:
    """Return what was filled in as it is stored.

    Raises:
        CaseFieldInvalidError: There is no such field, or it cannot hold this.
    """
    changes: Json = {}
    for name, value in filled_in.items():
        if name not in form:
            raise CaseFieldInvalidError(field=name)
        try:
            changes[name] = form[name].read(value)
        except ValueError as error:
            raise CaseFieldInvalidError(field=name) from error
    return changes
