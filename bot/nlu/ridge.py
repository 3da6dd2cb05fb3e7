"""Regularised least squares on sparse rows, with exact held-out scores for the price of one fit.

The scores which an example would have got, had its whole fold been left out of the training, follow in
closed form from the inverse that the fit needs anyway. That is what the temperature is fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import lapack, solve
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix


def fit(
    rows: csr_matrix, labels: np.ndarray, *, classes: int, penalty: float, folds: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Fit one linear score a class; targets are one for the class and zero for all others.

    Args:
        rows: One example a row.
        labels: The class number of each example.
        classes: How many classes there are.
        penalty: Weight of the regularisation.
        folds: Index arrays that split the examples.

    Returns:
        The weights (features by classes) and the held-out scores (examples by classes).
    """
    targets = np.zeros((rows.shape[0], classes), dtype=np.float32)
    targets[np.arange(len(labels)), labels] = 1
    kernel = (rows @ rows.T).toarray().astype(np.float32)
    kernel[np.diag_indices_from(kernel)] += penalty
    inverse = _symmetric_inverse(kernel)
    coefficients = inverse @ targets
    held_out = np.empty_like(targets)
    for fold in folds:
        residual = solve(inverse[np.ix_(fold, fold)], coefficients[fold], assume_a="pos")
        held_out[fold] = targets[fold] - residual
    weights = np.asarray(rows.T @ coefficients, dtype=np.float32)
    return weights, held_out


def _symmetric_inverse(matrix: np.ndarray) -> np.ndarray:
    """Invert a positive definite matrix in place, at a third of the work of a general inverse."""
    factor, status = lapack.spotrf(matrix, lower=1, overwrite_a=1)
    if status == 0:
        factor, status = lapack.spotri(factor, lower=1, overwrite_c=1)
    if status != 0:
        raise ValueError("the kernel matrix is not positive definite; is the penalty positive?")
    lower = np.tril(factor)
    return lower + np.tril(lower, -1).T


def grouped_folds(rows: csr_matrix, *, folds: int, similarity: float, seed: int) -> list[np.ndarray]:
    """Split examples so that near paraphrases of each other are never in two folds.

    Otherwise the held-out scores would be those of a message the model has all but seen.
    """
    from scipy.sparse.csgraph import connected_components

    near = rows @ rows.T
    near.data[near.data < similarity] = 0
    near.eliminate_zeros()
    groups, group_of = connected_components(near, directed=False)
    fold_of_group = np.random.default_rng(seed).integers(folds, size=groups)
    fold_of = fold_of_group[group_of]
    return [found for fold in range(folds) if len(found := np.flatnonzero(fold_of == fold))]


def softmax(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Turn scores into probabilities along the last axis."""
    scaled = (scores - scores.max(axis=-1, keepdims=True)) / temperature
    exponentials = np.exp(scaled)
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def fit_temperature(held_out: np.ndarray, labels: np.ndarray) -> float:
    """Find the temperature which makes the held-out probabilities honest."""

    def loss(log_temperature: float) -> float:
        probabilities = softmax(held_out, float(np.exp(log_temperature)))
        return float(-np.log(probabilities[np.arange(len(labels)), labels] + 1e-12).mean())

    found = minimize_scalar(loss, bounds=(np.log(0.005), np.log(5)), method="bounded")
    return float(np.exp(found.x))
