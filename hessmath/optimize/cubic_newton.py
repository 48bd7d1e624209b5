"""Newton's method with cubic regularisation: each step is the global minimum of f + gᵀp + ½pᵀHp + σ/3‖p‖³."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from hessmath.errors import InputError
from hessmath.linear import norm
from hessmath.linear.eigen import from_eigenbasis, to_eigenbasis
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import dot
from hessmath.optimize.agreement import REJECTED, agreement, still_going
from hessmath.optimize.line_search import Armijo, ArmijoNumbers
from hessmath.optimize.memory import OWN, Memory, accept
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.negative_curvature import confirm_by_factors
from hessmath.optimize.problem import Need
from hessmath.optimize.saddle_free_newton import decompose_hessian
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.secular import secular_step

SIGMA = OWN


@dataclass(frozen=True)
class CubicNewton(ForSciPy):
    """Adaptive cubic regularisation: σ falls while the cubic model predicts f well and grows where it does not.

    The exact minimum of the model is found from an eigenvalue decomposition, about 9n³ per step; after that another σ
    costs n².  The regularisation λ = σ‖p‖ is the damping in the trace.  A saddle is left.

    Parameters
    ----------
    sigma : float > 0 or None
        The first σ.  If None, the one for which the model falls along −∇f for half of ‖g‖³/|gᵀHg|, the first
        radius of ``TrustRegion``; 1 if that is not a positive number.  From starts where f is huge, as exp(x⁴) at
        x = 5, it falls too slowly.
    smallest : float > 0
        The smallest σ.

    References
    ----------
    Cartis, Gould & Toint (2011), Adaptive cubic regularisation methods for unconstrained optimization, Part I,
    Algorithm 2.1; Nesterov & Polyak (2006), Cubic regularization of Newton method and its global performance.

    Examples
    --------
    >>> import hessmath as hm
    >>> from hessmath.optimize import CubicNewton
    >>> hm.minimize("100*(y - x**2)**2 + (1 - x)**2", [-1.2, 1.0], CubicNewton()).status
    Status.CONVERGED
    """

    sigma: float | None = 1.0
    smallest: float = 1e-60

    def __post_init__(self) -> None:
        if not 0.0 < self.smallest <= (self.smallest if self.sigma is None else self.sigma) < math.inf:
            raise InputError(
                f"CubicNewton needs 0 < smallest ≤ sigma < inf, but smallest = {self.smallest}, sigma = {self.sigma}."
            )

    @property
    def needs(self) -> frozenset[Need]:
        """∇f and ∇²f."""
        return frozenset({Need.GRADIENT, Need.HESSIAN})

    @property
    def numbers(self) -> CubicNumbers:
        """The parameters, 0 for a σ that is to be chosen, and the line search that leaves a saddle."""
        return CubicNumbers(float(self.sigma or 0.0), float(self.smallest), Armijo().numbers)

    def rows(self, n: int) -> int:
        """Eigenvalues, the gradient and the step in the eigenbasis."""
        return 3


class CubicNumbers(NamedTuple):
    """Parameters of CubicNewton."""

    sigma: float
    smallest: float
    line_search: ArmijoNumbers


@advance.of(CubicNumbers)
def _(method: CubicNumbers, oracle: Any, memory: Memory) -> None:
    s, p, n = memory.s, memory.p, memory.x.size
    eigenvalues, c, h = memory.store[0], memory.store[1], memory.store[2]
    if not decompose_hessian(oracle, memory, eigenvalues):
        return
    to_eigenbasis(memory.factors, memory.g, c)
    sigma = s[SIGMA] if s[SIGMA] > 0.0 else first_sigma(method, n, eigenvalues, c)
    ratio, lam = REJECTED, 0.0
    while ratio == REJECTED:
        lam = secular_step(n, eigenvalues, c, 0.0, sigma, h)
        from_eigenbasis(memory.factors, h, p)
        length = norm(p)
        # (H + λI)p = −g: written so, the model's fall has no cancellation.
        predicted = -0.5 * dot(c, h) + (0.5 * lam - sigma * length / 3.0) * length * length
        ratio = agreement(oracle, memory, predicted)
        if not still_going(memory):
            return
        if ratio == REJECTED:  # the σ whose step is half as long: more of σ may do nothing where H itself is large
            half = 0.5 * length
            sigma = max(2.0 * sigma, secular_step(n, eigenvalues, c, half, 0.0, h) / half)
    if ratio > 0.9:
        sigma = max(0.25 * sigma, method.smallest)
    elif ratio < 0.1:
        sigma = 2.0 * sigma
    s[SIGMA] = sigma
    accept(memory, lam)


@twofold
def first_sigma(method: CubicNumbers, n: int, eigenvalues: Any, c: Any) -> float:
    """The σ that is given, or the root of −‖g‖ + br + σr² = 0 with b = gᵀHg/‖g‖² and r = ‖g‖/2|b|."""
    if method.sigma > 0.0:
        return method.sigma
    size, bend = norm(c), 0.0
    if not size > 0.0:
        return max(1.0, method.smallest)
    for i in range(n):
        bend += eigenvalues[i] * (c[i] / size) * (c[i] / size)
    found = 4.0 * bend / size * bend * (0.5 if bend > 0.0 else 1.5)
    return max(found if 0.0 < found < math.inf else 1.0, method.smallest)


@confirm.of(CubicNumbers)
def _(method: CubicNumbers, oracle: Any, memory: Memory) -> None:
    confirm_by_factors(oracle, memory, method.line_search)
