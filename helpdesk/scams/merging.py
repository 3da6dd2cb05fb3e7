"""Adding what one message says to what a scam case knows: contradictions are kept, nothing is said twice."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from helpdesk.cases.fields import MONEY_GONE, ScamFields, Transfer
from helpdesk.database import Json
from helpdesk.scams.answers import AnswerReader
from helpdesk.scams.cue import Details
from helpdesk.scams.table import Question, Table
from helpdesk.scams.triage import Cue, Known, Triage

# A case is read by a person; the transcript has the rest.
_MOST_STATEMENTS = 50
_STATEMENT_LIMIT = 500
_MOST_TRANSFERS = 50
_MOST_CLUES = 30
# "Twelve thousand, I think": longer messages name a sum among other things.
_SUM_LENGTH = 12
# Details by which two transfers differ.
_TRANSFER_DETAILS = tuple(one.name for one in fields(Transfer) if one.name != "mentioned")
# What an answer says of the last transfer rather than of the case.
_OF_TRANSFER = frozenset({"arrival_mode", "channel", "payee"})
_OF_CASE = frozenset({"police_called", "stop_payment_requested", "contact_channel"})
_LOAN_OF_STATE = {"loan_untouched": "untouched"}


@dataclass(frozen=True, kw_only=True)
class Said:
    """One message of the customer, as the bot understood it; `at` is when it was written."""

    text: str
    at: datetime
    cue: Cue | None
    details: Details


def known_of(known: ScamFields) -> Known:
    """Return what the triage must know of a case."""
    return Known(
        level=known.level,
        state=known.state,
        spoken=frozenset(known.spoken),
        asked=frozenset(known.asked),
        filled=frozenset(_filled(known)),
    )


def _filled(known: ScamFields) -> list[str]:
    """Return the names that questions fill and that are known; "no" is an answer too."""
    values: Json = {name: getattr(known, name) for name in _OF_CASE | {"payer_account_tail4", "amount_fen"}}
    values |= known.answers
    values |= {name: getattr(known, name) or None for name in ("scammer_phones", "urls", "app_names", "meeting_ids")}
    values |= {name: _of_transfers(known, name) for name in _OF_TRANSFER}
    values["bank"] = known.payer_account_bank or _of_transfers(known, "bank")
    values["transferred_when"] = known.transferred_when or _of_transfers(known, "when")
    values["loan_status"] = known.related_loan
    if known.transfers:
        values["transferred"] = True
    return [name for name, value in values.items() if value is not None]


def _of_transfers(known: ScamFields, name: str) -> Any:
    return next((value for one in known.transfers if (value := getattr(one, name)) is not None), None)


def pending_question(known: ScamFields, table: Table) -> Question | None:
    """Return the question which the customer read last, while something it fills is unknown."""
    question = table.questions.get(known.asked[-1]) if known.asked else None
    if question is None or set(question.fills) <= set(_filled(known)):
        return None
    return question


def merge(known: ScamFields, said: Said, triage: Triage, *, table: Table, reader: AnswerReader) -> ScamFields:
    """Return the fields with what `said` adds; the same message again adds nothing but a transfer told anew."""
    cue, details = said.cue or Cue(), said.details
    pending = pending_question(known, table)
    answers = reader.volunteered(said.text) | (reader.answers(pending, said.text) if pending else {})
    merged = replace(
        known,
        level=triage.level,
        state=triage.state,
        scam_type=known.scam_type or cue.type,
        lending_code=known.lending_code or reader.lending_code(cue.type),
        scammer_phones=_joined(known.scammer_phones, details.phones),
        urls=_joined(known.urls, details.urls),
        app_names=_joined(known.app_names, details.apps),
        meeting_ids=_joined(known.meeting_ids, details.meeting_ids),
        payer_account_tail4=known.payer_account_tail4 or next(iter(details.tails), None),
        related_loan=answers.get("loan_status") or known.related_loan or _LOAN_OF_STATE.get(triage.state or ""),
        vulnerable_flags=_joined(known.vulnerable_flags, reader.vulnerable(said.text)),
        answers={
            **known.answers,
            **{name: value for name, value in answers.items() if name not in _OF_TRANSFER | _OF_CASE | {"loan_status"}},
        },
        **{name: value for name, value in answers.items() if name in _OF_CASE},
    )
    asks_for_money = pending is not None and "amount_fen" in pending.fills
    said, is_sum = _with_sums(merged, said, reader, is_answer=asks_for_money)
    is_told = said.cue is not None or asks_for_money or is_sum
    merged = _with_money(merged, said, answers, is_told=is_told, is_answer=asks_for_money)
    if said.cue is not None or merged != known:
        merged = replace(merged, statements=[*merged.statements, said.text[:_STATEMENT_LIMIT]][-_MOST_STATEMENTS:])
    return merged


def _with_sums(known: ScamFields, said: Said, reader: AnswerReader, *, is_answer: bool) -> tuple[Said, bool]:
    """Complete the sums of `said`; tell whether the message is about a sum although it is no cue.

    It is where it tells or corrects one, or where hardly anything stands in it but the first sum we hear of.
    """
    has_gone = known.state in MONEY_GONE or bool(known.transfers)
    amounts = said.details.amounts
    if amounts:
        paid = tuple(one for one in amounts if one not in reader.demanded(said.text)) or amounts
        is_sum = has_gone and known.amount_fen is None and len(said.text) <= _SUM_LENGTH
        return replace(said, details=replace(said.details, amounts=paid)), is_sum
    sums = reader.sums(said.text, is_answer=is_answer or known.amount_fen is None) if has_gone or is_answer else ()
    return replace(said, details=replace(said.details, amounts=sums)), bool(sums)


def _with_money(known: ScamFields, said: Said, answers: Json, *, is_told: bool, is_answer: bool) -> ScamFields:
    """Add sum, time and bank: as a transfer where money has gone, else as what the swindlers want.

    `is_told` is false where sums stand in a message that is about something else; those never replace what is known.
    """
    cue, details = said.cue or Cue(), said.details
    amounts = details.amounts or ((cue.amount_fen,) if cue.amount_fen is not None else ())
    bank = next(iter(details.banks), None)
    transfer = Transfer(
        # Of many sums the largest: that is the one to stop. How many there were tells the agent to ask.
        amount_fen=max(amounts, default=None) if is_told else None,
        when=(details.when or cue.when) if is_told else None,
        bank=bank,
        mentioned=max(len(amounts), 1) if is_told else 1,
        **{name: value for name, value in answers.items() if name in _OF_TRANSFER},
    )
    has_gone = (known.state in MONEY_GONE or is_answer or bool(known.transfers)) and answers.get(
        "transferred"
    ) is not False
    hours = details.hours_ago if details.hours_ago is not None else cue.hours_ago
    return replace(
        known,
        transfers=with_transfer(known.transfers, transfer) if has_gone else known.transfers,
        amount_fen=transfer.amount_fen or known.amount_fen,
        transferred_when=transfer.when or known.transferred_when,
        transferred_at=_ago(said.at, hours) if is_told and has_gone and hours is not None else known.transferred_at,
        payer_account_bank=known.payer_account_bank or bank,
    )


def with_transfer(known: list[Transfer], told: Transfer) -> list[Transfer]:
    """Complete the transfer that `told` speaks of, or append another: what contradicts is kept beside the first."""
    if all(getattr(told, name) is None for name in _TRANSFER_DETAILS):
        return known
    same_sum = [place for place, one in enumerate(known) if told.amount_fen and one.amount_fen == told.amount_fen]
    last = [len(known) - 1] if known else []
    for place in (*same_sum, *last):
        if _fits(known[place], told):
            return [*known[:place], _completed(known[place], told), *known[place + 1 :]]
    return [*known, told][:_MOST_TRANSFERS]


def _fits(one: Transfer, other: Transfer) -> bool:
    pairs = ((getattr(one, name), getattr(other, name)) for name in _TRANSFER_DETAILS)
    return all(first is None or second is None or first == second for first, second in pairs)


def _completed(one: Transfer, other: Transfer) -> Transfer:
    added = {name: getattr(other, name) for name in _TRANSFER_DETAILS if getattr(one, name) is None}
    return replace(one, **added, mentioned=max(one.mentioned, other.mentioned))


def _joined(known: list[str], more: tuple[str, ...] | list[str]) -> list[str]:
    return list(dict.fromkeys((*known, *more)))[:_MOST_CLUES]


def _ago(at: datetime, hours: float) -> str:
    return (at.astimezone(UTC) - timedelta(hours=hours)).isoformat()
