"""Reading what first-contact resolution is computed from: questions by topic, who had them, what customers said."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from helpdesk.conversations.model import Assignment, Conversation, Message, Owner, Sender
from helpdesk.ratings.model import Rating
from helpdesk.reports.day import Day
from helpdesk.reports.first_contact import SITTING, WINDOW, Ask, FirstContact, Verdict, first_contacts

# The days of the sample: a week, the last whose windows are over.
SAMPLE_DAYS = 7
# What is no matter of its own: small talk, and the wish for a person.
_NO_MATTER = ("chitchat", "other", "human_agent")


def sample_of(day: Day) -> tuple[Day, Day]:
    """Return the first and the last day whose first contacts are judged on `day`."""
    last = Day.on(day.date - WINDOW - timedelta(days=1))
    return Day.on(last.date - timedelta(days=SAMPLE_DAYS - 1)), last


async def contacts_judged_on(session: AsyncSession, day: Day, *, now: datetime) -> list[FirstContact]:
    """Return the first contacts that began in the sample of a day, as they stand at `now`."""
    first, last = sample_of(day)
    # Whoever asked in the week before the sample is no first contact in it.
    asks = await _asks(session, since=first.start - WINDOW - SITTING, until=now)
    judged = first_contacts(asks, await _verdicts(session, asks), now=now)
    return [one for one in judged if first.start <= one.began_at < last.end]


async def _asks(session: AsyncSession, *, since: datetime, until: datetime) -> list[Ask]:
    topic = Message.nlu["topic"].as_string()
    rows = await session.execute(
        select(Conversation.contact_id, topic, Message.conversation_id, Message.created_at)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.sender == Sender.CUSTOMER,
            Message.created_at >= since,
            Message.created_at <= until,
            topic.is_not(None),
            topic.not_in(_NO_MATTER),
        )
    )
    intervals = await _intervals(session, since=since, until=until)
    return [
        Ask(
            contact_id=contact_id,
            topic=topic_id,
            conversation_id=conversation_id,
            at=at,
            owned_by_people=any(
                one.started_at <= at and (one.ended_at is None or at <= one.ended_at)
                for one in intervals.get(conversation_id, ())
            ),
            served=any(
                one.owner is Owner.AGENT
                and one.started_at <= at + SITTING
                and (one.ended_at is None or at <= one.ended_at)
                for one in intervals.get(conversation_id, ())
            ),
        )
        for contact_id, topic_id, conversation_id, at in rows
    ]


async def _intervals(session: AsyncSession, *, since: datetime, until: datetime) -> Mapping[str, list[Assignment]]:
    found: dict[str, list[Assignment]] = defaultdict(list)
    rows = await session.scalars(
        select(Assignment).where(
            Assignment.owner.in_((Owner.QUEUED, Owner.AGENT)),
            Assignment.started_at <= until,
            or_(Assignment.ended_at.is_(None), Assignment.ended_at >= since),
        )
    )
    for interval in rows:
        found[interval.conversation_id].append(interval)
    return found


async def _verdicts(session: AsyncSession, asks: Sequence[Ask]) -> list[Verdict]:
    """Return what customers said of these questions, whenever they said it.

    A word on an answer is about the question before it; one on a session about the conversation's last question before
    the session's end.
    """
    if not asks:
        return []
    by_conversation: dict[str, list[Ask]] = defaultdict(list)
    for ask in sorted(asks, key=lambda one: one.at):
        by_conversation[ask.conversation_id].append(ask)
    answer, question = aliased(Message), aliased(Message)
    rows = await session.execute(
        select(Rating, Assignment.ended_at, question.created_at)
        .outerjoin(Assignment, Assignment.id == Rating.assignment_id)
        .outerjoin(answer, answer.id == Rating.message_id)
        .outerjoin(question, question.id == answer.in_reply_to)
        .where(Rating.solved.is_not(None), Rating.created_at >= min(ask.at for ask in asks))
    )
    found = []
    for rating, ended_at, asked_at in rows:
        about = asked_at or ended_at or rating.created_at
        own = by_conversation.get(rating.conversation_id, [])
        place = bisect_right([ask.at for ask in own], about)
        if place:
            ask = own[place - 1]
            found.append(
                Verdict(
                    contact_id=ask.contact_id,
                    topic=ask.topic,
                    about=ask.at,
                    given=rating.changed_at or rating.created_at,
                    solved=bool(rating.solved),
                )
            )
    return found
