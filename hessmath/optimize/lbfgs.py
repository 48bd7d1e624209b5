"""Limited-memory BFGS: the last m steps and changes of the gradient stand for the inverse Hessian."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hessmath.errors import InputError
from hessmath.linear import norm
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import copy_to, dot, scale_to, step_to
from hessmath.optimize.line_search import EPS, LineSearch, require_line_search, search
from hessmath.optimize.memory import GRADIENT_NORM, OWN, SCALARS, Memory, accept, halt
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.problem import Need
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import GOING, STATIONARY
from hessmath.optimize.wolfe import Wolfe

PAIRS, NEWEST, ALPHAS = OWN, OWN + 1, OWN + 2
MOST = SCALARS - ALPHAS


@dataclass(frozen=True)
class LBFGS(ForSciPy):
    """Go along −B∇f(x) with B from the last ``memory`` steps.  Memory (2m + 2)n, a step costs about 8mn.

    It sees no curvature of its own, so its best status is STATIONARY.

    Parameters
    ----------
    memory : int from 1 to 46
    line_search : Wolfe, or another line search

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., Algorithms 7.4 and 7.5.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.optimize import LBFGS, Problem, minimize
    >>> weights = np.arange(1.0, 101.0)
    >>> bowl = Problem(100, lambda x: x @ (weights * x) / 2, lambda x: weights * x)
    >>> minimize(bowl, np.ones(100), LBFGS()).status
    Status.STATIONARY
    """

    memory: int = 10
    line_search: LineSearch = field(default_factory=Wolfe)

    def __post_init__(self) -> None:
        require_line_search("line_search", self.line_search)
        if not 1 <= self.memory <= MOST:
            raise InputError(f"LBFGS needs memory from 1 to {MOST}, but memory = {self.memory}.")

    @property
    def needs(self) -> frozenset[Need]:
        """∇f."""
        return frozenset({Need.GRADIENT}) | self.line_search.needs

    @property
    def numbers(self) -> LBFGSNumbers:
        """Memory and line search."""
        return LBFGSNumbers(int(self.memory), self.line_search.numbers)

    def rows(self, n: int) -> int:
        """Steps, changes of the gradient, and the last point and gradient."""
        return 2 * self.memory + 2


class LBFGSNumbers(NamedTuple):
    """Parameters of LBFGS."""

    memory: int
    line_search: Any


@advance.of(LBFGSNumbers)
def _(method: LBFGSNumbers, oracle: Any, memory: Memory) -> None:
    s, store, m = memory.s, memory.store, method.memory
    fresh = min(1.0, max(1.0, norm(memory.x)) / s[GRADIENT_NORM])
    two_loops(memory, m)
    status = search(method.line_search, oracle, memory, 1.0 if s[PAIRS] > 0.0 else fresh)
    if status != GOING and s[PAIRS] > 0.0:  # the pairs may be spoilt: forget them
        s[PAIRS] = 0.0
        scale_to(memory.p, -1.0, memory.g)
        status = search(method.line_search, oracle, memory, fresh)
    if status != GOING:
        halt(memory, status)
        return
    copy_to(store[2 * m], memory.x)
    copy_to(store[2 * m + 1], memory.g)
    accept(memory, 0.0)
    step_to(store[2 * m], memory.x, -1.0, store[2 * m])
    step_to(store[2 * m + 1], memory.g, -1.0, store[2 * m + 1])
    ys = dot(store[2 * m + 1], store[2 * m])
    if ys > EPS * norm(store[2 * m]) * norm(store[2 * m + 1]):
        at = int(s[NEWEST] + 1) % m if s[PAIRS] > 0.0 else 0
        copy_to(store[at], store[2 * m])
        copy_to(store[m + at], store[2 * m + 1])
        s[NEWEST], s[PAIRS] = at, min(s[PAIRS] + 1, m)


@twofold
def two_loops(memory: Memory, m: int) -> None:
    """p ← −B∇f from the stored pairs."""
    s, store, p = memory.s, memory.store, memory.p
    pairs, newest = int(s[PAIRS]), int(s[NEWEST])
    scale_to(p, -1.0, memory.g)
    for k in range(pairs):
        at = (newest - k) % m
        alpha = dot(store[at], p) / dot(store[at], store[m + at])
        s[ALPHAS + at] = alpha
        step_to(p, p, -alpha, store[m + at])
    if pairs > 0:
        y = store[m + newest]
        scale_to(p, dot(store[newest], y) / dot(y, y), p)
    for k in range(pairs - 1, -1, -1):
        at = (newest - k) % m
        beta = dot(store[m + at], p) / dot(store[at], store[m + at])
        step_to(p, p, s[ALPHAS + at] - beta, store[at])


@confirm.of(LBFGSNumbers)
def _(method: LBFGSNumbers, oracle: Any, memory: Memory) -> None:
    halt(memory, STATIONARY)
