"""The words behind the rules of this package, from texts/masking.yml and texts/never_ask.yml."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).resolve().parents[2] / "texts"


@cache
def read(name: str) -> dict[str, Any]:
    """Return the content of `texts/{name}.yml`."""
    loaded: dict[str, Any] = yaml.safe_load((_FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    return loaded


def either(patterns: Sequence[str]) -> str:
    """Return a pattern for any of the patterns, longest first."""
    return "|".join(sorted(map(str, patterns), key=len, reverse=True))


def any_word(words: Sequence[str]) -> str:
    """Return a pattern for any of the words, longest first."""
    return either([re.escape(str(word)) for word in words])
