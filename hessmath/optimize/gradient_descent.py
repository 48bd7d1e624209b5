"""Gradient descent: x ← x − α∇f(x)."""

from __future__ import annotations

from dataclasses import dataclass, field

from hessmath.linear import norm
from hessmath.optimize.line_search import Armijo, LineSearch, require_line_search
from hessmath.optimize.oracle import Oracle
from hessmath.optimize.problem import Need, Vector
from hessmath.optimize.state import State, start_at
from hessmath.optimize.status import Status


@dataclass(frozen=True)
class GradientDescent:
    """Go along −∇f(x), as far as ``step`` says.

    It sees no curvature, so its best status is STATIONARY: it may have run into a saddle.

    Parameters
    ----------
    step : FixedStep, ExactStep or Armijo
        Armijo's first trial is twice the last step size; at the start 1, but no longer than max(1, ‖x‖).  A large
        ``decrease`` pays: with 1/4, the default, a step along curvature λ is accepted up to 1.5/λ, not up to 2/λ,
        where it would only bounce to the other side.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., section 3.3.

    Examples
    --------
    >>> from hessmath.optimize import FixedStep, GradientDescent, Problem, minimize
    >>> bowl = Problem(2, lambda x: x[0] ** 2 + 2 * x[1] ** 2, gradient=lambda x: [2 * x[0], 4 * x[1]])
    >>> minimize(bowl, [1.0, 1.0], GradientDescent(step=FixedStep(0.25))).steps  # the factor is 1/2 a step
    28
    """

    step: LineSearch = field(default_factory=lambda: Armijo(decrease=0.25))

    def __post_init__(self) -> None:
        require_line_search("step", self.step)

    @property
    def needs(self) -> frozenset[Need]:
        """∇f, and what the rule for the step needs."""
        return frozenset({Need.GRADIENT}) | self.step.needs

    def start(self, oracle: Oracle, x: Vector) -> State:
        """f and ∇f at x."""
        return start_at(oracle, x)

    def advance(self, oracle: Oracle, state: State) -> State:
        """One step along −∇f."""
        p = -state.gradient
        fresh = min(1.0, max(1.0, norm(state.x)) / state.gradient_norm)
        found = self.step.search(oracle, state, p, 2.0 * state.step_size or fresh)
        if found is Status.LINE_SEARCH_FAILED and state.step_size > 0.0:
            found = self.step.search(oracle, state, p, fresh)  # the last step may have been of another scale
        match found:
            case Status() as status:
                return state.halted(status)
            case trial:
                seen = state.seeing(positive=trial.curvature is not None and trial.curvature > 0.0)
                return seen.moved(trial.x, trial.value, trial.gradient, step_size=trial.step_size)

    def confirm(self, oracle: Oracle, state: State) -> State:
        """STATIONARY: nothing is known about curvature."""
        return state.halted(Status.STATIONARY)
