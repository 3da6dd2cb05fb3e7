"""Bot replies as stored messages: articles rendered, buttons kept on the server, cards typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.conversations import service as conversations
from helpdesk.conversations.model import Conversation, Message, MessageKind, Sender
from helpdesk.database import Json
from helpdesk.knowledge.article import Article
from helpdesk.knowledge.library import Library
from helpdesk.knowledge.rendering import fill, plain, render
from helpdesk.ratings import requests as ratings
from helpdesk.ratings.model import BOT
from helpdesk.texts import text
from helpdesk.turns.model import BotButton, BotReply

HUMAN_PAYLOAD: Json = {"intent": "request_human"}


@dataclass(frozen=True, kw_only=True)
class Renderer:
    """What replies are rendered with."""

    library: Library
    placeholders: Mapping[str, str]


async def write_replies(
    session: AsyncSession,
    conversation: Conversation,
    question: Message,
    replies: Sequence[BotReply],
    renderer: Renderer,
) -> list[Article]:
    """Append the replies to a locked conversation; return the articles that were shown."""
    shown: list[Article] = []
    for index, reply in enumerate(replies):
        article = renderer.library.articles.get(reply.article) if reply.article else None
        buttons = list(reply.buttons)
        body: Json = {}
        kind, said = MessageKind.TEXT, fill_safely(reply.text, renderer)
        if article is not None:
            shown.append(article)
            rendered = render(article, renderer.library, renderer.placeholders, today=clock.now().date())
            kind, said = MessageKind.ANSWER, plain(rendered["markdown"])
            body["article"] = rendered
            if await ratings.may_ask(session, conversation.id):
                body |= {"asks_solved": True, "reasons": ratings.reasons_of(BOT)}
            if article.handoff == "conditional":
                buttons.append(BotButton(title=text("buttons", "human"), payload=HUMAN_PAYLOAD))
        elif reply.custom.get("kind") == "stop_loss":
            kind = MessageKind.STOP_LOSS
            steps = reply.custom.get("steps")
            # The checklist reads them again: anything but steps would fail there.
            body["steps"] = [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
        body |= shown_buttons(buttons)
        await conversations.write(
            session,
            conversation,
            sender=Sender.BOT,
            kind=kind,
            text=said,
            body=body,
            button_payloads=stored_payloads(buttons),
            in_reply_to=question.id,
            reply_index=index,
            article_id=article.id if article else None,
            article_version=article.version if article else None,
        )
    return shown


def fill_safely(reply_text: str, renderer: Renderer) -> str:
    """Fill placeholders in a bot reply as in an article."""
    return fill(reply_text, renderer.library, renderer.placeholders)


def _button_id(place: int) -> str:
    return f"b{place + 1}"


def stored_payloads(buttons: Sequence[BotButton]) -> Json:
    """Return what buttons do, by the ids under which `shown_buttons` shows them."""
    return {_button_id(place): button.payload for place, button in enumerate(buttons)}


def shown_buttons(buttons: Sequence[BotButton]) -> Json:
    """Return the part of a message's body that shows buttons."""
    if not buttons:
        return {}
    return {"buttons": [{"id": _button_id(place), "title": button.title} for place, button in enumerate(buttons)]}
