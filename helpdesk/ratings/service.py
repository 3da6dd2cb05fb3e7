"""Giving a rating and changing it once."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.conversations import store
from helpdesk.conversations.model import Owner
from helpdesk.errors import ConversationNotFoundError, RatingFinalError, RatingNotOpenError, ScoreInvalidError
from helpdesk.privacy.masking import mask
from helpdesk.ratings.model import Rating

_LOWEST, _HIGHEST = 1, 5


async def rate(
    session: AsyncSession, *, contact_id: str, conversation_id: str, score: int, comment: str
) -> tuple[Rating, bool]:
    """Store a customer's rating of a closed conversation, with secrets masked; return it and whether it is the first.

    Raises:
        ConversationNotFoundError: Not this customer's conversation.
        RatingNotOpenError: The conversation has not ended.
        RatingFinalError: It was changed once already.
        ScoreInvalidError: The score is not 1 to 5.
    """
    if not _LOWEST <= score <= _HIGHEST:
        raise ScoreInvalidError
    conversation = await store.lock_conversation(session, conversation_id)
    if conversation.contact_id != contact_id:
        raise ConversationNotFoundError
    if conversation.owner is not Owner.CLOSED:
        raise RatingNotOpenError
    at = clock.now()
    comment = mask(comment).text
    rating = await session.scalar(select(Rating).where(Rating.conversation_id == conversation_id))
    if rating is not None:
        if rating.score == score and rating.comment == comment:
            return rating, False
        if rating.changed_at is not None:
            raise RatingFinalError
        rating.score, rating.comment, rating.changed_at = score, comment, at
        return rating, False
    served = [a.agent_id for a in await store.assignments_of(session, conversation_id) if a.agent_id]
    rating = Rating(
        conversation_id=conversation_id,
        service="human" if served else "bot",
        agent_id=served[-1] if served else None,
        score=score,
        comment=comment,
        created_at=at,
    )
    session.add(rating)
    return rating, True
