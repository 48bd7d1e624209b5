"""Matrices on which a student's solver is tried: integer entries, far from singular, with what makes a family hard."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


def _symmetric_positive(rng: np.random.Generator, n: int) -> Float64:
    B = rng.integers(-3, 4, size=(n, n)).astype(np.float64)
    return B @ B.T + np.eye(n)


def _symmetric(rng: np.random.Generator, n: int) -> Float64:
    B = rng.integers(-3, 4, size=(n, n)).astype(np.float64)
    return B + B.T + np.diag(np.where(np.arange(n) % 2 == 0, 10.0 * n, -10.0 * n))


def _general(rng: np.random.Generator, n: int) -> Float64:
    """Invertible, with a zero first pivot where n > 1, so that rows must be exchanged."""
    A = rng.integers(-3, 4, size=(n, n)).astype(np.float64) + 7.0 * n * np.roll(np.eye(n), 1, axis=0)
    if n > 1:
        A[0, 0] = 0.0
    return A


def _triangular(rng: np.random.Generator, n: int) -> Float64:
    return np.tril(rng.integers(-3, 4, size=(n, n)), -1).astype(np.float64) + np.diag(np.arange(1.0, n + 1))


MATRICES: dict[str, Callable[[np.random.Generator, int], Float64]] = {
    "general": _general,
    "symmetric": _symmetric,
    "spd": _symmetric_positive,
    "lower_triangular": _triangular,
}
"""The families of matrices for the task solve."""
