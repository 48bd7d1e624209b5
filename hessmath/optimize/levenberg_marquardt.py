"""Least squares ½‖r(x)‖²: Levenberg–Marquardt and Gauss–Newton, on a problem whose "Hessian" is JᵀJ.

``Problem`` and ``hm.fit`` give f = ½‖r‖², ∇f = Jᵀr, and the Gauss–Newton matrix JᵀJ in the place of the Hessian.  It is
never negative, so neither method can tell a minimum from a saddle: their best status is STATIONARY.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hessmath.errors import InputError
from hessmath.linear import norm
from hessmath.linear.factors import factorise, quadratic_form, signs, solve
from hessmath.linear.vectors import all_finite, dot, largest_entry, step_to
from hessmath.optimize.evaluation import gradient, value
from hessmath.optimize.line_search import EPS, Armijo, LineSearch, require_line_search, search
from hessmath.optimize.memory import (
    GRADIENT_NORM,
    OWN,
    TRIAL_CURVATURE,
    TRIAL_SIZE,
    TRIAL_VALUE,
    VALUE,
    Memory,
    accept,
    halt,
)
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.newton import factorise_hessian
from hessmath.optimize.problem import Need
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import GOING, LINE_SEARCH_FAILED, SINGULAR_HESSIAN, STATIONARY, UNBOUNDED_BELOW
from hessmath.optimize.trust_region import NOISE

LAMBDA, GROWTH = OWN, OWN + 1


@dataclass(frozen=True)
class LevenbergMarquardt(ForSciPy):
    """(JᵀJ + λI)p = −Jᵀr, with λ smaller after a step that did what the model said, larger where f did not fall.

    Parameters
    ----------
    damping : float > 0
        The first λ, relative to the largest entry of JᵀJ.

    References
    ----------
    Marquardt (1963), An algorithm for least-squares estimation of nonlinear parameters; the change of λ is that of
    Nielsen (1999), Damping parameter in Marquardt's method.
    """

    damping: float = 1e-3

    def __post_init__(self) -> None:
        if not 0.0 < self.damping < math.inf:
            raise InputError(f"LevenbergMarquardt needs a positive finite damping, but damping = {self.damping}.")

    @property
    def needs(self) -> frozenset[Need]:
        """∇f = Jᵀr and JᵀJ."""
        return frozenset({Need.GRADIENT, Need.HESSIAN})

    @property
    def numbers(self) -> LevenbergMarquardtNumbers:
        """The first damping."""
        return LevenbergMarquardtNumbers(float(self.damping))

    def rows(self, n: int) -> int:
        """Nothing is kept."""
        return 0


class LevenbergMarquardtNumbers(NamedTuple):
    """Parameters of LevenbergMarquardt."""

    damping: float


@dataclass(frozen=True)
class GaussNewton(ForSciPy):
    """JᵀJp = −Jᵀr, damped by a line search; halts with SINGULAR_HESSIAN where J has not full rank.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., section 10.3.
    """

    line_search: LineSearch = field(default_factory=Armijo)

    def __post_init__(self) -> None:
        require_line_search("line_search", self.line_search)

    @property
    def needs(self) -> frozenset[Need]:
        """∇f = Jᵀr and JᵀJ."""
        return frozenset({Need.GRADIENT, Need.HESSIAN}) | self.line_search.needs

    @property
    def numbers(self) -> GaussNewtonNumbers:
        """The line search."""
        return GaussNewtonNumbers(self.line_search.numbers)

    def rows(self, n: int) -> int:
        """Nothing is kept."""
        return 0


class GaussNewtonNumbers(NamedTuple):
    """Parameters of GaussNewton."""

    line_search: Any


@advance.of(LevenbergMarquardtNumbers)
def _(method: LevenbergMarquardtNumbers, oracle: Any, memory: Memory) -> None:
    s, x, p, H = memory.s, memory.x, memory.p, memory.H
    if not factorise_hessian(oracle, memory):
        return
    if s[LAMBDA] == 0.0:
        top = largest_entry(H)
        s[LAMBDA], s[GROWTH] = method.damping * (top if top > 0.0 else 1.0), 2.0
    while s[LAMBDA] < 1e300:
        factorise(memory.factors, H, s[LAMBDA])
        if signs(memory.factors)[0] == x.size:
            solve(memory.factors, -1.0, memory.g, p)
            if not norm(p) > 1e-3 * EPS * norm(x):
                break
            step_to(memory.trial_x, x, 1.0, p)
            found = value(oracle, memory.trial_x)
            if found == -math.inf:
                halt(memory, UNBOUNDED_BELOW)
                return
            predicted = -(dot(memory.g, p) + 0.5 * quadratic_form(memory.factors, H, p))
            agreement = (s[VALUE] - found) / predicted
            noise = NOISE * abs(s[VALUE])
            lost = predicted < noise and abs(found - s[VALUE]) <= noise  # then the gradient decides
            if lost or agreement > 1e-4:
                gradient(oracle, memory.trial_x, memory.trial_g)
                if all_finite(memory.trial_g) and (not lost or norm(memory.trial_g) < s[GRADIENT_NORM]):
                    damping = s[LAMBDA]
                    s[LAMBDA] *= max(1.0 / 3.0, 1.0 - (2.0 * agreement - 1.0) ** 3) if not lost else 1.0 / 3.0
                    s[GROWTH] = 2.0
                    s[TRIAL_VALUE], s[TRIAL_SIZE], s[TRIAL_CURVATURE] = found, 1.0, 0.0
                    accept(memory, damping)
                    return
        s[LAMBDA] *= s[GROWTH]
        s[GROWTH] *= 2.0
    halt(memory, LINE_SEARCH_FAILED)


@advance.of(GaussNewtonNumbers)
def _(method: GaussNewtonNumbers, oracle: Any, memory: Memory) -> None:
    if not factorise_hessian(oracle, memory):
        return
    if signs(memory.factors)[0] < memory.x.size:
        halt(memory, SINGULAR_HESSIAN)
        return
    solve(memory.factors, -1.0, memory.g, memory.p)
    status = search(method.line_search, oracle, memory, 1.0)
    if status == GOING:
        accept(memory, 0.0)
    else:
        halt(memory, status)


@confirm.of(LevenbergMarquardtNumbers, GaussNewtonNumbers)
def _(method: Any, oracle: Any, memory: Memory) -> None:
    halt(memory, STATIONARY)
