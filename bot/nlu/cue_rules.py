"""The rules of data/lexicon/cues.yml at work: what a text says about scams, gray offers and danger.

Nothing here knows a word of Chinese; what a rule looks for, and what it means, stands in the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.nlu.amounts import Amount, AmountReader
from bot.nlu.moments import Moment, MomentReader

# `~` stays within a statement, `~~` may cross a comma or a space but not the end of a sentence.
WIDE_GAP = r"(?:[^.\u3002!?;\n]{0,18}?)"
NARROW_GAP = r"(?:[^.\u3002!?;,\u3001\s]{0,6}?)"
TERM = re.compile(r"\{([a-z_]+)\}")
# Rasa's channel lets longer texts through; what a victim says stands in the beginning.
MAX_LENGTH = 600
# A loss within a day can still be stopped on its way; one without a time is taken for such a loss.
RECENT_HOURS = 24
JUST_NOW_HOURS = 1
RECENT_LEVEL = "P0"
EARLIER_LEVEL = "P1"
LEVELS = ("P0", "P1", "P2", "P3")
TYPED = "typed"
JUST_NOW = "just_now"
# The evidence of money that is gone; its time is the one that counts.
HAPPENED = "paid"

Span = tuple[int, int]


@dataclass(frozen=True)
class Evidence:
    """Something to look for, and what takes it back."""

    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]

    def find(self, text: str) -> list[Span]:
        """Give the spans of all findings which nothing takes back."""
        found = [match.span() for pattern in self.patterns for match in pattern.finditer(text)]
        if not found:
            return []
        vetoes = [match.span() for pattern in self.unless for match in pattern.finditer(text)]
        return [s for s in found if not any(v[0] < s[1] and s[0] < v[1] for v in vetoes)]


@dataclass(frozen=True)
class Findings:
    """What the rules see in one text."""

    text: str
    found: Mapping[str, Sequence[Span]]
    kinds: Mapping[str, Sequence[Span]]
    moment: Moment | None
    amount: Amount | None
    # The first rule that holds.
    rule: Mapping[str, Any] | None

    @property
    def level(self) -> str | None:
        """The level of the rule, if it has one."""
        if self.rule is None or not (self.rule.get("level") or self.rule.get("by_time")):
            return None
        return self.rule.get("level") or self.level_by_time

    @property
    def level_by_time(self) -> str:
        """The level of a loss at the time that the text tells of."""
        return RECENT_LEVEL if self.moment is None or self.moment.hours <= RECENT_HOURS else EARLIER_LEVEL

    @property
    def scam_type(self) -> str | None:
        """The type of which most was found."""
        return max(self.kinds, key=lambda kind: len(self.kinds[kind])) if self.kinds else None

    @property
    def when(self) -> str | None:
        """The words for the time."""
        return self.text[self.moment.start : self.moment.end] if self.moment else None

    def spans(self) -> list[dict[str, Any]]:
        """Give what to mark: the evidence of the rule, types, sum and time."""
        names = _named(self.rule) if self.rule else [name for name in self.found if name not in (TYPED, JUST_NOW)]
        labelled = [(span, name) for name in names if name != TYPED for span in self.found.get(name, ())]
        labelled += [(span, kind) for kind, spans in self.kinds.items() for span in spans]
        if self.amount:
            labelled.append(((self.amount.start, self.amount.end), "amount"))
        if self.moment:
            labelled.append(((self.moment.start, self.moment.end), "when"))
        return _spans(labelled)


class CueRules:
    """All cues of one lexicon, compiled."""

    def __init__(self, cues: Mapping[str, Any], amounts: Mapping[str, Any]) -> None:
        """Compile the patterns; a rule that names unknown evidence is an error."""
        self._terms: Mapping[str, str] = cues["terms"]
        self._evidence = {n: self._compile_evidence(e) for n, e in cues["evidence"].items()}
        self._types = {n: self._compile([pattern]) for n, pattern in cues["types"].items()}
        self._gray = {n: self._compile_evidence(e) for n, e in cues["gray"].items()}
        self._crisis = {n: self._compile_evidence(e) for n, e in cues["crisis"].items()}
        self._person = self._compile_evidence(cues["person"])
        self._question = self._compile_evidence(cues["question"])
        self._leave = re.compile(cues["leave"])
        self._amounts = AmountReader(amounts)
        self._moments = MomentReader(amounts, self._amounts)
        self._rules: Sequence[Mapping[str, Any]] = cues["verdicts"]
        known = {*self._evidence, TYPED, JUST_NOW}
        for rule in self._rules:
            unknown = set(_named(rule)) - known
            if unknown:
                raise ValueError(f"cue rule {rule['name']!r} names unknown {sorted(unknown)}")

    def look(self, text: str) -> Findings:
        """Find all evidence of a scam in a text, whatever it may mean together."""
        text = text[:MAX_LENGTH]
        found = {name: evidence.find(text) for name, evidence in self._evidence.items()}
        kinds = {name: spans for name, patterns in self._types.items() if (spans := _all(patterns, text))}
        found[TYPED] = [span for spans in kinds.values() for span in spans]
        moment = self._moments.latest(text, found.get(HAPPENED, ()))
        if moment is not None and moment.hours <= JUST_NOW_HOURS:
            found[JUST_NOW] = [(moment.start, moment.end)]
        rule = next((rule for rule in self._rules if _holds(rule, found)), None)
        return Findings(text, found, kinds, moment, self._amounts.largest(text), rule)

    @property
    def flag_names(self) -> list[str]:
        """What `flags` gives, in its order."""
        return [*self._evidence, *self._types, *LEVELS, *self._gray]

    def flags(self, findings: Findings) -> np.ndarray:
        """Give the findings as zeros and ones, for a model that learns what they mean together."""
        level = findings.level
        return np.array(
            [
                *(bool(findings.found.get(name)) for name in self._evidence),
                *(name in findings.kinds for name in self._types),
                *(name == level for name in LEVELS),
                *(bool(evidence.find(findings.text)) for evidence in self._gray.values()),
            ],
            dtype=np.float32,
        )

    def gray(self, text: str) -> dict[str, Any] | None:
        """Say whether a text is about an offer that harms whoever takes it up."""
        text = text[:MAX_LENGTH]
        found = {n: spans for n, evidence in self._gray.items() if (spans := evidence.find(text))}
        if not found:
            return None
        kind = max(found, key=lambda name: len(found[name]))
        labelled = [(span, name) for name, spans in found.items() for span in spans]
        return {"type": kind, "spans": _spans(labelled), "score": min(0.6 + 0.2 * len(found[kind]), 1.0)}

    def crisis(self, text: str) -> str | None:
        """Give the level of danger to a person's own life; the most serious level comes first."""
        text = text[:MAX_LENGTH]
        return next((level for level, e in self._crisis.items() if e.find(text)), None)

    def asks_for_person(self, text: str) -> bool:
        """Tell whether a text asks to be connected to a human being."""
        return bool(self._person.find(text[:MAX_LENGTH]))

    def is_question(self, text: str) -> bool:
        """Tell whether a text asks rather than tells."""
        question = self._question
        return any(p.search(text) for p in question.patterns) and not any(p.search(text) for p in question.unless)

    def wants_to_leave(self, text: str) -> bool:
        """Tell whether a text, said while a form is open, ends the form."""
        return self._leave.search(text.rstrip(".\N{IDEOGRAPHIC FULL STOP}!?,~ ")) is not None

    def _compile_evidence(self, entry: Mapping[str, Any]) -> Evidence:
        return Evidence(self._compile(entry["patterns"]), self._compile(entry.get("unless", ())))

    def _compile(self, patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(self._expand(pattern)) for pattern in patterns)

    def _expand(self, pattern: str) -> str:
        pattern = TERM.sub(lambda match: f"(?:{self._terms[match.group(1)]})", pattern)
        return pattern.replace("~~", WIDE_GAP).replace("~", NARROW_GAP)


def _named(rule: Mapping[str, Any]) -> list[str]:
    """List the evidence which speaks for a rule."""
    return [*rule["all"], *(name for line in rule.get("any", ()) for name in line)]


def _holds(rule: Mapping[str, Any], found: Mapping[str, Sequence[Span]]) -> bool:
    return (
        all(found.get(name) for name in rule["all"])
        and all(any(found.get(name) for name in line) for line in rule.get("any", ()))
        and not any(found.get(name) for name in rule.get("none", ()))
    )


def _all(patterns: Iterable[re.Pattern[str]], text: str) -> list[Span]:
    return [match.span() for pattern in patterns for match in pattern.finditer(text)]


def _spans(labelled: Iterable[tuple[Span, str]]) -> list[dict[str, Any]]:
    unique = sorted({(start, end, label) for (start, end), label in labelled if end > start})
    return [{"start": start, "end": end, "label": label} for start, end, label in unique]
