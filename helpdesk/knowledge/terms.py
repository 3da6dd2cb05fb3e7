"""From a text to the terms that search compares: characters and pairs of characters of Chinese, words of anything else.

No dictionary is needed, and nothing depends on how a database splits Chinese: both get the same terms.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

_FILE = Path(__file__).resolve().parent.parent.parent / "texts" / "search.yml"
# The characters in use are a few thousand; the rest of Unicode must not stay in memory.
_CACHED_CHARACTERS = 16_384
# What is longer is no word; both databases keep terms of this length whole.
_LONGEST_WORD = 64
_IDEOGRAPH = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# [^\W_] is what str.isalnum holds for: the blocks of ideographs have gaps.
_RUN = re.compile(f"(?P<chinese>(?:(?=[^\\W_])[{_IDEOGRAPH}])+)|(?:(?![{_IDEOGRAPH}])[^\\W_])+")


class Term(NamedTuple):
    """One term, of letters and digits only, and where it stands: `[start, end)`, in characters.

    `is_part` marks a single character that also stands in a pair.
    """

    text: str
    start: int
    end: int
    is_part: bool


@lru_cache(_CACHED_CHARACTERS)
def _folded(character: str) -> str:
    # Full-width forms and compatibility ideographs become plain ones, ligatures their letters.
    return unicodedata.normalize("NFKC", character).lower()


def _terms(folded: str) -> Iterator[Term]:
    # Positional, for speed: a library has half a million terms.
    for run in _RUN.finditer(folded):
        start, end = run.span()
        if run["chinese"] is None:
            yield Term(folded[start : min(end, start + _LONGEST_WORD)], start, end, False)
            continue
        for at in range(start, end):
            yield Term(folded[at], at, at + 1, end - start > 1)
            if at + 1 < end:
                yield Term(folded[at : at + 2], at, at + 2, False)


@cache
def stop_characters() -> frozenset[str]:
    """Return the characters that say nothing about the matter (texts/search.yml)."""
    return frozenset(yaml.safe_load(_FILE.read_text(encoding="utf-8"))["stop_characters"].split())


def index_terms(text: str) -> list[str]:
    """Return a text's terms in order, as often as they occur."""
    return [term.text for term in _terms("".join(map(_folded, text)))]


def query_terms(text: str, *, most: int) -> list[str]:
    """Return the distinct terms to look for, at most `most`.

    A single character beside a pair that holds it would only add noise: it occurs in every second article.
    """
    stop = stop_characters()
    found = _terms("".join(map(_folded, text)))
    wanted = (term.text for term in found if not term.is_part and not stop.issuperset(term.text))
    return list(dict.fromkeys(wanted))[:most]


def located_terms(text: str, wanted: Collection[str]) -> list[Term]:
    """Return the terms of a text that are `wanted`, in order, with their places in the text before any folding."""
    folded = [_folded(character) for character in text]
    joined = "".join(folded)
    # Most texts hold few of the terms; looking for them is much faster than taking the text to pieces.
    if not any(term in joined for term in wanted):
        return []
    # One character may fold to several: where each of them came from.
    origins = [position for position, letters in enumerate(folded) for _ in letters]
    return [
        term._replace(start=origins[term.start], end=origins[term.end - 1] + 1)
        for term in _terms(joined)
        if term.text in wanted
    ]
