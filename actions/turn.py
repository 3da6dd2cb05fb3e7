"""What an action reads from the tracker: the conversation, the message and what the bot understood."""

from dataclasses import dataclass
from typing import Any

from rasa_sdk.interfaces import Tracker

from helpdesk.database import Json

_SAID = 5


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The turn in which an action runs."""

    conversation_id: str
    message_id: str
    text: str
    intent: str
    article: str | None
    scam: Json | None
    crisis: str | None
    said: list[str]

    @classmethod
    def of(cls, tracker: Tracker) -> "Turn":
        """Read a turn.

        Raises:
            ValueError: The message has no id, so the action could not be made harmless to repeat.
        """
        latest: dict[str, Any] = tracker.latest_message or {}
        message_id = latest.get("message_id")
        if not message_id:
            message = "the latest message has no message_id"
            raise ValueError(message)
        said = [str(event.get("text") or "") for event in tracker.events if event.get("event") == "user"]
        return cls(
            conversation_id=tracker.sender_id,
            message_id=str(message_id),
            text=str(latest.get("text") or ""),
            intent=str((latest.get("intent") or {}).get("name") or ""),
            article=latest.get("article"),
            scam=latest.get("scam"),
            crisis=latest.get("crisis"),
            said=[words for words in said if words][-_SAID:],
        )

    def understood(self) -> Json:
        """Return what a case keeps of the bot's understanding."""
        return {
            "message": self.message_id,
            "intent": self.intent,
            "article": self.article,
            "scam": self.scam,
            "crisis": self.crisis,
            "said": self.said,
        }
