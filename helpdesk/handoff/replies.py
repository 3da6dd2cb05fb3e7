"""Agents' replies and customers' messages to them: which promises they keep and which they set going."""

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.agents.model import Agent
from helpdesk.cases import deadlines
from helpdesk.cases import service as cases
from helpdesk.cases.model import Priority
from helpdesk.clocks import service as clocks
from helpdesk.clocks.model import ClockKind
from helpdesk.conversations import service as conversations
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Message, Owner


async def reply(
    session: AsyncSession,
    conversation_id: str,
    agent: Agent,
    *,
    client_id: str,
    text: str,
    attached: conversations.Attached | None = None,
    seen: int | None = None,
) -> conversations.Accepted:
    """Store an agent's reply; it keeps the promises of a reply.

    Raises:
        NotOwnerError, AsksForSecretError, TextEmptyError, TextTooLongError, ClientIdReusedError: As
            `conversations.service.write_agent_reply`.
    """
    accepted = await conversations.write_agent_reply(
        session,
        conversation_id=conversation_id,
        agent_id=agent.id,
        agent_name=agent.name,
        client_id=client_id,
        text=text,
        attached=attached,
        seen=seen,
    )
    if accepted.is_new:
        for kind in (ClockKind.FIRST_REPLY, ClockKind.NEXT_REPLY):
            await clocks.meet(session, kind, conversation_id=conversation_id)
    return accepted


async def customer_wrote(session: AsyncSession, conversation: Conversation, message: Message) -> None:
    """Start what a customer's message to people sets going, on a locked conversation.

    It may come late, when the message was looked at: the promise counts from the message, and one that was answered
    meanwhile starts nothing.
    """
    await deadlines.customer_wrote(session, conversation.id)
    if conversation.owner is not Owner.AGENT or await store.is_answered_by_agent(session, message):
        return
    # Until the first reply, that is the one which is owed.
    if await clocks.find_open(session, ClockKind.FIRST_REPLY, conversation_id=conversation.id) is not None:
        return
    case = await cases.find_open_case(session, conversation.id)
    await clocks.start(
        session,
        ClockKind.NEXT_REPLY,
        conversation_id=conversation.id,
        priority=(case.priority if case else Priority.NORMAL).value,
        at=message.created_at,
    )
