"""Trust regions: the quadratic model is minimised within a radius; its agreement with f chooses the next radius."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from hessmath.errors import InputError, WrongKind
from hessmath.linear import norm
from hessmath.linear.cg import apply
from hessmath.linear.factors import factorise, negative_direction, quadratic_form, signs, solve
from hessmath.linear.twofold import family, twofold
from hessmath.linear.vectors import copy_to, dot, fill, largest_entry, scale_to, step_to
from hessmath.optimize.agreement import REJECTED, agreement, still_going
from hessmath.optimize.curvature_look import confirm_by_products
from hessmath.optimize.evaluation import hessian_at
from hessmath.optimize.line_search import EPS, Armijo, ArmijoNumbers
from hessmath.optimize.memory import (
    DAMPING,
    GRADIENT_NORM,
    RADIUS,
    Memory,
    accept,
    see,
    see_curvature,
)
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.negative_curvature import confirm_by_factors
from hessmath.optimize.newton import factorise_hessian
from hessmath.optimize.problem import Need, Vector
from hessmath.optimize.scipy_interface import ForSciPy

#: The direct solution ends when ‖p‖ is within this of the radius, relatively.
CLOSE = 0.1


class Subproblem(Protocol):
    """A way to minimise gᵀp + ½pᵀHp over ‖p‖ ≤ radius."""

    @property
    def needs(self) -> frozenset[Need]:
        """What it evaluates besides f and ∇f."""
        ...

    @property
    def numbers(self) -> Any:
        """Its parameters as a NamedTuple, whose class chooses ``look``, ``model_step`` and ``confirm_minimum``."""
        ...

    def rows(self, n: int) -> int:
        """How many vectors it keeps, in ``memory.store``."""
        ...


@dataclass(frozen=True)
class Direct:
    """The global minimum of the model, by a few factorisations of H + λI; also in the hard case.

    References
    ----------
    Moré & Sorensen (1983), Computing a trust region step; Conn, Gould & Toint (2000), Algorithm 7.3.4.
    """

    @property
    def needs(self) -> frozenset[Need]:
        """The Hessian."""
        return frozenset({Need.HESSIAN})

    @property
    def numbers(self) -> DirectNumbers:
        """Nothing."""
        return DirectNumbers()

    def rows(self, n: int) -> int:
        """A vector."""
        return 1


@dataclass(frozen=True)
class SteihaugCG:
    """Conjugate gradients up to the radius or the first direction without positive curvature; products only.

    References
    ----------
    Steihaug (1983), The conjugate gradient method and trust regions in large scale optimization;
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., Algorithm 7.2.
    """

    forcing: float = 0.5
    cg_steps: int | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.forcing < 1.0:
            raise InputError(f"SteihaugCG needs forcing in (0, 1), but forcing = {self.forcing}.")
        if self.cg_steps is not None and self.cg_steps < 1:
            raise InputError(f"SteihaugCG needs cg_steps ≥ 1, but cg_steps = {self.cg_steps}.")

    @property
    def needs(self) -> frozenset[Need]:
        """Products with the Hessian."""
        return frozenset({Need.CURVATURE})

    @property
    def numbers(self) -> SteihaugNumbers:
        """The parameters; 0 stands for steps that are not given."""
        return SteihaugNumbers(float(self.forcing), int(self.cg_steps or 0))

    def rows(self, n: int) -> int:
        """Nothing is kept."""
        return 0


class DirectNumbers(NamedTuple):
    """Direct has no parameters."""


class SteihaugNumbers(NamedTuple):
    """Parameters of SteihaugCG."""

    forcing: float
    cg_steps: int


@dataclass(frozen=True)
class TrustRegion(ForSciPy):
    """Steps of at most a radius, which grows while the quadratic model predicts f well and shrinks where it does not.

    No line search is needed, and a saddle is left.  A step that does not lower f is not taken, but tried again shorter.

    Parameters
    ----------
    radius : float, optional
        The first radius.  If not given, half of the way to the model's minimum along −∇f, as far where the curvature
        is negative: ½‖g‖³/|gᵀHg|, and 1 if that is not a positive number.  Without a Hessian this costs a product.
    largest : float
        The largest radius.
    subproblem : Direct, SteihaugCG or LanczosSubproblem

    References
    ----------
    Nocedal & Wright (2006), Numerical Optimization, 2nd ed., Algorithm 4.1; Conn, Gould & Toint
    (2000), Trust-region methods, section 17.2 (the first radius).

    Examples
    --------
    >>> import hessmath as hm
    >>> from hessmath.optimize import SteihaugCG, TrustRegion
    >>> hm.minimize("100*(y - x**2)**2 + (1 - x)**2", [-1.2, 1.0], TrustRegion()).status
    Status.CONVERGED
    >>> hm.minimize("x**2 - y**2 + y**4/4", [0.0, 0.0], TrustRegion(subproblem=SteihaugCG())).value.__round__(9)
    -1.0
    """

    radius: float | None = None
    largest: float = 1e100
    subproblem: Subproblem = field(default_factory=Direct)

    def __post_init__(self) -> None:
        if not 0.0 < (self.largest if self.radius is None else self.radius) <= self.largest < math.inf:
            raise InputError(
                f"TrustRegion needs 0 < radius ≤ largest < inf, but radius = {self.radius}, largest = {self.largest}."
            )
        if isinstance(self.subproblem, type) or type(getattr(self.subproblem, "numbers", None)) not in look.members:
            raise WrongKind(f"subproblem must be an object, Direct() or SteihaugCG(), but is {self.subproblem!r}.")

    @property
    def needs(self) -> frozenset[Need]:
        """∇f, and what the subproblem needs."""
        return frozenset({Need.GRADIENT}) | self.subproblem.needs

    @property
    def numbers(self) -> TrustNumbers:
        """The parameters, 0 for a radius that is to be chosen, and the line search that leaves a saddle."""
        return TrustNumbers(float(self.radius or 0.0), float(self.largest), self.subproblem.numbers, Armijo().numbers)

    def rows(self, n: int) -> int:
        """What the subproblem keeps."""
        return self.subproblem.rows(n)


class TrustNumbers(NamedTuple):
    """Parameters of TrustRegion."""

    radius: float
    largest: float
    subproblem: Any
    line_search: ArmijoNumbers


@family
def look(subproblem, oracle, memory):  # type: ignore[no-untyped-def]
    """Evaluate what is needed at x; False, and halted, if it is not finite."""


@family
def curvature_along(subproblem, oracle, memory, v):  # type: ignore[no-untyped-def]
    """vᵀ∇²f(x)v, after ``look``."""


@family
def model_step(subproblem, oracle, memory, radius):  # type: ignore[no-untyped-def]
    """Memory.p ← the step; what the model falls by, nan if it is not finite."""


@family
def confirm_minimum(subproblem, oracle, memory, line_search):  # type: ignore[no-untyped-def]
    """Halt at a minimum, leave a saddle."""


@advance.of(TrustNumbers)
def _(method: TrustNumbers, oracle: Any, memory: Memory) -> None:
    s, p = memory.s, memory.p
    s[DAMPING] = 0.0
    if not look(method.subproblem, oracle, memory):
        return
    radius = s[RADIUS] if s[RADIUS] > 0.0 else first_radius(method, oracle, memory)
    ratio = REJECTED
    while ratio == REJECTED:
        predicted = model_step(method.subproblem, oracle, memory, radius)
        ratio = agreement(oracle, memory, predicted)
        if not still_going(memory):
            return
        length = norm(p)
        if ratio == REJECTED:
            radius = 0.25 * min(length, radius)
    if ratio > 0.75 and length > 0.8 * radius:
        radius = min(2.0 * radius, method.largest)
    elif ratio < 0.25:
        radius = 0.25 * length
    s[RADIUS] = radius
    accept(memory, s[DAMPING])


@twofold
def first_radius(method: TrustNumbers, oracle: Any, memory: Memory) -> float:
    """The radius that is given, or half of how far the model falls along −g, as far where it falls for ever.

    Half, lest rounding decide whether the first step of conjugate gradients ends within.
    """
    if method.radius > 0.0:
        return method.radius
    size = memory.s[GRADIENT_NORM]
    if not size > 0.0:
        return min(1.0, method.largest)
    scale_to(memory.d, 1.0 / size, memory.g)  # along g itself squares may overflow
    bend = abs(curvature_along(method.subproblem, oracle, memory, memory.d))
    found = 0.5 * (size / bend) if bend > 0.0 else 0.0
    return min(found if 0.0 < found < math.inf else 1.0, method.largest)


@confirm.of(TrustNumbers)
def _(method: TrustNumbers, oracle: Any, memory: Memory) -> None:
    confirm_minimum(method.subproblem, oracle, memory, method.line_search)


@look.of(DirectNumbers)
def _(subproblem: DirectNumbers, oracle: Any, memory: Memory) -> bool:
    return factorise_hessian(oracle, memory)


@curvature_along.of(DirectNumbers)
def _(subproblem: DirectNumbers, oracle: Any, memory: Memory, v: Vector) -> float:
    found: float = quadratic_form(memory.factors, memory.H, v)
    return found


@model_step.of(DirectNumbers)
def _(subproblem: DirectNumbers, oracle: Any, memory: Memory, radius: float) -> float:
    """λ ≥ 0 with H + λI positive definite and ‖p(λ)‖ near the radius: Newton's method on 1/‖p(λ)‖ within bounds."""
    factors, H, g, p, d, q = memory.factors, memory.H, memory.g, memory.p, memory.d, memory.store[0]
    factorise(factors, H, 0.0)
    low = 0.0
    high = norm(g) / radius + H.shape[0] * largest_entry(H)  # ‖p(λ)‖ ≤ ‖g‖/(λ − ‖H‖)
    lam, inside = 0.0, False
    for trial in range(60):
        if trial > 0:
            factorise(factors, H, lam)
        _, negative, zero = signs(factors)
        if negative + zero > 0:
            low = max(low, lam)
            if negative_direction(factors, d):
                low = max(low, -quadratic_form(factors, H, d))  # dᵀ(H + λI)d ≥ 0 needs this much
            lam = low
        else:
            solve(factors, -1.0, g, p)
            length = norm(p)
            inside = length < radius
            if abs(length - radius) <= CLOSE * radius or (inside and lam == 0.0):
                break
            if inside:
                high = lam
            else:
                low = lam
            if high - low <= 1e-6 * high:
                break
            solve(factors, 1.0, p, q)
            pq = dot(p, q)
            lam += (length * length / pq) * ((length - radius) / radius)
        if not low < lam < high:
            lam = max(math.sqrt(low * high), low + 0.01 * (high - low))
    else:
        if not inside:
            return math.nan
    memory.s[DAMPING] = lam
    # (H + λI)p = −g: written so, the model's fall has no cancellation where H is nearly singular along p.
    length = norm(p)
    see_curvature(memory, -dot(g, p) / (length * length) - lam)
    fall = -0.5 * dot(g, p) + 0.5 * lam * length * length
    if lam > 0.0 and length < (1.0 - CLOSE) * radius:
        fall += to_the_boundary(memory, lam, radius)
    return fall


@twofold
def to_the_boundary(memory: Memory, lam: float, radius: float) -> float:
    """The hard case: p(λ) stays inside, so go on along a direction in which H + λI is nearly singular.

    What the model falls by; p stays where it is if rounding in λ left nothing to be won.
    """
    p, d, q = memory.p, memory.d, memory.store[0]
    for i in range(d.size):
        d[i] = 1.0 + 0.25 * math.sin(1.0 + i)  # no eigenvector in particular
    curvature = 0.0  # dᵀ(H + λI)d, from the inverse: no cancellation
    for _ in range(3):  # inverse iteration
        scale_to(d, 1.0 / norm(d), d)
        solve(memory.factors, 1.0, d, q)
        curvature = dot(d, q) / dot(q, q)
        copy_to(d, q)
    scale_to(d, (-1.0 if dot(memory.g, d) > 0.0 else 1.0) / norm(d), d)
    tau = boundary_step(p, d, radius)
    inside = norm(p)
    fall = 0.5 * lam * (radius - inside) * (radius + inside) - 0.5 * tau * tau * curvature
    if not fall > 0.0:
        return 0.0
    step_to(p, p, tau, d)
    return fall


@twofold
def boundary_step(p: Any, d: Any, radius: float) -> float:
    """τ ≥ 0 with ‖p + τd‖ = radius, from ‖p‖ ≤ radius."""
    a, b, c = dot(d, d), dot(p, d), dot(p, p) - radius * radius
    root = math.sqrt(max(b * b - a * c, 0.0))
    return -c / (b + root) if b > 0.0 else (root - b) / a


@confirm_minimum.of(DirectNumbers)
def _(subproblem: DirectNumbers, oracle: Any, memory: Memory, line_search: ArmijoNumbers) -> None:
    confirm_by_factors(oracle, memory, line_search)


@look.of(SteihaugNumbers)
def _(subproblem: SteihaugNumbers, oracle: Any, memory: Memory) -> bool:
    return True


@twofold
def curvature_by_product(oracle: Any, memory: Memory, v: Vector) -> float:
    """vᵀ∇²f(x)v by one product."""
    apply(hessian_at(oracle, memory.x), v, memory.cg.Ad)
    found: float = dot(v, memory.cg.Ad)
    return found


@curvature_along.of(SteihaugNumbers)
def _(subproblem: SteihaugNumbers, oracle: Any, memory: Memory, v: Vector) -> float:
    return curvature_by_product(oracle, memory, v)


@model_step.of(SteihaugNumbers)
def _(subproblem: SteihaugNumbers, oracle: Any, memory: Memory, radius: float) -> float:
    p, r, d, Hd = memory.p, memory.cg.r, memory.cg.d, memory.cg.Ad
    n, size = p.size, norm(memory.g)
    tolerance = min(subproblem.forcing, math.sqrt(size))
    H = hessian_at(oracle, memory.x)
    fill(p, 0.0)
    scale_to(r, -1.0 / size, memory.g)  # residuals and directions are divided by ‖g‖, lest their squares overflow
    copy_to(d, r)
    rr, fallen = dot(r, r), 0.0
    for _ in range(subproblem.cg_steps if subproblem.cg_steps > 0 else min(2 * n, 1000)):
        apply(H, d, Hd)
        dHd, dd = dot(d, Hd), dot(d, d)
        if not math.isfinite(dHd):
            return math.nan
        negative = dHd < -(10.0 + math.sqrt(n)) * EPS * norm(Hd) * math.sqrt(dd)
        see(memory, dHd > 0.0, negative)
        see_curvature(memory, dHd / dd)
        alpha = rr / dHd if dHd > 0.0 else math.inf
        if dHd > 0.0:
            step_to(memory.w, p, alpha * size, d)
        if dHd <= 0.0 or not norm(memory.w) < radius:
            tau = boundary_step(p, d, radius)
            step_to(p, p, tau, d)
            return fallen + tau * (size * rr - 0.5 * tau * dHd)
        copy_to(p, memory.w)
        fallen += 0.5 * (alpha * size) * (rr * size)
        step_to(r, r, -alpha, Hd)
        before, rr = rr, dot(r, r)
        if math.sqrt(rr) <= tolerance:
            break
        step_to(d, r, rr / before, d)
    return fallen


@confirm_minimum.of(SteihaugNumbers)
def _(subproblem: SteihaugNumbers, oracle: Any, memory: Memory, line_search: ArmijoNumbers) -> None:
    confirm_by_products(oracle, memory, line_search, 0)
