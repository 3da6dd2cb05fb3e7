"""The repository's lexicon, compiled once for all tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from bot.nlu.cue_rules import CueRules
from bot.nlu.normalise import normalise
from bot.nlu.scam_detector import ScamDetector

LEXICON = Path(__file__).resolve().parents[2] / "data" / "lexicon"


def read(name: str) -> dict:
    return yaml.safe_load((LEXICON / name).read_text(encoding="utf-8"))


@cache
def rules() -> CueRules:
    return CueRules(read("cues.yml"), read("amounts.yml"))


def scam(text: str) -> dict | None:
    """What the rules alone say of a scam, without the learned scores."""
    return ScamDetector(rules(), None, {}, {"sure_type": 1.0}).detect(normalise(text))


def level(text: str) -> str | None:
    found = scam(text)
    return found["level"] if found else None
