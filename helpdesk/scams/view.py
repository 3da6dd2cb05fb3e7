"""A scam case as the agent's card shows it: titles in place of codes, and what is still missing."""

from collections.abc import Iterator
from typing import Any

from helpdesk import clock
from helpdesk.cases.fields import ScamFields, Transfer, missing, read_scam_fields
from helpdesk.cases.model import Case
from helpdesk.database import Json
from helpdesk.scams.checklist import since
from helpdesk.scams.merging import known_of
from helpdesk.scams.table import Table, table
from helpdesk.scams.triage import Cue, decide
from helpdesk.texts import text, titles

# Shown in this order; lists are joined, unknown ones left out.
_SHOWN = (
    "payer_account_bank",
    "payer_account_tail4",
    "contact_channel",
    "scammer_phones",
    "urls",
    "app_names",
    "meeting_ids",
    "related_loan",
    "police_called",
    "stop_payment_requested",
    "second_scam_warned",
    "vulnerable_flags",
)
_FEN = 100


def scam_view(case: Case) -> Json:
    """Return what `card.scam` of docs/protocol.md takes from the case."""
    known, words = read_scam_fields(case.fields), table()
    question = decide(known_of(known), Cue(), words).question
    begun = since(case, known)
    return {
        "level": known.level,
        "type": known.scam_type,
        "type_text": words.types.get(known.lending_code or "") or words.types.get(known.scam_type or ""),
        "state": known.state,
        "state_text": _state_text(known.state, words),
        "lending_code": known.lending_code,
        "amount_fen": known.amount_fen,
        "when": known.transferred_when,
        # In whole hours: a value that changed at every look would be sent at every look.
        "hours_ago": int((clock.now() - begun).total_seconds() // 3600) if known.transferred_at else None,
        "fields": [{"label": label, "value": value} for label, value in _fields(known)],
        "missing": [text("scam_fields", name) for name in missing(known)],
        "asked": [words.questions[name].text for name in known.asked if name in words.questions],
        "checklist": _checklist(known, words),
        "next_question": {"id": question.id, "text": question.text} if question else None,
        "since": begun.isoformat(),
        "alert": {**known.alert, "state_text": _state_text(known.alert.get("state"), words)} if known.alert else None,
        "risk_control": known.risk_control,
    }


def _state_text(state: str | None, words: Table) -> str | None:
    if state in words.states:
        return words.states[str(state)].title
    return titles("scam_states").get(state or "", state)


def _checklist(known: ScamFields, words: Table) -> list[Json]:
    """Return the steps which the customer has read, of the gravest state first, each with the time of its tick."""
    steps: dict[str, str] = {}
    for state in sorted(words.states.keys() & set(known.spoken), key=words.rank):
        for step in words.states[state].steps:
            steps.setdefault(step["id"], step["title"])
    return [{"id": step, "title": title, "done_at": known.checklist.get(step)} for step, title in steps.items()]


def _fields(known: ScamFields) -> Iterator[tuple[str, str]]:
    """Give label and value of everything known, in Chinese."""
    for number, transfer in enumerate(known.transfers, start=1):
        yield text("scam_fields", "transfer", number=number), _transfer(transfer)
    for name in _SHOWN:
        value = getattr(known, name)
        if value not in (None, [], ""):
            yield text("scam_fields", name), _value(value)
    for name, value in known.answers.items():
        yield titles("scam_fields").get(name, name), _value(value)


def _transfer(transfer: Transfer) -> str:
    parts = []
    if transfer.amount_fen is not None:
        parts.append(text("scam_values", "yuan", amount=f"{transfer.amount_fen / _FEN:,.2f}"))
    parts += [_value(value) for value in (transfer.when, transfer.bank, transfer.channel) if value]
    parts += [_value(value) for value in (transfer.arrival_mode, transfer.payee) if value]
    if transfer.mentioned > 1:
        parts.append(text("scam_values", "mentioned", count=transfer.mentioned))
    return text("scam_values", "separator").join(parts)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return text("scam_values", "affirmed" if value else "denied")
    if isinstance(value, list):
        return text("scam_values", "separator").join(_value(one) for one in value)
    return titles("scam_values").get(value, value) if isinstance(value, str) else str(value)
