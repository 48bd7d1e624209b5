"""Truncated Newton: the Newton equation solved by conjugate gradients, as exactly as the gradient is small.

Only products ∇²f(x)v are needed, so memory is O(n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hessmath.errors import InputError, WrongKind
from hessmath.linear import cg
from hessmath.linear.vectors import copy_to, dot, scale_to, step_to
from hessmath.optimize.curvature_look import confirm_by_products
from hessmath.optimize.inner_solvers import MINRES, ConjugateGradient
from hessmath.optimize.line_search import Armijo, ArmijoNumbers, backtrack
from hessmath.optimize.memory import GRADIENT_NORM, Memory, accept, halt, see, see_curvature
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.newton_equation import newton_step
from hessmath.optimize.problem import Need
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import GOING, LINE_SEARCH_FAILED, NOT_FINITE


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
    inner : ConjugateGradient or MINRES
        What solves Newton's equation; with a preconditioner if it has one.  MINRES keeps lowering the residual where
        the Hessian is singular or nearly so, and ends at a residual r with rᵀ∇²f r ≤ 0.

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
    inner: ConjugateGradient | MINRES = field(default_factory=ConjugateGradient)

    def __post_init__(self) -> None:
        if not isinstance(self.line_search, Armijo):
            raise WrongKind(f"NewtonCG needs line_search=Armijo(...), but got {self.line_search!r}.")
        if not 0.0 < self.forcing < 1.0:
            raise InputError(f"NewtonCG needs forcing in (0, 1), but forcing = {self.forcing}.")
        if isinstance(self.inner, type) or type(getattr(self.inner, "numbers", None)) not in newton_step.members:
            raise WrongKind(f"inner must be an object, ConjugateGradient() or MINRES(), but is {self.inner!r}.")
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
            self.line_search.numbers,
            float(self.forcing),
            int(self.cg_steps or 0),
            int(self.curvature_steps or 0),
            self.inner.numbers,
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
    inner: Any


@advance.of(NewtonCGNumbers)
def _(method: NewtonCGNumbers, oracle: Any, memory: Memory) -> None:
    g, p, n = memory.g, memory.p, memory.x.size
    code = newton_step(
        method.inner,
        oracle,
        memory,
        min(method.forcing, math.sqrt(memory.s[GRADIENT_NORM])),
        method.cg_steps if method.cg_steps > 0 else min(2 * n, 1000),
    )
    d, notes = memory.cg.d, memory.cg.notes
    see(memory, notes[cg.STEPS] > 0.0, code == cg.NEGATIVE_CURVATURE)
    see_curvature(memory, notes[cg.SMALLEST])
    if code == cg.NEGATIVE_CURVATURE:
        # |α| of conjugate gradients: gᵀd = −rᵀr because d is conjugate to p.
        step_to(p, p, abs(dot(g, d)) / (-notes[cg.CURVATURE] * dot(d, d)), d)
    elif code == cg.ZERO_CURVATURE:
        copy_to(p, d)  # where d leads is not known; p, conjugate to it, is for the next step
    elif code == cg.NOT_FINITE and notes[cg.STEPS] == 0.0:
        halt(memory, NOT_FINITE)
        return
    expand = code in (cg.NEGATIVE_CURVATURE, cg.ZERO_CURVATURE)
    status = backtrack(method.line_search, oracle, memory, 1.0, 0.0, expand)
    if status == LINE_SEARCH_FAILED and expand:  # rounding along p may hide how f falls along d
        scale_to(p, -1.0 if dot(g, d) > 0.0 else 1.0, d)
        status = backtrack(method.line_search, oracle, memory, 1.0, 0.0, True)
    if status == GOING:
        accept(memory, 0.0)
    else:
        halt(memory, status)


@confirm.of(NewtonCGNumbers)
def _(method: NewtonCGNumbers, oracle: Any, memory: Memory) -> None:
    confirm_by_products(oracle, memory, method.line_search, method.curvature_steps)
