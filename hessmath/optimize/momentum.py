"""Gradient descent with a memory of its motion: heavy ball and Nesterov's acceleration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from hessmath.errors import InputError
from hessmath.linear.vectors import copy_to, scale_to, step_to
from hessmath.optimize.evaluation import gradient
from hessmath.optimize.line_search import try_step
from hessmath.optimize.memory import STEPS, Memory, accept, halt
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.problem import Need
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import STATIONARY


@dataclass(frozen=True)
class _Moving(ForSciPy):
    """v ← momentum·v − rate·∇f, x ← x + v, with a fixed rate; f may rise on the way."""

    rate: float = 1e-3
    momentum: float = 0.9

    def __post_init__(self) -> None:
        name = type(self).__name__
        if not 0.0 < self.rate < math.inf:
            raise InputError(f"{name} needs a positive finite rate, but rate = {self.rate}.")
        if not 0.0 <= self.momentum < 1.0:
            raise InputError(f"{name} needs momentum in [0, 1), but momentum = {self.momentum}.")

    @property
    def needs(self) -> frozenset[Need]:
        """∇f."""
        return frozenset({Need.GRADIENT})

    def rows(self, n: int) -> int:
        """The velocity v."""
        return 1


@dataclass(frozen=True)
class Momentum(_Moving):
    """The heavy ball: v ← momentum·v − rate·∇f(x), x ← x + v.

    On a quadratic with eigenvalues in [μ, L] it converges if rate < 2(1 + momentum)/L.

    References
    ----------
    Polyak (1964), Some methods of speeding up the convergence of iteration methods.
    """

    @property
    def numbers(self) -> MomentumNumbers:
        """Rate and momentum."""
        return MomentumNumbers(float(self.rate), float(self.momentum))


@dataclass(frozen=True)
class Nesterov(_Moving):
    """As Momentum, with the gradient taken ahead, at x + momentum·v.  Two gradients a step: one ahead, one at x.

    References
    ----------
    Nesterov (1983), A method of solving a convex programming problem with convergence rate O(1/k²);
    Sutskever et al. (2013), On the importance of initialization and momentum in deep learning, section 2.
    """

    @property
    def numbers(self) -> NesterovNumbers:
        """Rate and momentum."""
        return NesterovNumbers(float(self.rate), float(self.momentum))


class MomentumNumbers(NamedTuple):
    """Parameters of Momentum."""

    rate: float
    momentum: float


class NesterovNumbers(NamedTuple):
    """Parameters of Nesterov."""

    rate: float
    momentum: float


@advance.of(MomentumNumbers)
def _(method: MomentumNumbers, oracle: Any, memory: Memory) -> None:
    v = memory.store[0]
    scale_to(v, method.momentum if memory.s[STEPS] > 0.0 else 0.0, v)
    step_to(v, v, -method.rate, memory.g)
    copy_to(memory.p, v)
    try_step(oracle, memory, 1.0)
    accept(memory, 0.0)


@advance.of(NesterovNumbers)
def _(method: NesterovNumbers, oracle: Any, memory: Memory) -> None:
    v = memory.store[0]
    scale_to(v, method.momentum if memory.s[STEPS] > 0.0 else 0.0, v)
    step_to(memory.trial_x, memory.x, 1.0, v)
    gradient(oracle, memory.trial_x, memory.trial_g)
    step_to(v, v, -method.rate, memory.trial_g)
    copy_to(memory.p, v)
    try_step(oracle, memory, 1.0)
    accept(memory, 0.0)


@confirm.of(MomentumNumbers, NesterovNumbers)
def _(method: Any, oracle: Any, memory: Memory) -> None:
    halt(memory, STATIONARY)
