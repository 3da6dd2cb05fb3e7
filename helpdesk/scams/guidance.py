"""What a victim reads: noting the bot's first words, and guiding those who wait (docs/adr/0003)."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.cases.fields import MONEY_GONE, CrisisFields, ScamFields, read_scam_fields
from helpdesk.cases.model import Case, CaseType, Priority
from helpdesk.cases.service import find_open_case, open_case
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Message, MessageKind, Owner, Sender
from helpdesk.conversations.service import write
from helpdesk.database import Json
from helpdesk.scams.merging import known_of
from helpdesk.scams.service import ACTOR, note_guidance
from helpdesk.scams.table import FOLD, table
from helpdesk.scams.triage import Cue, Triage, decide

_DANGER_WORDS = Path(__file__).resolve().parent.parent.parent / "texts" / "danger.yml"
_LOOKED_AT = 200
# Danger to life; the milder C1 (despair) only spares the victim the questions.
_DANGER = frozenset({"C2", "C3"})


async def note_bot_words(
    session: AsyncSession, conversation: Conversation, message: Message, cards: Sequence[Json]
) -> None:
    """Note which first words the bot's stop-loss `cards` ({kind, state?, steps}) have said."""
    if not cards:
        return
    case = await find_open_case(session, conversation.id, CaseType.SCAM)
    if case is None:
        return
    known = read_scam_fields(case.fields)
    states = [table().spoken_as(card.get("state") or known.state) for card in cards]
    questions = [table().states[state].question for state in states]
    await note_guidance(session, case, message_id=message.id, states=states, questions=questions)


async def guide(
    session: AsyncSession, conversation: Conversation, message: Message, nlu: Json | None, *, asks: bool = True
) -> None:
    """Write at most one message to a victim in the queue, or on the way there: first words that are due, or a question.

    It answers `message`, as its only answer, unless something has answered that already.

    Nothing while an agent serves. Where somebody's life may be in danger, only the words for that. Without `asks`,
    only first words and those.
    """
    crisis = (nlu or {}).get("crisis")
    if conversation.owner not in {Owner.BOT, Owner.QUEUED}:
        return
    if crisis in _DANGER:
        await _say_danger_words(session, conversation, message, str(crisis))
        return
    case = await find_open_case(session, conversation.id, CaseType.SCAM)
    if case is None:
        return
    known = read_scam_fields(case.fields)
    triage = decide(known_of(known), Cue(), table())
    if triage.first_words is not None:
        await _say_first_words(session, conversation, message, case, triage)
    elif asks and crisis is None and await _may_ask(session, conversation, message):
        await _ask(session, conversation, message, case, known, triage)


async def _say_danger_words(session: AsyncSession, conversation: Conversation, message: Message, level: str) -> None:
    """Open the crisis case, which also ends the questions, and say the words; both once, whatever they wait for."""
    await open_case(
        session,
        conversation,
        case_type=CaseType.CRISIS,
        priority=Priority.URGENT,
        summary=message.text,
        fields=CrisisFields(level=level),
        details={"message": message.id, "crisis": level},
        actor=ACTOR,
    )
    # An open case does not tell whether they were said: what a late bot says is dropped, its case stays.
    recent = await store.last_messages(session, conversation.id, limit=_LOOKED_AT)
    if any(FOLD.sub("", one.text) == danger_words() for one in recent):
        return
    await write(session, conversation, sender=Sender.SYSTEM, text=danger_words(), **await _reply_to(session, message))


@cache
def danger_words() -> str:
    """Return what somebody whose life may be in danger is told in the queue."""
    words = yaml.safe_load(_DANGER_WORDS.read_text(encoding="utf-8"))["words"]
    return FOLD.sub("", words.strip())


async def _may_ask(session: AsyncSession, conversation: Conversation, message: Message) -> bool:
    # Of several messages in a row only the last is answered; and nobody in danger is asked about money.
    later = await store.next_waiting_message(session, conversation.id)
    crisis = await find_open_case(session, conversation.id, CaseType.CRISIS)
    return (later is None or later.seq <= message.seq) and crisis is None


async def _reply_to(session: AsyncSession, message: Message) -> Json:
    """Return the columns by which the database lets a message be answered once; none for a further word."""
    is_answered = await session.scalar(select(Message.id).where(Message.in_reply_to == message.id).limit(1))
    return {} if is_answered else {"in_reply_to": message.id, "reply_index": 0}


async def _say_first_words(
    session: AsyncSession, conversation: Conversation, message: Message, case: Case, triage: Triage
) -> None:
    state = table().states[table().spoken_as(triage.first_words)]
    sentences = [table().first_words(state.id), triage.question.text if triage.question else ""]
    await write(
        session,
        conversation,
        sender=Sender.SYSTEM,
        kind=MessageKind.STOP_LOSS,
        text="".join(sentences),
        body={"steps": list(state.steps)},
        **await _reply_to(session, message),
    )
    questions = [triage.question.id] if triage.question else []
    await note_guidance(session, case, message_id=message.id, states=[state.id], questions=questions)


async def _ask(
    session: AsyncSession,
    conversation: Conversation,
    message: Message,
    case: Case,
    known: ScamFields,
    triage: Triage,
) -> None:
    lines = table().acknowledge
    sentences = [lines[message.seq % len(lines)]]
    if triage.question is not None:
        sentences.append(triage.question.text)
    elif triage.state in MONEY_GONE and not known.second_scam_warned:
        sentences.append(table().second_scam)
    await write(
        session,
        conversation,
        sender=Sender.SYSTEM,
        text="".join(sentences),
        **await _reply_to(session, message),
    )
    questions = [triage.question.id] if triage.question else []
    await note_guidance(
        session, case, message_id=message.id, questions=questions, is_warned=table().second_scam in sentences
    )
