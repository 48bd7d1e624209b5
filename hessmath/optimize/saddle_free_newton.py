"""Saddle-free Newton: steps −|H|⁻¹∇f, which saddles repel instead of attracting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hessmath.errors import InputError, WrongKind
from hessmath.linear.eigen import eigen, from_eigenbasis, to_eigenbasis
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import matrix_is_finite
from hessmath.optimize.evaluation import hessian
from hessmath.optimize.line_search import EPS, Armijo, ArmijoNumbers, backtrack
from hessmath.optimize.memory import Memory, accept, halt, see, see_curvature
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.negative_curvature import confirm_by_factors
from hessmath.optimize.problem import Need
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import GOING, NOT_FINITE


@dataclass(frozen=True)
class SaddleFreeNewton(ForSciPy):
    """p = −|H|⁻¹∇f, |H| being H with every eigenvalue replaced by its absolute value, and Armijo's test along p.

    Where H is positive definite it is Newton's method; along negative curvature it goes away from the saddle with the
    length that Newton's method goes towards it.  One eigenvalue decomposition per step, about 9n³.

    Parameters
    ----------
    floor : float in (0, 1)
        Smallest |λ| that is divided by, relative to the largest.
    line_search : Armijo

    References
    ----------
    Dauphin et al. (2014), Identifying and attacking the saddle point problem in high-dimensional non-convex
    optimization, Algorithm 1 (with the whole space for its Krylov subspace).

    Examples
    --------
    >>> import hessmath as hm
    >>> from hessmath.optimize import SaddleFreeNewton
    >>> s = hm.minimize("x**2 - y**2 + y**4/4", [1.0, 1e-3], SaddleFreeNewton())
    >>> s.status, round(s.value, 9)
    (Status.CONVERGED, -1.0)
    """

    floor: float = 1e-14
    line_search: Armijo = field(default_factory=Armijo)

    def __post_init__(self) -> None:
        if not 0.0 < self.floor < 1.0:
            raise InputError(f"SaddleFreeNewton needs floor in (0, 1), but floor = {self.floor}.")
        if not isinstance(self.line_search, Armijo):
            raise WrongKind(f"SaddleFreeNewton needs line_search=Armijo(...), but got {self.line_search!r}.")

    @property
    def needs(self) -> frozenset[Need]:
        """∇f and ∇²f."""
        return frozenset({Need.GRADIENT, Need.HESSIAN})

    @property
    def numbers(self) -> SaddleFreeNumbers:
        """The parameters."""
        return SaddleFreeNumbers(float(self.floor), self.line_search.numbers)

    def rows(self, n: int) -> int:
        """Eigenvalues and coordinates."""
        return 2


class SaddleFreeNumbers(NamedTuple):
    """Parameters of SaddleFreeNewton."""

    floor: float
    line_search: ArmijoNumbers


@twofold
def decompose_hessian(oracle: Any, memory: Memory, eigenvalues: Any) -> bool:
    """Evaluate and decompose ∇²f(x) and see the signs of its eigenvalues; False, and halted, if it is not finite."""
    hessian(oracle, memory.x, memory.H)
    if not matrix_is_finite(memory.H):
        halt(memory, NOT_FINITE)
        return False
    eigen(memory.factors, memory.H, eigenvalues)
    noise = rounding(eigenvalues)
    see(memory, eigenvalues[eigenvalues.size - 1] > noise, eigenvalues[0] < -noise)
    see_curvature(memory, eigenvalues[0])
    return True


@twofold
def rounding(eigenvalues: Any) -> float:
    """How far rounding moves eigenvalues: n·ε·max|λ|."""
    n = eigenvalues.size
    found: float = n * EPS * max(abs(eigenvalues[0]), abs(eigenvalues[n - 1]))
    return found


@advance.of(SaddleFreeNumbers)
def _(method: SaddleFreeNumbers, oracle: Any, memory: Memory) -> None:
    eigenvalues, c = memory.store[0], memory.store[1]
    if not decompose_hessian(oracle, memory, eigenvalues):
        return
    n = c.size
    top = max(abs(eigenvalues[0]), abs(eigenvalues[n - 1]))
    least = method.floor * top if top > 0.0 else 1.0
    to_eigenbasis(memory.factors, memory.g, c)
    for i in range(n):
        c[i] = -c[i] / max(abs(eigenvalues[i]), least)
    from_eigenbasis(memory.factors, c, memory.p)
    # Without positive curvature p has no natural length.
    status = backtrack(method.line_search, oracle, memory, 1.0, 0.0, eigenvalues[0] <= rounding(eigenvalues))
    if status == GOING:
        accept(memory, 0.0)
    else:
        halt(memory, status)


@confirm.of(SaddleFreeNumbers)
def _(method: SaddleFreeNumbers, oracle: Any, memory: Memory) -> None:
    confirm_by_factors(oracle, memory, method.line_search)
