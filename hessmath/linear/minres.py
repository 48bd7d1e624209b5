"""MINRES for Ax = b with A symmetric, definite or not: the residual is as small as the Krylov space allows.

On the way it sees rᵀAr for every residual r at no cost; the first r for which that is not positive is kept, because a
Newton method can walk along it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hessmath.linear.cg import EPS, Applied, apply, checked_system
from hessmath.linear.norms import norm
from hessmath.linear.operators import SupportsProduct, Vector
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import all_finite, copy_to, dot, fill, largest, scale_to, step_to


class MINRESStatus(Enum):
    """How MINRES ended; the text is advice."""

    CONVERGED = "The residual is below the tolerance."
    STEPS_EXHAUSTED = "The residual is still above the tolerance: raise max_steps, or give a preconditioner."
    LEAST_SQUARES = (
        "A is singular to rounding and b is not in its range: x makes ‖b − Ax‖ as small as it gets, but not zero."
    )
    ROUNDING = (
        "The residual b − Ax cannot be brought below the tolerance in float64: accept it, raise rtol, or precondition."
    )
    NOT_FINITE = "A product A @ v is not finite: check A and b for nan and inf."
    BAD_PRECONDITIONER = "rᵀMr is not positive: the preconditioner M must be symmetric positive definite."
    NEGATIVE_CURVATURE = "A residual with rᵀAr ≤ 0 was met, where the run was asked to end."

    def __repr__(self) -> str:
        return f"MINRESStatus.{self.name}"


@dataclass(frozen=True, eq=False)
class MINRESResult:
    """What MINRES found: the last iterate ``x``, (n,), and ``residual_norm`` = ‖b − Ax‖, recomputed at the end.

    ``smallest_curvature`` is the smallest rᵀAr / rᵀr of all residuals but the last, inf if there was none.
    """

    x: Vector
    status: MINRESStatus
    steps: int
    residual_norm: float
    smallest_curvature: float

    @property
    def converged(self) -> bool:
        """Whether the residual is below the tolerance."""
        return self.status is MINRESStatus.CONVERGED

    def __repr__(self) -> str:
        return f"MINRESResult({self.status.name}, steps={self.steps}, residual_norm={self.residual_norm:.3g})"


def minres(
    A: SupportsProduct,
    b: ArrayLike,
    *,
    x0: ArrayLike | None = None,
    rtol: float = 1e-10,
    atol: float = 0.0,
    max_steps: int | None = None,
    preconditioner: SupportsProduct | None = None,
) -> MINRESResult:
    """Solve Ax = b, or make ‖b − Ax‖ as small as it gets where A is singular.

    Parameters
    ----------
    A : (n, n) operator or matrix, symmetric (not checked), definite or not
    b : (n,)
    x0 : (n,), optional
        Where to start; zero if not given.
    rtol, atol : float
        The run ends when ‖b − Ax‖ ≤ max(rtol·‖b‖, atol).
    max_steps : int, optional
        At most this many steps, each one product with A; 10 n + 10 if not given.
    preconditioner : (n, n) operator or matrix, optional
        M ≈ |A|⁻¹, symmetric positive definite, applied as M @ r.

    Raises
    ------
    InputError
        If the shapes do not fit or a number is not finite.

    References
    ----------
    Paige & Saunders (1975), Solution of sparse indefinite systems of linear equations, section 5;
    Liu & Roosta (2022), MINRES: from negative curvature detection to monotonicity properties, Lemma 11 (rᵀAr).

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.linear import minres
    >>> result = minres(np.diag([1.0, -1.0, 2.0]), [1.0, 2.0, 4.0])
    >>> result.x.round(12).tolist(), result.steps, result.smallest_curvature < 2
    ([1.0, -2.0, 2.0], 3, True)
    >>> minres(np.diag([1.0, 0.0]), [1.0, 1.0]).status
    MINRESStatus.LEAST_SQUARES
    """
    b, x, max_steps = checked_system(A, b, x0, rtol, atol, max_steps, preconditioner, "minres")
    work = MINRESWork.room(b.size)
    product = Applied(A)
    M = product if preconditioner is None else Applied(preconditioner)
    tolerance = max(rtol * norm(b), atol)
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is looked at, not warned about
        code, steps, last = STEPS_EXHAUSTED, 0, math.inf
        while True:  # the residual is recomputed at the end; where it is not what it seemed to be, start from there
            code = iterate(product, b, x, work, tolerance, max_steps - steps, preconditioner is not None, M, False)
            steps += int(work.notes[STEPS])
            apply(product, x, work.y)
            residual = norm(b - work.y)
            if code != CONVERGED or residual <= tolerance:
                break
            if residual > 0.5 * last:
                code = ROUNDING
                break
            last = residual
    return MINRESResult(x, CODES[code], steps, residual, float(work.notes[SMALLEST]))


CODES = tuple(MINRESStatus)
CONVERGED, STEPS_EXHAUSTED, LEAST_SQUARES, ROUNDING, NOT_FINITE, BAD_PRECONDITIONER, NEGATIVE_CURVATURE = range(7)

# Where ``notes`` keeps what was found out.
STEPS, RESIDUAL, SMALLEST, CURVATURE = range(4)


class MINRESWork(NamedTuple):
    """Room for one run: the residual r, Lanczos vectors, directions; ``notes`` is what was found out."""

    r: Vector
    before: Vector
    now: Vector
    y: Vector
    v: Vector
    w: Vector
    w1: Vector
    w2: Vector
    notes: Vector

    @staticmethod
    def room(n: int) -> MINRESWork:
        """Arrays for n unknowns."""
        return MINRESWork._make([*np.zeros((8, n)), np.full(4, math.inf)])


@twofold
def iterate(
    A: Any,
    b: Vector,
    x: Vector,
    work: MINRESWork,
    tolerance: float,
    max_steps: int,
    preconditioned: bool,
    M: Any,
    until_negative: bool,
) -> int:
    """Go from x, in place, towards Ax = b; the index of a MINRESStatus.

    With ``until_negative`` it ends where rᵀAr ≤ 0, with that residual in work.r and x before the step.
    """
    r, before, now, y, v, notes = work.r, work.before, work.now, work.y, work.v, work.notes
    w, w1, w2 = work.w, work.w1, work.w2
    notes[STEPS], notes[CURVATURE] = 0.0, math.inf
    copy_to(r, b)
    if largest(x) > 0.0:
        apply(A, x, y)
        step_to(r, r, -1.0, y)
    notes[RESIDUAL] = norm(r)
    if not math.isfinite(notes[RESIDUAL]):
        return NOT_FINITE
    if notes[RESIDUAL] <= tolerance:
        return CONVERGED
    copy_to(now, r)
    if preconditioned:
        apply(M, r, y)
    else:
        copy_to(y, r)
    beta, beta_before, d_bar, epsilon = root_of_product(r, y), 0.0, 0.0, 0.0
    if not beta > 0.0:
        return BAD_PRECONDITIONER
    phi_bar, c, s, norm_A = beta, -1.0, 0.0, 0.0
    fill(w, 0.0)
    fill(w2, 0.0)
    for step in range(max_steps):
        scale_to(v, 1.0 / beta, y)
        apply(A, v, y)
        if not math.isfinite(norm(y)):
            return NOT_FINITE
        if step > 0:
            step_to(y, y, -beta / beta_before, before)
        alpha = dot(v, y)
        step_to(y, y, -alpha / beta, now)
        copy_to(before, now)
        copy_to(now, y)
        if preconditioned:
            apply(M, now, y)
        beta_before, beta = beta, root_of_product(now, y)
        if beta < 0.0:
            return BAD_PRECONDITIONER
        norm_A = max(norm_A, math.hypot(math.hypot(alpha, beta), beta_before if step > 0 else 0.0))
        epsilon_before = epsilon
        delta = c * d_bar + s * alpha
        g_bar = s * d_bar - c * alpha
        epsilon = s * beta
        d_bar = -c * beta
        # rᵀAr = −φ̄²·c·ḡ for the residual before this step.
        curvature = -phi_bar * phi_bar * c * g_bar / dot(r, r)
        notes[SMALLEST] = min(notes[SMALLEST], curvature)
        if until_negative and curvature <= (10.0 + math.sqrt(b.size)) * EPS * norm_A:
            notes[CURVATURE] = curvature
            return NEGATIVE_CURVATURE
        if math.hypot(g_bar, d_bar) <= 10.0 * EPS * norm_A:  # ‖Ar‖/‖r‖: no step makes the residual smaller
            return LEAST_SQUARES
        gamma = math.hypot(g_bar, beta)
        c, s = g_bar / gamma, beta / gamma
        phi = c * phi_bar
        phi_bar = s * phi_bar
        copy_to(w1, w2)
        copy_to(w2, w)
        step_to(w, v, -epsilon_before, w1)
        step_to(w, w, -delta, w2)
        scale_to(w, 1.0 / gamma, w)
        step_to(x, x, phi, w)
        scale_to(r, s * s, r)
        if beta > 0.0:
            step_to(r, r, -phi_bar * c / beta, now)
        notes[STEPS] = step + 1.0
        notes[RESIDUAL] = norm(r)
        if not (math.isfinite(notes[RESIDUAL]) and all_finite(x)):
            return NOT_FINITE
        if notes[RESIDUAL] <= tolerance:
            return CONVERGED
        if beta <= 10.0 * EPS * norm_A:  # the Krylov space is exhausted
            return LEAST_SQUARES
    return STEPS_EXHAUSTED


@twofold
def root_of_product(a: Vector, b: Vector) -> float:
    """√(aᵀb), also where aᵀb itself would overflow; −1 if it is negative."""
    product = dot(a, b)
    if product < 0.0:
        return -1.0
    if product < math.inf:
        return math.sqrt(product)
    top, total = max(largest(a), largest(b)), 0.0
    for i in range(a.size):
        total += (a[i] / top) * (b[i] / top)
    return top * math.sqrt(total) if total >= 0.0 else -1.0
