"""Adam: steps scaled by running means of the gradient and of its square."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError
from hessmath.linear.twofold import with_loops
from hessmath.linear.vectors import fill
from hessmath.optimize.line_search import try_step
from hessmath.optimize.memory import OWN, Memory, accept, halt
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.problem import Need
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import STATIONARY

STEP = OWN

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Adam(ForSciPy):
    """x ← x − rate·m̂/(√v̂ + epsilon), with the means m and v corrected for their start at zero.

    With a fixed rate it ends within about ``rate`` of a minimum, not at it: loosen the stopping test.

    References
    ----------
    Kingma & Ba (2015), Adam: a method for stochastic optimization, Algorithm 1.
    """

    rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        if not 0.0 < self.rate < math.inf:
            raise InputError(f"Adam needs a positive finite rate, but rate = {self.rate}.")
        for name, beta in (("beta1", self.beta1), ("beta2", self.beta2)):
            if not 0.0 <= beta < 1.0:
                raise InputError(f"Adam needs {name} in [0, 1), but {name} = {beta}.")
        if not self.epsilon > 0.0:
            raise InputError(f"Adam needs epsilon > 0, but epsilon = {self.epsilon}.")

    @property
    def needs(self) -> frozenset[Need]:
        """∇f."""
        return frozenset({Need.GRADIENT})

    @property
    def numbers(self) -> AdamNumbers:
        """The four parameters."""
        return AdamNumbers(float(self.rate), float(self.beta1), float(self.beta2), float(self.epsilon))

    def rows(self, n: int) -> int:
        """The two means."""
        return 2


class AdamNumbers(NamedTuple):
    """Parameters of Adam."""

    rate: float
    beta1: float
    beta2: float
    epsilon: float


def _directed(p: Vector, m: Vector, v: Vector, g: Vector, method: AdamNumbers, step: float) -> None:
    one, two = 1.0 - method.beta1**step, 1.0 - method.beta2**step
    for i in range(g.size):
        m[i] = method.beta1 * m[i] + (1.0 - method.beta1) * g[i]
        v[i] = method.beta2 * v[i] + (1.0 - method.beta2) * g[i] ** 2
        p[i] = -(m[i] / one) / (math.sqrt(v[i] / two) + method.epsilon)


@with_loops(_directed)
def directed(p: Vector, m: Vector, v: Vector, g: Vector, method: AdamNumbers, step: float) -> None:
    """Update the means m and v and write the direction p."""
    one, two = 1.0 - method.beta1**step, 1.0 - method.beta2**step
    m[:] = method.beta1 * m + (1.0 - method.beta1) * g
    v[:] = method.beta2 * v + (1.0 - method.beta2) * g**2
    p[:] = -(m / one) / (np.sqrt(v / two) + method.epsilon)


@advance.of(AdamNumbers)
def _(method: AdamNumbers, oracle: Any, memory: Memory) -> None:
    s, m, v = memory.s, memory.store[0], memory.store[1]
    if s[STEP] == 0.0:
        fill(m, 0.0)
        fill(v, 0.0)
    s[STEP] += 1.0
    directed(memory.p, m, v, memory.g, method, s[STEP])
    try_step(oracle, memory, method.rate)
    accept(memory, 0.0)


@confirm.of(AdamNumbers)
def _(method: AdamNumbers, oracle: Any, memory: Memory) -> None:
    halt(memory, STATIONARY)
