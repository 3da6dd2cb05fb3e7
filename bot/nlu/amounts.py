"""Sums of money in a text, in fen; the words for numbers come from data/lexicon/amounts.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

FEN = 100
# "3.5w" is a sum, "3.14159" is not.
MAX_DECIMALS = 2
# More sums than anybody tells of in one message.
MOST_AMOUNTS = 20
# No word that is looked for in front of a number is longer.
LONGEST_WORD = 8


@dataclass(frozen=True)
class Amount:
    """A sum and where it stands."""

    fen: int
    start: int
    end: int


class AmountReader:
    """Finds sums such as 5000, 3.5 ten-thousands, two thousand three."""

    def __init__(self, lexicon: Mapping[str, Any]) -> None:
        """Compile the words of the lexicon."""
        self._digits: dict[str, int] = dict(lexicon["digits"])
        self._units: dict[str, int] = dict(lexicon["units"])
        self._half: str = lexicon["half"]
        self._smallest_bare: int = lexicon["smallest_bare"]
        self._large_units = frozenset(lexicon["large_units"])
        numerals = "".join(map(re.escape, [*self._digits, *self._units, self._half]))
        self._number = re.compile(
            rf"(?<![\d.a-z])(?:\d+(?:\.\d{{1,{MAX_DECIMALS}}})?[{numerals}\d]*"
            rf"|[{numerals}]+)(?![.\d])"
        )
        self._currency = re.compile(_either(lexicon["currency"]))
        self._not_money = re.compile(_either(lexicon["not_money"]))
        self._paying = re.compile(f"(?:{_either(lexicon['paying'])})$")
        self._some = re.compile(f"(?:{_either(lexicon['some'])})$")

    def largest(self, text: str) -> Amount | None:
        """Give the largest sum of a text, which is what matters to those who take over."""
        return max(self._amounts(text), key=lambda amount: amount.fen, default=None)

    def every(self, text: str) -> list[Amount]:
        """Give the first sums of a text in its order."""
        return list(islice(self._amounts(text), MOST_AMOUNTS))

    def _amounts(self, text: str) -> Iterator[Amount]:
        return (amount for match in self._number.finditer(text) if (amount := self._read(match)))

    def value(self, numeral: str) -> float | None:
        """Give the number that a numeral stands for, or None when it is none."""
        match = re.match(r"\d+(?:\.\d+)?", numeral)
        if match is None:
            return self._spoken(numeral)
        number = float(match.group())
        rest = numeral[match.end() :]
        if not rest:
            return number
        unit = self._units.get(rest[0])
        if unit is None:
            return None
        tail = self._tail(rest[1:], unit)
        return None if tail is None else number * unit + tail

    def _read(self, match: re.Match[str]) -> Amount | None:
        text, start, end = match.string, match.start(), match.end()
        before = text[max(0, start - LONGEST_WORD) : start]
        number = self.value(match.group())
        if number is None or number <= 0 or self._some.search(before):
            return None
        currency = self._currency.match(text, end)
        if currency:
            end = currency.end()
        elif self._not_money.match(text, end) or (
            not self._large_units.intersection(match.group())
            and (number < self._smallest_bare or not self._paying.search(before))
        ):
            return None
        return Amount(round(number * FEN), start, end)

    def _spoken(self, numeral: str) -> float | None:
        """Read a numeral of digits and units: 35000 as three ten-thousands and five."""
        total = 0.0
        section = 0.0
        digit: float | None = None
        last_unit = 1
        for character in numeral:
            if character == self._half:
                # "Three and a half thousand" adds half of the last unit.
                section += last_unit / 2 if last_unit > 1 else 0.5
            elif character in self._digits:
                digit = self._digits[character] + (digit or 0) * 10
            elif character not in self._units:
                # Numbers of both kinds run together ("5k3k0") are no numeral anybody would read.
                return None
            else:
                unit = self._units[character]
                if unit >= 10_000:
                    total += (section + (digit or 0) or 1) * unit
                    section = 0
                else:
                    section += (1 if digit is None else digit) * unit
                digit, last_unit = None, unit
        if digit:
            # "Three ten-thousands five" means 35 000; after a zero it is a plain digit.
            zero = any(self._digits.get(c) == 0 for c in numeral)
            section += digit * (last_unit / 10 if last_unit > 10 and not zero else 1)
        return total + section or None

    def _tail(self, tail: str, unit: int) -> float | None:
        """Read what follows a unit: the 5 of "3 ten-thousands 5", or a smaller number with its unit."""
        if not tail:
            return 0.0
        if tail == self._half:
            return unit / 2
        if len(tail) == 1 and (tail.isdigit() or tail in self._digits):
            digit = int(tail) if tail.isdigit() else self._digits[tail]
            return digit * unit / 10
        return self.value(tail)


def _either(words: list[str]) -> str:
    """Give a pattern for any of the words, longest first."""
    return "|".join(re.escape(str(word)) for word in sorted(words, key=lambda w: -len(str(w))))
