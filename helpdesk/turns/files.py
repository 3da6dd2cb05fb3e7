"""What the bot says to a picture or another file: that it cannot read it, and that people can."""

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.cases.service import find_open_case
from helpdesk.conversations import service as conversations
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Message, MessageKind, Sender
from helpdesk.texts import text
from helpdesk.turns.model import BotButton
from helpdesk.turns.writing import HUMAN_PAYLOAD, shown_buttons, stored_payloads

FILE_KINDS = frozenset({MessageKind.IMAGE, MessageKind.FILE})


async def say_unread(session: AsyncSession, conversation: Conversation, question: Message) -> None:
    """Say once, after the last of several files in a row, what becomes of them; the conversation is locked."""
    later = await store.next_waiting_message(session, conversation.id)
    if later is not None and later.seq > question.seq and later.kind in FILE_KINDS:
        return
    said = text("files", f"unread_{question.kind.value}")
    case = await find_open_case(session, conversation.id)
    if case is not None:
        said += text("files", "kept_in_case", number=case.number)
    buttons = [BotButton(title=text("buttons", "human"), payload=HUMAN_PAYLOAD)]
    await conversations.write(
        session,
        conversation,
        sender=Sender.BOT,
        text=said,
        body=shown_buttons(buttons),
        button_payloads=stored_payloads(buttons),
    )
