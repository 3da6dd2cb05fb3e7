"""What customers type, brought into one form: a pure function which also remembers where things were."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import opencc

# Longer than any message the gateway lets through; bounds the work for a caller who does not.
MAX_LENGTH = 2000
# Two of a letter still tell emphasis from none; more only spread the examples over more features.
MAX_REPEATS = 2
# Seven digits and more are a telephone, card or identity number. Shorter runs carry meaning: hotlines
# such as 96110, amounts, years.
LONG_DIGITS = re.compile(r"\d{7,}")
DIGITS_MASK = "#"
CJK_RANGES = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))
# Three characters with a space after each are letter-spaced writing; two could be an ordinary pause.
MIN_SPACED_RUN = 3
# Control and format characters, surrogates, private use, unassigned, combining marks, symbols such as emoji.
DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "So", "Sk"})


@dataclass(frozen=True)
class Normalised:
    """A normalised text and, for each of its characters, the index it had in the original."""

    text: str
    offsets: tuple[int, ...]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Translate a span of the normalised text into one of the original."""
        if start >= end or end > len(self.offsets):
            return (0, 0)
        return (self.offsets[start], self.offsets[end - 1] + 1)


def normalise(text: str) -> str:
    """Bring a text into the form which all components work on; doing it twice changes nothing."""
    return normalise_with_offsets(text).text


def mask_digits(text: str) -> str:
    """Replace long numbers, which identify people and never help to tell two matters apart."""
    return LONG_DIGITS.sub(DIGITS_MASK, text)


def normalise_with_offsets(text: str) -> Normalised:
    """Normalise a text: width, case, script, invisible characters, emoji, spacing, repetition.

    A leading slash goes as well. Rasa reads such a text as a command, and control never travels in
    message text.
    """
    characters = _simplified(text[:MAX_LENGTH])
    characters = _joined(_single_spaced(characters))
    characters = _capped(characters)
    start, end = 0, len(characters)
    while start < end and characters[start][0] in " /":
        start += 1
    while end > start and characters[end - 1][0] == " ":
        end -= 1
    kept = characters[start:end]
    return Normalised("".join(c for c, _ in kept), tuple(i for _, i in kept))


def _simplified(text: str) -> list[tuple[str, int]]:
    """Fold width, case and script character by character, so that every result has one origin."""
    simplified = _simplified_characters()
    characters = []
    for index, original in enumerate(text):
        for folded in unicodedata.normalize("NFKC", original).lower():
            character = simplified.get(folded, folded)
            if character.isspace():
                characters.append((" ", index))
            elif unicodedata.category(character) not in DROPPED_CATEGORIES:
                characters.append((character, index))
    return characters


@lru_cache(maxsize=1)
def _simplified_characters() -> dict[str, str]:
    """Build the table from traditional to simplified characters, closed under itself.

    OpenCC's phrase rules are left out on purpose: they change the length of a text, and a reading such
    as which of two characters a rare phrase meant does not matter for finding the matter.
    """
    converter = opencc.OpenCC("t2s")
    codepoints = [chr(code) for first, last in CJK_RANGES for code in range(first, last + 1)]
    # One character a line: neighbours would otherwise be converted as a phrase.
    converted = converter.convert("\n".join(codepoints)).split("\n")
    table = {}
    for character, simplified in zip(codepoints, converted, strict=True):
        if simplified != character and len(simplified) == 1:
            table[character] = simplified
    return {character: table.get(simplified, simplified) for character, simplified in table.items()}


def _single_spaced(characters: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return [
        pair
        for position, pair in enumerate(characters)
        if pair[0] != " " or (position > 0 and characters[position - 1][0] != " ")
    ]


def _is_cjk(character: str) -> bool:
    code = ord(character)
    return any(first <= code <= last for first, last in CJK_RANGES)


def _joined(characters: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Join Chinese characters which were typed with a space after each.

    Other spaces stay: in a chat they stand for a comma, and the cue rules need to see where one
    statement ends.
    """
    result: list[tuple[str, int]] = []
    position = 0
    while position < len(characters):
        run = _spaced_run(characters, position)
        if len(run) >= MIN_SPACED_RUN:
            result.extend(run)
            position += 2 * len(run) - 1
        else:
            result.append(characters[position])
            position += 1
    return result


def _spaced_run(characters: list[tuple[str, int]], position: int) -> list[tuple[str, int]]:
    """Collect the single characters from here on that have exactly one space between them."""
    if position > 0 and characters[position - 1][0] != " ":
        return []
    run = []
    while position < len(characters) and _is_cjk(characters[position][0]):
        is_last = position + 1 == len(characters)
        if not is_last and characters[position + 1][0] != " ":
            break
        run.append(characters[position])
        if is_last:
            break
        position += 2
    return run


def _capped(characters: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Shorten runs of one letter to two and of one punctuation mark to one; numbers stay whole."""
    result: list[tuple[str, int]] = []
    run = 0
    for character, index in characters:
        run = run + 1 if result and result[-1][0] == character else 1
        limit = MAX_REPEATS if character.isalpha() else 1
        if run <= limit or character.isdigit():
            result.append((character, index))
    return result
