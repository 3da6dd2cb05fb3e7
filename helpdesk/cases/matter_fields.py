"""The fields of what customers want of the platform: answers, other terms, help, their data; and of the rest."""

from dataclasses import dataclass, field

from helpdesk.cases import forms

_HARDSHIPS = "unemployment illness disaster family business other"


@dataclass(frozen=True, kw_only=True)
class EnquiryFields:
    """A question that a person answers."""

    topic: str | None = field(default=None, metadata=forms.text())


@dataclass(frozen=True, kw_only=True)
class ComplaintFields:
    """What the customer complains of, in their own words, and what was found."""

    detail: str = field(default="", metadata=forms.long_text())
    category: str | None = field(
        default=None,
        metadata=forms.choice("collection fees credit_record service marketing personal_data sales other"),
    )
    complained_of: str | None = field(default=None, metadata=forms.text())
    demand: str | None = field(default=None, metadata=forms.long_text(500))
    root_cause: str | None = field(default=None, metadata=forms.long_text(500))
    answer: str | None = field(default=None, metadata=forms.long_text())
    # The day on which the objection to the credit record was received: 20 days run from it.
    credit_objection_on: str | None = field(default=None, metadata=forms.day())


@dataclass(frozen=True, kw_only=True)
class NegotiationFields:
    """Why the customer cannot pay as agreed, in their own words, and which other terms are talked about."""

    hardship: str = field(default="", metadata=forms.long_text())
    hardship_kind: str | None = field(default=None, metadata=forms.choice(_HARDSHIPS))
    lender: str | None = field(default=None, metadata=forms.text(60))
    owed_fen: int | None = field(default=None, metadata=forms.money())
    overdue_days: int | None = field(default=None, metadata=forms.number())
    requested: str | None = field(default=None, metadata=forms.choice("extension instalments reduction other"))
    proposal: str | None = field(default=None, metadata=forms.long_text())


@dataclass(frozen=True, kw_only=True)
class ReliefFields:
    """Why the customer needs help, and what they ask for; what was granted is told at the closing."""

    hardship: str = field(default="", metadata=forms.long_text())
    hardship_kind: str | None = field(default=None, metadata=forms.choice(_HARDSHIPS))
    lender: str | None = field(default=None, metadata=forms.text(60))
    requested_fen: int | None = field(default=None, metadata=forms.money())
    evidence_seen: bool | None = field(default=None, metadata=forms.flag())


@dataclass(frozen=True, kw_only=True)
class PrivacyRequestFields:
    """What the customer wants done with their data."""

    request: str | None = field(
        default=None,
        metadata=forms.choice("access copy correction deletion withdraw_consent close_account stop_marketing"),
    )
    detail: str = field(default="", metadata=forms.long_text())
    identity_checked: bool | None = field(default=None, metadata=forms.flag())


@dataclass(frozen=True, kw_only=True)
class GrayIndustryFields:
    """An offer of the gray industry that a customer told of; the customer is who was approached."""

    offer: str = field(default="", metadata=forms.long_text())
    offer_type: str | None = field(
        default=None,
        metadata=forms.choice(
            "agency_rights credit_repair debt_carrier ab_loan cash_out money_mule forged_documents loan_agent"
        ),
    )
    offered_by: str | None = field(default=None, metadata=forms.text())
    fee_fen: int | None = field(default=None, metadata=forms.money())


@dataclass(frozen=True, kw_only=True)
class CrisisFields:
    """How grave the danger to life looked, and who helps."""

    level: str | None = None
    companion: bool | None = field(default=None, metadata=forms.flag())
    rescue_called: bool | None = field(default=None, metadata=forms.flag())
    follow_up: str | None = field(default=None, metadata=forms.long_text(500))
