"""Hessian-free optimisation: Gauss–Newton steps by conjugate gradients, as networks are trained with it.

Products G(x)v are all that is needed, so memory is O(n).  It runs as Python: what it costs are the products.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from hessmath.errors import InputError, WrongKind
from hessmath.linear import LinearOperator
from hessmath.linear.cg_path import cg_path
from hessmath.linear.vectors import all_finite, dot
from hessmath.optimize.line_search import Armijo, ArmijoNumbers, backtrack
from hessmath.optimize.memory import OWN, VALUE, Memory, accept, halt, see
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.problem import Need, Vector
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import GOING, LINE_SEARCH_FAILED, NOT_FINITE, STATIONARY, UNBOUNDED_BELOW

LAMBDA = OWN  # the damping of the next step, 0 before the first

MORE, LESS = 3 / 2, 2 / 3  # what λ is multiplied by where the model promised too much, or too little
TRIES = 20  # times that λ is raised, by factors of 4, if no step along the direction lowers f


@dataclass(frozen=True)
class SquaredGradients:
    """The preconditioner (D + λI)^power, D the mean over samples of their squared gradients, entry by entry."""

    power: float = 0.75

    def __post_init__(self) -> None:
        if not 0.0 < self.power <= 1.0:
            raise InputError(f"SquaredGradients needs power in (0, 1], but power = {self.power}.")


@dataclass(frozen=True)
class HessianFree(ForSciPy):
    """Steps p that conjugate gradients find on (G + λI)p = −∇f, with G the Gauss–Newton matrix.

    - Conjugate gradients start at ``decay`` times the last direction and end when k = max(10, i/10) iterations have
      lowered the damped model by less than ``tolerance``·k of its value, or after ``cg_steps``.
    - Iterates 1, 2, 3, 4, 5, 7, 9, …, about ``spacing``ʲ, and the last are kept; going back from the last, the step
      is the first whose predecessor is worse for f.
    - λ is raised by 3/2 where f falls by less than a quarter of what the model without damping promised, and lowered
      by 2/3 where it falls by more than three quarters.
    - A line search ends the step.  If no multiple of it lowers f, λ is raised and the directions are forgotten.

    f, ∇f and G must be those of the same samples throughout a step.  ``solution.evaluations.ggn`` counts products.

    Parameters
    ----------
    damping : float, positive
        The first λ.
    preconditioner : SquaredGradients, optional
        It needs ``squared_gradients`` of the problem; none if not given.
    decay : float in [0, 1]
    tolerance : float, positive
    cg_steps : int, at least 1
    spacing : float > 1
    line_search : Armijo

    References
    ----------
    Martens (2010), Deep learning via Hessian-free optimization, section 4;
    Martens & Sutskever (2012), Training deep and recurrent networks with Hessian-free optimization.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.optimize import HessianFree, Problem, minimize
    >>> t = np.linspace(0.0, 1.0, 20)
    >>> residual = lambda x: np.exp(x[0] * t) + x[1] * t - 2.0 * t**2 - 1.0
    >>> jacobian = lambda x: np.column_stack([t * np.exp(x[0] * t), t])
    >>> curve = Problem(
    ...     2,
    ...     lambda x: residual(x) @ residual(x) / 2,
    ...     gradient=lambda x: jacobian(x).T @ residual(x),
    ...     ggn=lambda x, v: jacobian(x).T @ (jacobian(x) @ v),
    ... )
    >>> solution = minimize(curve, [0.0, 0.0], HessianFree())
    >>> solution.status, solution.steps < 30
    (Status.STATIONARY, True)
    """

    damping: float = 1.0
    preconditioner: SquaredGradients | None = None
    decay: float = 0.95
    tolerance: float = 5e-4
    cg_steps: int = 250
    spacing: float = 1.3
    line_search: Armijo = field(default_factory=lambda: Armijo(decrease=1e-2, shrink=0.8))

    def __post_init__(self) -> None:
        if self.preconditioner is not None and not isinstance(self.preconditioner, SquaredGradients):
            raise WrongKind(
                f"HessianFree needs preconditioner=SquaredGradients() or None, but got {self.preconditioner!r}."
            )
        if not isinstance(self.line_search, Armijo):
            raise WrongKind(f"HessianFree needs line_search=Armijo(...), but got {self.line_search!r}.")
        for name in ("damping", "tolerance"):
            value = getattr(self, name)
            if not 0.0 < value < math.inf:
                raise InputError(f"HessianFree needs {name} to be positive and finite, but {name} = {value}.")
        if not 0.0 <= self.decay <= 1.0:
            raise InputError(f"HessianFree needs decay in [0, 1], but decay = {self.decay}.")
        if self.cg_steps < 1:
            raise InputError(f"HessianFree needs cg_steps ≥ 1, but cg_steps = {self.cg_steps}.")
        if not self.spacing > 1.0:
            raise InputError(f"HessianFree needs spacing > 1, but spacing = {self.spacing}.")

    @property
    def needs(self) -> frozenset[Need]:
        """∇f, products with G, and what the preconditioner is made of."""
        more = () if self.preconditioner is None else (Need.SQUARED_GRADIENTS,)
        return frozenset({Need.GRADIENT, Need.GGN, *more})

    @property
    def numbers(self) -> HessianFreeNumbers:
        """The parameters; the power 0 stands for no preconditioner."""
        return HessianFreeNumbers(
            float(self.damping),
            0.0 if self.preconditioner is None else float(self.preconditioner.power),
            float(self.decay),
            float(self.tolerance),
            int(self.cg_steps),
            float(self.spacing),
            self.line_search.numbers,
        )

    def rows(self, n: int) -> int:
        """The last direction."""
        return 1


class HessianFreeNumbers(NamedTuple):
    """Parameters of HessianFree."""

    damping: float
    power: float
    decay: float
    tolerance: float
    cg_steps: int
    spacing: float
    line_search: ArmijoNumbers


class Candidate(NamedTuple):
    """An iterate of conjugate gradients and the damped model there, relative to f(x)."""

    p: Vector
    model: float


@advance.of(HessianFreeNumbers)
def _(method: HessianFreeNumbers, oracle: Any, memory: Memory) -> None:
    s, last = memory.s, memory.store[0]
    if s[LAMBDA] == 0.0:
        s[LAMBDA] = method.damping
        last[:] = 0.0
    x = memory.x.copy()
    G = oracle.gauss_newton(x)
    squares = oracle.squared_gradients(x) if method.power > 0.0 else None
    for _ in range(TRIES):
        damping = s[LAMBDA]
        scale = 1.0 if squares is None else (squares + damping) ** -method.power
        kept = candidates(method, G.shifted(damping), memory.g, method.decay * last, scale)
        if not all_finite(kept[-1].p):
            halt(memory, NOT_FINITE)
            return
        see(memory, True, False)
        last[:] = kept[-1].p
        chosen, value = best(oracle, x, kept)
        promised = -(chosen.model - 0.5 * damping * dot(chosen.p, chosen.p))
        ratio = (s[VALUE] - value) / promised if promised > 0.0 else -math.inf
        memory.p[:] = chosen.p
        status = backtrack(method.line_search, oracle, memory, 1.0, 0.0, False)
        if status == GOING:
            s[LAMBDA] *= next_damping(ratio)
            accept(memory, damping)
            return
        if status in (NOT_FINITE, UNBOUNDED_BELOW):
            halt(memory, status)
            return
        s[LAMBDA] *= 4.0
        last[:] = 0.0
    halt(memory, LINE_SEARCH_FAILED)


def next_damping(ratio: float) -> float:
    """The factor of Levenberg and Marquardt: what λ is multiplied by, from actual ÷ promised decrease.

    Examples
    --------
    >>> [round(next_damping(ratio), 3) for ratio in (-1.0, 0.5, 0.9)]
    [1.5, 1.0, 0.667]
    """
    if ratio > 0.75:
        return LESS
    return 1.0 if ratio >= 0.25 else MORE


def candidates(
    method: HessianFreeNumbers, A: LinearOperator, g: Vector, start: Vector, scale: Vector | float
) -> list[Candidate]:
    """The kept iterates on Ap = −g from ``start``, the last one at the end; from zero if that leads uphill."""
    kept = list(thinned(stopped(cg_path(A, -g, start, scale), method), method.spacing))
    if start.any() and not (kept[-1].model < 0.0 and dot(g, kept[-1].p) < 0.0) and all_finite(kept[-1].p):
        return candidates(method, A, g, np.zeros_like(g), scale)
    return kept


def stopped(path: Iterator[tuple[Vector, float]], method: HessianFreeNumbers) -> Iterator[Candidate]:
    """The path up to where progress is slow relative to what was gained (Martens 2010, section 4.4)."""
    models: list[float] = []
    for i, (p, model) in enumerate(islice(path, method.cg_steps + 1)):
        models.append(model)
        yield Candidate(p, model)
        k = max(10, i // 10)
        if i > k and model < 0.0 and model - models[i - k] > k * method.tolerance * model:
            return


def thinned(path: Iterator[Candidate], spacing: float) -> Iterator[Candidate]:
    """The iterates whose number is a rounded-up power of ``spacing``, and the last."""
    wanted, at, last = 1.0, -1, None
    for at, last in enumerate(path):
        if at >= math.ceil(wanted):
            while at >= math.ceil(wanted):
                wanted *= spacing
            yield last
            last = None
    if last is not None:
        yield last


def best(oracle: Any, x: Vector, kept: list[Candidate]) -> tuple[Candidate, float]:
    """Going back from the last candidate as long as f falls; the one reached, and f there."""
    chosen, value = kept[-1], oracle.value(x + kept[-1].p)
    for earlier in reversed(kept[:-1]):
        found = oracle.value(x + earlier.p)
        if not (found <= value or not math.isfinite(value)):
            break
        chosen, value = earlier, found
    return chosen, value


@confirm.of(HessianFreeNumbers)
def _(method: HessianFreeNumbers, oracle: Any, memory: Memory) -> None:
    halt(memory, STATIONARY)
