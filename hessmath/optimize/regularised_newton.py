"""Newton's method with a Hessian made positive definite, so that every step leads down and no saddle holds it.

Two ways to make it so: add a multiple of the identity (``AdaptiveShift``), or raise the eigenvalues of the block
diagonal in LDLᵀ (``ModifiedCholesky``).  Where the Hessian is positive definite both leave it alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

from hessmath.errors import InputError, WrongKind
from hessmath.linear import LDLT, norm
from hessmath.linear.factors import (
    LapackFactors,
    factorise,
    negative_direction,
    quadratic_form,
    raise_eigenvalues,
    signs,
    solve,
)
from hessmath.linear.twofold import family
from hessmath.linear.vectors import dot, fill, largest_entry, step_to
from hessmath.optimize.line_search import EPS, Armijo, backtrack
from hessmath.optimize.memory import DAMPING, Memory, accept, halt, see_curvature
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.negative_curvature import confirm_by_factors
from hessmath.optimize.newton import factorise_hessian
from hessmath.optimize.problem import Matrix, Need, Vector
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import GOING, NOT_FINITE


class Regularisation(Protocol):
    """A way to make a symmetric matrix positive definite."""

    def regularise(self, H: Matrix, factors: LDLT, damping: float) -> tuple[LDLT, float]:
        """Factors of a positive definite matrix near H, and the damping to remember.

        ``factors`` are H's own; ``damping`` is what was remembered from the step before.
        """
        ...

    @property
    def numbers(self) -> Any:
        """Its parameters as a NamedTuple, whose class chooses ``make_positive``."""
        ...


@family
def make_positive(shift, factors, H, damping, d):  # type: ignore[no-untyped-def]
    """Turn the factors of H into those of a positive definite matrix near H; the damping to remember.

    Not called where H is positive definite.  d is a unit vector of negative curvature, or 0 if there is none.
    """


def _regularised(rule: Regularisation, H: Matrix, factors: LDLT, damping: float) -> tuple[LDLT, float]:
    if factors.is_positive_definite:
        return factors, 0.0
    work, d = LapackFactors(factors), np.zeros(H.shape[0])
    negative_direction(work, d)
    epsilon = make_positive(rule.numbers, work, H, damping, d)
    return work.ldlt, epsilon


@dataclass(frozen=True)
class AdaptiveShift:
    """H + εI with ε = 0 where H is positive definite, and otherwise the first that makes it so.

    The trials begin at half of the last ε, and at least at twice the negative curvature that LDLᵀ shows, which makes
    a step along it as long as the one along an equally strong positive curvature.

    Parameters
    ----------
    factor : float > 1
        ε is multiplied by this until H + εI is positive definite.
    smallest : float > 0
        Smallest ε ≠ 0, relative to the largest entry of H (absolute if H = 0).

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., Algorithm 3.3 and the remarks after it.
    """

    factor: float = 2.0
    smallest: float = math.sqrt(EPS)

    def __post_init__(self) -> None:
        if not 1.0 < self.factor < math.inf:
            raise InputError(f"AdaptiveShift needs a factor above 1, but factor = {self.factor}.")
        if not 0.0 < self.smallest < 1.0:
            raise InputError(f"AdaptiveShift needs smallest in (0, 1), but smallest = {self.smallest}.")

    def regularise(self, H: Matrix, factors: LDLT, damping: float) -> tuple[LDLT, float]:
        """Factors of H + εI, and ε."""
        return _regularised(self, H, factors, damping)

    @property
    def numbers(self) -> AdaptiveNumbers:
        """The two parameters."""
        return AdaptiveNumbers(float(self.factor), float(self.smallest))


class AdaptiveNumbers(NamedTuple):
    """Parameters of AdaptiveShift."""

    factor: float
    smallest: float


@make_positive.of(AdaptiveNumbers)
def _(shift: AdaptiveNumbers, factors: Any, H: Matrix, damping: float, d: Vector) -> float:
    scale = largest_entry(H)
    seen = max(0.0, -quadratic_form(factors, H, d))
    epsilon = max(0.5 * damping, 2.0 * seen, shift.smallest * (scale if scale > 0.0 else 1.0))
    while epsilon < 1e300:
        factorise(factors, H, epsilon)
        _, negative, zero = signs(factors)
        if negative + zero == 0:
            return epsilon
        epsilon *= shift.factor
    return math.inf


@dataclass(frozen=True)
class ModifiedCholesky:
    """H + E from modified LDLᵀ (Cheng & Higham 1998); one factorisation, whatever the signs.

    Parameters
    ----------
    floor : float in (0, 1]
        Smallest eigenvalue allowed in D, relative to the largest.
    """

    floor: float = 1e-3

    def __post_init__(self) -> None:
        if not 0.0 < self.floor <= 1.0:
            raise InputError(f"ModifiedCholesky needs floor in (0, 1], but floor = {self.floor}.")

    def regularise(self, H: Matrix, factors: LDLT, damping: float) -> tuple[LDLT, float]:
        """Factors of H + E, and 0: nothing is remembered."""
        return _regularised(self, H, factors, damping)

    @property
    def numbers(self) -> RaisedNumbers:
        """The floor."""
        return RaisedNumbers(float(self.floor))


class RaisedNumbers(NamedTuple):
    """Parameters of ModifiedCholesky."""

    floor: float


@make_positive.of(RaisedNumbers)
def _(shift: RaisedNumbers, factors: Any, H: Matrix, damping: float, d: Vector) -> float:
    raise_eigenvalues(factors, shift.floor)
    return 0.0


@dataclass(frozen=True)
class RegularisedNewton(ForSciPy):
    """Solve (∇²f(x) + E)p = −∇f(x) with ∇²f + E positive definite and go along p as far as Armijo's test allows.

    Where the gradient is small the signs of the Hessian's eigenvalues are counted; if one is negative the method goes
    down along a direction of negative curvature instead of stopping, also from an exact saddle or maximum.

    Parameters
    ----------
    shift : AdaptiveShift or ModifiedCholesky
    line_search : Armijo

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., section 3.4.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.optimize import Problem, RegularisedNewton, minimize
    >>> saddle = Problem(
    ...     2,
    ...     lambda x: x[0] ** 2 - x[1] ** 2 + x[1] ** 4 / 4,
    ...     gradient=lambda x: [2 * x[0], -2 * x[1] + x[1] ** 3],
    ...     hessian=lambda x: np.diag([2.0, 3 * x[1] ** 2 - 2]),
    ... )
    >>> solution = minimize(saddle, [0.0, 0.0], RegularisedNewton())  # the gradient is zero there
    >>> solution.status, round(solution.value, 9), solution.negative_curvature_seen
    (Status.CONVERGED, -1.0, True)
    """

    shift: Regularisation = field(default_factory=AdaptiveShift)
    line_search: Armijo = field(default_factory=Armijo)

    def __post_init__(self) -> None:
        if isinstance(self.shift, type) or not callable(getattr(self.shift, "regularise", None)):
            raise WrongKind(f"shift must be an object, AdaptiveShift() or ModifiedCholesky(), but is {self.shift!r}.")
        if not isinstance(self.line_search, Armijo):
            raise WrongKind(f"RegularisedNewton needs line_search=Armijo(...), but got {self.line_search!r}.")

    @property
    def needs(self) -> frozenset[Need]:
        """∇f and ∇²f."""
        return frozenset({Need.GRADIENT, Need.HESSIAN})

    @property
    def numbers(self) -> RegularisedNewtonNumbers:
        """Shift and line search."""
        return RegularisedNewtonNumbers(self.shift.numbers, self.line_search.numbers)

    def rows(self, n: int) -> int:
        """Nothing is kept."""
        return 0


class RegularisedNewtonNumbers(NamedTuple):
    """Parameters of RegularisedNewton."""

    shift: Any
    line_search: Any


@advance.of(RegularisedNewtonNumbers)
def _(method: RegularisedNewtonNumbers, oracle: Any, memory: Memory) -> None:
    if not factorise_hessian(oracle, memory):
        return
    factors, p, d = memory.factors, memory.p, memory.d
    _, negative, zero = signs(factors)
    damping = 0.0
    if negative + zero > 0:
        fill(d, 0.0)
        if negative_direction(factors, d):
            see_curvature(memory, quadratic_form(factors, memory.H, d))
        damping = make_positive(method.shift, factors, memory.H, memory.s[DAMPING], d)
        if damping == math.inf:
            halt(memory, NOT_FINITE)
            return
    solve(factors, -1.0, memory.g, p)
    if negative + zero == 0:
        see_curvature(memory, -dot(memory.g, p) / dot(p, p))  # Hp = −g
    if negative > 0:  # g may be nearly orthogonal to d, so that p alone would run into the saddle
        step_to(p, p, math.copysign(norm(p), -dot(memory.g, d)), d)
    # Without positive curvature p has no natural length.
    status = backtrack(method.line_search, oracle, memory, 1.0, 0.0, negative + zero > 0)
    if status == GOING:
        accept(memory, damping)
    else:
        halt(memory, status)


@confirm.of(RegularisedNewtonNumbers)
def _(method: RegularisedNewtonNumbers, oracle: Any, memory: Memory) -> None:
    confirm_by_factors(oracle, memory, method.line_search)
