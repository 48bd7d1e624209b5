"""Lanczos: a symmetric operator seen through a Krylov subspace, and eigenpairs with bounds on their error.

References
----------
Golub & Van Loan (2013), Matrix Computations, 4th ed., sections 8.1 (residual bound) and 10.1 (Lanczos, with full
reorthogonalisation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError
from hessmath.linear.operators import LinearOperator, SupportsProduct

Array = NDArray[np.float64]

LONGEST = 300
"""Lanczos vectors that are kept when the iteration with restarts does not get there."""

SMALL = 64
"""Operators up to this size are written out and solved by LAPACK."""


@dataclass(frozen=True, eq=False)
class Lanczos:
    """k steps of Lanczos: A V = V T + remainder, T tridiagonal.

    ``alpha`` (k,) and ``beta`` (k−1,) are the diagonals of T, ``basis`` (n, k) has orthonormal columns, ``remainder``
    is the norm of what is left: 0 when the subspace is invariant.
    """

    alpha: Array
    beta: Array
    basis: Array
    remainder: float

    @property
    def ritz(self) -> tuple[Array, Array]:
        """Ritz values, ascending, and the first components of the eigenvectors of T."""
        values, vectors = tridiagonal_eigen(self.alpha, self.beta)
        return values, vectors[0]


def lanczos(A: SupportsProduct, start: ArrayLike, steps: int) -> Lanczos:
    """At most ``steps`` products with A; every vector is orthogonalised twice against all before it.

    Parameters
    ----------
    A : (n, n), symmetric, which is not checked
    start : (n,), not 0

    Raises
    ------
    InputError
        If the start is 0 or does not fit, or steps is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> run = lanczos(np.diag([1.0, 2.0, 4.0]), np.ones(3), 3)
    >>> run.ritz[0].round(12).tolist()
    [1.0, 2.0, 4.0]
    """
    n = order_of(A)
    q = np.array(start, dtype=np.float64)
    if q.shape != (n,):
        raise InputError(f"start must have shape ({n},), but has shape {q.shape}.")
    if steps < 1:
        raise InputError(f"steps must be at least 1, but is {steps}.")
    length = float(np.linalg.norm(q))
    if not 0 < length < np.inf:
        raise InputError("start must be finite and not 0.")
    k = min(steps, n)
    Q, alpha, beta = np.zeros((n, k)), np.zeros(k), np.zeros(k)
    Q[:, 0] = q / length
    scale = 0.0
    for j in range(k):
        w = np.asarray(A @ Q[:, j], dtype=np.float64)
        scale = max(scale, float(np.linalg.norm(w)))
        alpha[j] = Q[:, j] @ w
        for _ in range(2):
            w = w - Q[:, : j + 1] @ (Q[:, : j + 1].T @ w)
        beta[j] = np.linalg.norm(w)
        if beta[j] <= 1e-14 * scale:  # the subspace is invariant to rounding
            beta[j] = 0.0
            return Lanczos(alpha[: j + 1], beta[:j], Q[:, : j + 1], 0.0)
        if j + 1 < k:
            Q[:, j + 1] = w / beta[j]
    return Lanczos(alpha, beta[: k - 1], Q, float(beta[k - 1]) if k < n else 0.0)


def tridiagonal_eigen(alpha: Array, beta: Array) -> tuple[Array, Array]:
    """Eigenvalues, ascending, and eigenvectors of the symmetric tridiagonal matrix."""
    from scipy.linalg import eigh_tridiagonal  # 0.1 s, so on first use

    if alpha.size == 1:
        return alpha.copy(), np.ones((1, 1))
    values, vectors = eigh_tridiagonal(alpha, beta)
    return np.asarray(values, dtype=np.float64), np.asarray(vectors, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Eigenpairs:
    """Approximate eigenpairs of a symmetric operator, values ascending.

    An eigenvalue of A lies within ``bounds[i]`` = ‖Av − θv‖ of ``values[i]``, up to the rounding of that norm
    (``vectors[:, i]`` has length 1).  That no eigenvalue further out was missed is not proved.
    """

    values: Array
    vectors: Array
    bounds: Array


def eigenpairs(
    A: SupportsProduct,
    k: int,
    which: str = "largest",
    *,
    rng: np.random.Generator | int = 0,
    max_products: int = 10_000,
) -> Eigenpairs:
    """k eigenpairs at one end of the spectrum.

    Parameters
    ----------
    A : (n, n), symmetric
    which : "largest", "smallest" (algebraically), or "magnitude"
    max_products : about how many products may be spent; what is reached then is returned, with its bounds

    Raises
    ------
    InputError
        If k or which makes no sense.

    Examples
    --------
    >>> import numpy as np
    >>> top = eigenpairs(np.diag(np.arange(100.0)), 2)
    >>> top.values.round(9).tolist(), bool(top.bounds.max() < 1e-9)
    ([98.0, 99.0], True)
    """
    n = order_of(A)
    if which not in _WHICH:
        raise InputError(f"which must be one of {', '.join(_WHICH)}, but is {which!r}.")
    if not 1 <= k <= n:
        raise InputError(f"k must be from 1 to {n}, but is {k}.")
    if n <= SMALL or k >= n - 1:
        values, vectors = np.linalg.eigh(_dense(A, n))
        order = {"largest": values, "smallest": -values, "magnitude": np.abs(values)}[which]
        chosen = np.sort(np.argsort(order, kind="stable")[-k:])
    else:
        values, vectors = _iterated(A, n, k, which, np.random.default_rng(rng), max_products)
        chosen = np.argsort(values, kind="stable")
    values, vectors = values[chosen], vectors[:, chosen] / np.linalg.norm(vectors[:, chosen], axis=0)
    residuals = np.column_stack([np.asarray(A @ v) for v in vectors.T]) - vectors * values
    return Eigenpairs(values, vectors, np.linalg.norm(residuals, axis=0))


_WHICH: dict[str, Literal["LA", "SA", "LM"]] = {"largest": "LA", "smallest": "SA", "magnitude": "LM"}


def _iterated(A: Any, n: int, k: int, which: str, rng: np.random.Generator, most: int) -> tuple[Array, Array]:
    from scipy.sparse.linalg import ArpackNoConvergence, eigsh
    from scipy.sparse.linalg import LinearOperator as ScipyOperator

    basis = min(n, max(2 * k + 1, 20))
    operator = ScipyOperator((n, n), matvec=lambda v: np.asarray(A @ np.ravel(v)), dtype=np.float64)
    start = rng.standard_normal(n)
    rounds = max(1, most // basis)
    try:
        values, vectors = eigsh(operator, k, which=_WHICH[which], v0=start, ncv=basis, maxiter=rounds)
    except ArpackNoConvergence:  # what Lanczos alone reaches, with bounds that say how far it is
        run = lanczos(A, start, min(n, most, max(basis, 4 * k, LONGEST)))
        theta, Y = tridiagonal_eigen(run.alpha, run.beta)
        order = {"largest": theta, "smallest": -theta, "magnitude": np.abs(theta)}[which]
        chosen = np.argsort(order, kind="stable")[-k:]
        values, vectors = theta[chosen], run.basis @ Y[:, chosen]
    return values, vectors


def order_of(A: SupportsProduct) -> int:
    """n of an (n, n) operator."""
    if len(A.shape) != 2 or A.shape[0] != A.shape[1] or not A.shape[0]:
        raise InputError(f"A square operator is needed, but this has shape {A.shape}.")
    return int(A.shape[0])


def _dense(A: Any, n: int) -> Array:
    M = A.to_dense() if isinstance(A, LinearOperator) else np.asarray(A @ np.eye(n), dtype=np.float64)
    return np.asarray(0.5 * (M + M.T))


def condition_number(A: SupportsProduct, *, rng: np.random.Generator | int = 0, max_products: int = 10_000) -> float:
    """λ_max/λ_min of a symmetric operator, by Rayleigh quotients at both ends.

    Never more than the truth, up to rounding, since Rayleigh quotients lie within the spectrum; inf if the smallest
    quotient is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> round(condition_number(np.diag(np.linspace(1, 50, 100))), 9)
    50.0
    """
    top = eigenpairs(A, 1, "largest", rng=rng, max_products=max_products).values[-1]
    bottom = eigenpairs(A, 1, "smallest", rng=rng, max_products=max_products).values[0]
    return float(top / bottom) if bottom > 0 else float("inf")
