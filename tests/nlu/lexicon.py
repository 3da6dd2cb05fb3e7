"""The repository's lexicon, compiled once for all tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from bot.nlu.cue_rules import CueRules
from bot.nlu.normalise import normalise

LEXICON = Path(__file__).resolve().parents[2] / "data" / "lexicon"


def read(name: str) -> dict:
    return yaml.safe_load((LEXICON / name).read_text(encoding="utf-8"))


@cache
def rules() -> CueRules:
    return CueRules(read("cues.yml"), read("amounts.yml"))


def level(text: str) -> str | None:
    scam = rules().scam(normalise(text))
    return scam["level"] if scam else None
