"""When something happened, as far as a text says; the words come from data/lexicon/amounts.yml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.nlu.amounts import AmountReader


# Of the words for the present.
_NOW_HOURS = 0.2


@dataclass(frozen=True)
class Moment:
    """A time in the customer's words, with how many hours ago it is at most."""

    hours: float
    start: int
    end: int


class MomentReader:
    """Finds the words for times and for spans of time that have passed."""

    def __init__(self, lexicon: Mapping[str, Any], numbers: AmountReader) -> None:
        """Compile the words of the lexicon."""
        self._numbers = numbers
        self._words = {word: group["hours"] for group in lexicon["times"] for word in group["words"]}
        self._spans: dict[str, float] = dict(lexicon["spans"])
        self._some = tuple(lexicon["some"])
        ordered = sorted(self._words, key=len, reverse=True)
        self._word = re.compile("|".join(map(re.escape, ordered)))
        numerals = "".join(map(re.escape, [*lexicon["digits"], *lexicon["units"], lexicon["half"]]))
        units = "|".join(sorted(map(re.escape, self._spans), key=len, reverse=True))
        some = "|".join(sorted(map(re.escape, self._some), key=len, reverse=True))
        ago = "|".join(sorted(map(re.escape, lexicon["ago"]), key=len, reverse=True))
        self._span = re.compile(rf"(?P<number>\d+|[{numerals}]+|{some})\u591a?(?P<unit>{units})(?:{ago})")

    def latest(self, text: str, near: Sequence[tuple[int, int]] = ()) -> Moment | None:
        """Give the moment of a text; of several the one nearest to what happened (spans of the text), if that is told.

        Otherwise the most distant, for that is when it began to matter. Words such as "now" stand next to almost
        anything; they count only when nothing else does.
        """
        moments = self.every(text)
        told = [moment for moment in moments if moment.hours != _NOW_HOURS] or moments
        if near and told:
            return min(told, key=lambda moment: min(_distance(moment, span) for span in near))
        return max(moments, key=lambda moment: moment.hours, default=None)

    def every(self, text: str) -> list[Moment]:
        """Give all moments of a text; they may overlap."""
        moments = [
            Moment(self._words[match.group()], match.start(), match.end()) for match in self._word.finditer(text)
        ]
        for match in self._span.finditer(text):
            hours = self._count(match["number"]) * self._spans[match["unit"]]
            moments.append(Moment(hours, match.start(), match.end()))
        return moments

    def _count(self, numeral: str) -> float:
        if numeral in self._some:
            # "A few" is at least three; whether it is within a day hangs on the unit alone.
            return 3.0
        return self._numbers.value(numeral) or 1.0


def _distance(moment: Moment, span: tuple[int, int]) -> int:
    return max(span[0] - moment.end, moment.start - span[1], 0)
