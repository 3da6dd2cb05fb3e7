"""The learned half of the cue detector: linear scores on character pairs and on what the rules have found.

A rule knows that somebody paid and was blocked; it does not know the ten thousand other ways to tell it. Two scores
are learned apart, because they have nothing in common: that people tell of a scam in their own words, and that they
pass on what a scammer wrote to them. Others tell the state of the victim, the type of the scam, that a text is about
an offer of the gray industry, and which.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression

from bot.nlu.char_ngrams import BREAK, char_grams
from bot.nlu.cue_examples import CueExample
from bot.nlu.tfidf import Tfidf

FILE = "scam_model.npz"
LABELS_FILE = "scam_labels.json"
SCALES = (1.0, 1.0)
# Which number or address it is says nothing; that there is one does.
ADDRESS = re.compile(r"(?:https?://)?[a-z0-9.-]*[a-z0-9]\.[a-z]{2,4}(?:/[\w./-]*)?")
NUMBER = re.compile(r"[\dx*]{2,}")
# A text with findings of the rules: so much does each count beside the words.
FINDING = 0.5
COST = 5.0


@dataclass(frozen=True)
class Learned:
    """What the model makes of one text."""

    # Log-odds of telling of a scam, and of being a scammer's own text.
    told: float
    pasted: float
    state: str
    state_probability: float
    scam_type: str
    type_probability: float
    # Log-odds of being about an offer of the gray industry, and the likeliest.
    gray: float
    gray_type: str


@dataclass(frozen=True)
class Head:
    """One linear model: features by classes, and their names."""

    weights: np.ndarray
    intercepts: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def fit(cls, rows: csr_matrix, names: Sequence[str], importance: np.ndarray) -> Head:
        """Fit one score a name against all others (a single score where there are two)."""
        if len(set(names)) < 2:
            return cls(np.zeros((rows.shape[1], 1), dtype=np.float32), np.zeros(1), tuple(set(names)) or ("",))
        model = LogisticRegression(C=COST, solver="liblinear", random_state=0)
        model.fit(rows, np.array(names), sample_weight=importance)
        return cls(model.coef_.T.astype(np.float32), model.intercept_, tuple(model.classes_.tolist()))

    def scores(self, row: csr_matrix) -> np.ndarray:
        """Give the scores of one row."""
        return np.asarray(row.data @ self.weights[row.indices] + self.intercepts)

    def best(self, row: csr_matrix) -> tuple[str, float]:
        """Give the most probable name with its share of the probability."""
        probabilities = 1 / (1 + np.exp(-self.scores(row)))
        if len(self.names) == 2:
            probabilities = np.array([1 - probabilities[0], probabilities[0]])
        number = int(probabilities.argmax())
        return self.names[number], float(probabilities[number] / probabilities.sum())


class ScamModel:
    """Vocabulary and the models."""

    def __init__(self, grams: Tfidf, heads: Mapping[str, Head]) -> None:
        """Keep the parts; `heads` by the fields of `Learned`."""
        self._grams = grams
        self._heads = heads

    @classmethod
    def fit(
        cls, examples: Sequence[CueExample], findings: np.ndarray, importance: np.ndarray, *, min_documents: int = 2
    ) -> ScamModel:
        """Learn from examples.

        Args:
            examples: Texts of all kinds.
            findings: Examples by what the rules can find, 1 where they did.
            importance: How much each example counts.
            min_documents: In how many texts a gram has to occur.
        """
        documents = [_blocks(example.text) for example in examples]
        grams = Tfidf.fit(documents, min_documents=min_documents)
        words = vstack([grams.row(document, SCALES) for document in documents], format="csr")
        rows = hstack([words, csr_matrix(findings.astype(np.float32) * FINDING)], format="csr")
        told = [example.state is not None and not example.is_pasted for example in examples]
        pasted = [example.state is not None and example.is_pasted for example in examples]
        typed = [example.state is not None and example.scam_type is not None for example in examples]

        def fit(chosen: Sequence[bool], names: Sequence[str]) -> Head:
            kept = np.flatnonzero(chosen)
            return Head.fit(rows[kept], [names[number] for number in kept], importance[kept])

        gray = [example.gray is not None for example in examples]
        # An offer that harms in the end is no scam by itself, nor is it innocent.
        plain = [example.gray is None for example in examples]
        # Nobody has looked at the texts of scams for offers of this kind, and many hold one.
        gray_known = [example.gray is not None or example.state is None for example in examples]
        heads = {
            "told": fit(plain, [str(int(flag)) for flag in told]),
            "pasted": fit(plain, [str(int(flag)) for flag in pasted]),
            "state": fit(told, [str(example.state) for example in examples]),
            "type": fit(typed, [str(example.scam_type) for example in examples]),
            "gray": fit(gray_known, [str(int(flag)) for flag in gray]),
            "gray_type": fit(gray, [str(example.gray) for example in examples]),
        }
        return cls(grams, heads)

    def look(self, text: str, findings: np.ndarray) -> Learned:
        """Score a normalised text with what the rules have found in it."""
        words = self._grams.row(_blocks(text), SCALES)
        row = hstack([words, csr_matrix(findings.astype(np.float32) * FINDING)], format="csr")
        state, state_probability = self._heads["state"].best(row)
        scam_type, type_probability = self._heads["type"].best(row)
        return Learned(
            float(self._heads["told"].scores(row)[0]),
            float(self._heads["pasted"].scores(row)[0]),
            state,
            state_probability,
            scam_type,
            type_probability,
            float(self._heads["gray"].scores(row)[0]),
            self._heads["gray_type"].best(row)[0],
        )

    def save(self, folder: Path) -> None:
        """Write everything into a folder, without pickle."""
        self._grams.save(folder)
        names = {name: head.names for name, head in self._heads.items()}
        (folder / LABELS_FILE).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        arrays = {f"{name}_weights": head.weights.astype(np.float16) for name, head in self._heads.items()}
        arrays |= {f"{name}_intercepts": head.intercepts for name, head in self._heads.items()}
        np.savez_compressed(folder / FILE, **arrays)

    @classmethod
    def load(cls, folder: Path) -> ScamModel:
        """Read what `save` wrote."""
        names = json.loads((folder / LABELS_FILE).read_text(encoding="utf-8"))
        with np.load(folder / FILE) as arrays:
            heads = {
                name: Head(arrays[f"{name}_weights"].astype(np.float32), arrays[f"{name}_intercepts"], tuple(classes))
                for name, classes in names.items()
            }
        return cls(Tfidf.load(folder), heads)


def _blocks(text: str) -> list[list[str]]:
    masked = NUMBER.sub("#", ADDRESS.sub("@", text))
    stretches = [stretch for stretch in BREAK.split(masked.replace("@", "_")) if stretch]
    return [char_grams(stretches, length) for length in range(1, len(SCALES) + 1)]
