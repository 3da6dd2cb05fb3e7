"""Rules and learned scores together: whether a message tells of a scam, how urgent it is, and how its victim is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bot.nlu.cue_examples import CueExample
from bot.nlu.cue_rules import EARLIER_LEVEL, CueRules, Findings
from bot.nlu.scam_model import Learned, ScamModel

CONTACTED = "contacted"
ASKING = "asking"
PAID = "paid"
PAID_EARLIER = "paid_earlier"
UNSURE_LEVEL = "P2"
LESSON_LEVEL = "P3"
# Better told by the model than by rules, where the whole story counts.
LEARNED_STATES = frozenset({"someone_else", "account_lent", "loan_in_my_name"})
# What rules say of somebody who is only asking.
MILD_STATES = frozenset({ASKING, CONTACTED})


class ScamDetector:
    """What the rules find, corrected and completed by what was learned."""

    def __init__(
        self,
        rules: CueRules,
        model: ScamModel | None,
        levels: Mapping[str, str],
        settings: Mapping[str, float],
    ) -> None:
        """Join the parts.

        Args:
            rules: The compiled lexicon.
            model: The learned scores; None before training.
            levels: The level of each state (texts/triage.yml).
            settings: The thresholds of bot/nlu/cues.py.
        """
        self.rules = rules
        self.model = model
        self._levels = levels
        self._settings = settings

    def learn(self, examples: Sequence[CueExample], importance: Sequence[float]) -> None:
        """Fit the model on texts, each with how much it counts."""
        findings = np.array([self.rules.flags(self.rules.look(example.text)) for example in examples])
        self.model = ScamModel.fit(examples, findings, np.array(importance))

    def detect(self, text: str) -> dict[str, Any] | None:
        """Give level, type, state, amount (in fen), time, spans and score of a scam; None where there is none."""
        return self.scam(*self.look(text))

    def look(self, text: str) -> tuple[Findings, Learned | None]:
        """Find and score once what `scam` and `gray` decide on."""
        findings = self.rules.look(text)
        return findings, self.model.look(findings.text, self.rules.flags(findings)) if self.model else None

    def gray(self, findings: Findings, learned: Learned | None) -> dict[str, Any] | None:
        """Give type, spans and score of an offer of the gray industry; None where there is none."""
        by_rule = self.rules.gray(findings.text)
        if learned is None:
            return by_rule
        if learned.gray < self._settings["gray_veto" if by_rule else "gray"]:
            return None
        score = round(float(1 / (1 + np.exp(-learned.gray))), 4)
        if by_rule:
            return {**by_rule, "score": max(by_rule["score"], score)}
        return {"type": learned.gray_type, "spans": [], "score": score}

    def guess(self, learned: Learned | None) -> tuple[str, str] | None:
        """Give level and state where another model is sure of a loss and no cue was found."""
        if learned is None or learned.state in MILD_STATES or learned.state == PAID:
            return None
        return self._levels[learned.state], learned.state

    def scam(self, findings: Findings, learned: Learned | None) -> dict[str, Any] | None:
        """Decide on what `look` gave; the same as `detect`."""
        verdict = self._verdict(findings, learned)
        if verdict is None:
            return None
        level, state = verdict
        return {
            "level": level,
            "type": _type(findings, learned, self._settings["sure_type"]),
            "state": state,
            "amount": findings.amount.fen if findings.amount else None,
            "when": findings.when,
            "spans": findings.spans(),
            "score": _score(findings, learned),
        }

    def _verdict(self, findings: Findings, learned: Learned | None) -> tuple[str, str] | None:
        level = findings.level
        state = str(findings.rule["state"]) if findings.rule and level else None
        if learned is None:
            return (level, _by_level(level, state)) if level and state else None
        told, pasted = learned.told, learned.pasted
        if level is None or state is None:
            if findings.rule is not None and max(told, pasted) < self._settings["overrule"]:
                # A rule says that this only looks like one: a joke, a complaint about us.
                return None
            return self._by_score(findings, learned)
        if level == LESSON_LEVEL:
            return level, state
        if max(told, pasted) < self._settings["veto"]:
            return None
        if level == UNSURE_LEVEL and learned.told >= self._settings["very_sure"]:
            # Somebody asks whether they were cheated, and all they tell says that they were.
            return self._by_score(findings, learned) or (level, state)
        if learned.state in LEARNED_STATES and learned.state_probability >= self._settings["sure_state"]:
            return self._levels[learned.state], learned.state
        return level, _by_level(level, state)

    def _by_score(self, findings: Findings, learned: Learned) -> tuple[str, str] | None:
        """Decide where no rule speaks."""
        if learned.pasted >= self._settings["pasted"] and learned.pasted > learned.told:
            return UNSURE_LEVEL, CONTACTED
        if learned.told < self._settings["told"]:
            return None
        state = learned.state
        is_sure = learned.told >= self._settings["sure"] and learned.state_probability >= self._settings["sure_state"]
        if state in MILD_STATES or not is_sure:
            return UNSURE_LEVEL, state if state in MILD_STATES else ASKING
        if state == PAID:
            level = findings.level_by_time
            return level, _by_level(level, state)
        return self._levels[state], state


def _by_level(level: str | None, state: str | None) -> str:
    """Tell a loss of today from an earlier one, which is told other things first."""
    return PAID_EARLIER if state == PAID and level == EARLIER_LEVEL else str(state)


def _type(findings: Findings, learned: Learned | None, sure: float) -> str | None:
    if findings.scam_type is not None:
        return findings.scam_type
    return learned.scam_type if learned and learned.type_probability >= sure else None


def _score(findings: Findings, learned: Learned | None) -> float:
    by_rule = float(findings.rule["score"]) if findings.rule and findings.level else 0.0
    if learned is None:
        return by_rule
    return round(max(by_rule, float(1 / (1 + np.exp(-max(learned.told, learned.pasted))))), 4)
