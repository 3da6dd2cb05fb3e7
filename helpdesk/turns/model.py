"""A bot's answer to one message, as the turn worker received it (docs/protocol.md, section 4)."""

from dataclasses import dataclass, field

from helpdesk.database import Json


@dataclass(frozen=True, kw_only=True)
class BotButton:
    """A button under a reply and what it asks of the bot when pressed."""

    title: str
    payload: Json


@dataclass(frozen=True, kw_only=True)
class BotReply:
    """One reply; `article` names the article that the gateway renders instead of `text`."""

    response: str
    text: str
    article: str | None = None
    buttons: tuple[BotButton, ...] = ()
    custom: Json = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class BotTurn:
    """Everything that a bot said and understood in one turn."""

    replies: tuple[BotReply, ...]
    nlu: Json
