"""Truncated Newton: the Newton equation solved by conjugate gradients, as exactly as the gradient is small.

Only products ∇²f(x)v are needed, so memory is O(n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hessmath.errors import InputError, WrongKind
from hessmath.linear import cg, norm
from hessmath.linear.cg import iterate
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import copy_to, dot, fill, scale_to, step_to
from hessmath.optimize.evaluation import hessian_at
from hessmath.optimize.line_search import Armijo, ArmijoNumbers, backtrack
from hessmath.optimize.memory import GRADIENT_NORM, Memory, accept, halt, see, see_curvature
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.negative_curvature import escape
from hessmath.optimize.problem import Need, Vector
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import CONVERGED, DEGENERATE, GOING, NOT_FINITE


@dataclass(frozen=True)
class NewtonCG(ForSciPy):
    """Line-search Newton–CG that walks along negative curvature.

    Conjugate gradients on ∇²f(x)p = −∇f(x) end when the residual is below min(forcing, √‖∇f‖)·‖∇f‖, or at the first
    direction d without positive curvature.  Such a d is added to the p found so far with the step that conjugate
    gradients would take if its curvature had the other sign, and the line search may lengthen the sum.

    Where the gradient is small, conjugate gradients on a random right-hand side look for negative curvature: with
    enough steps they find it with probability one if there is any.  ``curvature_steps`` bounds them, so on large or
    ill-conditioned problems a slight negative curvature may be missed.

    Parameters
    ----------
    line_search : Armijo
    forcing : float in (0, 1)
    cg_steps : int, optional
        At most this many products per step; 2 n, and at most 1000, if not given.
    curvature_steps : int, optional
        At most this many products in the last look at curvature; 2 n + 10, and at most 500, if not given.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., Algorithm 7.1;
    Royer, O'Neill & Wright (2020), A Newton-CG algorithm with complexity guarantees, Procedure 2 (the random look).

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.optimize import NewtonCG, Problem, minimize
    >>> weights = np.arange(1.0, 101.0)
    >>> bowl = Problem(100, lambda x: x @ (weights * x) / 2, lambda x: weights * x, hvp=lambda x, v: weights * v)
    >>> minimize(bowl, np.ones(100), NewtonCG()).status
    Status.CONVERGED
    """

    line_search: Armijo = field(default_factory=Armijo)
    forcing: float = 0.5
    cg_steps: int | None = None
    curvature_steps: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.line_search, Armijo):
            raise WrongKind(f"NewtonCG needs line_search=Armijo(...), but got {self.line_search!r}.")
        if not 0.0 < self.forcing < 1.0:
            raise InputError(f"NewtonCG needs forcing in (0, 1), but forcing = {self.forcing}.")
        for name in ("cg_steps", "curvature_steps"):
            steps = getattr(self, name)
            if steps is not None and steps < 1:
                raise InputError(f"NewtonCG needs {name} ≥ 1, but {name} = {steps}.")

    @property
    def needs(self) -> frozenset[Need]:
        """∇f and products with ∇²f."""
        return frozenset({Need.GRADIENT, Need.CURVATURE})

    @property
    def numbers(self) -> NewtonCGNumbers:
        """The parameters; 0 stands for steps that are not given."""
        return NewtonCGNumbers(
            self.line_search.numbers, float(self.forcing), int(self.cg_steps or 0), int(self.curvature_steps or 0)
        )

    def rows(self, n: int) -> int:
        """Nothing is kept."""
        return 0


class NewtonCGNumbers(NamedTuple):
    """Parameters of NewtonCG."""

    line_search: ArmijoNumbers
    forcing: float
    cg_steps: int
    curvature_steps: int


@advance.of(NewtonCGNumbers)
def _(method: NewtonCGNumbers, oracle: Any, memory: Memory) -> None:
    g, p, n = memory.g, memory.p, memory.x.size
    code = solve_newton_equation(
        oracle,
        memory,
        -1.0,
        g,
        min(method.forcing, math.sqrt(memory.s[GRADIENT_NORM])),
        method.cg_steps if method.cg_steps > 0 else min(2 * n, 1000),
    )
    d, notes = memory.cg.d, memory.cg.notes
    see(memory, notes[cg.STEPS] > 0.0, code == cg.NEGATIVE_CURVATURE)
    see_curvature(memory, notes[cg.SMALLEST])
    if code == cg.NEGATIVE_CURVATURE:
        # |α| of conjugate gradients: gᵀd = −rᵀr because d is conjugate to p.
        step_to(p, p, abs(dot(g, d)) / (-notes[cg.CURVATURE] * dot(d, d)), d)
    elif code == cg.ZERO_CURVATURE and notes[cg.STEPS] == 0.0:
        copy_to(p, d)
    elif code == cg.NOT_FINITE and notes[cg.STEPS] == 0.0:
        halt(memory, NOT_FINITE)
        return
    expand = code in (cg.NEGATIVE_CURVATURE, cg.ZERO_CURVATURE)
    status = backtrack(method.line_search, oracle, memory, 1.0, 0.0, expand)
    if status == GOING:
        accept(memory, 0.0)
    else:
        halt(memory, status)


@confirm.of(NewtonCGNumbers)
def _(method: NewtonCGNumbers, oracle: Any, memory: Memory) -> None:
    confirm_by_products(oracle, memory, method.line_search, method.curvature_steps)


@twofold
def solve_newton_equation(oracle: Any, memory: Memory, sign: float, b: Vector, rtol: float, max_steps: int) -> int:
    """Conjugate gradients on ∇²f(x)p = sign·b from p = 0, in memory.p; how they ended."""
    fill(memory.p, 0.0)
    scale_to(memory.d, sign, b)
    H = hessian_at(oracle, memory.x)
    return iterate(H, memory.d, memory.p, memory.cg, rtol, 0.0, max_steps, False, H)


@twofold
def confirm_by_products(oracle: Any, memory: Memory, rule: ArmijoNumbers, steps: int) -> None:
    """Stop unless conjugate gradients on a random vector find negative curvature; leave along it if they do."""
    n = memory.x.size
    code = solve_newton_equation(
        oracle,
        memory,
        1.0 / norm(memory.noise),
        memory.noise,
        1e-10,
        steps if steps > 0 else min(2 * n + 10, 500),
    )
    notes = memory.cg.notes
    see(memory, notes[cg.STEPS] > 0.0, False)
    see_curvature(memory, notes[cg.SMALLEST])
    if code == cg.NEGATIVE_CURVATURE:
        copy_to(memory.d, memory.cg.d)
        escape(oracle, memory, notes[cg.CURVATURE], rule)
    elif code == cg.ZERO_CURVATURE:
        halt(memory, DEGENERATE)
    elif code == cg.NOT_FINITE:
        halt(memory, NOT_FINITE)
    else:
        halt(memory, CONVERGED)
