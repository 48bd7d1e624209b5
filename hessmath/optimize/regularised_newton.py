"""Newton's method with a Hessian made positive definite, so that every step leads down and no saddle holds it.

Two ways to make it so: add a multiple of the identity (``AdaptiveShift``), or raise the eigenvalues of the block
diagonal in LDLᵀ (``ModifiedCholesky``).  Where the Hessian is positive definite both leave it alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from hessmath.errors import InputError, WrongKind
from hessmath.linear import LDLT, ldlt, modified_cholesky, norm
from hessmath.optimize.line_search import EPS, Armijo
from hessmath.optimize.negative_curvature import escape
from hessmath.optimize.newton import seeing_inertia, status_by_inertia
from hessmath.optimize.oracle import Oracle
from hessmath.optimize.problem import Matrix, Need, Vector
from hessmath.optimize.state import State, start_at
from hessmath.optimize.status import Status


class Regularisation(Protocol):
    """A way to make a symmetric matrix positive definite."""

    def regularise(self, H: Matrix, factors: LDLT, damping: float) -> tuple[LDLT, float]:
        """Factors of a positive definite matrix near H, and the damping to remember.

        ``factors`` are H's own; ``damping`` is what was remembered from the step before.
        """
        ...


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
        if factors.is_positive_definite:
            return factors, 0.0
        scale = float(np.abs(H).max())
        d = factors.negative_direction()
        seen = 0.0 if d is None else -float(d @ H @ d)
        epsilon = max(0.5 * damping, 2.0 * seen, self.smallest * (scale if scale > 0.0 else 1.0))
        identity = np.eye(H.shape[0])
        while not (shifted := ldlt(H + epsilon * identity)).is_positive_definite:
            epsilon *= self.factor
        return shifted, epsilon


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
        return (factors if factors.is_positive_definite else modified_cholesky(H, floor=self.floor)), 0.0


@dataclass(frozen=True)
class RegularisedNewton:
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

    def start(self, oracle: Oracle, x: Vector) -> State:
        """f and ∇f at x."""
        return start_at(oracle, x)

    def advance(self, oracle: Oracle, state: State) -> State:
        """One step downhill."""
        H = oracle.hessian(state.x)
        if not np.isfinite(H).all():
            return state.halted(Status.NOT_FINITE)
        factors = ldlt(H)
        state = seeing_inertia(state, factors)
        regular, damping = self.shift.regularise(H, factors, state.damping)
        p = regular.solve(-state.gradient)
        d = factors.negative_direction()
        if d is not None:  # g may be nearly orthogonal to d, so that p alone would run into the saddle
            p = p + math.copysign(norm(p), -float(state.gradient @ d)) * d
        # Without positive curvature p has no natural length.
        expand = not factors.is_positive_definite
        match self.line_search.search_curved(oracle, state, p, 1.0, curvature=0.0, expand=expand):
            case Status() as status:
                return state.halted(status)
            case trial:
                return state.moved(trial.x, trial.value, trial.gradient, step_size=trial.step_size, damping=damping)

    def confirm(self, oracle: Oracle, state: State) -> State:
        """Stop at a minimum, leave a saddle or a maximum."""
        H = oracle.hessian(state.x)
        if not np.isfinite(H).all():
            return state.halted(Status.NOT_FINITE)
        factors = ldlt(H)
        state = seeing_inertia(state, factors)
        d = factors.negative_direction()
        if d is None:
            return state.halted(status_by_inertia(factors))
        return escape(oracle, state, d, float(d @ H @ d), self.line_search)
