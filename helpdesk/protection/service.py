"""Asking the host's risk control to protect a customer, and what the customer and the desk learn of it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.cases import timeline
from helpdesk.cases.model import Case, CaseType
from helpdesk.conversations.model import ChannelIdentity, Conversation
from helpdesk.conversations.store import lock_conversation
from helpdesk.database import Json
from helpdesk.outbox import conversation as customer
from helpdesk.outbox import service as outbox
from helpdesk.outbox.model import OutboxMessage
from helpdesk.protection.answer import Answer, AnswerStatus
from helpdesk.texts import text

DESTINATION = "risk_control"

# The field of a case that tells the desk how the request stands.
FIELD = "risk_control"
# What the field says while no answer has come, when none ever came, and when there is nobody to ask.
REQUESTED, FAILED, NOT_CONFIGURED = "requested", "failed", "not_configured"

_TIMELINE = {
    AnswerStatus.HELD.value: "protection_confirmed",
    AnswerStatus.REFUSED.value: "protection_refused",
    AnswerStatus.UNKNOWN.value: "protection_unknown",
    FAILED: "protection_failed",
    NOT_CONFIGURED: "protection_not_configured",
}

# What is asked for, by event; the event follows from the level of the cue. Other levels ask for nothing.
_ACTIONS = {
    "scam": ("hold_disbursement", "freeze_changes"),
    "crisis": ("pause_marketing", "review_collection"),
}
_ABOUT_MONEY = frozenset({CaseType.SCAM, CaseType.IDENTITY_THEFT})
_MILDER = {"P0": ("P1",), "C3": ("C2",)}
_EVENTS = {"P0": "scam", "P1": "scam", "C2": "crisis", "C3": "crisis"}


async def request_protection(
    session: AsyncSession, *, conversation: Conversation, case: Case, level: str, state: str
) -> None:
    """Ask the host to protect the customer of a case, once for each level; repeats change nothing.

    Levels below P1 and C2 ask for nothing. The customer learns of it only once the host has confirmed.
    """
    event = _EVENTS.get(level)
    if event is None:
        return
    key = f"{case.id}:risk:{level}"
    if await outbox.find_by_key(session, key) is not None:
        return
    actions = list(_ACTIONS[event])
    await _overtake(session, case, level)
    _note(case, REQUESTED, event=event)
    payload: Json = {
        "event": event,
        "case_number": case.number,
        "level": level,
        "state": state,
        "actions": actions,
        "customer": await _host_subject(session, conversation.contact_id),
        "at": clock.now().isoformat(),
    }
    await outbox.enqueue(
        session,
        destination=DESTINATION,
        kind=event,
        key=key,
        payload=payload,
        case_id=case.id,
        conversation_id=conversation.id,
    )
    await timeline.append(
        session,
        case,
        kind="protection_requested",
        actor="system",
        details={"event": event, "level": level, "state": state, "actions": actions},
    )


async def _overtake(session: AsyncSession, case: Case, level: str) -> None:
    """Let a graver request not wait behind a milder one that keeps failing: it asks for the same and tells more."""
    for milder in _MILDER.get(level, ()):
        await outbox.supersede(session, f"{case.id}:risk:{milder}")


async def record_answer(session: AsyncSession, message: OutboxMessage, answer: Answer) -> str | None:
    """Keep the host's answer on the case; only where it holds something is the customer told, and told just that.

    Returns the conversation in which the customer was told.
    """
    case = await _lock_case(session, message)
    if case is None:
        return None
    before = case.fields.get(FIELD) or {}
    is_known = before.get("status") == AnswerStatus.HELD.value and before.get("reference") == answer.reference
    is_told = is_known and _is_of_field(case, message.kind)
    _note(case, answer.status.value, event=message.kind, reference=answer.reference)
    await timeline.append(
        session,
        case,
        kind=_TIMELINE[answer.status.value],
        actor="host",
        details={"level": message.payload.get("level"), **answer.as_json()},
    )
    if not answer.actions or is_told:
        return None
    told = await customer.say(session, message.conversation_id, _confirmation(message.kind, answer))
    return told.id if told else None


async def record_silence(session: AsyncSession, message: OutboxMessage, status: str, *, error: str) -> None:
    """Tell the desk that no answer will come: `status` is FAILED or NOT_CONFIGURED; the customer is told nothing."""
    case = await _lock_case(session, message)
    if case is None:
        return
    _note(case, status, event=message.kind)
    await timeline.append(
        session,
        case,
        kind=_TIMELINE[status],
        actor="system",
        details={"level": message.payload.get("level"), "error": error},
    )


def _confirmation(event: str, answer: Answer) -> str:
    actions = text("protection", "and").join(text("protection", action) for action in answer.actions)
    return text("protection", f"confirmed_{event}", actions=actions, reference=answer.reference)


def _is_of_field(case: Case, event: str) -> bool:
    """Return whether the field tells of this event: on a scam case it says how the money stands, and nothing else.

    An agent would take a pause of marketing for a loan that was stopped.
    """
    return event == "scam" or case.type not in _ABOUT_MONEY


def _note(case: Case, status: str, *, event: str, reference: str = "") -> None:
    if not _is_of_field(case, event):
        return
    known = case.fields.get(FIELD) or {}
    if known.get("status") == AnswerStatus.HELD.value and status != AnswerStatus.HELD.value:
        # A hold stays in force whatever becomes of a later request; the timeline has them all.
        return
    # A new object: a change within the old one would not be noticed and not be stored.
    case.fields = {**case.fields, FIELD: {"status": status, "reference": reference, "at": clock.now().isoformat()}}


async def _lock_case(session: AsyncSession, message: OutboxMessage) -> Case | None:
    if message.case_id is None:
        return None
    if message.conversation_id is not None:
        # The conversation first, as everywhere.
        await lock_conversation(session, message.conversation_id)
    case = await session.get_one(Case, message.case_id, populate_existing=True)
    while case.merged_into_id is not None:
        # What is learned belongs to the case that goes on.
        case = await session.get_one(Case, case.merged_into_id, populate_existing=True)
    return await session.get_one(Case, case.id, with_for_update={"key_share": True}, populate_existing=True)


async def _host_subject(session: AsyncSession, contact_id: str) -> str | None:
    """Return who the customer is to the host app, None for a guest."""
    return await session.scalar(
        select(ChannelIdentity.external_id)
        .where(ChannelIdentity.contact_id == contact_id, ChannelIdentity.channel == "host_app")
        .limit(1)
    )
