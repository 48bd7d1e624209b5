"""The nearest thing to a Cholesky factorisation that an indefinite matrix has: factors of a positive definite A + E."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError
from hessmath.linear.ldlt import EPS, LDLT, ldlt

LARGEST_MULTIPLIER = 1e8
"""Above this the triangular factor is not trusted, and eigenvalues are raised instead of pivots."""


def modified_cholesky(A: ArrayLike, *, floor: float = math.sqrt(EPS)) -> LDLT:
    """Factors of A + E, positive definite, with E = 0 where A itself is positive definite to rounding.

    A is factorised with pivoting and scaling; if some eigenvalue of the block diagonal D is not positive, those below
    ``floor·‖D‖`` are raised to it.  (Cheng & Higham raise them also in a matrix that is positive definite but nearly
    singular; here such a matrix stays, so that Newton's method keeps its step on badly scaled functions.)

    Parameters
    ----------
    A : (n, n), symmetric
    floor : float, in (0, 1]
        Smallest eigenvalue of D allowed, relative to its largest (both after scaling).

    Raises
    ------
    InputError
        If A is not square, symmetric and finite, or floor is not in (0, 1].

    References
    ----------
    Cheng & Higham (1998), A modified Cholesky algorithm based on a symmetric indefinite factorization,
    SIAM J. Matrix Anal. Appl. 19(4), section 3;  Nocedal & Wright (2006), section 3.4.

    Examples
    --------
    >>> from hessmath.linear import modified_cholesky
    >>> modified_cholesky([[2.0, 1.0], [1.0, 2.0]]).to_dense().tolist()
    [[2.0, 1.0], [1.0, 2.0]]
    >>> modified_cholesky([[1.0, 0.0], [0.0, -1.0]], floor=0.5).to_dense().tolist()
    [[1.0, 0.0], [0.0, 0.5]]
    """
    if not 0.0 < floor <= 1.0:
        raise InputError(f"floor must lie in (0, 1], but is {floor}.")
    factors = ldlt(A)
    if factors.is_positive_definite:
        return factors
    if np.abs(factors.lower).max(initial=0.0) > LARGEST_MULTIPLIER:  # a pivot that is nothing but rounding
        return ldlt(_raised(np.asarray(A, dtype=np.float64), factors.scale, floor))
    d = factors.block_eigenvalues
    largest = float(np.abs(d).max(initial=0.0))
    smallest_allowed = floor * (largest if largest > 0.0 else 1.0)
    return factors.with_block_eigenvalues(np.maximum(d, smallest_allowed))


def _raised(A: NDArray[np.float64], scale: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """A with the eigenvalues of the scaled matrix raised to ``floor`` times the largest."""
    values, vectors = np.linalg.eigh(A * scale * scale[:, None])
    largest = float(np.abs(values).max(initial=0.0))
    raised = (vectors * np.maximum(values, floor * (largest if largest > 0.0 else 1.0))) @ vectors.T
    return np.asarray((raised + raised.T) / 2 / scale / scale[:, None], dtype=np.float64)
