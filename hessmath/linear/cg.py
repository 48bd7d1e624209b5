"""Conjugate gradients for Ax = b with A symmetric, and what to do when A turns out not to be positive definite.

On a positive definite A the iterates minimise ½xᵀAx − bᵀx over growing Krylov subspaces and end, in exact
arithmetic, after as many steps as A has distinct eigenvalues.  On the way every search direction d shows its
curvature dᵀAd: the first one that is not positive is returned, because a Newton method can walk along it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from hessmath.errors import InputError
from hessmath.linear.norms import norm
from hessmath.linear.operators import SupportsProduct, Vector

EPS = float(np.finfo(np.float64).eps)


class CGStatus(Enum):
    """How conjugate gradients ended; the text is advice."""

    CONVERGED = "The residual is below the tolerance."
    STEPS_EXHAUSTED = "The residual is still above the tolerance: raise max_steps, or give a preconditioner."
    NEGATIVE_CURVATURE = (
        "A is not positive definite: dᵀAd < 0 along curvature_direction. "
        "Use that direction to leave a saddle, or solve with ldlt(A)."
    )
    ZERO_CURVATURE = (
        "A is singular to rounding along curvature_direction and the residual is not zero there: "
        "shift A, or check that b lies in its range."
    )
    ROUNDING = (
        "The residual b − Ax cannot be brought below the tolerance in float64: accept it, raise rtol, or precondition."
    )
    NOT_FINITE = "A product A @ v is not finite: check A and b for nan and inf."
    BAD_PRECONDITIONER = "rᵀMr is not positive: the preconditioner M must be symmetric positive definite."

    def __repr__(self) -> str:
        return f"CGStatus.{self.name}"


@dataclass(frozen=True, eq=False)
class CGResult:
    """What conjugate gradients found.

    ``x`` is the last iterate, (n,).  ``residual_norm`` is ‖b − Ax‖ as the recurrence updated it; where rounding could
    make a claim of convergence wrong it is recomputed.  ``curvature_direction`` is the first direction with curvature
    that is not positive, (n,), ``curvature`` its Rayleigh quotient dᵀAd / dᵀd; both are None on a positive
    definite run.  ``smallest_curvature`` is the smallest Rayleigh quotient along all directions used, inf if none.
    """

    x: Vector
    status: CGStatus
    steps: int
    residual_norm: float
    smallest_curvature: float
    curvature: float | None = None
    curvature_direction: Vector | None = None

    @property
    def converged(self) -> bool:
        """Whether the residual is below the tolerance."""
        return self.status is CGStatus.CONVERGED

    def __repr__(self) -> str:
        return f"CGResult({self.status.name}, steps={self.steps}, residual_norm={self.residual_norm:.3g})"


def conjugate_gradient(
    A: SupportsProduct,
    b: ArrayLike,
    *,
    x0: ArrayLike | None = None,
    rtol: float = 1e-10,
    atol: float = 0.0,
    max_steps: int | None = None,
    preconditioner: SupportsProduct | None = None,
) -> CGResult:
    """Solve Ax = b, or show a direction of curvature that is not positive.

    Parameters
    ----------
    A : (n, n) operator or matrix, symmetric (not checked)
    b : (n,)
    x0 : (n,), optional
        Where to start; zero if not given.
    rtol, atol : float
        The run ends when ‖b − Ax‖ ≤ max(rtol·‖b‖, atol).
    max_steps : int, optional
        At most this many steps, each one product with A; 10 n + 10 if not given.
    preconditioner : (n, n) operator or matrix, optional
        M ≈ A⁻¹, symmetric positive definite, applied as M @ r.

    Raises
    ------
    InputError
        If the shapes do not fit or a number is not finite.

    References
    ----------
    Hestenes & Stiefel (1952), Methods of conjugate gradients for solving linear systems, section 3;
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., Algorithms 5.2 and 5.3.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.linear import conjugate_gradient
    >>> result = conjugate_gradient(np.diag([1.0, 1.0, 4.0]), [1.0, 2.0, 8.0])
    >>> result.x.round(12).tolist(), result.steps  # two distinct eigenvalues, two steps
    ([1.0, 2.0, 2.0], 2)
    >>> conjugate_gradient(np.diag([1.0, -1.0]), [1.0, 2.0]).status
    CGStatus.NEGATIVE_CURVATURE
    """
    b, x, max_steps = _checked(A, b, x0, rtol, atol, max_steps, preconditioner)
    largest = float(np.abs(b).max(initial=0.0))
    if largest > 0.0 and not 1e-40 < largest < 1e40:  # squares times ‖A‖ might overflow or vanish
        unit = 2.0 ** (math.frexp(largest)[1] - 1)
        result = conjugate_gradient(
            A, b / unit, x0=x / unit, rtol=rtol, atol=atol / unit, max_steps=max_steps, preconditioner=preconditioner
        )
        return replace(result, x=result.x * unit, residual_norm=result.residual_norm * unit)
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is looked at, not warned about
        return _iterate(A, b, x, max(rtol * norm(b), atol), max_steps, preconditioner)


def _iterate(
    A: SupportsProduct,
    b: Vector,
    x: Vector,
    tolerance: float,
    max_steps: int,
    preconditioner: SupportsProduct | None,
) -> CGResult:
    rounding = (10.0 + math.sqrt(b.size)) * EPS  # of a scalar product, relative to the norms of its factors

    smallest = math.inf  # curvature seen, dᵀAd / dᵀd
    norm_A = 0.0  # largest ‖Ad‖ / ‖d‖ seen: a lower bound on ‖A‖
    verified = math.inf  # the last residual that was recomputed, not updated
    r = b - A @ x if x.any() else b.copy()
    residual = norm(r)
    if not math.isfinite(residual):
        return CGResult(x, CGStatus.NOT_FINITE, 0, residual, smallest)
    d, rz = np.zeros_like(b), 1.0

    for step in range(max_steps + 1):
        if residual <= tolerance:
            # The updated residual drifts from b − Ax by about this much (Greenbaum 1997, section 7.3).
            if step * EPS * norm_A * norm(x) > 0.5 * tolerance:
                r = b - A @ x
                residual = norm(r)
                if residual > tolerance and residual > 0.5 * verified:
                    return CGResult(x, CGStatus.ROUNDING, step, residual, smallest)
                verified, d = residual, np.zeros_like(b)  # if not there yet, restart from here
            if residual <= tolerance:
                return CGResult(x, CGStatus.CONVERGED, step, residual, smallest)
        if step == max_steps:
            break
        z = r if preconditioner is None else np.asarray(preconditioner @ r, dtype=np.float64)
        rz, rz_before = float(r @ z), rz
        if not rz > 0.0:
            return CGResult(x, CGStatus.BAD_PRECONDITIONER, step, residual, smallest)
        d = z + (rz / rz_before) * d
        Ad = np.asarray(A @ d, dtype=np.float64)
        dAd, dd, length_Ad = float(d @ Ad), float(d @ d), norm(Ad)
        if not (math.isfinite(dAd) and math.isfinite(length_Ad)):
            return CGResult(x, CGStatus.NOT_FINITE, step, residual, smallest)
        norm_A = max(norm_A, length_Ad / math.sqrt(dd))
        curvature = dAd / dd
        smallest = min(smallest, curvature)
        if curvature <= rounding * norm_A:
            negative = curvature < -rounding * norm_A
            status = CGStatus.NEGATIVE_CURVATURE if negative else CGStatus.ZERO_CURVATURE
            return CGResult(x, status, step, residual, smallest, curvature, d)
        alpha = rz / dAd
        r = r - alpha * Ad  # b − Ax, updated instead of recomputed
        residual, x_before, x = norm(r), x, x + alpha * d
        if not (math.isfinite(residual) and np.isfinite(x).all()):
            return CGResult(x_before, CGStatus.NOT_FINITE, step, residual, smallest)
    return CGResult(x, CGStatus.STEPS_EXHAUSTED, max_steps, residual, smallest)


def _checked(
    A: SupportsProduct,
    b: ArrayLike,
    x0: ArrayLike | None,
    rtol: float,
    atol: float,
    max_steps: int | None,
    preconditioner: SupportsProduct | None,
) -> tuple[Vector, Vector, int]:
    b = np.asarray(b, dtype=np.float64)
    if b.ndim != 1 or tuple(A.shape) != (b.size, b.size):
        raise InputError(
            f"conjugate_gradient needs A of shape (n, n) and b of shape (n,), "
            f"but A has shape {tuple(A.shape)} and b has shape {b.shape}."
        )
    if preconditioner is not None and tuple(preconditioner.shape) != tuple(A.shape):
        raise InputError(
            f"The preconditioner must have the shape of A, {tuple(A.shape)}, but has shape "
            f"{tuple(preconditioner.shape)}."
        )
    x = np.zeros_like(b) if x0 is None else np.array(x0, dtype=np.float64)
    if x.shape != b.shape:
        raise InputError(f"x0 has shape {x.shape}, but A has {b.size} columns: pass x0 of shape ({b.size},).")
    for name, v in (("b", b), ("x0", x)):
        if not np.isfinite(v).all():
            i = int(np.flatnonzero(~np.isfinite(v))[0])
            raise InputError(f"{name}[{i}] is {v[i]}: conjugate_gradient needs finite numbers.")
    if not (rtol >= 0.0 and atol >= 0.0):
        raise InputError(f"rtol and atol must be at least 0, but rtol = {rtol} and atol = {atol}.")
    if max_steps is None:
        max_steps = 10 * b.size + 10
    if max_steps < 0:
        raise InputError(f"max_steps must be at least 0, but is {max_steps}.")
    return b, x, max_steps
