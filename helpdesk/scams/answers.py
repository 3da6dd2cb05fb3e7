"""What a victim's words fill in, by the patterns of texts/scam_answers.yml."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from helpdesk.scams.table import Question

_FILE = Path(__file__).resolve().parent.parent.parent / "texts" / "scam_answers.yml"
_OWN_WORDS_LIMIT = 100
# Long messages are stories; what is volunteered stands in their beginning.
_LOOKED_AT = 600
_SPACE = re.compile(r"\s+")
_FEN = 100
_LONG_NUMBER = re.compile(r"\d{13,}")


class AnswerReader:
    """Reads answers to the triage's questions, and what is told without being asked."""

    def __init__(self, lexicon: Mapping[str, Any]) -> None:
        """Compile the patterns."""
        bare = {f"{{{name}}}": f"(?:{lexicon[name]})" for name in ("affirmed", "denied")}
        self._limit = int(lexicon["answer_limit"])
        self._truths = {name: _compiled(values, bare) for name, values in lexicon["truths"].items()}
        self._choices = {name: _compiled(values, bare) for name, values in lexicon["choices"].items()}
        self._volunteered = {name: _compiled(values, bare) for name, values in lexicon["volunteered"].items()}
        self._vulnerable = _compiled(lexicon["vulnerable"], bare)
        self._texts = frozenset(lexicon["texts"])
        self._sums = [re.compile(pattern) for pattern in lexicon["sums"]["told"]]
        self._bare_sum = re.compile(lexicon["sums"]["bare"])
        self._demanded = re.compile(lexicon["demanded"]["pattern"])
        self._units: Mapping[str, int] = lexicon["demanded"]["units"]
        self._taken_back = re.compile(lexicon["taken_back"])
        self._lending: Mapping[str, str] = lexicon["lending"]

    def answers(self, question: Question, text: str) -> dict[str, Any]:
        """Return what `text`, the next message after `question`, says: field to value, empty when it is no answer."""
        words = _words(text)
        found: dict[str, Any] = {}
        for name in question.fills:
            if name in self._truths and len(words) <= self._limit:
                value = _first(self._truths[name], words)
                if value is not None:
                    found[name] = value == "affirmed"
            elif name in self._choices:
                value = _first(self._choices[name], words)
                if value is not None:
                    found[name] = value
        own_words = [name for name in question.fills if name in self._texts]
        if own_words and words and not _LONG_NUMBER.search(words):
            # One text answers one thing: of a double question the last, which the words are mostly about.
            found[own_words[-1]] = " ".join(text.split())[:_OWN_WORDS_LIMIT]
        return found

    def volunteered(self, text: str) -> dict[str, bool]:
        """Return which deeds `text` tells of, done or not done."""
        words = _words(text)
        found = {name: _first(values, words) for name, values in self._volunteered.items()}
        return {name: value == "affirmed" for name, value in found.items() if value is not None}

    def sums(self, text: str, *, is_answer: bool) -> tuple[int, ...]:
        """Return sums told without their unit, in fen; a bare number counts only as an answer to the question."""
        words = _words(text)
        patterns = [*self._sums, self._bare_sum] if is_answer else self._sums
        found = (pattern.search(words) for pattern in patterns)
        return tuple(dict.fromkeys(round(float(match["sum"]) * _FEN) for match in found if match))

    def demanded(self, text: str) -> set[int]:
        """Return the sums, in fen, which somebody still wants of the customer."""
        found = self._demanded.finditer(_words(text))
        return {round(float(match["sum"]) * self._units[match["unit"]] * _FEN) for match in found}

    def vulnerable(self, text: str) -> list[str]:
        """Return why a customer may need more care."""
        words = _words(text)
        return [flag for flag, pattern in self._vulnerable.items() if pattern.search(words)]

    def is_taken_back(self, text: str) -> bool:
        """Tell whether the whole message says that nothing happened."""
        return self._taken_back.search(_words(text)) is not None

    def lending_code(self, scam_type: str | None) -> str | None:
        """Return the L-code of a kind of scam, None where it is no lending scheme."""
        if scam_type is None:
            return None
        return self._lending.get(scam_type) or (scam_type if scam_type in self._lending.values() else None)


@cache
def reader() -> AnswerReader:
    """Return the reader of texts/scam_answers.yml."""
    return AnswerReader(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def _compiled(values: Mapping[str, str], bare: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
    compiled = {}
    for name, pattern in values.items():
        for placeholder, words in bare.items():
            pattern = pattern.replace(placeholder, words)
        compiled[name] = re.compile(pattern)
    return compiled


def _words(text: str) -> str:
    return _SPACE.sub("", text)[:_LOOKED_AT].lower()


def _first(values: Mapping[str, re.Pattern[str]], words: str) -> str | None:
    return next((name for name, pattern in values.items() if pattern.search(words)), None)
