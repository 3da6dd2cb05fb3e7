"""Titles and formulas of the figures, from texts/figures.yml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from helpdesk.texts import titles

_FILE = Path(__file__).resolve().parents[2] / "texts" / "figures.yml"


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is said of a figure: its title, its formula, where that comes from, and the titles of its parts."""

    title: str
    formula: str
    source: str
    parts: Mapping[str, str]


@cache
def words() -> Mapping[str, Words]:
    """Return what is said of each figure, by its id.

    Raises:
        KeyError: An entry lacks a part.
    """
    loaded = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["figures"]
    return {
        name: Words(
            title=entry["title"], formula=entry["formula"], source=entry["source"], parts=entry.get("parts", {})
        )
        for name, entry in loaded.items()
    }


def part_title(figure: str, part: str) -> str:
    """Return what a part of a figure is called; handoffs and closed cases have the words of their codes."""
    shared = titles("reasons") | titles("resolutions")
    return words()[figure].parts.get(part) or shared.get(part, part)
