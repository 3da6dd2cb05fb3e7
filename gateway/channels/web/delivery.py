"""Telling the desk how far an agent's messages have reached the customer."""

from collections.abc import Sequence

from aiohttp import web

from gateway.keys import DATABASE, HUB
from gateway.live import about
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Sender
from helpdesk.database import Json


async def note_delivery(app: web.Application, conversation: Conversation, messages: Sequence[Json]) -> None:
    """Note what a client was handed, after it was handed over.

    Only agents' messages are worth a write: of the others nobody asks whether they have come.
    """
    seqs = [
        int(message["seq"])
        for message in messages
        if message["conversation"] == conversation.id and message["sender"] == Sender.AGENT.value
    ]
    newest = max(seqs, default=0)
    if newest <= conversation.customer_delivered_seq:
        return
    async with app[DATABASE].transaction() as session:
        await store.mark_delivered(session, conversation.id, newest)
    app[HUB].hint(about(conversation.id))
