"""Newton's method: x ← x − α∇²f(x)⁻¹∇f(x), pure (α = 1) or damped by a line search."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hessmath.linear.factors import factorise, signs, solve
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import dot, matrix_is_finite
from hessmath.optimize.evaluation import hessian
from hessmath.optimize.line_search import FixedStep, LineSearch, require_line_search, step_along
from hessmath.optimize.memory import Memory, halt, see, see_curvature
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.problem import Need
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import CONVERGED, DEGENERATE, NOT_A_MINIMUM, NOT_FINITE, SINGULAR_HESSIAN


@dataclass(frozen=True)
class Newton(ForSciPy):
    """Solve ∇²f(x)p = −∇f(x) and go along p.

    Pure Newton looks for a critical point of any kind: it is drawn to saddles and maxima as well.  When the
    gradient is small, the Hessian there is factorised once more, and the status is CONVERGED only if it is positive
    definite.  Near such a point the error is squared at every step.

    Parameters
    ----------
    line_search : FixedStep, ExactStep or Armijo
        FixedStep(1.0), the full step, is pure Newton; with Armijo() the value of f falls at every step.

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., Theorem 3.5.  Cost of a step: one Hessian, n³/3.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.optimize import Newton, Problem, minimize
    >>> saddle = Problem(
    ...     2,
    ...     lambda x: x[0] ** 2 - x[1] ** 2 + x[1] ** 4 / 4,
    ...     gradient=lambda x: [2 * x[0], -2 * x[1] + x[1] ** 3],
    ...     hessian=lambda x: np.diag([2.0, 3 * x[1] ** 2 - 2]),
    ... )
    >>> minimize(saddle, [1.0, 0.0], Newton()).status
    Status.NOT_A_MINIMUM
    >>> minimize(saddle, [1.0, 1.2], Newton()).status
    Status.CONVERGED
    """

    line_search: LineSearch = field(default_factory=FixedStep)

    def __post_init__(self) -> None:
        require_line_search("line_search", self.line_search)

    @property
    def needs(self) -> frozenset[Need]:
        """∇f and ∇²f."""
        return frozenset({Need.GRADIENT, Need.HESSIAN}) | self.line_search.needs

    @property
    def numbers(self) -> NewtonNumbers:
        """The line search."""
        return NewtonNumbers(self.line_search.numbers)

    def rows(self, n: int) -> int:
        """Nothing is kept."""
        return 0


class NewtonNumbers(NamedTuple):
    """Parameters of Newton."""

    line_search: Any


@advance.of(NewtonNumbers)
def _(method: NewtonNumbers, oracle: Any, memory: Memory) -> None:
    if not factorise_hessian(oracle, memory):
        return
    if signs(memory.factors)[2] > 0:
        halt(memory, SINGULAR_HESSIAN)
        return
    solve(memory.factors, -1.0, memory.g, memory.p)
    see_curvature(memory, -dot(memory.g, memory.p) / dot(memory.p, memory.p))  # Hp = −g
    step_along(method.line_search, oracle, memory, 0.0)


@confirm.of(NewtonNumbers)
def _(method: NewtonNumbers, oracle: Any, memory: Memory) -> None:
    if factorise_hessian(oracle, memory):
        halt(memory, status_by_signs(memory))


@twofold
def factorise_hessian(oracle: Any, memory: Memory) -> bool:
    """Evaluate and factorise ∇²f(x) and see the signs of its eigenvalues; False, and halted, if it is not finite."""
    hessian(oracle, memory.x, memory.H)
    if not matrix_is_finite(memory.H):
        halt(memory, NOT_FINITE)
        return False
    factorise(memory.factors, memory.H, 0.0)
    positive, negative, _ = signs(memory.factors)
    see(memory, positive > 0, negative > 0)
    return True


@twofold
def status_by_signs(memory: Memory) -> int:
    """What a critical point with the factorised Hessian may be called."""
    _, negative, zero = signs(memory.factors)
    if negative > 0:
        return NOT_A_MINIMUM
    return DEGENERATE if zero > 0 else CONVERGED
