"""Messages of data/cues/: what victims, scammers and people with other matters write, for the learned detector.

None of them is an example of an intent. A file is a list of groups: `texts`, with the `state` and `type` of the victim
(texts/triage.yml) or null where nothing is wrong, the `voice` which wrote them, and the `gray` offer they are about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.nlu.normalise import normalise

SCAMMER = "scammer"


class BrokenCuesError(Exception):
    """A file of data/cues/ cannot be used."""


@dataclass(frozen=True)
class CueExample:
    """One message."""

    text: str
    # Of a victim; None where nothing is wrong.
    state: str | None
    scam_type: str | None
    # Whether it was passed on as it had come from the scammer.
    is_pasted: bool
    # Type of an offer that harms whoever takes it up; None where there is none.
    gray: str | None = None


def read(folder: Path) -> list[CueExample]:
    """Read all files of a folder; the texts are normalised, and one that stands there twice counts once.

    Raises:
        BrokenCuesError: A group lacks something.
    """
    examples: dict[str, CueExample] = {}
    for path in sorted(folder.glob("*.yml")):
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(groups, list):
            raise BrokenCuesError(f"{path}: not a list of groups")
        for number, group in enumerate(groups, start=1):
            for example in _examples(group, f"{path}, group {number}"):
                examples.setdefault(example.text, example)
    return list(examples.values())


def _examples(group: Any, place: str) -> Iterator[CueExample]:
    if not isinstance(group, dict) or not isinstance(group.get("texts"), Sequence) or "state" not in group:
        raise BrokenCuesError(f"{place}: needs texts and state")
    for text in group["texts"]:
        if not isinstance(text, str) or not text.strip():
            raise BrokenCuesError(f"{place}: {text!r} is no text")
        yield CueExample(
            normalise(text), group["state"], group.get("type"), group.get("voice") == SCAMMER, group.get("gray")
        )
