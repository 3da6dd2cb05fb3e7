"""What a victim reads: noting the bot's first words, and guiding those who wait (docs/adr/0003)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.cases.fields import MONEY_GONE, ScamFields, read_scam_fields
from helpdesk.cases.model import Case, CaseType
from helpdesk.cases.service import find_open_case
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Message, MessageKind, Owner, Sender
from helpdesk.conversations.service import write
from helpdesk.database import Json
from helpdesk.scams.merging import known_of
from helpdesk.scams.service import note_guidance
from helpdesk.scams.table import table
from helpdesk.scams.triage import Cue, Triage, decide

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


async def guide(session: AsyncSession, conversation: Conversation, message: Message, nlu: Json | None) -> None:
    """Write at most one message to a victim in the queue: first words that are due, or the one next question.

    It answers `message`, as its only answer, unless something has answered that already.

    Nothing while an agent serves, and nothing where somebody's life may be in danger: that comes first.
    """
    crisis = (nlu or {}).get("crisis")
    if conversation.owner is not Owner.QUEUED or crisis in _DANGER:
        return
    case = await find_open_case(session, conversation.id, CaseType.SCAM)
    if case is None:
        return
    known = read_scam_fields(case.fields)
    triage = decide(known_of(known), Cue(), table())
    if triage.first_words is not None:
        await _say_first_words(session, conversation, message, case, triage)
    elif crisis is None and await _may_ask(session, conversation, message):
        await _ask(session, conversation, message, case, known, triage)


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
