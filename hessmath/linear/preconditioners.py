"""Preconditioners: symmetric positive definite M ≈ A⁻¹, applied as M @ r, for ``conjugate_gradient`` and ``minres``."""

from __future__ import annotations

from typing import Any

import numpy as np

from hessmath.errors import InputError
from hessmath.linear.operators import DiagonalOperator, LinearOperator, Vector


def jacobi(A: Any) -> DiagonalOperator:
    """diag(|aᵢᵢ|)⁻¹, with 1 where aᵢᵢ = 0.

    Parameters
    ----------
    A : (n, n) matrix, dense or sparse, or anything with ``A.diagonal()``

    Raises
    ------
    InputError
        If A is not square or its diagonal is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.linear import conjugate_gradient, jacobi
    >>> A = np.diag([1.0, 100.0, 1e4])
    >>> conjugate_gradient(A, np.ones(3), preconditioner=jacobi(A)).steps
    1
    """
    A = A if hasattr(A, "diagonal") else np.asarray(A, dtype=np.float64)
    _require_square("jacobi", A)
    d = np.abs(np.asarray(A.diagonal(), dtype=np.float64))
    if not np.isfinite(d).all():
        i = int(np.flatnonzero(~np.isfinite(d))[0])
        raise InputError(f"jacobi needs a finite diagonal, but A[{i}, {i}] is {d[i]}.")
    return DiagonalOperator(1.0 / np.where(d > 0.0, d, 1.0))


class IncompleteCholesky(LinearOperator):
    """(LLᵀ)⁻¹ with LLᵀ ≈ A + shift·diag(A) and L as sparse as the lower triangle of A: two triangular solves.

    ``shift`` is 0 where the factorisation exists, as it does for M-matrices; else the first of 10⁻³, 2·10⁻³, … for
    which it does.

    Parameters
    ----------
    A : SciPy sparse matrix, symmetric with a positive diagonal; the lower triangle is used

    Raises
    ------
    InputError
        If A is not a square SciPy sparse matrix, or a diagonal entry is not positive and finite.

    References
    ----------
    Meijerink & van der Vorst (1977), An iterative solution method for linear systems of which the coefficient matrix
    is a symmetric M-matrix; Manteuffel (1980), An incomplete factorization technique for positive definite linear
    systems (the shift).

    Examples
    --------
    >>> import numpy as np, scipy.sparse
    >>> from hessmath.linear import IncompleteCholesky, conjugate_gradient
    >>> A = scipy.sparse.diags([-np.ones(99), 2 * np.ones(100), -np.ones(99)], [-1, 0, 1])
    >>> conjugate_gradient(A, np.ones(100), preconditioner=IncompleteCholesky(A)).steps  # LLᵀ = A: tridiagonal
    1
    """

    def __init__(self, A: Any) -> None:
        from hessmath.linear import incomplete_cholesky as loops  # loads Numba

        if not hasattr(A, "tocsr"):
            raise InputError(
                f"IncompleteCholesky needs a SciPy sparse matrix, but got {type(A).__name__}: pass scipy.sparse."
                "csr_array(A), or use ldlt for a dense matrix."
            )
        _require_square("IncompleteCholesky", A)
        lower = A.tocsr().astype(np.float64)
        lower.sum_duplicates()
        n = lower.shape[0]
        d = np.asarray(lower.diagonal())
        if not (np.isfinite(d).all() and (d > 0.0).all()):
            i = int(np.flatnonzero(~(np.isfinite(d) & (d > 0.0)))[0])
            raise InputError(f"IncompleteCholesky needs a positive diagonal, but A[{i}, {i}] is {d[i]}.")
        rows = np.repeat(np.arange(n), np.diff(lower.indptr))
        keep = lower.indices <= rows
        start = np.concatenate([[0], np.cumsum(np.bincount(rows[keep], minlength=n))]).astype(np.int64)
        columns, entries = lower.indices[keep].astype(np.int64), lower.data[keep]
        order = np.lexsort((columns, rows[keep]))
        columns, entries = columns[order], entries[order]
        self.shift = 0.0
        values = np.empty_like(entries)
        while not loops.factorise(start, columns, entries, self.shift, values):
            self.shift = 2.0 * self.shift if self.shift else 1e-3
        self._start, self._columns, self._values, self._solve = start, columns, values, loops.solve
        self._shape = (n, n)

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        return self._shape

    @property
    def T(self) -> IncompleteCholesky:
        """It is symmetric."""
        return self

    def product(self, v: Vector) -> Vector:
        """(LLᵀ)⁻¹v."""
        out = np.empty_like(v)
        self._solve(self._start, self._columns, self._values, v, out)
        return out


def _require_square(what: str, A: Any) -> None:
    if len(A.shape) != 2 or A.shape[0] != A.shape[1]:
        raise InputError(f"{what} needs a square matrix, but A has shape {tuple(A.shape)}.")
