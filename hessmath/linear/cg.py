"""Conjugate gradients for Ax = b with A symmetric, and what to do when A turns out not to be positive definite.

On a positive definite A the iterates minimise ½xᵀAx − bᵀx over growing Krylov subspaces and end, in exact
arithmetic, after as many steps as A has distinct eigenvalues.  On the way every search direction d shows its
curvature dᵀAd: the first one that is not positive is returned, because a Newton method can walk along it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hessmath.errors import InputError
from hessmath.linear.norms import norm
from hessmath.linear.operators import MatrixOperator, SupportsProduct, Vector
from hessmath.linear.stencil import Stencil
from hessmath.linear.twofold import family, twofold
from hessmath.linear.vectors import all_finite, copy_to, dot, fill, largest, scale_to, step_to

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
    b, x, max_steps = checked_system(A, b, x0, rtol, atol, max_steps, preconditioner)
    work = CGWork.room(b.size)
    product = _operator(A)
    M = product if preconditioner is None else Applied(preconditioner)
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is looked at, not warned about
        code = iterate(product, b.copy(), x, work, rtol, atol, max_steps, preconditioner is not None, M)
    found = work.notes.tolist()
    shown = code in (NEGATIVE_CURVATURE, ZERO_CURVATURE)
    return CGResult(
        x,
        CODES[code],
        int(found[STEPS]),
        found[RESIDUAL],
        found[SMALLEST],
        found[CURVATURE] if shown else None,
        work.d if shown else None,
    )


class Applied(NamedTuple):
    """A matrix or operator, for ``apply``."""

    operator: SupportsProduct


@family
def apply(A, v, out):  # type: ignore[no-untyped-def]
    """Out ← Av."""


@apply.of(Applied)
def _(A: Applied, v: Vector, out: Vector) -> None:
    out[...] = A.operator @ v


@family
def turn(A, z, beta, d, Ad):  # type: ignore[no-untyped-def]
    """D ← z + βd and its product Ad; dᵀAd, dᵀd and ‖Ad‖."""


@turn.of(object)
def _(A: Any, z: Vector, beta: float, d: Vector, Ad: Vector) -> tuple[float, float, float]:
    step_to(d, z, beta, d)
    apply(A, d, Ad)
    return dot(d, Ad), dot(d, d), norm(Ad)


@family
def go(A, x, y, r, alpha, d, Ad):  # type: ignore[no-untyped-def]
    """X ← x + αd unless that is not finite, and r ← r − αAd, updated instead of recomputed; ‖r‖ and whether x is."""


@go.of(object)
def _(A: Any, x: Vector, y: Vector, r: Vector, alpha: float, d: Vector, Ad: Vector) -> tuple[float, bool]:
    step_to(r, r, -alpha, Ad)
    step_to(y, x, alpha, d)
    if not all_finite(y):
        return norm(r), False
    copy_to(x, y)
    return norm(r), True


class Fused(NamedTuple):
    """A large structured matrix with compiled loops for a step; ``rows`` is one of the classes in ``fused``."""

    rows: Any
    loops: Any


@turn.of(Fused)
def _(A: Fused, z: Vector, beta: float, d: Vector, Ad: Vector) -> tuple[float, float, float]:
    dAd, dd, AdAd = A.loops.TURNS[type(A.rows)](A.rows, z, beta, d, Ad)
    return dAd, dd, A.loops.length(AdAd, Ad)


@go.of(Fused)
def _(A: Fused, x: Vector, y: Vector, r: Vector, alpha: float, d: Vector, Ad: Vector) -> tuple[float, bool]:
    rr, xx = A.loops.go(x, r, alpha, d, Ad)
    return A.loops.length(rr, r), math.isfinite(xx)


@apply.of(Fused)
def _(A: Fused, v: Vector, out: Vector) -> None:
    A.loops.TURNS[type(A.rows)](A.rows, v, 0.0, v.copy(), out)


FROM_ROWS_ON = 20_000  # compiled loops are worth loading


def _operator(A: SupportsProduct) -> Applied | Fused:
    """How A is best multiplied by: by compiled loops where it is large and they know it."""
    if A.shape[0] < FROM_ROWS_ON:
        return Applied(A)
    matrix: Any = A.matrix if isinstance(A, MatrixOperator) else A
    if isinstance(matrix, Stencil):
        from hessmath.linear import fused

        planes, lines, points = (1, 1, *matrix.grid)[-3:]
        sides = map(float, (0.0, 0.0, *matrix.sides)[-3:])
        return Fused(fused.GridRows(planes, lines, points, float(matrix.centre), *sides), fused)
    if getattr(matrix, "format", "") == "csr" and matrix.dtype == np.float64 and matrix.indices.dtype == np.int32:
        from hessmath.linear import fused

        return Fused(fused.structured(matrix.indptr, matrix.indices, matrix.data), fused)
    return Applied(A)


CODES = tuple(CGStatus)
CONVERGED, STEPS_EXHAUSTED, NEGATIVE_CURVATURE, ZERO_CURVATURE, ROUNDING, NOT_FINITE, BAD_PRECONDITIONER = range(7)

# Where ``notes`` keeps what was found out; ASKED is set from outside, by another thread, to end a run.
STEPS, RESIDUAL, SMALLEST, CURVATURE, ASKED = range(5)
NOTES = 5


class CGWork(NamedTuple):
    """Room for one run: residual, direction, its product, preconditioned residual, next iterate."""

    r: Vector
    d: Vector
    Ad: Vector
    z: Vector
    y: Vector
    notes: Vector

    @staticmethod
    def room(n: int) -> CGWork:
        """Arrays for n unknowns."""
        return CGWork._make([*np.zeros((5, n)), np.zeros(NOTES)])


@twofold
def iterate(
    A: Any,
    b: Vector,
    x: Vector,
    work: CGWork,
    rtol: float,
    atol: float,
    max_steps: int,
    preconditioned: bool,
    M: Any,
) -> int:
    """Go from x, in place, towards Ax = b; the index of a CGStatus.  b may be scaled by a power of two on return."""
    top = largest(b)
    unit = 1.0
    if top > 0.0 and not 1e-40 < top < 1e40:  # squares times ‖A‖ might overflow or vanish
        unit = math.ldexp(1.0, math.frexp(top)[1] - 1)
        scale_to(b, 1.0 / unit, b)
        scale_to(x, 1.0 / unit, x)
    code = _iterate(A, b, x, work, max(rtol * norm(b), atol / unit), max_steps, preconditioned, M)
    if unit != 1.0:
        scale_to(x, unit, x)
        work.notes[RESIDUAL] *= unit
    return code


@twofold
def _iterate(
    A: Any, b: Vector, x: Vector, work: CGWork, tolerance: float, max_steps: int, preconditioned: bool, M: Any
) -> int:
    r, d, Ad, y, notes = work.r, work.d, work.Ad, work.y, work.notes
    z = work.z if preconditioned else work.r
    rounding = (10.0 + math.sqrt(b.size)) * EPS  # of a scalar product, relative to the norms of its factors

    notes[SMALLEST] = math.inf  # curvature seen, dᵀAd / dᵀd
    norm_A = 0.0  # largest ‖Ad‖ / ‖d‖ seen: a lower bound on ‖A‖
    verified = math.inf  # the last residual that was recomputed, not updated
    copy_to(r, b)
    if largest(x) > 0.0:
        apply(A, x, Ad)
        step_to(r, r, -1.0, Ad)
    residual = norm(r)
    notes[STEPS], notes[RESIDUAL] = 0, residual
    if not math.isfinite(residual):
        return NOT_FINITE
    fill(d, 0.0)
    rz = 1.0

    for step in range(max_steps + 1):
        notes[STEPS], notes[RESIDUAL] = step, residual
        if residual <= tolerance:
            # The updated residual drifts from b − Ax by about this much (Greenbaum 1997, section 7.3).
            if step * EPS * norm_A * norm(x) > 0.5 * tolerance:
                apply(A, x, Ad)
                step_to(r, b, -1.0, Ad)
                residual = norm(r)
                notes[RESIDUAL] = residual
                if residual > tolerance and residual > 0.5 * verified:
                    return ROUNDING
                verified = residual
                fill(d, 0.0)  # if not there yet, restart from here
            if residual <= tolerance:
                return CONVERGED
        if step == max_steps or notes[ASKED] != 0.0:
            break
        if preconditioned:
            apply(M, r, z)
        rz_before, rz = rz, dot(r, z) if preconditioned or not 1e-140 < residual < 1e140 else residual * residual
        if not rz > 0.0:
            return BAD_PRECONDITIONER
        dAd, dd, length_Ad = turn(A, z, rz / rz_before, d, Ad)
        if not (math.isfinite(dAd) and math.isfinite(length_Ad)):
            return NOT_FINITE
        norm_A = max(norm_A, length_Ad / math.sqrt(dd))
        curvature = dAd / dd
        notes[SMALLEST] = min(notes[SMALLEST], curvature)
        if curvature <= rounding * norm_A:
            notes[CURVATURE] = curvature
            return NEGATIVE_CURVATURE if curvature < -rounding * norm_A else ZERO_CURVATURE
        alpha = rz / dAd
        residual, is_finite = go(A, x, y, r, alpha, d, Ad)
        if not (math.isfinite(residual) and is_finite):
            notes[RESIDUAL] = residual
            return NOT_FINITE
    return STEPS_EXHAUSTED


def checked_system(
    A: SupportsProduct,
    b: ArrayLike,
    x0: ArrayLike | None,
    rtol: float,
    atol: float,
    max_steps: int | None,
    preconditioner: SupportsProduct | None,
    who: str = "conjugate_gradient",
) -> tuple[Vector, Vector, int]:
    """b, where to start and max_steps, after a look at all that a user may get wrong."""
    b = np.asarray(b, dtype=np.float64)
    if b.ndim != 1 or tuple(A.shape) != (b.size, b.size):
        raise InputError(
            f"{who} needs A of shape (n, n) and b of shape (n,), "
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
            raise InputError(f"{name}[{i}] is {v[i]}: {who} needs finite numbers.")
    if not (rtol >= 0.0 and atol >= 0.0):
        raise InputError(f"rtol and atol must be at least 0, but rtol = {rtol} and atol = {atol}.")
    if max_steps is None:
        max_steps = 10 * b.size + 10
    if max_steps < 0:
        raise InputError(f"max_steps must be at least 0, but is {max_steps}.")
    return b, x, max_steps
