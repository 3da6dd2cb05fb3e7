"""Two questions in one message: a pure function that takes the message apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Clause:
    """A part of a message that may be a question of its own."""

    text: str
    # Whether the customer says that this is something else ("by the way", "and also").
    is_added: bool


class ClauseSplitter:
    """Splits messages by the words and marks of data/lexicon/clauses.yml."""

    def __init__(self, lexicon: Mapping[str, Any]) -> None:
        """Compile the lexicon."""
        self._boundary = re.compile(f"(?P<added>{lexicon['added']})|{lexicon['stops']}")
        self._edges = re.compile(lexicon["edges"])
        self._asks = re.compile(lexicon["asks"])
        self._shortest: int = lexicon["shortest"]
        self._most: int = lexicon["most"]

    def split(self, text: str) -> list[Clause]:
        """Take a normalised text apart.

        A part that neither asks nor begins with a word for something else belongs to its neighbour: it tells what the
        question is about.

        Returns:
            Two clauses or more, or none where the text is one question, or a whole story.
        """
        clauses: list[Clause] = []
        pending = ""
        for part, is_added in self._parts(text):
            if is_added and pending:
                # A story and then something else: the story is a clause as well.
                clauses.append(Clause(pending, is_added=bool(clauses) and clauses[-1].is_added))
                pending = ""
            whole = f"{pending} {part}".strip()
            if not self._asks.search(part) and not is_added:
                pending = whole
                continue
            pending = ""
            clauses.append(Clause(whole, is_added=is_added))
        if pending and clauses:
            last = clauses.pop()
            clauses.append(Clause(f"{last.text} {pending}", is_added=last.is_added))
        kept = [clause for clause in clauses if len(clause.text) >= self._shortest]
        return kept if 2 <= len(kept) <= self._most else []

    def _parts(self, text: str) -> list[tuple[str, bool]]:
        """Cut at every boundary; each part comes with whether a word for something else begins it."""
        parts = []
        begin, is_added = 0, False
        for boundary in self._boundary.finditer(text):
            # A question mark is part of its question.
            end = boundary.start() + boundary[0].startswith("?")
            parts.append((text[begin:end], is_added))
            # A comma right after the word changes nothing.
            is_added = boundary["added"] is not None or (is_added and not text[begin:end].strip())
            begin = boundary.end()
        parts.append((text[begin:], is_added))
        bare = ((self._edges.sub("", part.strip()), is_added) for part, is_added in parts)
        return [(part, is_added) for part, is_added in bare if part]
