"""A symmetric matrix as LDLᵀ: solving, counting signs of eigenvalues, and finding a direction of negative curvature.

Everything is rounded.  By Sylvester's law A = S⁻¹ P L D Lᵀ Pᵀ S⁻¹ has as many positive, negative and zero
eigenvalues as D, whose blocks are 1×1 and 2×2.  S is a diagonal scaling by powers of two (it rounds nothing), so
that what counts as zero does not depend on the units of the variables.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from hessmath.errors import InputError
from hessmath.linear.operators import Matrix, Vector

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class FloatInertia:
    """How many eigenvalues are positive, negative and zero, as far as float64 can tell."""

    positive: int
    negative: int
    zero: int


@dataclass(frozen=True, eq=False)
class LDLT:
    """A = S⁻¹ P L D Lᵀ Pᵀ S⁻¹.

    ``lower`` is L, (n, n), unit lower triangular; ``blocks`` is D, (n, n), block diagonal with 1×1 and 2×2 blocks;
    ``permutation`` (n,) has row i of PᵀMP from row ``permutation[i]`` of M; ``scale`` (n,) is the diagonal of S.
    """

    lower: Matrix
    blocks: Matrix
    permutation: np.ndarray[tuple[int, ...], np.dtype[np.intp]]
    scale: Vector

    @property
    def dimension(self) -> int:
        """The number n of rows."""
        return self.scale.size

    @cached_property
    def _spectrum(self) -> tuple[Vector, Matrix]:
        """D = Y diag(λ) Yᵀ with Y orthogonal, block by block (blocks are far apart, so exact zeros stay)."""
        eigenvalues = np.diagonal(self.blocks).copy()
        Y = np.eye(self.dimension)
        for i in np.flatnonzero(np.diagonal(self.blocks, -1)):
            pair = slice(i, i + 2)
            eigenvalues[pair], Y[pair, pair] = np.linalg.eigh(self.blocks[pair, pair])
        return eigenvalues, Y

    @property
    def block_eigenvalues(self) -> Vector:
        """The eigenvalues of D, (n,), in the order of the blocks: A's signs, not A's eigenvalues."""
        return self._spectrum[0]

    @property
    def zero_tolerance(self) -> float:
        """Eigenvalues of D at most this large count as zero: n·ε·‖D‖."""
        largest = float(np.abs(self.block_eigenvalues).max(initial=0.0))
        return self.dimension * EPS * largest

    @property
    def inertia(self) -> FloatInertia:
        """The signs of A's eigenvalues, counted."""
        d, tolerance = self.block_eigenvalues, self.zero_tolerance
        positive, negative = int((d > tolerance).sum()), int((d < -tolerance).sum())
        return FloatInertia(positive, negative, self.dimension - positive - negative)

    @property
    def is_singular(self) -> bool:
        """Whether some eigenvalue counts as zero."""
        return bool((np.abs(self.block_eigenvalues) <= self.zero_tolerance).any())

    @property
    def is_positive_definite(self) -> bool:
        """Whether every eigenvalue counts as positive."""
        return bool((self.block_eigenvalues > self.zero_tolerance).all())

    def solve(self, b: ArrayLike) -> Vector:
        """x with Ax = b, b of shape (n,) or (n, k).

        Raises
        ------
        InputError
            If A is singular to rounding, or b has another length.
        """
        rhs = np.asarray(b, dtype=np.float64)
        if rhs.ndim not in (1, 2) or rhs.shape[0] != self.dimension:
            raise InputError(f"b has shape {rhs.shape}, but A has {self.dimension} rows.")
        if self.is_singular:
            smallest = float(np.abs(self.block_eigenvalues).min())
            raise InputError(
                f"A is singular to rounding (a pivot of {smallest:.3g} after scaling), so Ax = b has no unique "
                "solution: shift A, or use modified_cholesky(A)."
            )
        eigenvalues, Y = self._spectrum
        from scipy.linalg import solve_triangular  # 0.1 s, so on first use

        # The columns of b are in the rows of the arrays below.
        y = (np.atleast_2d(rhs.T) * self.scale)[:, self.permutation].T
        y = solve_triangular(self.lower, y, lower=True, unit_diagonal=True, check_finite=False)
        y = Y @ ((Y.T @ y) / eigenvalues[:, None])
        y = solve_triangular(self.lower, y, lower=True, unit_diagonal=True, trans="T", check_finite=False)
        x = np.empty_like(y)
        x[self.permutation] = y
        x = x * self.scale[:, None]
        return np.asarray(x[:, 0] if rhs.ndim == 1 else x, dtype=np.float64)

    def negative_direction(self) -> Vector | None:
        """A unit vector d with dᵀAd < 0, or None if no eigenvalue counts as negative.

        d = S P L⁻ᵀ y for the eigenvector y of D's most negative eigenvalue μ, so that dᵀAd = μ before scaling to
        length 1.  It is not the eigenvector of A's smallest eigenvalue, but costs only one triangular solve.
        """
        eigenvalues, Y = self._spectrum
        if self.inertia.negative == 0:
            return None
        from scipy.linalg import solve_triangular

        y = solve_triangular(
            self.lower, Y[:, int(eigenvalues.argmin())], lower=True, unit_diagonal=True, trans="T", check_finite=False
        )
        d = np.empty_like(y)
        d[self.permutation] = y
        d *= self.scale
        return np.asarray(d / math.sqrt(float(d @ d)), dtype=np.float64)

    def with_block_eigenvalues(self, eigenvalues: Vector) -> LDLT:
        """The same factors with D's eigenvalues replaced and D's eigenvectors kept."""
        Y = self._spectrum[1]
        return replace(self, blocks=(Y * eigenvalues) @ Y.T)

    def to_dense(self) -> Matrix:
        """The matrix that the factors multiply to, (n, n)."""
        M = np.empty_like(self.lower)
        rows = self.permutation
        M[rows[:, np.newaxis], rows[np.newaxis, :]] = self.lower @ self.blocks @ self.lower.T
        return np.asarray(M / np.outer(self.scale, self.scale), dtype=np.float64)


def ldlt(A: ArrayLike) -> LDLT:
    """Factorise a symmetric matrix with diagonal (Bunch–Kaufman) pivoting; it may be indefinite or singular.

    Parameters
    ----------
    A : (n, n), symmetric to 10⁻⁸ of its largest entry; the lower triangle is used

    Raises
    ------
    InputError
        If A is not square, not symmetric, or not finite.

    References
    ----------
    Bunch & Kaufman (1977), Some stable methods for calculating inertia and solving symmetric linear systems;
    Golub & Van Loan (2013), Matrix Computations, 4th ed., section 4.4.  Cost n³/3.

    Examples
    --------
    >>> from hessmath.linear import ldlt
    >>> ldlt([[1.0, 2.0], [2.0, 1.0]]).inertia  # eigenvalues 3 and -1
    FloatInertia(positive=1, negative=1, zero=0)
    >>> ldlt([[0.0, 1.0], [1.0, 0.0]]).solve([2.0, 3.0]).round(12).tolist()
    [3.0, 2.0]
    """
    matrix = _checked(A)
    scale = _equilibrating(matrix)
    if matrix.size == 0:
        return LDLT(matrix, matrix, np.zeros(0, dtype=np.intp), scale)
    from scipy.linalg import ldl

    scaled = matrix * scale * scale[:, None]
    lower, blocks, permutation = ldl(scaled, lower=True, check_finite=False)
    if not blocks.any(axis=1).all():  # LAPACK's blocked code goes wrong after a pivot that is exactly zero
        return LDLT(*_column_by_column(scaled), scale)
    return LDLT(
        np.asarray(lower[permutation], dtype=np.float64),
        np.asarray(blocks, dtype=np.float64),
        permutation.astype(np.intp),
        scale,
    )


def _column_by_column(A: Matrix) -> tuple[Matrix, Matrix, np.ndarray[tuple[int, ...], np.dtype[np.intp]]]:
    """L, D and the permutation by LAPACK's unblocked code, which is what a small workspace makes it use."""
    from scipy.linalg.lapack import dsytrf

    n = A.shape[0]
    packed, pivots, _ = dsytrf(A, lower=1, lwork=n)
    L, D, permutation = np.tril(packed, -1), np.diag(np.diag(packed)), np.arange(n)
    k = 0
    while k < n:
        size = 1 if pivots[k] > 0 else 2
        row, other = k + size - 1, abs(int(pivots[k])) - 1
        if size == 2:
            D[k + 1, k] = D[k, k + 1] = L[k + 1, k]
            L[k + 1, k] = 0.0
        L[[row, other], :k] = L[[other, row], :k]
        permutation[[row, other]] = permutation[[other, row]]
        k += size
    return L + np.eye(n), D, permutation


def _equilibrating(A: Matrix) -> Vector:
    """Powers of two sᵢ for which the largest |sᵢaᵢⱼsⱼ| of every row is near 1; 1 for a row of zeros.

    Ruiz (2001), A scaling algorithm to equilibrate both rows and columns norms in matrices, on exponents.
    """
    exponents = np.frexp(A)[1].astype(np.int64)
    exponents[A == 0.0] = -(2**40)
    s = np.zeros(A.shape[0], dtype=np.int64)
    nonzero = A.any(axis=1)
    for _ in range(12):  # differences of exponents are halved each time, and are below 2¹²
        row = np.where(nonzero, (exponents + s + s[:, None]).max(axis=1, initial=-(2**40)), 0)
        if (np.abs(row) <= 2).all():
            break
        s -= row // 2
    return np.ldexp(1.0, np.clip(s, -1000, 1000))


def _checked(A: ArrayLike) -> Matrix:
    matrix = np.asarray(A, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"ldlt needs a square matrix, but A has shape {matrix.shape}.")
    if not np.isfinite(matrix).all():
        i, j = np.argwhere(~np.isfinite(matrix))[0]
        raise InputError(f"ldlt needs finite numbers, but A[{i}, {j}] = {matrix[i, j]}.")
    difference = np.abs(matrix - matrix.T)
    if difference.max(initial=0.0) > 1e-8 * np.abs(matrix).max(initial=0.0):
        i, j = sorted(np.unravel_index(int(difference.argmax()), matrix.shape))
        raise InputError(
            f"ldlt needs a symmetric matrix, but A[{i}, {j}] = {matrix[i, j]:.6g} and A[{j}, {i}] = "
            f"{matrix[j, i]:.6g}. For the form vᵀAv, pass (A + A.T)/2."
        )
    return matrix
