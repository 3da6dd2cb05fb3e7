"""Weighted n-grams as sparse rows, with a vocabulary which is plain JSON on disk.

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


class Tfidf:
    """Sublinear term frequency times inverse document frequency, rows of length one."""

    def __init__(self, vocabulary: dict[str, int], idf: np.ndarray) -> None:
        """Use a vocabulary which maps a gram to its column, and the weight of each column."""
        self.vocabulary = vocabulary
        self.idf = idf

    @classmethod
    def fit(cls, documents: Sequence[Iterable[str]], *, min_documents: int) -> Tfidf:
        """Learn the grams which occur in at least so many documents, and how rare they are."""
        frequencies: Counter[str] = Counter()
        for grams in documents:
            frequencies.update(set(grams))
        kept = sorted(gram for gram, count in frequencies.items() if count >= min_documents)
        vocabulary = {gram: column for column, gram in enumerate(kept)}
        counts = np.array([frequencies[gram] for gram in kept], dtype=np.float64)
        # One more imaginary document with every gram keeps the weights finite and positive.
        idf = np.log((1 + len(documents)) / (1 + counts)) + 1
        return cls(vocabulary, idf.astype(np.float32))

    def row(self, grams: Iterable[str]) -> csr_matrix:
        """Weigh one document; unknown grams are ignored, so the row may be empty."""
        counts: Counter[int] = Counter()
        for gram in grams:
            column = self.vocabulary.get(gram)
            if column is not None:
                counts[column] += 1
        shape = (1, len(self.vocabulary))
        if not counts:
            return csr_matrix(shape, dtype=np.float32)
        columns = np.array(sorted(counts), dtype=np.int32)
        values = np.array([counts[column] for column in columns.tolist()], dtype=np.float32)
        values = (1 + np.log(values)) * self.idf[columns]
        values /= np.sqrt(np.dot(values, values))
        return csr_matrix((values, columns, np.array([0, len(columns)], dtype=np.int32)), shape)

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
