"""What Lanczos' method sees of a symmetric matrix from one vector: Ritz values, with full reorthogonalisation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def ritz_values(product: Callable[[Vector], Vector], start: Vector, steps: int) -> Vector:
    """The eigenvalues of VᵀAV in increasing order, V an orthonormal basis of the Krylov space of ``start``.

    They lie between the extreme eigenvalues of A.  There are fewer than ``steps`` where the space is exhausted.

    References
    ----------
    Golub & Van Loan (2013), Matrix Computations, 4th ed., section 10.1.

    Examples
    --------
    >>> A = np.diag([1.0, 2.0, 5.0, 5.0])
    >>> ritz_values(lambda v: A @ v, np.ones(4), 4).round(12).tolist()  # three distinct eigenvalues
    [1.0, 2.0, 5.0]
    """
    length = float(np.linalg.norm(start))
    if length == 0.0:
        return np.zeros(0)
    basis = [start / length]
    diagonal: list[float] = []
    beside: list[float] = []
    for _ in range(steps):
        w = product(basis[-1])
        size = float(np.linalg.norm(w))
        diagonal.append(float(basis[-1] @ w))
        for _ in range(2):  # twice is enough
            V = np.array(basis)
            w = w - V.T @ (V @ w)
        beta = float(np.linalg.norm(w))
        if beta <= 1e-10 * max(size, *map(abs, diagonal)):
            break
        beside.append(beta)
        basis.append(w / beta)
    k = len(diagonal)
    T = np.diag(diagonal) + np.diag(beside[: k - 1], 1) + np.diag(beside[: k - 1], -1)
    return np.asarray(np.linalg.eigvalsh(T))
