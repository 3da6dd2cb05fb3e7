"""How sure the answer to a message may be called: a logistic model of what speaks for and against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

# Probabilities closer to none and to all than this say no more.
NEARLY_NONE = 1e-4


@dataclass(frozen=True)
class Correction:
    """By how much the log-odds of real messages differ from those of the examples, which are harder, yet more alike."""

    scale: float
    offset: float


@dataclass(frozen=True)
class ConfidenceModel:
    """Weights of the evidence, fitted on examples which the classifier had not seen."""

    weights: np.ndarray
    intercept: float

    @classmethod
    def fit(cls, evidence: np.ndarray, right: np.ndarray, weights: np.ndarray) -> ConfidenceModel | None:
        """Learn how often the best label has the right topic.

        Args:
            evidence: Examples by pieces of evidence, from `evidence_of`.
            right: Whether the topic of the best label is that of the example.
            weights: How much each example counts.

        Returns:
            None where all examples are right, or none is: there is nothing to learn.
        """
        if len(np.unique(right)) < 2:
            return None
        model = LogisticRegression(max_iter=1000).fit(evidence, right, sample_weight=weights)
        return cls(model.coef_[0], float(model.intercept_[0]))

    def of(self, evidence: np.ndarray, correction: Correction) -> np.ndarray:
        """Give the probability that the topic is right, for each row of evidence from `evidence_of`."""
        odds = evidence @ self.weights + self.intercept
        return np.asarray(1 / (1 + np.exp(-(correction.scale * odds + correction.offset))))


def evidence_of(
    probabilities: np.ndarray, topics: np.ndarray, membership: np.ndarray, familiarity: np.ndarray
) -> np.ndarray:
    """Put together what speaks for the best label.

    Args:
        probabilities: Messages by labels.
        topics: The topic of each label, as a number.
        membership: For each message, the score that it is our matter at all.
        familiarity: Messages by shares of known n-grams (bot/nlu/familiarity.py).

    Returns:
        One row a message: the log-odds of the best label and of its topic, the membership, the shares.
    """
    best = probabilities.argmax(axis=1)
    same_topic = topics[None, :] == topics[best][:, None]
    odds = [_log_odds(probabilities.max(axis=1)), _log_odds((probabilities * same_topic).sum(axis=1))]
    return np.column_stack([*odds, membership, familiarity])


def _log_odds(probabilities: np.ndarray) -> np.ndarray:
    safe = np.clip(probabilities, NEARLY_NONE, 1 - NEARLY_NONE)
    return np.asarray(np.log(safe / (1 - safe)))
