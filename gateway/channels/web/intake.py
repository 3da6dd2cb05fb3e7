"""Taking in a customer's message, over HTTP or the socket alike: limit, store, commit, then wake the worker."""

from typing import Any

from aiohttp import web

from gateway.errors import RequestError
from gateway.keys import DATABASE, HUB, MESSAGE_LIMIT, TURNS
from gateway.live import QUEUE
from gateway.metrics import METRICS
from gateway.requests import client_id, string
from helpdesk.conversations.model import CustomerSession, Message, Owner
from helpdesk.conversations.service import accept_button, accept_text
from helpdesk.files import service as files

CHANNEL = "web"
# A text far over the limit is refused by its own rule; this only bounds what is looked at.
_TEXT_MOST = 100_000
_ID_MOST = 64


async def take_in(app: web.Application, customer: CustomerSession, fields: dict[str, Any], *, id_field: str) -> Message:
    """Store one message and return it; a repeat returns what was stored first.

    Raises:
        RequestError, RateLimitedError, HelpdeskError: It is refused; nothing was stored.
    """
    chosen_id = client_id(fields, id_field)
    button, file = fields.get("button"), fields.get("file")
    app[MESSAGE_LIMIT].use(customer.contact_id)
    async with app[DATABASE].transaction() as session:
        if button is not None:
            if not isinstance(button, dict) or "text" in fields or file is not None:
                raise RequestError("field_invalid", status=422, field="button")
            accepted = await accept_button(
                session,
                contact_id=customer.contact_id,
                channel=CHANNEL,
                client_id=chosen_id,
                message_id=string(button, "message", most=_ID_MOST),
                button_id=string(button, "id", most=_ID_MOST),
            )
        elif file is not None:
            accepted = await files.accept(
                session,
                contact_id=customer.contact_id,
                channel=CHANNEL,
                client_id=chosen_id,
                file_id=string(fields, "file", most=_ID_MOST),
                text=string(fields, "text", most=_TEXT_MOST, default=""),
            )
        else:
            accepted = await accept_text(
                session,
                contact_id=customer.contact_id,
                channel=CHANNEL,
                client_id=chosen_id,
                text=string(fields, "text", most=_TEXT_MOST),
            )
    message = accepted.message
    if accepted.is_new:
        app[METRICS].messages.inc()
        app[HUB].hint(message.conversation_id)
        # A new conversation has readers only under the contact's name so far.
        app[HUB].hint(customer.contact_id)
        if accepted.owner is Owner.QUEUED:
            app[HUB].hint(QUEUE)
        elif accepted.agent_id is not None:
            app[HUB].hint(accepted.agent_id)
        app[TURNS].wake(message.conversation_id)
    return message
