"""The trust-region subproblem over a Krylov space: as cheap as Steihaug's, and exact on that space.

Where conjugate gradients meet the boundary, Steihaug's method stops; here Lanczos' method goes on, and the model is
minimised within the radius over the whole space spanned so far, in which H is tridiagonal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from hessmath.errors import InputError
from hessmath.linear import norm
from hessmath.linear.cg import apply
from hessmath.linear.eigen import tridiagonal_eigen
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import dot, fill, scale_to, step_to
from hessmath.optimize.curvature_look import confirm_by_products
from hessmath.optimize.evaluation import hessian_at
from hessmath.optimize.line_search import EPS, ArmijoNumbers
from hessmath.optimize.memory import DAMPING, Memory, see, see_curvature
from hessmath.optimize.problem import Need, Vector
from hessmath.optimize.secular import secular_step
from hessmath.optimize.trust_region import (
    confirm_minimum,
    curvature_along,
    curvature_by_product,
    look,
    model_step,
)


@dataclass(frozen=True)
class LanczosSubproblem:
    """The minimum of the model within the radius over the Krylov space of H and ∇f; products only.

    Steps of Lanczos' method, with full reorthogonalisation, until the gradient of the model on the whole space is
    below min(forcing, √‖∇f‖)·‖∇f‖ or the space has ``dimension`` dimensions.  Memory is 2·dimension vectors.  Unlike
    SteihaugCG it does not stop where the boundary is met, so with negative curvature its steps are better.

    References
    ----------
    Gould, Lucidi, Roma & Toint (1999), Solving the trust-region subproblem using the Lanczos method, Algorithm 5.1.
    """

    forcing: float = 0.1
    dimension: int = 40

    def __post_init__(self) -> None:
        if not 0.0 < self.forcing < 1.0:
            raise InputError(f"LanczosSubproblem needs forcing in (0, 1), but forcing = {self.forcing}.")
        if self.dimension < 1:
            raise InputError(f"LanczosSubproblem needs dimension ≥ 1, but dimension = {self.dimension}.")

    @property
    def needs(self) -> frozenset[Need]:
        """Products with the Hessian."""
        return frozenset({Need.CURVATURE})

    @property
    def numbers(self) -> LanczosNumbers:
        """The parameters."""
        return LanczosNumbers(float(self.forcing), int(self.dimension))

    def rows(self, n: int) -> int:
        """The basis V, the eigenvectors of T, and six vectors of numbers."""
        return 2 * min(n, int(self.dimension)) + 6


class LanczosNumbers(NamedTuple):
    """Parameters of LanczosSubproblem."""

    forcing: float
    dimension: int


@look.of(LanczosNumbers)
def _(subproblem: LanczosNumbers, oracle: Any, memory: Memory) -> bool:
    return True


@curvature_along.of(LanczosNumbers)
def _(subproblem: LanczosNumbers, oracle: Any, memory: Memory, v: Vector) -> float:
    return curvature_by_product(oracle, memory, v)


@model_step.of(LanczosNumbers)
def _(subproblem: LanczosNumbers, oracle: Any, memory: Memory, radius: float) -> float:
    n, p, w, size = memory.x.size, memory.p, memory.w, norm(memory.g)
    most = min(n, subproblem.dimension)
    V, Z = memory.store[:most], memory.store[most : 2 * most]
    alpha, beta, values = memory.store[2 * most], memory.store[2 * most + 1], memory.store[2 * most + 2]
    work, c, h = memory.store[2 * most + 3], memory.store[2 * most + 4], memory.store[2 * most + 5]
    tolerance = min(subproblem.forcing, math.sqrt(size)) * size
    H = hessian_at(oracle, memory.x)
    scale_to(V[0], 1.0 / size, memory.g)
    look_next, top, lam, k = 1, 0.0, 0.0, 0
    while True:
        apply(H, V[k], w)
        length = norm(w)
        if not math.isfinite(length):
            return math.nan
        top = max(top, length)
        alpha[k] = dot(V[k], w)
        for _ in range(2):  # twice is enough
            for j in range(k + 1):
                step_to(w, w, -dot(V[j], w), V[j])
        beta[k] = norm(w)
        k += 1
        ended = k == most or beta[k - 1] <= 10.0 * EPS * top
        if ended or k == look_next:
            tridiagonal_eigen(k, alpha, beta, values, work, Z)
            for i in range(k):
                c[i] = size * Z[i, 0]  # ∇f = ‖∇f‖·v₁
            lam = secular_step(k, values, c, radius, 0.0, h)
            last = 0.0
            for i in range(k):
                last += h[i] * Z[i, k - 1]
            if ended or beta[k - 1] * abs(last) <= tolerance:
                break
            look_next = k + 1 + k // 4
        scale_to(V[k], 1.0 / beta[k - 1], w)
    noise = (10.0 + math.sqrt(n)) * EPS * top
    see(memory, values[k - 1] > noise, values[0] < -noise)
    see_curvature(memory, values[0])
    memory.s[DAMPING] = lam
    fill(p, 0.0)
    for j in range(k):
        step_to(p, p, coordinate(k, h, Z, j), V[j])
    # (T + λI)h = −c: written so, the model's fall has no cancellation.
    fall, squares = 0.0, 0.0
    for i in range(k):
        fall -= 0.5 * c[i] * h[i]
        squares += h[i] * h[i]
    return fall + 0.5 * lam * squares


@twofold
def coordinate(k: int, h: Any, Z: Any, j: int) -> float:
    """Coordinate j, in the basis V, of the vector whose coordinates in the eigenbasis are h."""
    total = 0.0
    for i in range(k):
        total += h[i] * Z[i, j]
    return total


@confirm_minimum.of(LanczosNumbers)
def _(subproblem: LanczosNumbers, oracle: Any, memory: Memory, line_search: ArmijoNumbers) -> None:
    confirm_by_products(oracle, memory, line_search, 0)
