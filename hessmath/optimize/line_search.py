"""How far to go along a direction: fixed steps, the exact step on quadratics, Armijo's backtracking.

A line search is an object with ``search``, which returns a ``Trial`` (a new point with f and ∇f there) or the
``Status`` that says why there is none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hessmath.errors import InputError, WrongKind
from hessmath.linear import norm
from hessmath.optimize.oracle import Oracle
from hessmath.optimize.problem import Need, Vector
from hessmath.optimize.state import State
from hessmath.optimize.status import Status

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Trial:
    """A point x + αp with f and ∇f there; ``curvature`` is pᵀ∇²f(x)p if the search evaluated it."""

    step_size: float
    x: Vector
    value: float
    gradient: Vector
    curvature: float | None = None


class LineSearch(Protocol):
    """A way to choose α in x + αp."""

    @property
    def needs(self) -> frozenset[Need]:
        """What it evaluates besides f and ∇f."""
        ...

    def search(self, oracle: Oracle, state: State, p: Vector, first: float) -> Trial | Status:
        """A step along p; ``first`` is the step size that the method would try first."""
        ...


@dataclass(frozen=True)
class FixedStep:
    """x + size·p, whatever f does there.  One evaluation of f and of ∇f.

    For gradient descent on a quadratic it converges if and only if size < 2/λmax.
    """

    size: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.size < math.inf:
            raise InputError(f"FixedStep needs a positive finite size, but size = {self.size}.")

    @property
    def needs(self) -> frozenset[Need]:
        """Nothing more."""
        return frozenset()

    def search(self, oracle: Oracle, state: State, p: Vector, first: float) -> Trial:
        """The point x + size·p."""
        x = state.x + self.size * p
        value, gradient = oracle.value_and_gradient(x)
        return Trial(self.size, x, value, gradient)


@dataclass(frozen=True)
class ExactStep:
    """The minimum along p of the quadratic model: α = −gᵀp / pᵀHp, exact where f is quadratic.  One product Hp.

    With gradient descent the error of a quadratic contracts by (κ−1)/(κ+1) a step, in the norm of H
    (Nocedal & Wright 2006, Theorem 3.3).
    """

    @property
    def needs(self) -> frozenset[Need]:
        """Products with the Hessian."""
        return frozenset({Need.CURVATURE})

    def search(self, oracle: Oracle, state: State, p: Vector, first: float) -> Trial | Status:
        """The point at the model's minimum, if its curvature along p is positive."""
        curvature = float(p @ (oracle.curvature(state.x) @ p))
        if math.isnan(curvature):
            return Status.NOT_FINITE
        if curvature <= 0.0:
            return Status.NO_MINIMUM_ALONG_LINE
        alpha = -float(state.gradient @ p) / curvature
        x = state.x + alpha * p
        value, gradient = oracle.value_and_gradient(x)
        return Trial(alpha, x, value, gradient, curvature)


@dataclass(frozen=True)
class Armijo:
    """Backtracking until f(x + αp) ≤ f(x) + decrease·(α gᵀp + ½α² min(0, pᵀHp)) and ∇f is finite there.

    Points where f is nan or infinite are stepped back from.  When the decrease that can be expected is lost in the
    rounding of f, a step is accepted by the slope at its end instead, which may rise to half of |gᵀp| (Hager & Zhang
    2005, A new conjugate gradient method with guaranteed descent, section 3, the approximate Wolfe condition).

    Parameters
    ----------
    decrease : float in (0, 1/2)
    shrink : float in (0, 1)
        α is multiplied by this after a failure.
    max_backtracks : int, at least 1

    References
    ----------
    Armijo (1966), Minimization of functions having Lipschitz continuous first partial derivatives;
    with curvature: Moré & Sorensen (1979), On the use of directions of negative curvature in a modified Newton method.
    """

    decrease: float = 1e-4
    shrink: float = 0.5
    max_backtracks: int = 80

    def __post_init__(self) -> None:
        if not 0.0 < self.decrease < 0.5:
            raise InputError(f"Armijo needs decrease in (0, 1/2), but decrease = {self.decrease}.")
        if not 0.0 < self.shrink < 1.0:
            raise InputError(f"Armijo needs shrink in (0, 1), but shrink = {self.shrink}.")
        if self.max_backtracks < 1:
            raise InputError(f"Armijo needs max_backtracks ≥ 1, but max_backtracks = {self.max_backtracks}.")

    @property
    def needs(self) -> frozenset[Need]:
        """Nothing more."""
        return frozenset()

    def search(self, oracle: Oracle, state: State, p: Vector, first: float) -> Trial | Status:
        """A step that lowers f enough, no longer than ``first``."""
        return self.search_curved(oracle, state, p, first, curvature=0.0, expand=False)

    def search_curved(
        self, oracle: Oracle, state: State, p: Vector, first: float, *, curvature: float, expand: bool
    ) -> Trial | Status:
        """The same with the curvature pᵀ∇²f(x)p in the test, so that the slope may be zero if it is negative.

        With ``expand`` the step is doubled while f goes on falling: right along negative curvature, where no
        natural length is known.
        """
        length = norm(p)
        if length == 0.0:
            return Status.NOT_DESCENT
        unit = p / length  # the slope along p itself may overflow
        slope, bend = float(state.gradient @ unit), min(curvature, 0.0)
        if math.isnan(slope):
            return Status.NOT_FINITE
        if slope > 0.0 or (slope == 0.0 and bend == 0.0):
            return Status.NOT_DESCENT

        def enough(alpha: float) -> float:
            return state.value + self.decrease * ((alpha * length) * slope + 0.5 * alpha**2 * bend)

        noise = 10.0 * EPS * abs(state.value)
        lost = bend == 0.0 and state.value - enough(first) < noise  # then f cannot tell, but its slope can
        alpha = first
        for _ in range(self.max_backtracks):
            x = state.x + alpha * p
            value = oracle.value(x)
            if value == -math.inf:
                return Status.UNBOUNDED_BELOW
            lower = value <= enough(alpha) and value < state.value
            if lower and expand:
                alpha, x, value = self._expanded(oracle, state.x, p, alpha, value, enough)
                if value == -math.inf:
                    return Status.UNBOUNDED_BELOW
                expand = False  # if ∇f is not finite there, come back step by step
            if (value <= state.value + noise) if lost else lower:
                gradient = oracle.gradient(x)
                not_far_beyond = not lost or float(gradient @ unit) <= -0.5 * slope
                if np.isfinite(gradient).all() and not_far_beyond:
                    return Trial(alpha, x, value, gradient)
            alpha *= self.shrink
            if alpha * length <= 1e-3 * EPS * norm(state.x):
                break
        return Status.LINE_SEARCH_FAILED

    def _expanded(
        self, oracle: Oracle, start: Vector, p: Vector, alpha: float, value: float, enough: Callable[[float], float]
    ) -> tuple[float, Vector, float]:
        for _ in range(self.max_backtracks):
            longer = oracle.value(start + 2.0 * alpha * p)
            if not (longer < value and longer <= enough(2.0 * alpha)):
                break
            alpha, value = 2.0 * alpha, longer
        return alpha, start + alpha * p, value


def require_line_search(argument: str, search: object) -> None:
    """Raise WrongKind unless ``search`` is a line search, not its class, a number or a word."""
    if isinstance(search, type) or not callable(getattr(search, "search", None)):
        got = f"the class {search.__name__}" if isinstance(search, type) else repr(search)
        raise WrongKind(f"{argument} must be an object such as FixedStep(0.1), ExactStep() or Armijo(), but is {got}.")
