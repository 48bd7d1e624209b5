"""BFGS: an approximation B of the inverse Hessian, learnt from changes of the gradient."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hessmath.linear import norm
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import copy_to, dot, scale_to, step_to
from hessmath.optimize.line_search import EPS, LineSearch, require_line_search, search
from hessmath.optimize.memory import GRADIENT_NORM, OWN, Memory, accept, halt
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.problem import Need
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import GOING, STATIONARY
from hessmath.optimize.wolfe import Wolfe


@dataclass(frozen=True)
class BFGS(ForSciPy):
    """Go along −B∇f(x); B starts as a multiple of I and stays positive definite.  Memory n², a step costs 6n².

    It sees no curvature of its own, so its best status is STATIONARY.

    Parameters
    ----------
    line_search : Wolfe, or another line search
        With one that does not ensure yᵀs > 0 the update is left out where that fails.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., Algorithm 6.1, with (6.20) for the first B.

    Examples
    --------
    >>> from hessmath.optimize import BFGS, Problem, minimize
    >>> bowl = Problem(2, lambda x: x[0] ** 2 + 50 * x[1] ** 2, gradient=lambda x: [2 * x[0], 100 * x[1]])
    >>> minimize(bowl, [1.0, 1.0], BFGS()).status
    Status.STATIONARY
    """

    line_search: LineSearch = field(default_factory=Wolfe)

    def __post_init__(self) -> None:
        require_line_search("line_search", self.line_search)

    @property
    def needs(self) -> frozenset[Need]:
        """∇f."""
        return frozenset({Need.GRADIENT}) | self.line_search.needs

    @property
    def numbers(self) -> BFGSNumbers:
        """The line search."""
        return BFGSNumbers(self.line_search.numbers)

    def rows(self, n: int) -> int:
        """B, and the step and the change of the gradient."""
        return n + 2


class BFGSNumbers(NamedTuple):
    """Parameters of BFGS."""

    line_search: Any


UPDATES = OWN  # how many updates B has had


@advance.of(BFGSNumbers)
def _(method: BFGSNumbers, oracle: Any, memory: Memory) -> None:
    n, s, p, B = memory.x.size, memory.s, memory.p, memory.store
    if s[UPDATES] == 0.0:
        scale_to(p, -1.0, memory.g)
    else:
        for i in range(n):
            p[i] = -dot(B[i], memory.g)
    first = 1.0 if s[UPDATES] > 0.0 else min(1.0, max(1.0, norm(memory.x)) / s[GRADIENT_NORM])
    status = search(method.line_search, oracle, memory, first)
    if status != GOING and s[UPDATES] > 0.0:  # B may be spoilt: forget it
        s[UPDATES] = 0.0
        scale_to(p, -1.0, memory.g)
        status = search(method.line_search, oracle, memory, min(1.0, max(1.0, norm(memory.x)) / s[GRADIENT_NORM]))
    if status != GOING:
        halt(memory, status)
        return
    copy_to(B[n], memory.x)
    copy_to(B[n + 1], memory.g)
    accept(memory, 0.0)
    step_to(B[n], memory.x, -1.0, B[n])
    step_to(B[n + 1], memory.g, -1.0, B[n + 1])
    update(memory)


@twofold
def update(memory: Memory) -> None:
    """B ← (I − ρsyᵀ)B(I − ρysᵀ) + ρssᵀ with ρ = 1/yᵀs, left out where yᵀs is not clearly positive."""
    n, B, w = memory.x.size, memory.store, memory.w
    step, y = B[n], B[n + 1]
    ys, yy = dot(y, step), dot(y, y)
    if not ys > EPS * norm(y) * norm(step):
        return
    if memory.s[UPDATES] == 0.0:
        for i in range(n):
            scale_to(B[i], 0.0, B[i])
            B[i, i] = ys / yy
    memory.s[UPDATES] += 1.0
    for i in range(n):
        w[i] = dot(B[i], y)
    factor = (1.0 + dot(y, w) / ys) / ys
    for i in range(n):
        step_to(B[i], B[i], factor * step[i] - w[i] / ys, step)
        step_to(B[i], B[i], -step[i] / ys, w)


@confirm.of(BFGSNumbers)
def _(method: BFGSNumbers, oracle: Any, memory: Memory) -> None:
    halt(memory, STATIONARY)
