"""Weighted grams as sparse rows, with a vocabulary which is plain JSON on disk.

scikit-learn's vectorisers would do the same, but can only be kept with pickle, and validate their input
anew for every single message.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

VOCABULARY_FILE = "vocabulary.json"
WEIGHTS_FILE = "idf.npz"

# A document comes in blocks, such as its single characters, its pairs, its triples. Each block is brought
# to length one by itself; otherwise the many long grams would drown the few short ones.
Blocks = Sequence[Sequence[str]]


class Tfidf:
    """Sublinear term frequency times inverse document frequency."""

    def __init__(self, vocabulary: dict[str, int], idf: np.ndarray) -> None:
        """Use a vocabulary which maps a gram to its column, and the weight of each column."""
        self.vocabulary = vocabulary
        self.idf = idf

    @classmethod
    def fit(cls, documents: Sequence[Blocks], *, min_documents: int) -> Tfidf:
        """Learn the grams which occur in at least so many documents, and how rare they are."""
        frequencies: Counter[str] = Counter()
        for blocks in documents:
            frequencies.update({gram for grams in blocks for gram in grams})
        kept = sorted(gram for gram, count in frequencies.items() if count >= min_documents)
        vocabulary = {gram: column for column, gram in enumerate(kept)}
        counts = np.array([frequencies[gram] for gram in kept], dtype=np.float64)
        # One more imaginary document with every gram keeps the weights finite and positive.
        idf = np.log((1 + len(documents)) / (1 + counts)) + 1
        return cls(vocabulary, idf.astype(np.float32))

    def row(self, blocks: Blocks, scales: Sequence[float]) -> csr_matrix:
        """Weigh one document; unknown grams are ignored, so the row may be empty."""
        weighed = [self._block(grams, scale) for grams, scale in zip(blocks, scales, strict=True)]
        columns = np.concatenate([columns for columns, _ in weighed])
        values = np.concatenate([values for _, values in weighed])
        order = np.argsort(columns)
        ends = np.array([0, len(columns)], dtype=np.int32)
        shape = (1, len(self.vocabulary))
        return csr_matrix((values[order], columns[order], ends), shape)

    def _block(self, grams: Iterable[str], scale: float) -> tuple[np.ndarray, np.ndarray]:
        counts: Counter[int] = Counter()
        for gram in grams:
            column = self.vocabulary.get(gram)
            if column is not None:
                counts[column] += 1
        columns = np.fromiter(counts, dtype=np.int32, count=len(counts))
        values = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1 + np.log(values)) * self.idf[columns]
        length = np.sqrt(np.dot(values, values))
        return columns, values * np.float32(scale / length) if length else values

    def save(self, folder: Path) -> None:
        """Write vocabulary and weights into a folder."""
        grams = sorted(self.vocabulary, key=self.vocabulary.__getitem__)
        (folder / VOCABULARY_FILE).write_text(json.dumps(grams, ensure_ascii=False), encoding="utf-8")
        np.savez_compressed(folder / WEIGHTS_FILE, idf=self.idf)

    @classmethod
    def load(cls, folder: Path) -> Tfidf:
        """Read what `save` wrote."""
        grams = json.loads((folder / VOCABULARY_FILE).read_text(encoding="utf-8"))
        with np.load(folder / WEIGHTS_FILE) as arrays:
            idf = arrays["idf"]
        return cls({gram: column for column, gram in enumerate(grams)}, idf)
