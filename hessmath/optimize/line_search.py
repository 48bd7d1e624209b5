"""How far to go along a direction: fixed steps, the exact step on quadratics, Armijo's backtracking.

A line search is an object with its parameters as ``numbers``, for which ``search`` finds a trial point or a status.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from hessmath.errors import InputError, WrongKind
from hessmath.linear import norm
from hessmath.linear.cg import apply
from hessmath.linear.twofold import family, twofold
from hessmath.linear.vectors import all_finite, dot, scale_to, step_to
from hessmath.optimize.evaluation import gradient, hessian_at, value, value_and_gradient
from hessmath.optimize.memory import (
    GRADIENT_NORM,
    TRIAL_CURVATURE,
    TRIAL_SIZE,
    TRIAL_VALUE,
    VALUE,
    Memory,
    accept,
    halt,
    see_curvature,
)
from hessmath.optimize.problem import Need
from hessmath.optimize.status import (
    GOING,
    LINE_SEARCH_FAILED,
    NO_MINIMUM_ALONG_LINE,
    NOT_DESCENT,
    NOT_FINITE,
    UNBOUNDED_BELOW,
)

EPS = float(np.finfo(np.float64).eps)

#: Cancellation in f may make its rounding so many times larger than ten units in its last place.
CANCELLATION = 1e3


class LineSearch(Protocol):
    """A way to choose α in x + αp."""

    @property
    def needs(self) -> frozenset[Need]:
        """What it evaluates besides f and ∇f."""
        ...

    @property
    def numbers(self) -> Any:
        """Its parameters as a NamedTuple, whose class chooses ``search``."""
        ...


@family
def search(rule, oracle, memory, first):  # type: ignore[no-untyped-def]
    """Go along memory.p to the trial point, whose f and ∇f are evaluated; a status but GOING if there is none.

    ``first`` is the step size that the method would try first.
    """


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

    @property
    def numbers(self) -> FixedNumbers:
        """The size."""
        return FixedNumbers(float(self.size))


class FixedNumbers(NamedTuple):
    """Parameters of FixedStep."""

    size: float


@search.of(FixedNumbers)
def _(rule: FixedNumbers, oracle: Any, memory: Memory, first: float) -> int:
    return try_step(oracle, memory, rule.size)


@twofold
def try_step(oracle: Any, memory: Memory, alpha: float) -> int:
    """The trial point x + αp with f and ∇f, whatever they are."""
    step_to(memory.trial_x, memory.x, alpha, memory.p)
    memory.s[TRIAL_VALUE] = value_and_gradient(oracle, memory.trial_x, memory.trial_g)
    memory.s[TRIAL_SIZE], memory.s[TRIAL_CURVATURE] = alpha, 0.0
    return GOING


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

    @property
    def numbers(self) -> ExactNumbers:
        """Nothing."""
        return ExactNumbers()


class ExactNumbers(NamedTuple):
    """ExactStep has no parameters."""


@search.of(ExactNumbers)
def _(rule: ExactNumbers, oracle: Any, memory: Memory, first: float) -> int:
    p = memory.p
    apply(hessian_at(oracle, memory.x), p, memory.w)
    curvature = dot(p, memory.w)
    if math.isnan(curvature):
        return NOT_FINITE
    if curvature <= 0.0:
        return NO_MINIMUM_ALONG_LINE
    see_curvature(memory, curvature / dot(p, p))
    status = try_step(oracle, memory, -dot(memory.g, p) / curvature)
    memory.s[TRIAL_CURVATURE] = curvature
    return status


@dataclass(frozen=True)
class Armijo:
    """Backtracking until f(x + αp) ≤ f(x) + decrease·(α gᵀp + ½α² min(0, pᵀHp)) and ∇f is finite there.

    Points where f is nan or infinite are stepped back from.  When the decrease that can be expected is lost in the
    rounding of f, a step is accepted by the slope at its end instead, which may rise to half of |gᵀp| (Hager & Zhang
    2005, A new conjugate gradient method with guaranteed descent, section 3, the approximate Wolfe condition).  A sum
    with cancelling terms is rounded by more than a few units in its last place: there f may seem to rise by up to
    2·10⁻¹² |f| if the step also halves the gradient.

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

    @property
    def numbers(self) -> ArmijoNumbers:
        """The three parameters."""
        return ArmijoNumbers(float(self.decrease), float(self.shrink), int(self.max_backtracks))


class ArmijoNumbers(NamedTuple):
    """Parameters of Armijo."""

    decrease: float
    shrink: float
    max_backtracks: int


@search.of(ArmijoNumbers)
def _(rule: ArmijoNumbers, oracle: Any, memory: Memory, first: float) -> int:
    return backtrack(rule, oracle, memory, first, 0.0, False)


@twofold
def backtrack(rule: ArmijoNumbers, oracle: Any, memory: Memory, first: float, curvature: float, expand: bool) -> int:
    """The same with the curvature pᵀ∇²f(x)p in the test, so that the slope may be zero if it is negative.

    With ``expand`` the step is doubled while f goes on falling: right along negative curvature, where no natural
    length is known.
    """
    x, p, s, start = memory.x, memory.p, memory.s, memory.s[VALUE]
    length = norm(p)
    if length == 0.0:
        return NOT_DESCENT
    scale_to(memory.w, 1.0 / length, p)
    slope = dot(memory.g, memory.w)  # along p itself it may overflow
    bend = min(curvature, 0.0)
    if math.isnan(slope):
        return NOT_FINITE
    if slope > 0.0 or (slope == 0.0 and bend == 0.0):
        return NOT_DESCENT

    noise = 10.0 * EPS * abs(start)
    # Where the decrease to be expected is lost in noise f cannot tell, but its slope can.
    lost = bend == 0.0 and -rule.decrease * (first * length) * slope < noise
    alpha = first
    for _ in range(rule.max_backtracks):
        step_to(memory.trial_x, x, alpha, p)
        found = value(oracle, memory.trial_x)
        if found == -math.inf:
            return UNBOUNDED_BELOW
        lower = found <= start + rule.decrease * promised(alpha, length, slope, bend) and found < start
        if lower and expand:
            for _ in range(rule.max_backtracks):
                step_to(memory.trial_x, x, 2.0 * alpha, p)
                longer = value(oracle, memory.trial_x)
                enough = longer <= start + rule.decrease * promised(2.0 * alpha, length, slope, bend)
                if not (longer < found and enough):
                    break
                alpha, found = 2.0 * alpha, longer
            step_to(memory.trial_x, x, alpha, p)
            if found == -math.inf:
                return UNBOUNDED_BELOW
            expand = False  # if ∇f is not finite there, come back step by step
        if (found <= start + CANCELLATION * noise) if lost else lower:
            gradient(oracle, memory.trial_x, memory.trial_g)
            finite = all_finite(memory.trial_g)
            if lost and found > start + noise:
                finite = finite and norm(memory.trial_g) <= 0.5 * s[GRADIENT_NORM]
            if finite and (not lost or dot(memory.trial_g, memory.w) <= -0.5 * slope):
                s[TRIAL_VALUE], s[TRIAL_SIZE], s[TRIAL_CURVATURE] = found, alpha, 0.0
                return GOING
        alpha *= rule.shrink
        if alpha * length <= 1e-3 * EPS * norm(x):
            break
    return LINE_SEARCH_FAILED


@twofold
def step_along(rule: Any, oracle: Any, memory: Memory, damping: float) -> None:
    """Go along memory.p as far as the line search says, which tries the full step first; halted where it finds none."""
    status = search(rule, oracle, memory, 1.0)
    if status == GOING:
        accept(memory, damping)
    else:
        halt(memory, status)


@twofold
def promised(alpha: float, length: float, slope: float, bend: float) -> float:
    """α·gᵀp + ½α² min(0, pᵀHp), with the slope along p/‖p‖."""
    return (alpha * length) * slope + 0.5 * alpha**2 * bend


_rules = search


def require_line_search(argument: str, search: object) -> None:
    """Raise WrongKind unless ``search`` is a line search, not its class, a number or a word."""
    if isinstance(search, type) or type(getattr(search, "numbers", None)) not in _rules.members:
        got = f"the class {search.__name__}" if isinstance(search, type) else repr(search)
        raise WrongKind(f"{argument} must be an object such as FixedStep(0.1), ExactStep() or Armijo(), but is {got}.")
