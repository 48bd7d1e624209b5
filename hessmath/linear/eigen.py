"""Eigenvalues and eigenvectors of symmetric matrices in loops that take one matrix after another.

``eigen`` writes the eigenvalues of a matrix, rising, and keeps Q; ``to_eigenbasis`` and ``from_eigenbasis`` multiply by
Qᵀ and Q.  ``tridiagonal_eigen`` does the same for a small tridiagonal matrix, with Q in the rows of an array.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hessmath.linear.factors import LapackFactors
from hessmath.linear.twofold import family, with_loops

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


@family
def eigen(factors, H, values):  # type: ignore[no-untyped-def]
    """Values ← the eigenvalues of the symmetric and finite H, rising; the eigenvectors are kept in the factors."""


@family
def to_eigenbasis(factors, v, out):  # type: ignore[no-untyped-def]
    """out ← Qᵀv, after ``eigen``."""


@family
def from_eigenbasis(factors, c, out):  # type: ignore[no-untyped-def]
    """out ← Qc, after ``eigen``."""


@eigen.of(LapackFactors)
def _(factors: LapackFactors, H: Matrix, values: Vector) -> None:
    values[:], factors.eigenvectors = np.linalg.eigh(H)


@to_eigenbasis.of(LapackFactors)
def _(factors: LapackFactors, v: Vector, out: Vector) -> None:
    out[:] = factors.eigenvectors.T @ v


@from_eigenbasis.of(LapackFactors)
def _(factors: LapackFactors, c: Vector, out: Vector) -> None:
    out[:] = factors.eigenvectors @ c


def _by_rotations(k: int, alpha: Vector, beta: Vector, values: Vector, work: Vector, Z: Matrix) -> None:
    """The implicit QL algorithm with Wilkinson's shifts (Golub & Van Loan 2013, Algorithm 8.3.3), then sorting."""
    for i in range(k):
        values[i] = alpha[i]
        work[i] = beta[i] if i + 1 < k else 0.0
        for j in range(k):
            Z[i, j] = 1.0 if i == j else 0.0
    for low in range(k):
        for _ in range(60):
            m = low
            while m + 1 < k and abs(work[m]) > 1e-16 * (abs(values[m]) + abs(values[m + 1])):
                m += 1
            if m == low:
                break
            t = (values[low + 1] - values[low]) / (2.0 * work[low])
            r = math.hypot(t, 1.0)
            t = values[m] - values[low] + work[low] / (t + math.copysign(r, t))
            s, c, shift = 1.0, 1.0, 0.0
            i = m - 1
            while i >= low:
                f, b = s * work[i], c * work[i]
                r = math.hypot(f, t)
                work[i + 1] = r
                if r == 0.0:
                    values[i + 1] -= shift
                    work[m] = 0.0
                    break
                s, c = f / r, t / r
                t = values[i + 1] - shift
                r = (values[i] - t) * s + 2.0 * c * b
                shift = s * r
                values[i + 1] = t + shift
                t = c * r - b
                for j in range(k):
                    f = Z[i + 1, j]
                    Z[i + 1, j] = s * Z[i, j] + c * f
                    Z[i, j] = c * Z[i, j] - s * f
                i -= 1
            if i < low:
                values[low] -= shift
                work[low] = t
                work[m] = 0.0
    for i in range(k):
        least = i
        for j in range(i + 1, k):
            if values[j] < values[least]:
                least = j
        if least != i:
            values[i], values[least] = values[least], values[i]
            for j in range(k):
                Z[i, j], Z[least, j] = Z[least, j], Z[i, j]


@with_loops(_by_rotations)
def tridiagonal_eigen(k: int, alpha: Vector, beta: Vector, values: Vector, work: Vector, Z: Matrix) -> None:
    """The eigenvalues, rising, of the matrix with diagonal alpha[:k] and off-diagonal beta[:k − 1].

    Row i of Z[:k, :k] becomes the eigenvector of values[i]; ``work`` is scratch of k numbers.
    """
    T = np.diag(alpha[:k]) + np.diag(beta[: k - 1], 1) + np.diag(beta[: k - 1], -1)
    values[:k], Q = np.linalg.eigh(T)
    Z[:k, :k] = Q.T
