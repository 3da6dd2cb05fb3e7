"""The scam case of a conversation: opened by a grave cue, extended by every later message, whoever answers it."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.cases import timeline
from helpdesk.cases.fields import ScamFields, check_fields, read_scam_fields
from helpdesk.cases.model import Case, CaseType, Priority
from helpdesk.cases.service import find_open_case, open_case
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Message, Owner, Sender
from helpdesk.database import Json
from helpdesk.outbox.service import enqueue
from helpdesk.protection.service import request_protection
from helpdesk.scams.answers import reader
from helpdesk.scams.cue import read_cue, read_details
from helpdesk.scams.merging import Said, known_of, merge
from helpdesk.scams.table import table
from helpdesk.scams.triage import URGENT, Cue, Known, Triage, decide

ACTOR = "bot"
_SAID = 5
_SAID_LIMIT = 500
# Looked at for the customer's words before the case.
_LOOKED_AT = 40
# The key of the words in texts/triage.yml, and when they are due.
_FOLLOW_UPS = {"hours_24": timedelta(hours=24), "hours_72": timedelta(hours=72)}
# Bookkeeping which no reader of a timeline misses.
_NOT_NEWS = {"recorded"}


async def record(
    session: AsyncSession, conversation: Conversation, message: Message, nlu: Json | None, *, is_reported: bool = False
) -> Case | None:
    """Keep what a customer's message says of a scam; return the conversation's open scam case, None without one.

    A cue of P0 or P1 opens a case, and so does any message with `is_reported`: the bot took it for a report. Every
    later message extends it. The same message again changes nothing. The conversation is locked by the caller.
    """
    case = await find_open_case(session, conversation.id, CaseType.SCAM)
    cue = read_cue(nlu) or (Cue(level="P0") if is_reported else None)
    if case is None:
        if cue is None or not (is_reported or decide(Known(), cue, table()).is_urgent):
            return None
        return await _open(session, conversation, message, nlu or {}, cue)
    known = read_scam_fields(case.fields)
    if message.seq <= known.recorded.get(conversation.id, 0):
        return case
    if reader().is_taken_back(message.text) and (cue is None or cue.level not in URGENT):
        cue = Cue(state="nothing")
    merged, triage = _merged(known, conversation, message, nlu, cue)
    merged, alert = _alerted(merged, conversation, message, cue)
    news = _news(known, merged)
    _store(case, merged)
    if news:
        details: Json = {"message": message.id, "new": news}
        if merged.level != known.level and triage.told is not None:
            details["told"] = asdict(triage.told)
        await timeline.append(session, case, kind="extended", actor=ACTOR, details=details)
    if alert is not None:
        await timeline.append(session, case, kind="alert", actor=ACTOR, details=alert)
    if merged.level != known.level:
        await _protect(session, conversation, case, triage)
    return case


async def _open(session: AsyncSession, conversation: Conversation, message: Message, nlu: Json, cue: Cue) -> Case:
    said = await _words_until(session, message)
    merged, triage = _merged(ScamFields(statements=said[:-1]), conversation, message, nlu, cue)
    merged, alert = _alerted(merged, conversation, message, cue)
    intent = nlu.get("intent")
    case = await open_case(
        session,
        conversation,
        case_type=CaseType.SCAM,
        priority=Priority.URGENT,
        summary=message.text,
        fields=merged,
        details={
            "message": message.id,
            "intent": intent.get("name") if isinstance(intent, dict) else None,
            "scam": nlu.get("scam"),
            "said": said,
            "told": asdict(triage.told) if triage.told else None,
        },
        actor=ACTOR,
    )
    if alert is not None:
        await timeline.append(session, case, kind="alert", actor=ACTOR, details=alert)
    for words, wait in _FOLLOW_UPS.items():
        await enqueue(
            session,
            destination="conversation",
            kind="scam_follow_up",
            key=f"{case.id}:{words.removeprefix('hours_')}h",
            payload={"text_key": words},
            due_at=case.opened_at + wait,
            case_id=case.id,
            conversation_id=conversation.id,
        )
    await _protect(session, conversation, case, triage)
    return case


async def _protect(session: AsyncSession, conversation: Conversation, case: Case, triage: Triage) -> None:
    if triage.level is not None and triage.is_urgent:
        await request_protection(
            session, conversation=conversation, case=case, level=triage.level, state=triage.state or ""
        )


async def _words_until(session: AsyncSession, message: Message) -> list[str]:
    """Return the customer's last words up to `message`, which comes last."""
    recent = await store.last_messages(session, message.conversation_id, limit=_LOOKED_AT)
    earlier = [one.text for one in recent if one.sender is Sender.CUSTOMER and one.seq < message.seq]
    return [words[:_SAID_LIMIT] for words in (*earlier[1 - _SAID :], message.text)]


def _merged(
    known: ScamFields, conversation: Conversation, message: Message, nlu: Json | None, cue: Cue | None
) -> tuple[ScamFields, Triage]:
    triage = decide(known_of(known), cue or Cue(), table())
    said = Said(text=message.text, at=message.created_at, cue=cue, details=read_details(nlu))
    merged = merge(known, said, triage, table=table(), reader=reader())
    return replace(merged, recorded={**merged.recorded, conversation.id: message.seq}), triage


def _alerted(
    merged: ScamFields, conversation: Conversation, message: Message, cue: Cue | None
) -> tuple[ScamFields, Json | None]:
    """Note a grave cue for the agent who serves the customer: the desk is told, the customer is not."""
    if cue is None or conversation.owner is not Owner.AGENT:
        return merged, None
    alone = decide(Known(), cue, table())
    if not alone.is_urgent:
        return merged, None
    alert: Json = {
        "level": alone.level,
        "state": alone.state,
        "message": message.id,
        "at": message.created_at.isoformat(),
    }
    return replace(merged, alert=alert), alert


def _store(case: Case, fields: ScamFields) -> None:
    # What a later release keeps here besides is left alone.
    case.fields = {**case.fields, **check_fields(case.type, fields)}


def _news(before: ScamFields, after: ScamFields) -> Json:
    """Return the fields that changed; of lists only what was added."""
    old, new = asdict(before), asdict(after)
    changed = {name: value for name, value in new.items() if value != old[name] and name not in _NOT_NEWS}
    return {
        name: [one for one in value if one not in old[name]] if isinstance(value, list) else value
        for name, value in changed.items()
    }


async def note_guidance(
    session: AsyncSession,
    case: Case,
    *,
    message_id: str,
    states: Sequence[str] = (),
    questions: Sequence[str] = (),
    is_warned: bool = False,
) -> None:
    """Note what the customer was told and asked in answer to `message_id`, so that it is said once only.

    `is_warned`: the words warned of a second scam, as the checklists with that step do by themselves.
    """
    known = read_scam_fields(case.fields)
    steps = {step["id"] for state in states for step in table().states[state].steps}
    told = replace(
        known,
        spoken=list(dict.fromkeys((*known.spoken, *states))),
        asked=[*known.asked, *(name for name in questions if name not in known.asked)],
        second_scam_warned=known.second_scam_warned or is_warned or "second_scam" in steps,
    )
    if told == known:
        return
    _store(case, told)
    await timeline.append(
        session,
        case,
        kind="guided",
        actor=ACTOR,
        details={"message": message_id, "states": list(states), "questions": list(questions)},
    )
