"""A step with enough decrease and enough rise of the slope, as quasi-Newton updates want it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from hessmath.errors import InputError
from hessmath.linear import norm
from hessmath.linear.vectors import all_finite, dot, step_to
from hessmath.optimize.evaluation import gradient, value
from hessmath.optimize.line_search import EPS, search
from hessmath.optimize.memory import BOTTOM, TRIAL_CURVATURE, TRIAL_SIZE, TRIAL_VALUE, VALUE, Memory
from hessmath.optimize.problem import Need
from hessmath.optimize.status import GOING, LINE_SEARCH_FAILED, NOT_DESCENT, NOT_FINITE, UNBOUNDED_BELOW


@dataclass(frozen=True)
class Wolfe:
    """f(x + αp) ≤ f(x) + decrease·α gᵀp and ∇f(x + αp)ᵀp ≥ rise·gᵀp, found by doubling and bisection.

    Then the change y of the gradient along the step s has yᵀs > 0.  Points where f or ∇f is not finite are stepped
    back from.  When the decrease is lost in the rounding of f the slope alone decides.

    Parameters
    ----------
    decrease, rise : float with 0 < decrease < rise < 1
    max_trials : int, at least 1

    References
    ----------
    Lewis & Overton (2013), Nonsmooth optimization via quasi-Newton methods, Algorithm 2.6.
    """

    decrease: float = 1e-4
    rise: float = 0.9
    max_trials: int = 80

    def __post_init__(self) -> None:
        if not 0.0 < self.decrease < self.rise < 1.0:
            raise InputError(
                f"Wolfe needs 0 < decrease < rise < 1, but decrease = {self.decrease} and rise = {self.rise}."
            )
        if self.max_trials < 1:
            raise InputError(f"Wolfe needs max_trials ≥ 1, but max_trials = {self.max_trials}.")

    @property
    def needs(self) -> frozenset[Need]:
        """Nothing more."""
        return frozenset()

    @property
    def numbers(self) -> WolfeNumbers:
        """The three parameters."""
        return WolfeNumbers(float(self.decrease), float(self.rise), int(self.max_trials))


class WolfeNumbers(NamedTuple):
    """Parameters of Wolfe."""

    decrease: float
    rise: float
    max_trials: int


@search.of(WolfeNumbers)
def _(rule: WolfeNumbers, oracle: Any, memory: Memory, first: float) -> int:
    x, p, s, start = memory.x, memory.p, memory.s, memory.s[VALUE]
    slope = dot(memory.g, p)
    if not math.isfinite(slope):
        return NOT_FINITE
    if slope >= 0.0:
        return NOT_DESCENT
    noise = 10.0 * EPS * abs(start)
    shortest = 1e-3 * EPS * norm(x) / norm(p)
    low, high, alpha = 0.0, math.inf, first
    for _ in range(rule.max_trials):
        step_to(memory.trial_x, x, alpha, p)
        found = value(oracle, memory.trial_x)
        if found == -math.inf or found < s[BOTTOM]:
            return UNBOUNDED_BELOW
        lost = -rule.decrease * alpha * slope < noise and abs(found - start) <= noise
        low_enough = lost or found <= start + rule.decrease * alpha * slope
        if low_enough:
            gradient(oracle, memory.trial_x, memory.trial_g)
            low_enough = all_finite(memory.trial_g)
        if not low_enough:
            high = alpha
        else:
            end = dot(memory.trial_g, p)
            if end >= rule.rise * slope and not (lost and end > -0.5 * slope):
                s[TRIAL_VALUE], s[TRIAL_SIZE], s[TRIAL_CURVATURE] = found, alpha, 0.0
                return GOING
            if lost and end > 0.0:
                high = alpha
            else:
                low = alpha
        alpha = 0.5 * (low + high) if high < math.inf else 2.0 * low
        if alpha <= shortest or alpha in (low, high):
            break
    return LINE_SEARCH_FAILED
