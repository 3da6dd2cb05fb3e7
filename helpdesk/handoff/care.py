"""Elderly and disabled customers are served first among those who are equally pressing; how that is known."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation
from helpdesk.database import Json
from helpdesk.texts import text

_FILE = Path(__file__).resolve().parents[2] / "texts" / "care.yml"
_SPACE = re.compile(r"\s+")
# Long messages are stories; what somebody says of themselves stands in their beginning.
_LOOKED_AT = 600

# What the host app may claim, and what words may tell.
KINDS = ("elder", "disabled")
HOST, SAID = "host", "said"


class CareReader:
    """Reads by the patterns of texts/care.yml whether somebody says that they need more care."""

    def __init__(self, lexicon: Mapping[str, list[str]]) -> None:
        """Compile the patterns."""
        self._patterns = {kind: re.compile("|".join(f"(?:{one})" for one in lexicon[kind])) for kind in KINDS}

    def read(self, said: str) -> str | None:
        """Return the kind of care that a message tells of."""
        words = _SPACE.sub("", said)[:_LOOKED_AT]
        return next((kind for kind, pattern in self._patterns.items() if pattern.search(words)), None)


@cache
def reader() -> CareReader:
    """Return the reader of texts/care.yml."""
    return CareReader(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


async def note(session: AsyncSession, conversation: Conversation, said: str) -> None:
    """Keep what a customer's message tells of the care they need; what is known already stays."""
    contact = await store.get_contact(session, conversation.contact_id)
    if contact.care is not None:
        return
    kind = reader().read(said)
    if kind is not None:
        contact.care, contact.care_source = kind, SAID


async def is_cared_for(session: AsyncSession, conversation: Conversation) -> bool:
    """Return whether the customer is known to be elderly or disabled."""
    return (await store.get_contact(session, conversation.contact_id)).care is not None


async def care_view(session: AsyncSession, contact_id: str) -> Json | None:
    """Return what the handoff card shows: which care, and how it is known."""
    contact = await store.get_contact(session, contact_id)
    if contact.care is None or contact.care_source is None:
        return None
    return {
        "kind": contact.care,
        "text": text("care", contact.care),
        "source_text": text("care", f"source_{contact.care_source}"),
    }
