"""The fields of scams and of stolen identities, and what is still missing to stop the money."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from helpdesk.cases import forms


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One payment to the swindlers, as told; `mentioned` counts the sums which the same message named."""

    amount_fen: int | None = None
    when: str | None = None
    bank: str | None = None
    channel: str | None = None
    arrival_mode: str | None = None
    payee: str | None = None
    mentioned: int = 1


@dataclass(frozen=True, kw_only=True)
class ScamFields:
    """What is known of a scam; money in fen, times as ISO 8601 in UTC.

    Grouped as the police ask: what stops the money (A), clues (B), loans (C), what was done (D), care (E), and what
    the conversation itself needs. The whole number of a card or an identity card has no place here.
    """

    level: str | None = None
    scam_type: str | None = None
    lending_code: str | None = None
    state: str | None = None
    # A: what stops the money. The two after `transfers` are the customer's latest word, for a short view.
    transfers: list[Transfer] = field(default_factory=list)
    amount_fen: int | None = field(default=None, metadata=forms.money())
    transferred_when: str | None = None
    transferred_at: str | None = None
    payer_account_bank: str | None = field(default=None, metadata=forms.text(40))
    payer_account_tail4: str | None = field(default=None, metadata=forms.text(4))
    # B: clues.
    contact_channel: str | None = field(
        default=None, metadata=forms.choice("phone sms wechat qq video social parcel app")
    )
    scammer_phones: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    app_names: list[str] = field(default_factory=list)
    meeting_ids: list[str] = field(default_factory=list)
    # C: where the money of a loan is.
    related_loan: str | None = field(default=None, metadata=forms.choice("not_disbursed untouched passed_on"))
    # D: what was done; None is unknown.
    police_called: bool | None = field(default=None, metadata=forms.flag())
    police_station: str | None = field(default=None, metadata=forms.text(60))
    police_receipt: str | None = field(default=None, metadata=forms.text(60))
    stop_payment_requested: bool | None = field(default=None, metadata=forms.flag())
    # Step of the checklist to the time at which the customer ticked it.
    checklist: dict[str, str] = field(default_factory=dict)
    risk_control: dict[str, Any] | None = None
    # E: care.
    second_scam_warned: bool = False
    vulnerable_flags: list[str] = field(default_factory=list)
    # The conversation: own words, questions read, answers without a field of their own, states spoken of.
    statements: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    spoken: list[str] = field(default_factory=list)
    # The newest grave cue while an agent served: {level, state, message, at}.
    alert: dict[str, Any] | None = None
    # Conversation to the `seq` of its last message that was taken into account.
    recorded: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class IdentityTheftFields(ScamFields):
    """What is known of a loan that somebody else took in the customer's name, beside what a scam tells."""

    lender: str | None = field(default=None, metadata=forms.text(60))
    loan_fen: int | None = field(default=None, metadata=forms.money())
    how_noticed: str | None = field(default=None, metadata=forms.choice("sms credit_report collection app"))
    identity_checked: bool | None = field(default=None, metadata=forms.flag())
    # The day on which the objection to the credit record was received: 20 days run from it.
    credit_objection_on: str | None = field(default=None, metadata=forms.day())


# States in which money has gone or may be going; only then is there a payment to stop.
MONEY_GONE = frozenset({"in_progress", "threatened", "paid", "paid_earlier", "someone_else"})


def read_scam_fields(stored: Mapping[str, Any]) -> ScamFields:
    """Return the stored fields of a scam case; rows of earlier releases lack some, later ones have more."""
    known = {one.name: stored[one.name] for one in fields(ScamFields) if stored.get(one.name) is not None}
    names = {one.name for one in fields(Transfer)}
    known["transfers"] = [
        Transfer(**{name: value for name, value in transfer.items() if name in names})
        for transfer in known.get("transfers", [])
    ]
    return ScamFields(**known)


def missing(fields: ScamFields) -> list[str]:
    """Return the names of what stops the money (group A) and is not known yet, in the order in which it is asked.

    Empty in states without a payment; titles are in texts/zh-CN.yml, `scam_fields`.
    """
    if fields.state is not None and fields.state not in MONEY_GONE and not fields.transfers:
        return []
    known = {
        "payer_account_bank": fields.payer_account_bank or _any(fields, "bank"),
        "transferred_when": fields.transferred_when or _any(fields, "when"),
        "amount_fen": fields.amount_fen or _any(fields, "amount_fen"),
        "arrival_mode": _any(fields, "arrival_mode"),
        "channel": _any(fields, "channel"),
        "payer_account_tail4": fields.payer_account_tail4,
        "payee": _any(fields, "payee"),
    }
    return [name for name, value in known.items() if not value]


def _any(fields: ScamFields, name: str) -> Any:
    return next((value for one in fields.transfers if (value := getattr(one, name))), None)
