"""The rules of data/lexicon/cues.yml at work: what a text says about scams, gray offers and danger.

Nothing here knows a word of Chinese; what a rule looks for, and what it means, stands in the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.nlu.amounts import AmountReader
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
TYPED = "typed"
JUST_NOW = "just_now"

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

    def scam(self, text: str) -> dict[str, Any] | None:
        """Say whether a text tells of a scam, how urgently, and in which state its victim is."""
        text = text[:MAX_LENGTH]
        found = {name: evidence.find(text) for name, evidence in self._evidence.items()}
        kinds = {name: spans for name, patterns in self._types.items() if (spans := _all(patterns, text))}
        found[TYPED] = [span for spans in kinds.values() for span in spans]
        moment = self._moments.latest(text)
        if moment is not None and moment.hours <= JUST_NOW_HOURS:
            found[JUST_NOW] = [(moment.start, moment.end)]
        rule = next((rule for rule in self._rules if _holds(rule, found)), None)
        if rule is None or not (rule.get("level") or rule.get("by_time")):
            return None
        amount = self._amounts.largest(text)
        labelled = [(span, name) for name in _named(rule) if name != TYPED for span in found.get(name, ())]
        labelled += [(span, kind) for kind, spans in kinds.items() for span in spans]
        if amount:
            labelled.append(((amount.start, amount.end), "amount"))
        if moment:
            labelled.append(((moment.start, moment.end), "when"))
        return {
            "level": rule.get("level") or _level_at(moment),
            "type": max(kinds, key=lambda kind: len(kinds[kind])) if kinds else None,
            "state": rule["state"],
            "amount": amount.fen if amount else None,
            "when": text[moment.start : moment.end] if moment else None,
            "spans": _spans(labelled),
            "score": rule["score"],
        }

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


def _level_at(moment: Moment | None) -> str:
    return RECENT_LEVEL if moment is None or moment.hours <= RECENT_HOURS else EARLIER_LEVEL


def _all(patterns: Iterable[re.Pattern[str]], text: str) -> list[Span]:
    return [match.span() for pattern in patterns for match in pattern.finditer(text)]


def _spans(labelled: Iterable[tuple[Span, str]]) -> list[dict[str, Any]]:
    unique = sorted({(start, end, label) for (start, end), label in labelled if end > start})
    return [{"start": start, "end": end, "label": label} for start, end, label in unique]
