"""Least squares ½‖r(x)‖² by Levenberg and Marquardt, on a problem whose "Hessian" is JᵀJ.

``Problem`` and ``hm.fit`` give f = ½‖r‖², ∇f = Jᵀr, and the Gauss–Newton matrix JᵀJ in the place of the Hessian.  It is
never negative, so the method cannot tell a minimum from a saddle: its best status is STATIONARY.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from hessmath.errors import InputError
from hessmath.linear.factors import factorise, signs, solve
from hessmath.linear.vectors import dot, largest_entry
from hessmath.optimize.agreement import REJECTED, agreement, still_going
from hessmath.optimize.memory import (
    OWN,
    Memory,
    accept,
    halt,
)
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.newton import factorise_hessian
from hessmath.optimize.problem import Need
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import STALLED, STATIONARY

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
            # (JᵀJ + λI)p = −g: written so, the model's fall has no cancellation.
            predicted = 0.5 * (s[LAMBDA] * dot(p, p) - dot(memory.g, p))
            ratio = agreement(oracle, memory, predicted)
            if not still_going(memory):
                return
            if ratio != REJECTED:
                damping = s[LAMBDA]
                s[LAMBDA] *= max(1.0 / 3.0, 1.0 - (2.0 * ratio - 1.0) ** 3)
                s[GROWTH] = 2.0
                accept(memory, damping)
                return
        s[LAMBDA] *= s[GROWTH]
        s[GROWTH] *= 2.0
    halt(memory, STALLED)


@confirm.of(LevenbergMarquardtNumbers)
def _(method: LevenbergMarquardtNumbers, oracle: Any, memory: Memory) -> None:
    halt(memory, STATIONARY)
