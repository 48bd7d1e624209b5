"""Truncated Newton: the Newton equation solved by conjugate gradients, as exactly as the gradient is small.

Only products ∇²f(x)v are needed, so memory is O(n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from hessmath.errors import InputError, WrongKind
from hessmath.linear import CGStatus, conjugate_gradient, norm
from hessmath.optimize.line_search import Armijo
from hessmath.optimize.negative_curvature import escape
from hessmath.optimize.oracle import Oracle
from hessmath.optimize.problem import Need, Vector
from hessmath.optimize.state import State, start_at
from hessmath.optimize.status import Status


@dataclass(frozen=True)
class NewtonCG:
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

    def start(self, oracle: Oracle, x: Vector) -> State:
        """f and ∇f at x."""
        return start_at(oracle, x)

    def advance(self, oracle: Oracle, state: State) -> State:
        """One step downhill."""
        g = state.gradient
        result = conjugate_gradient(
            oracle.curvature(state.x),
            -g,
            rtol=min(self.forcing, math.sqrt(state.gradient_norm)),
            max_steps=self.cg_steps or min(2 * g.size, 1000),
        )
        p, d = result.x, result.curvature_direction
        state = state.seeing(positive=result.steps > 0, negative=result.status is CGStatus.NEGATIVE_CURVATURE)
        if d is not None and result.curvature is not None:
            if result.status is CGStatus.NEGATIVE_CURVATURE:
                # |α| of conjugate gradients: gᵀd = −rᵀr because d is conjugate to p.
                p = p + abs(float(g @ d)) / (-result.curvature * float(d @ d)) * d
            elif result.steps == 0:
                p = d
        elif result.status is CGStatus.NOT_FINITE and result.steps == 0:
            return state.halted(Status.NOT_FINITE)
        match self.line_search.search_curved(oracle, state, p, 1.0, curvature=0.0, expand=d is not None):
            case Status() as status:
                return state.halted(status)
            case trial:
                return state.moved(trial.x, trial.value, trial.gradient, step_size=trial.step_size)

    def confirm(self, oracle: Oracle, state: State) -> State:
        """Stop unless negative curvature is found; leave along it if it is."""
        n = state.x.size
        b = oracle.rng.standard_normal(n)
        result = conjugate_gradient(
            oracle.curvature(state.x),
            b / norm(b),
            rtol=1e-10,
            max_steps=self.curvature_steps or min(2 * n + 10, 500),
        )
        state = state.seeing(positive=result.steps > 0)
        match result.status:
            case CGStatus.NEGATIVE_CURVATURE if result.curvature_direction is not None and result.curvature is not None:
                return escape(oracle, state, result.curvature_direction, result.curvature, self.line_search)
            case CGStatus.ZERO_CURVATURE:
                return state.halted(Status.DEGENERATE)
            case CGStatus.NOT_FINITE:
                return state.halted(Status.NOT_FINITE)
            case _:
                return state.halted(Status.CONVERGED)
