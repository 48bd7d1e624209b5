"""Newton's method with JᵀJ for the Hessian of ½‖r(x)‖², on the problems of ``hm.fit``: STATIONARY at best."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hessmath.linear.factors import signs, solve
from hessmath.optimize.line_search import Armijo, LineSearch, require_line_search, step_along
from hessmath.optimize.memory import Memory, halt
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.newton import factorise_hessian
from hessmath.optimize.problem import Need
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import SINGULAR_HESSIAN, STATIONARY


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


@advance.of(GaussNewtonNumbers)
def _(method: GaussNewtonNumbers, oracle: Any, memory: Memory) -> None:
    if not factorise_hessian(oracle, memory):
        return
    if signs(memory.factors)[0] < memory.x.size:
        halt(memory, SINGULAR_HESSIAN)
        return
    solve(memory.factors, -1.0, memory.g, memory.p)
    step_along(method.line_search, oracle, memory, 0.0)


@confirm.of(GaussNewtonNumbers)
def _(method: GaussNewtonNumbers, oracle: Any, memory: Memory) -> None:
    halt(memory, STATIONARY)
