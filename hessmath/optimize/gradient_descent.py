"""Gradient descent: x ← x − α∇f(x)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hessmath.linear import norm
from hessmath.linear.vectors import scale_to
from hessmath.optimize.line_search import Armijo, LineSearch, require_line_search, search
from hessmath.optimize.memory import GRADIENT_NORM, STEP_SIZE, TRIAL_CURVATURE, Memory, accept, halt, see
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.problem import Need
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import GOING, LINE_SEARCH_FAILED, STATIONARY


@dataclass(frozen=True)
class GradientDescent(ForSciPy):
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

    @property
    def numbers(self) -> GradientDescentNumbers:
        """The line search."""
        return GradientDescentNumbers(self.step.numbers)

    def rows(self, n: int) -> int:
        """Nothing is kept."""
        return 0


class GradientDescentNumbers(NamedTuple):
    """Parameters of GradientDescent."""

    step: Any


@advance.of(GradientDescentNumbers)
def _(method: GradientDescentNumbers, oracle: Any, memory: Memory) -> None:
    s = memory.s
    scale_to(memory.p, -1.0, memory.g)
    fresh = min(1.0, max(1.0, norm(memory.x)) / s[GRADIENT_NORM])
    first = 2.0 * s[STEP_SIZE] if s[STEP_SIZE] > 0.0 else fresh
    status = search(method.step, oracle, memory, first)
    if status == LINE_SEARCH_FAILED and s[STEP_SIZE] > 0.0:
        status = search(method.step, oracle, memory, fresh)  # the last step may have been of another scale
    if status != GOING:
        halt(memory, status)
        return
    see(memory, s[TRIAL_CURVATURE] > 0.0, False)
    accept(memory, 0.0)


@confirm.of(GradientDescentNumbers)
def _(method: GradientDescentNumbers, oracle: Any, memory: Memory) -> None:
    halt(memory, STATIONARY)  # nothing is known about curvature
