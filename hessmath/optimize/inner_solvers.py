"""Linear solvers as methods of their own on quadratics, and inside NewtonCG: conjugate gradients and MINRES.

Inside NewtonCG one of them solves ∇²f(x)p = −∇f(x) roughly (``newton_step``).  As the method itself each of them
solves the whole problem where f is quadratic; on other functions ConjugateGradient is a nonlinear conjugate gradient
method with exact steps of the quadratic model, and MINRES Newton's method for critical points of any kind.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from hessmath.errors import InputError
from hessmath.linear import cg, norm
from hessmath.linear.cg import apply
from hessmath.linear.minres import NEGATIVE_CURVATURE as NEGATIVE_RESIDUAL
from hessmath.linear.minres import NOT_FINITE as NOT_FINITE_PRODUCT
from hessmath.linear.vectors import copy_to, dot, scale_to, step_to
from hessmath.optimize.curvature_look import confirm_by_products, look_by_products, status_by_look
from hessmath.optimize.evaluation import hessian_at
from hessmath.optimize.line_search import EPS, Armijo, ArmijoNumbers, backtrack, try_step
from hessmath.optimize.memory import (
    OWN,
    TRIAL_VALUE,
    VALUE,
    Memory,
    accept,
    halt,
    see,
    see_curvature,
)
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.newton_equation import (
    Preconditioner,
    checked_preconditioner,
    conjugate_step,
    minimum_residual,
    newton_step,
    precondition,
)
from hessmath.optimize.problem import Need
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import GOING, NOT_FINITE, SINGULAR_HESSIAN


@dataclass(frozen=True)
class ConjugateGradient(ForSciPy):
    """Linear conjugate gradients, one iteration per step; on a quadratic in n variables at most about n steps.

    The step along d is the exact one, −gᵀd / dᵀ∇²f d, with one product; the next d is conjugate to the last as Polak
    and Ribière compute it, which on a quadratic is Hestenes and Stiefel's method.  Where f is not quadratic and rises,
    the step is shortened by Armijo's rule.  Along a d without positive curvature it goes as far as f falls.

    Parameters
    ----------
    preconditioner : M ≈ ∇²f⁻¹, applied as M @ r, or a function x ↦ M, optional
        Symmetric positive definite.  It is a Python object, so a prepared solver cannot take it.

    References
    ----------
    Hestenes & Stiefel (1952); Nocedal & Wright (2006), Numerical Optimization, 2nd ed., Algorithm 5.3 and (5.44).

    Examples
    --------
    >>> import hessmath as hm
    >>> bowl = hm.Function("x**2 + 2*y**2 + 3*z**2 + x*y", "x y z")
    >>> s = hm.minimize(bowl, [1.0, 2.0, 3.0], hm.ConjugateGradient())
    >>> s.status, s.steps
    (Status.CONVERGED, 3)
    """

    preconditioner: Preconditioner | None = None

    def __post_init__(self) -> None:
        checked_preconditioner(self.preconditioner)

    @property
    def needs(self) -> frozenset[Need]:
        """∇f and products with ∇²f."""
        return frozenset({Need.GRADIENT, Need.CURVATURE})

    @property
    def numbers(self) -> ConjugateNumbers:
        """The preconditioner and the line search."""
        return ConjugateNumbers(checked_preconditioner(self.preconditioner), Armijo().numbers)

    def rows(self, n: int) -> int:
        """The last direction and the last gradient."""
        return 2


class ConjugateNumbers(NamedTuple):
    """Parameters of ConjugateGradient."""

    preconditioner: Any
    line_search: ArmijoNumbers


@dataclass(frozen=True)
class MINRES(ForSciPy):
    """Newton's equation solved by MINRES, to the end: on a quadratic one step leads to the critical point.

    The Hessian may be indefinite: like Newton() it finds critical points of any kind, and says what it found.

    Parameters
    ----------
    rtol : float in (0, 1)
        Of the residual of Newton's equation; not used inside NewtonCG, which has its own.
    preconditioner : M ≈ |∇²f|⁻¹, applied as M @ r, or a function x ↦ M, optional
        Symmetric positive definite.  It is a Python object, so a prepared solver cannot take it.

    References
    ----------
    Paige & Saunders (1975), Solution of sparse indefinite systems of linear equations;
    inside NewtonCG: Liu & Roosta (2023), A Newton-MR algorithm with complexity guarantees for nonconvex smooth
    unconstrained optimization.

    Examples
    --------
    >>> import hessmath as hm
    >>> s = hm.minimize("x**2 - 3*y**2 + x*y - x", [1.0, 2.0], hm.MINRES())
    >>> s.status, s.steps
    (Status.NOT_A_MINIMUM, 1)
    """

    rtol: float = 1e-10
    preconditioner: Preconditioner | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.rtol < 1.0:
            raise InputError(f"MINRES needs rtol in (0, 1), but rtol = {self.rtol}.")
        checked_preconditioner(self.preconditioner)

    @property
    def needs(self) -> frozenset[Need]:
        """∇f and products with ∇²f."""
        return frozenset({Need.GRADIENT, Need.CURVATURE})

    @property
    def numbers(self) -> ResidualNumbers:
        """The parameters."""
        return ResidualNumbers(float(self.rtol), checked_preconditioner(self.preconditioner))

    def rows(self, n: int) -> int:
        """Nothing is kept."""
        return 0


class ResidualNumbers(NamedTuple):
    """Parameters of MINRES."""

    rtol: float
    preconditioner: Any


@newton_step.of(ConjugateNumbers)
def _(inner: ConjugateNumbers, oracle: Any, memory: Memory, rtol: float, max_steps: int) -> int:
    return conjugate_step(inner.preconditioner, oracle, memory, -1.0, memory.g, rtol, max_steps)


@newton_step.of(ResidualNumbers)
def _(inner: ResidualNumbers, oracle: Any, memory: Memory, rtol: float, max_steps: int) -> int:
    code = minimum_residual(inner.preconditioner, oracle, memory, rtol, max_steps, True)
    notes = memory.cg.notes
    if code == NEGATIVE_RESIDUAL:
        if notes[cg.CURVATURE] < -1e-14 * abs(notes[cg.SMALLEST]):
            return cg.NEGATIVE_CURVATURE
        return cg.ZERO_CURVATURE
    return cg.NOT_FINITE if code == NOT_FINITE_PRODUCT else cg.CONVERGED


LAST = OWN  # gᵀMg at the last step of conjugate gradients, 0 at the first


@advance.of(ConjugateNumbers)
def _(method: ConjugateNumbers, oracle: Any, memory: Memory) -> None:
    s, g, p, z = memory.s, memory.g, memory.p, memory.d
    direction, last_g = memory.store[0], memory.store[1]
    scale_to(memory.cg.r, -1.0, g)
    precondition(method.preconditioner, memory, memory.cg.r, z)
    beta = max(0.0, (-dot(g, z) + dot(last_g, z)) / s[LAST]) if s[LAST] > 0.0 else 0.0
    step_to(p, z, beta, direction)
    if not dot(g, p) < 0.0:
        copy_to(p, z)
    H = hessian_at(oracle, memory.x)
    apply(H, p, memory.w)
    slope, curvature, length, top = dot(g, p), dot(p, memory.w), norm(p), norm(memory.w)
    if math.isnan(curvature) or not math.isfinite(top):
        halt(memory, NOT_FINITE)
        return
    noise = (10.0 + math.sqrt(p.size)) * EPS * length * top
    see(memory, curvature > noise, curvature < -noise)
    see_curvature(memory, curvature / (length * length))
    positive = curvature > noise
    s[LAST] = -dot(g, z)
    copy_to(direction, p)
    copy_to(last_g, g)
    alpha = -slope / curvature if positive else 1.0
    if positive:
        try_step(oracle, memory, alpha)
        rounding = 10.0 * EPS * abs(s[VALUE])
        if s[TRIAL_VALUE] <= s[VALUE] + 1e-4 * alpha * slope + rounding:
            accept(memory, 0.0)
            return
    s[LAST] = 0.0  # f is not quadratic here, or not convex: begin anew after this step
    status = backtrack(method.line_search, oracle, memory, alpha, 0.0, not positive)
    if status == GOING:
        accept(memory, 0.0)
    else:
        halt(memory, status)


@advance.of(ResidualNumbers)
def _(method: ResidualNumbers, oracle: Any, memory: Memory) -> None:
    n = memory.x.size
    code = minimum_residual(method.preconditioner, oracle, memory, method.rtol, 10 * n + 10, False)
    smallest = memory.cg.notes[cg.SMALLEST]
    see(memory, False, smallest < 0.0)
    see_curvature(memory, smallest)
    if code == NOT_FINITE_PRODUCT:
        halt(memory, NOT_FINITE)
    elif norm(memory.p) == 0.0:
        halt(memory, SINGULAR_HESSIAN)
    else:
        try_step(oracle, memory, 1.0)
        accept(memory, 0.0)


@confirm.of(ConjugateNumbers)
def _(method: ConjugateNumbers, oracle: Any, memory: Memory) -> None:
    memory.s[LAST] = 0.0
    confirm_by_products(oracle, memory, method.line_search, 0)


@confirm.of(ResidualNumbers)
def _(method: ResidualNumbers, oracle: Any, memory: Memory) -> None:
    halt(memory, status_by_look(look_by_products(oracle, memory, 0)))
