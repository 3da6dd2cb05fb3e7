"""Messages that go on about the answer before them: pure functions over their wording."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any


class Kind(Enum):
    """How much a message depends on what was said before."""

    # Asks for something, but does not say of what: "how long?"
    BARE = "bare"
    # Does not even say what is asked for: "and then?"
    EMPTY = "empty"
    # Goes on from it with something of its own: "and if I am late?"
    CONTINUED = "continued"
    # Too short to be sure what it is about; looked at when it is not understood alone.
    SHORT = "short"
    # Says that the answer was no use.
    UNHELPFUL = "unhelpful"


class FollowUps:
    """Recognises follow-ups by data/lexicon/followups.yml."""

    def __init__(self, lexicon: Mapping[str, Any]) -> None:
        """Compile the lexicon."""
        self._longest: int = lexicon["longest"]
        self._lead = re.compile(lexicon["lead"])
        self._tail = re.compile(lexicon["tail"])
        # The order decides where a wording is of two kinds.
        self._wholes = {
            kind: re.compile("|".join(f"(?:{pattern})" for pattern in lexicon[kind.value]))
            for kind in (Kind.UNHELPFUL, Kind.EMPTY, Kind.BARE)
        }
        self._opener = re.compile(lexicon["opener"])
        self._question_words = [re.compile(pattern) for pattern in lexicon["question_words"]]

    def kind(self, text: str) -> Kind | None:
        """Tell how much a normalised text depends on what was said before; None when it speaks for itself."""
        if not text or len(text) > self._longest:
            return None
        # Lead and tail may also be what the text is about ("what is the fee?"), so both readings count.
        forms = {form for form in (self._tail.sub("", text), self.core(text)) if form}
        for kind, pattern in self._wholes.items():
            if any(pattern.fullmatch(form) for form in forms):
                return kind
        return Kind.CONTINUED if self._opener.search(text) else Kind.SHORT

    def core(self, text: str) -> str:
        """Leave out what says nothing at both ends; nothing else may remain."""
        return self._tail.sub("", self._lead.sub("", text))

    def subject(self, title: str) -> str:
        """Leave out what makes the title of an article a question."""
        subject = title
        for pattern in self._question_words:
            subject = pattern.sub("", subject)
        return subject or title

    def composed(self, title: str, text: str) -> str:
        """Say a follow-up as a question that needs no context."""
        return f"{self.subject(title)} {self.core(text) or text}"
