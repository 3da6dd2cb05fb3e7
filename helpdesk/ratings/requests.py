"""Asking for a rating: once a session, and never somebody whose danger or loss is still open."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents.model import Agent
from helpdesk.cases.model import Case, CaseConversation, CaseStatus, CaseType
from helpdesk.conversations import service as conversations
from helpdesk.conversations import store
from helpdesk.conversations.model import Assignment, Conversation, Message, MessageKind, Owner, Sender
from helpdesk.ratings.model import BOT, HUMAN
from helpdesk.ratings.sessions import rated_sessions
from helpdesk.texts import text, titles

SCORES = (1, 2, 3, 4, 5)
# Who was passed on more often than this is not asked about each of them.
_MOST_SESSIONS = 3
_GRAVE_LEVEL = "P0"
# Later, nobody remembers the conversation.
_ASKED_WITHIN = timedelta(days=7)
_GRAVE = {CaseType.SCAM, CaseType.IDENTITY_THEFT}


async def may_ask(session: AsyncSession, conversation_id: str) -> bool:
    """Return whether a rating may be asked for: no case of danger to life or of a scam P0 is open."""
    rows = await session.scalars(
        select(Case)
        .join(CaseConversation, CaseConversation.case_id == Case.id)
        .where(CaseConversation.conversation_id == conversation_id, Case.status != CaseStatus.CLOSED)
    )
    return not any(_is_grave(case) for case in rows)


def _is_grave(case: Case) -> bool:
    return case.type is CaseType.CRISIS or (case.type in _GRAVE and case.fields.get("level") == _GRAVE_LEVEL)


async def ask(session: AsyncSession, conversation: Conversation) -> int:
    """Ask for a rating of each session of a locked conversation that has just ended; return how many were asked for.

    One that was asked for before is not asked for again.
    """
    if conversation.owner is not Owner.CLOSED or not await may_ask(session, conversation.id):
        return 0
    asked = await _asked(session, conversation.id)
    wanted = [one for one in await rated_sessions(session, conversation.id) if one.id not in asked][-_MOST_SESSIONS:]
    for interval in wanted:
        await _write(session, conversation, interval)
    return len(wanted)


async def ask_after_case(session: AsyncSession, case_id: str) -> list[str]:
    """Ask for what was not asked for while a grave case was open; return the conversations concerned.

    For a case that was just closed, in a transaction after that: the conversation is locked before its cases
    everywhere. Only a customer's last conversation is asked about, and not one that ended long ago.
    """
    rows = await session.scalars(
        select(Conversation)
        .join(CaseConversation, CaseConversation.conversation_id == Conversation.id)
        .where(
            CaseConversation.case_id == case_id,
            Conversation.owner == Owner.CLOSED,
            Conversation.closed_at >= clock.now() - _ASKED_WITHIN,
        )
        .order_by(Conversation.id)
    )
    asked = []
    for found in rows.all():
        latest = await store.find_current_conversation(session, found.contact_id)
        if latest is not None and latest.id == found.id:
            conversation = await store.lock_conversation(session, found.id)
            if await ask(session, conversation):
                asked.append(conversation.id)
    return asked


async def _asked(session: AsyncSession, conversation_id: str) -> set[str]:
    bodies = await session.scalars(
        select(Message.body).where(
            Message.conversation_id == conversation_id, Message.kind == MessageKind.RATING_REQUEST
        )
    )
    return {str(body.get("session")) for body in bodies}


async def _write(session: AsyncSession, conversation: Conversation, interval: Assignment) -> None:
    body: dict[str, Any] = {"session": interval.id, "asks_solved": True}
    if interval.agent_id is None:
        said = text("events", "rating_request_bot")
        body["reasons"] = reasons_of(BOT)
    else:
        agent = await session.get_one(Agent, interval.agent_id)
        said = text("events", "rating_request", name=agent.name)
        body |= {"scores": list(SCORES), "agent": {"name": agent.name}, "reasons": reasons_of(HUMAN)}
    await conversations.write(
        session, conversation, sender=Sender.SYSTEM, kind=MessageKind.RATING_REQUEST, text=said, body=body
    )


def reasons_of(service: str) -> list[dict[str, str]]:
    """Return the reasons that are offered for HUMAN or BOT, as `{code, text}`."""
    return [{"code": code, "text": words} for code, words in titles(f"rating_reasons_{service}").items()]
