"""Which conversations an agent may see: the one table's rights applied to one conversation."""

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, may
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Owner
from helpdesk.errors import ConversationNotFoundError
from helpdesk.notes.service import is_mentioned


async def visible_conversation(session: AsyncSession, conversation_id: str, agent: Agent) -> Conversation:
    """Return a conversation that the agent may read.

    Waiting ones are open to all who may see the queue, others to those who serve or served them and to those
    whom a colleague has asked in a note. A refusal looks like a conversation that does not exist, so that ids cannot be
    tried out.

    Raises:
        ConversationNotFoundError: There is none, or it is not the agent's to see.
    """
    conversation = await store.get_conversation(session, conversation_id)
    if may(agent, Right.READ_ANY_CONVERSATION):
        return conversation
    if conversation.owner is Owner.QUEUED and may(agent, Right.READ_QUEUE):
        return conversation
    served = {a.agent_id for a in await store.assignments_of(session, conversation_id)}
    if agent.id in served or await is_mentioned(session, conversation_id, agent.id):
        return conversation
    raise ConversationNotFoundError
