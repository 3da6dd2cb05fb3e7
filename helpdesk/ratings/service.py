"""Giving a rating and changing it once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.conversations import store
from helpdesk.conversations.model import Assignment, Conversation, Message, MessageKind, Owner, Sender
from helpdesk.errors import ConversationNotFoundError, RatingFinalError, RatingNotOpenError, ScoreInvalidError
from helpdesk.privacy.masking import mask
from helpdesk.ratings.errors import RatingEmptyError, RatingReasonUnknownError, RatingSubjectUnknownError
from helpdesk.ratings.model import BOT, HUMAN, Rating
from helpdesk.ratings.requests import SCORES
from helpdesk.ratings.sessions import rated_sessions
from helpdesk.texts import titles


@dataclass(frozen=True, kw_only=True)
class _Subject:
    service: str
    assignment: Assignment | None = None
    message: Message | None = None


async def rate(
    session: AsyncSession,
    *,
    contact_id: str,
    conversation_id: str,
    session_id: str | None = None,
    message_id: str | None = None,
    score: int | None = None,
    solved: bool | None = None,
    reasons: Sequence[str] = (),
    comment: str = "",
) -> tuple[Rating, bool]:
    """Store what a customer says of a session or of an answer, secrets masked; return it and whether it is the first.

    `session_id` names an interval of a closed conversation, by default its last; `message_id` an answer of the bot,
    whose customer says whether it solved the matter, at any time and without a score.

    Raises:
        ConversationNotFoundError: Not this customer's conversation.
        RatingSubjectUnknownError: No such session or answer in it.
        RatingNotOpenError: The conversation has not ended.
        RatingFinalError: It was changed once already.
        ScoreInvalidError: The score is not 1 to 5, or an answer has one.
        RatingReasonUnknownError: A reason is not one of those offered.
        RatingEmptyError: Neither a score nor `solved`.
    """
    if score is not None and (score not in SCORES or message_id is not None):
        raise ScoreInvalidError
    if score is None and solved is None:
        raise RatingEmptyError
    conversation = await store.lock_conversation(session, conversation_id)
    if conversation.contact_id != contact_id:
        raise ConversationNotFoundError
    subject = (
        await _answer(session, conversation, message_id)
        if message_id is not None
        else await _session(session, conversation, session_id)
    )
    if not set(reasons) <= set(titles(f"rating_reasons_{subject.service}")):
        raise RatingReasonUnknownError
    chosen, comment = list(dict.fromkeys(reasons)), mask(comment).text
    at = clock.now()
    rating = await _find(session, subject)
    if rating is None:
        rating = Rating(
            conversation_id=conversation.id,
            assignment_id=subject.assignment.id if subject.assignment else None,
            message_id=subject.message.id if subject.message else None,
            service=subject.service,
            agent_id=subject.assignment.agent_id if subject.assignment else None,
            score=score,
            solved=solved,
            reasons=chosen,
            comment=comment,
            created_at=at,
        )
        session.add(rating)
        return rating, True
    if (rating.score, rating.solved, rating.reasons, rating.comment) == (score, solved, chosen, comment):
        return rating, False
    if rating.changed_at is not None:
        raise RatingFinalError
    rating.score, rating.solved, rating.reasons, rating.comment = score, solved, chosen, comment
    rating.changed_at = at
    return rating, False


async def _session(session: AsyncSession, conversation: Conversation, session_id: str | None) -> _Subject:
    if conversation.owner is not Owner.CLOSED:
        raise RatingNotOpenError
    found = await rated_sessions(session, conversation.id)
    chosen = [one for one in found if session_id in (None, one.id)]
    if not chosen:
        raise RatingSubjectUnknownError
    return _Subject(service=HUMAN if chosen[-1].agent_id else BOT, assignment=chosen[-1])


async def _answer(session: AsyncSession, conversation: Conversation, message_id: str) -> _Subject:
    message = await session.get(Message, message_id)
    if (
        message is None
        or message.conversation_id != conversation.id
        or message.sender is not Sender.BOT
        or message.kind is not MessageKind.ANSWER
    ):
        raise RatingSubjectUnknownError
    return _Subject(service=BOT, message=message)


async def _find(session: AsyncSession, subject: _Subject) -> Rating | None:
    if subject.message is not None:
        return await session.scalar(select(Rating).where(Rating.message_id == subject.message.id))
    assert subject.assignment is not None  # noqa: S101 - one of the two, see _Subject
    return await session.scalar(select(Rating).where(Rating.assignment_id == subject.assignment.id))
