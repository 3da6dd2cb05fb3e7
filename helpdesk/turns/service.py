"""Committing a bot turn: everything or nothing, and only while the bot still owns the conversation."""

from collections.abc import Sequence
from enum import Enum

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.cases.model import Case, CaseType, Priority
from helpdesk.cases.service import find_open_case, link
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Message, MessageKind, Owner, Sender, TurnState
from helpdesk.conversations.service import lock_current_conversation, write
from helpdesk.database import Json
from helpdesk.gray import service as gray
from helpdesk.handoff import care, queue, replies
from helpdesk.handoff import service as handoff
from helpdesk.handoff.model import HandoffRequest
from helpdesk.knowledge.article import Article
from helpdesk.knowledge.unanswered import record_unanswered
from helpdesk.protection.service import request_protection
from helpdesk.scams import guidance
from helpdesk.scams import service as scams
from helpdesk.texts import text
from helpdesk.turns.files import FILE_KINDS, say_unread
from helpdesk.turns.model import BotReply, BotTurn
from helpdesk.turns.writing import Renderer, write_replies

_UNANSWERED = {"clarify", "fallback"}
_URGENT_SCAM = {"P0", "P1"}
_URGENT_CRISIS = {"C2", "C3"}
# What needs no answer when an agent closed the conversation in the same moment.
_PARTING = {"thanks", "goodbye", "greet", "affirm", "deny", "chitchat"}


class Outcome(Enum):
    """What happened to a customer's message."""

    ANSWERED = "answered"
    HANDED_OVER = "handed_over"
    LEFT_TO_PEOPLE = "left_to_people"
    ASK_AGAIN = "ask_again"
    ALREADY_DONE = "already_done"


async def _lock(session: AsyncSession, question_id: str) -> tuple[Conversation, Message]:
    found = await session.get_one(Message, question_id)
    # The contact before the conversation, as where messages come in: a turn may have to go on in the next conversation.
    await store.lock_contact(session, (await store.get_conversation(session, found.conversation_id)).contact_id)
    conversation = await store.lock_conversation(session, found.conversation_id)
    # Read again under the lock: another process may have answered in the meantime.
    await session.refresh(found)
    return conversation, found


async def commit_turn(
    session: AsyncSession, *, question_id: str, epoch: int, turn: BotTurn, renderer: Renderer
) -> Outcome:
    """Store a turn that began when the conversation's owner epoch was `epoch`.

    Where people own it by now, the bot's replies are dropped and only what it understood is kept: the bot never speaks
    after a handoff. Where it went to people and came back, the message stays waiting and the bot is asked once more; it
    gives its first answer again.
    """
    conversation, question = await _lock(session, question_id)
    if question.turn_state is not TurnState.WAITING:
        return Outcome.ALREADY_DONE
    if conversation.owner is Owner.BOT and conversation.owner_epoch != epoch:
        return Outcome.ASK_AGAIN
    question.turn_state = TurnState.DONE
    question.nlu = turn.nlu
    await gray.record(session, conversation, question, turn.nlu)
    request = await handoff.find_request(session, conversation.id, question.id)
    if conversation.owner is not Owner.BOT:
        return await _leave_to_people(session, conversation, question, turn.nlu)
    await care.note(session, conversation, question.text)
    await scams.record(session, conversation, question, turn.nlu)
    shown = await write_replies(session, conversation, question, turn.replies, renderer)
    cards = _stop_loss_cards(turn.replies)
    await guidance.note_bot_words(session, conversation, question, cards)
    is_urgent = _is_urgent(turn.nlu)
    # The action that asks for a person in a crisis goes with the words for it.
    is_told = bool(cards) or (request is not None and turn.nlu.get("crisis") in _URGENT_CRISIS)
    if is_urgent and not is_told:
        # Whatever the bot was busy with: a form, an article.
        await guidance.guide(session, conversation, question, turn.nlu, asks=False)
    if turn.nlu.get("decision") in _UNANSWERED:
        record_unanswered(
            session,
            message_id=question.id,
            text=question.text,
            decision=str(turn.nlu["decision"]),
            candidates=list(turn.nlu.get("candidates") or []),
        )
    if request is not None:
        await handoff.apply_request(session, conversation, request)
    elif is_urgent:
        # Nobody asked for a person, and yet the bot is not to be alone with it.
        await handoff.hand_over(
            session, conversation, reason=_urgent_reason(turn.nlu), priority=Priority.URGENT, decided_by="system"
        )
    else:
        await _apply_article_policy(session, conversation, shown)
    await _protect_from_crisis(session, conversation, turn.nlu)
    if question.kind in FILE_KINDS and conversation.owner is Owner.BOT:
        # The words beside it were answered; the picture itself was not looked at.
        await say_unread(session, conversation, question)
    return _outcome(conversation)


def _outcome(conversation: Conversation) -> Outcome:
    return Outcome.ANSWERED if conversation.owner is Owner.BOT else Outcome.HANDED_OVER


async def commit_failure(
    session: AsyncSession,
    *,
    question_id: str,
    epoch: int,
    replies: Sequence[BotReply],
    nlu: Json | None,
    renderer: Renderer,
) -> Outcome:
    """End a turn in which the bot failed: what it could still say, an apology, and a person.

    A handoff that the turn had already asked for keeps its reason and priority.
    """
    conversation, question = await _lock(session, question_id)
    if question.turn_state is not TurnState.WAITING:
        return Outcome.ALREADY_DONE
    if conversation.owner is Owner.BOT and conversation.owner_epoch != epoch:
        return Outcome.ASK_AGAIN
    question.turn_state = TurnState.DONE
    question.nlu = nlu
    await gray.record(session, conversation, question, nlu)
    if conversation.owner is not Owner.BOT:
        return await _leave_to_people(session, conversation, question, nlu or {})
    await care.note(session, conversation, question.text)
    await scams.record(session, conversation, question, nlu)
    await write_replies(session, conversation, question, replies, renderer)
    cards = _stop_loss_cards(replies)
    await guidance.note_bot_words(session, conversation, question, cards)
    request = await handoff.find_request(session, conversation.id, question.id)
    understood = _understood(nlu, request)
    is_urgent = _is_urgent(understood) or (request is not None and request.priority is Priority.URGENT)
    said = conversation.last_seq
    if is_urgent and not cards:
        # The bot could not say what must be heard first.
        await guidance.guide(session, conversation, question, understood)
    await _protect_from_crisis(session, conversation, understood)
    if request is not None and await handoff.apply_request(session, conversation, request):
        return Outcome.HANDED_OVER
    if not replies and conversation.last_seq == said:
        await write(
            session,
            conversation,
            sender=Sender.SYSTEM,
            kind=MessageKind.EVENT,
            text=text("events", "bot_failed"),
            body={"event": "bot_unavailable"},
            in_reply_to=question.id,
            reply_index=0,
        )
    priority = Priority.URGENT if is_urgent else Priority.HIGH
    await handoff.hand_over(session, conversation, reason="bot_failed", priority=priority, decided_by="system")
    return Outcome.HANDED_OVER


async def commit_annotation(session: AsyncSession, *, question_id: str, nlu: Json | None) -> Outcome:
    """Keep what the bot understood of a message that people answer, and move urgent ones forward."""
    conversation, question = await _lock(session, question_id)
    if question.turn_state is not TurnState.WAITING:
        return Outcome.ALREADY_DONE
    if conversation.owner is Owner.BOT:
        # Given back to the bot since: the message is the bot's to answer.
        return Outcome.ASK_AGAIN
    question.turn_state = TurnState.DONE
    question.nlu = nlu
    await gray.record(session, conversation, question, nlu)
    return await _leave_to_people(session, conversation, question, nlu or {})


async def commit_file(session: AsyncSession, *, question_id: str) -> Outcome:
    """End the turn of a file that came without words: there is nothing in it that the bot could understand."""
    conversation, question = await _lock(session, question_id)
    if question.turn_state is not TurnState.WAITING:
        return Outcome.ALREADY_DONE
    question.turn_state = TurnState.DONE
    if conversation.owner is Owner.BOT:
        await say_unread(session, conversation, question)
        return Outcome.ANSWERED
    await replies.customer_wrote(session, conversation, question)
    # A victim who waits is guided on; nothing is read out of the file.
    await guidance.guide(session, conversation, question, None)
    return Outcome.LEFT_TO_PEOPLE


async def _leave_to_people(session: AsyncSession, conversation: Conversation, question: Message, nlu: Json) -> Outcome:
    """Let people answer; what the turn found urgent still moves a waiting customer forward, and guides a victim."""
    await care.note(session, conversation, question.text)
    case = await scams.record(session, conversation, question, nlu)
    request = await handoff.find_request(session, conversation.id, question.id)
    if request is not None:
        await handoff.apply_request(session, conversation, request)
    understood = _understood(nlu, request)
    if conversation.owner is Owner.CLOSED and await _is_left_alone(session, conversation, question, understood):
        await _take_up_again(session, conversation, question, understood, case)
    if conversation.owner is Owner.QUEUED:
        if _is_urgent(understood):
            await handoff.raise_priority(session, conversation, Priority.URGENT, reason="cue_while_waiting")
        if await handoff.is_vulnerable(session, conversation.id):
            await queue.note_vulnerable(session, conversation.id)
    await replies.customer_wrote(session, conversation, question)
    await guidance.guide(session, conversation, question, understood)
    await _protect_from_crisis(session, conversation, understood)
    return Outcome.LEFT_TO_PEOPLE


async def _is_left_alone(session: AsyncSession, closed: Conversation, question: Message, understood: Json) -> bool:
    """Return whether nobody would answer a message that came in while an agent closed the conversation."""
    if _is_urgent(understood):
        return True
    if question.seq <= closed.agent_read_seq or await store.is_answered_by_agent(session, question):
        return False
    return (understood.get("intent") or {}).get("name") not in _PARTING


async def _take_up_again(
    session: AsyncSession, closed: Conversation, question: Message, understood: Json, case: Case | None
) -> None:
    """Go on in the customer's next conversation: an agent closed this one while a message came in."""
    conversation = await lock_current_conversation(session, closed.contact_id, channel=closed.channel)
    if case is not None:
        await link(session, case, conversation)
    await guidance.guide(session, conversation, question, understood, asks=False)
    if conversation.owner is Owner.BOT and _is_urgent(understood):
        await handoff.hand_over(
            session, conversation, reason=_urgent_reason(understood), priority=Priority.URGENT, decided_by="system"
        )
    elif conversation.owner is Owner.BOT:
        await handoff.hand_over(
            session, conversation, reason="wrote_at_close", priority=Priority.HIGH, decided_by="system"
        )
    elif conversation.owner is Owner.QUEUED and _is_urgent(understood):
        await handoff.raise_priority(session, conversation, Priority.URGENT, reason="cue_while_waiting")


def _understood(nlu: Json | None, request: HandoffRequest | None) -> Json:
    """Return what is known of a message: an action may have kept what the failed bot could not tell any more."""
    return nlu or (request.facts if request is not None else {})


def _stop_loss_cards(replies: Sequence[BotReply]) -> list[Json]:
    return [reply.custom for reply in replies if reply.custom.get("kind") == "stop_loss"]


async def _protect_from_crisis(session: AsyncSession, conversation: Conversation, nlu: Json) -> None:
    """Ask the host to spare a customer in danger, once there is a case that says so."""
    level = nlu.get("crisis")
    if level not in _URGENT_CRISIS:
        return
    case = await find_open_case(session, conversation.id, CaseType.CRISIS)
    case = case or await find_open_case(session, conversation.id)
    if case is not None:
        await request_protection(session, conversation=conversation, case=case, level=level, state="crisis")


async def _apply_article_policy(session: AsyncSession, conversation: Conversation, shown: Sequence[Article]) -> None:
    policies = {article.handoff for article in shown}
    if "urgent" in policies:
        priority = Priority.URGENT
    elif "always" in policies:
        priority = Priority.NORMAL
    else:
        return
    await handoff.hand_over(session, conversation, reason="article_policy", priority=priority, decided_by="bot")


def _urgent_reason(nlu: Json) -> str:
    if nlu.get("crisis") in _URGENT_CRISIS:
        return "crisis"
    return "scam_p1" if (nlu.get("scam") or {}).get("level") == "P1" else "scam_p0"


def _is_urgent(nlu: Json) -> bool:
    scam = nlu.get("scam") or {}
    return scam.get("level") in _URGENT_SCAM or nlu.get("crisis") in _URGENT_CRISIS
