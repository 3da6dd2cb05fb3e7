"""The typed fields of each case type, as they are kept in `case.fields`."""

from dataclasses import asdict, dataclass, field

from helpdesk.cases.model import CaseType
from helpdesk.database import Json


@dataclass(frozen=True, kw_only=True)
class EnquiryFields:
    """A question that a person answers."""

    topic: str | None = None


@dataclass(frozen=True, kw_only=True)
class ComplaintFields:
    """What the customer complains of, in their own words."""

    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class NegotiationFields:
    """Why the customer cannot pay as agreed, in their own words."""

    hardship: str = ""


@dataclass(frozen=True, kw_only=True)
class ScamFields:
    """What is known of a scam; money in fen."""

    level: str | None = None
    scam_type: str | None = None
    state: str | None = None
    amount_fen: int | None = None
    transferred_when: str | None = None
    statements: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class CrisisFields:
    """How grave the danger to life looked."""

    level: str | None = None


CaseFields = EnquiryFields | ComplaintFields | NegotiationFields | ScamFields | CrisisFields

_CLASSES: dict[CaseType, type[CaseFields]] = {
    CaseType.ENQUIRY: EnquiryFields,
    CaseType.COMPLAINT: ComplaintFields,
    CaseType.NEGOTIATION: NegotiationFields,
    CaseType.SCAM: ScamFields,
    CaseType.IDENTITY_THEFT: ScamFields,
    CaseType.CRISIS: CrisisFields,
}


def check_fields(case_type: CaseType, fields: CaseFields) -> Json:
    """Return `fields` as they are stored.

    Raises:
        TypeError: They are not the fields of this case type.
    """
    if not isinstance(fields, _CLASSES[case_type]):
        message = f"a case of type {case_type.value} has no {type(fields).__name__}"
        raise TypeError(message)
    return asdict(fields)
