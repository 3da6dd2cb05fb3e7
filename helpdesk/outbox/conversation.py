"""The destination `conversation`: a sentence that is due later, written into the customer's open conversation."""

import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.conversations import service as conversations
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Owner, Sender
from helpdesk.outbox import service as outbox
from helpdesk.outbox.model import OutboxMessage

DESTINATION = "conversation"

_TRIAGE = Path(__file__).resolve().parents[2] / "texts" / "triage.yml"
# A folded line of YAML leaves a space, which Chinese does not write.
_FOLD = re.compile(r"(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])")

# Nobody speaks beside an agent (docs/adr/0003): the sentence waits until the agent is done, for so long at most.
_PAUSE = timedelta(minutes=15)
_PATIENCE = timedelta(hours=24)


async def deliver(session: AsyncSession, message: OutboxMessage) -> str | None:
    """Write the sentence that a claimed message names; return the conversation it stands in.

    A conversation that has ended is not opened again for it: the sentence then goes to the customer's open one or is
    skipped. While an agent serves it waits. Writing and recording it are one transaction, so it stands there exactly
    once.
    """
    said = _follow_ups().get(str(message.payload.get("text_key")))
    if said is None:
        outbox.mark_failed(message, "text_unknown", is_final=True)
        return None
    conversation = await _lock_open(session, message.conversation_id)
    if conversation is None:
        outbox.mark_skipped(message, "no_open_conversation")
        return None
    if conversation.owner is Owner.AGENT:
        outbox.postpone(message, _PAUSE, patience=_PATIENCE, code="agent_serves")
        return None
    await conversations.write(session, conversation, sender=Sender.SYSTEM, text=said)
    outbox.mark_sent(message, {"conversation": conversation.id})
    return conversation.id


async def say(session: AsyncSession, conversation_id: str | None, said: str) -> Conversation | None:
    """Write a system message where the customer reads now; None where no conversation is open."""
    conversation = await _lock_open(session, conversation_id)
    if conversation is not None:
        await conversations.write(session, conversation, sender=Sender.SYSTEM, text=said)
    return conversation


async def _lock_open(session: AsyncSession, conversation_id: str | None) -> Conversation | None:
    if conversation_id is None:
        return None
    conversation = await store.lock_conversation(session, conversation_id)
    if conversation.owner is not Owner.CLOSED:
        return conversation
    newest = await store.find_current_conversation(session, conversation.contact_id)
    if newest is None or newest.owner is Owner.CLOSED:
        return None
    newest = await store.lock_conversation(session, newest.id)
    # An agent may have closed it between our look and our lock.
    return None if newest.owner is Owner.CLOSED else newest


@cache
def _follow_ups() -> dict[str, str]:
    table: dict[str, Any] = yaml.safe_load(_TRIAGE.read_text(encoding="utf-8"))
    return {str(key): _FOLD.sub("", str(said).strip()) for key, said in table["follow_up"].items()}
