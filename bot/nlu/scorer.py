"""The fitted model of the classifier: from the features of a message to honest probabilities of all labels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from bot.nlu import linear
from bot.nlu.confidence import ConfidenceModel, Correction, evidence_of
from bot.nlu.familiarity import Familiarity

WEIGHTS_FILE = "weights.npz"
FIGURES_FILE = "figures.json"


@dataclass(frozen=True)
class Scorer:
    """Weights, calibration and what they were fitted on."""

    # Features by labels, and one a label.
    weights: np.ndarray
    intercepts: np.ndarray
    # One a feature: the score for being our matter at all.
    membership: np.ndarray
    membership_intercept: float
    temperature: float
    topics: np.ndarray
    familiarity: Familiarity
    confidence: ConfidenceModel | None
    correction: Correction
    # The label of what is none of our matters; -1 where there is none.
    outside: int
    figures: Mapping[str, float]

    @classmethod
    def fit(
        cls,
        rows: csr_matrix,
        texts: Sequence[str],
        labels: np.ndarray,
        outside: np.ndarray,
        objective: linear.Objective,
        settings: Mapping[str, Any],
    ) -> Scorer:
        """Fit everything; what needs unseen examples is fitted on held-out folds.

        Args:
            rows: Features of the examples.
            texts: Their texts, normalised.
            labels: Their labels, as numbers.
            outside: Whether each is none of our matters.
            objective: What the fit is after.
            settings: The settings of bot/nlu/classifier.py.
        """
        folds = linear.grouped_folds(
            rows, folds=settings["folds"], similarity=settings["sibling_similarity"], seed=settings["seed"]
        )
        held_out = linear.held_out_scores(rows, labels, folds, objective)
        membership = linear.held_out_membership(rows, ~outside, folds, settings["membership_cost"])
        temperature = linear.fit_temperature(held_out, labels)
        familiarity, shares = Familiarity.fit(texts, outside)
        unseen = linear.softmax(held_out, temperature)
        right = objective.topics[unseen.argmax(axis=1)] == objective.topics[labels]
        # Told apart from our matters, the others are as much as a wrong topic.
        importance = np.where(outside, settings["outside_importance"], 1.0)
        confidence = ConfidenceModel.fit(
            evidence_of(unseen, objective.topics, membership, shares), right & ~outside, importance
        )
        weights, intercepts = linear.fit(rows, labels, objective)
        member_weights, member_intercept = linear.fit_membership(rows, ~outside, settings["membership_cost"])
        figures = {
            "examples": float(rows.shape[0]),
            "features": float(rows.shape[1]),
            "held_out_accuracy": float((held_out.argmax(axis=1) == labels).mean()),
            "held_out_topic_accuracy": float(right.mean()),
        }
        return cls(
            weights,
            intercepts,
            member_weights,
            member_intercept,
            temperature,
            objective.topics,
            familiarity,
            confidence,
            correction_of(settings),
            int(labels[outside][0]) if outside.any() else -1,
            figures,
        )

    def probabilities(self, row: csr_matrix, text: str) -> np.ndarray:
        """Give all labels their probabilities, scaled so that the best one says how sure its topic is, or that none is.

        The order is that of the scores; the sum may be other than one.
        """
        claimed = linear.softmax(row.data @ self.weights[row.indices] + self.intercepts, self.temperature)
        if self.confidence is None:
            return claimed
        membership = float(row.data @ self.membership[row.indices]) + self.membership_intercept
        evidence = evidence_of(
            claimed[None, :], self.topics, np.array([membership]), np.array([self.familiarity.shares(text)])
        )
        sure = self.confidence.of(evidence, self.correction)[0]
        if claimed.argmax() == self.outside:
            sure = 1 - sure
        return np.asarray(np.minimum(claimed * (sure / claimed.max()), 1.0))

    def save(self, folder: Path) -> None:
        """Write the model into a folder, without pickle."""
        figures = {
            "temperature": self.temperature,
            "membership_intercept": self.membership_intercept,
            "outside": self.outside,
            "confidence_intercept": self.confidence.intercept if self.confidence else None,
            "figures": dict(self.figures),
        }
        (folder / FIGURES_FILE).write_text(json.dumps(figures), encoding="utf-8")
        self.familiarity.save(folder)
        # Half precision is far finer than the differences between labels, and halves the model.
        np.savez_compressed(
            folder / WEIGHTS_FILE,
            weights=self.weights.astype(np.float16),
            intercepts=self.intercepts,
            membership=self.membership,
            topics=self.topics,
            confidence=self.confidence.weights if self.confidence else np.zeros(0),
        )

    @classmethod
    def load(cls, folder: Path, *, correction: Correction) -> Scorer:
        """Read what `save` wrote."""
        kept = json.loads((folder / FIGURES_FILE).read_text(encoding="utf-8"))
        intercept = kept["confidence_intercept"]
        with np.load(folder / WEIGHTS_FILE) as arrays:
            return cls(
                arrays["weights"].astype(np.float32),
                arrays["intercepts"],
                arrays["membership"],
                kept["membership_intercept"],
                kept["temperature"],
                arrays["topics"],
                Familiarity.load(folder),
                None if intercept is None else ConfidenceModel(arrays["confidence"], intercept),
                correction,
                kept["outside"],
                kept["figures"],
            )


def correction_of(settings: Mapping[str, Any]) -> Correction:
    """Read the correction of the confidence from the settings of bot/nlu/classifier.py."""
    return Correction(settings["confidence_scale"], settings["confidence_offset"])
