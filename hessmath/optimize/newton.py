"""Newton's method: x ← x − α∇²f(x)⁻¹∇f(x), pure (α = 1) or damped by a line search."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hessmath.linear import LDLT, ldlt
from hessmath.optimize.line_search import FixedStep, LineSearch, require_line_search
from hessmath.optimize.oracle import Oracle
from hessmath.optimize.problem import Need, Vector
from hessmath.optimize.state import State, start_at
from hessmath.optimize.status import Status


@dataclass(frozen=True)
class Newton:
    """Solve ∇²f(x)p = −∇f(x) and go along p.

    Pure Newton looks for a critical point of any kind: it is drawn to saddles and maxima as well.  When the
    gradient is small, the Hessian there is factorised once more, and the status is CONVERGED only if it is positive
    definite.  Near such a point the error is squared at every step.

    Parameters
    ----------
    line_search : FixedStep, ExactStep or Armijo
        FixedStep(1.0), the full step, is pure Newton; with Armijo() the value of f falls at every step.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., Theorem 3.5.  Cost of a step: one Hessian, n³/3.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.optimize import Newton, Problem, minimize
    >>> saddle = Problem(
    ...     2,
    ...     lambda x: x[0] ** 2 - x[1] ** 2 + x[1] ** 4 / 4,
    ...     gradient=lambda x: [2 * x[0], -2 * x[1] + x[1] ** 3],
    ...     hessian=lambda x: np.diag([2.0, 3 * x[1] ** 2 - 2]),
    ... )
    >>> minimize(saddle, [1.0, 0.0], Newton()).status
    Status.NOT_A_MINIMUM
    >>> minimize(saddle, [1.0, 1.2], Newton()).status
    Status.CONVERGED
    """

    line_search: LineSearch = field(default_factory=FixedStep)

    def __post_init__(self) -> None:
        require_line_search("line_search", self.line_search)

    @property
    def needs(self) -> frozenset[Need]:
        """∇f and ∇²f."""
        return frozenset({Need.GRADIENT, Need.HESSIAN}) | self.line_search.needs

    def start(self, oracle: Oracle, x: Vector) -> State:
        """f and ∇f at x."""
        return start_at(oracle, x)

    def advance(self, oracle: Oracle, state: State) -> State:
        """One Newton step."""
        H = oracle.hessian(state.x)
        if not np.isfinite(H).all():
            return state.halted(Status.NOT_FINITE)
        factors = ldlt(H)
        state = seeing_inertia(state, factors)
        if factors.is_singular:
            return state.halted(Status.SINGULAR_HESSIAN)
        p = factors.solve(-state.gradient)
        match self.line_search.search(oracle, state, p, 1.0):
            case Status() as status:
                return state.halted(status)
            case trial:
                return state.moved(trial.x, trial.value, trial.gradient, step_size=trial.step_size)

    def confirm(self, oracle: Oracle, state: State) -> State:
        """The signs of the Hessian's eigenvalues decide the status."""
        H = oracle.hessian(state.x)
        if not np.isfinite(H).all():
            return state.halted(Status.NOT_FINITE)
        factors = ldlt(H)
        return seeing_inertia(state, factors).halted(status_by_inertia(factors))


def seeing_inertia(state: State, factors: LDLT) -> State:
    """The state with the signs of curvature that the factors show."""
    inertia = factors.inertia
    return state.seeing(positive=inertia.positive > 0, negative=inertia.negative > 0)


def status_by_inertia(factors: LDLT) -> Status:
    """What a critical point with this Hessian may be called."""
    if factors.inertia.negative > 0:
        return Status.NOT_A_MINIMUM
    return Status.DEGENERATE if factors.is_singular else Status.CONVERGED
