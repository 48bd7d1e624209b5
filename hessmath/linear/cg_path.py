"""Conjugate gradients as a path of iterates: the caller decides where to stop and what to keep.

``cg.py`` has the loop for when only the last iterate counts; Hessian-free methods also judge the iterates before it.
"""

from __future__ import annotations

from collections.abc import Iterator

from hessmath.linear.operators import SupportsProduct, Vector
from hessmath.linear.vectors import dot


def cg_path(
    A: SupportsProduct, b: Vector, start: Vector, inverse_diagonal: Vector | float = 1.0
) -> Iterator[tuple[Vector, float]]:
    """The iterates x of conjugate gradients on Ax = b from ``start``, each with ½xᵀAx − bᵀx.

    The path ends where a direction shows no positive curvature, or the residual is zero.  Each pair is a new array;
    one product with A lies between two of them, and one before the first if ``start`` is not zero.

    Parameters
    ----------
    A : (n, n), symmetric positive definite
    b, start : (n,)
    inverse_diagonal : (n,) or a number, positive
        The preconditioner M ≈ A⁻¹, a diagonal.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., Algorithm 5.3.

    Examples
    --------
    >>> import numpy as np
    >>> A, b = np.diag([1.0, 4.0]), np.array([1.0, 4.0])
    >>> [(x.round(12).tolist(), round(q, 12)) for x, q in cg_path(A, b, np.zeros(2))][-1]
    ([1.0, 1.0], -2.5)
    """
    x, r = start, b - A @ start if start.any() else b
    yield x, -0.5 * dot(x, r + b)
    z = inverse_diagonal * r
    d, rz = z, dot(r, z)
    while rz > 0.0:
        Ad = A @ d
        curvature = dot(d, Ad)
        if not curvature > 0.0:
            return
        x = x + rz / curvature * d
        r = r - rz / curvature * Ad
        yield x, -0.5 * dot(x, r + b)
        z = inverse_diagonal * r
        before, rz = rz, dot(r, z)
        d = z + rz / before * d
