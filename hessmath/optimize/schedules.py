"""Learning rates that change from step to step, as objects: ``schedule(step)`` is the rate of step 0, 1, 2, …"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from hessmath.errors import InputError

Schedule = Callable[[int], float]


def _positive(who: object, **numbers: float) -> None:
    for name, number in numbers.items():
        if not 0.0 < number < math.inf:
            raise InputError(f"{type(who).__name__} needs a positive finite {name}, but {name} = {number}.")


@dataclass(frozen=True)
class Constant:
    """The same rate always.  Noise keeps the iterates at a distance from the minimum that grows with the rate."""

    rate: float

    def __post_init__(self) -> None:
        _positive(self, rate=self.rate)

    def __call__(self, step: int) -> float:
        """The rate."""
        return self.rate


@dataclass(frozen=True)
class InverseTime:
    """rate / (1 + step/scale): the sum of the rates diverges, that of their squares does not.

    References
    ----------
    Robbins & Monro (1951), A stochastic approximation method, conditions (26)–(27).

    Examples
    --------
    >>> from hessmath.optimize import InverseTime
    >>> [InverseTime(1.0, scale=2.0)(step) for step in (0, 2, 6)]
    [1.0, 0.5, 0.25]
    """

    rate: float
    scale: float = 1.0

    def __post_init__(self) -> None:
        _positive(self, rate=self.rate, scale=self.scale)

    def __call__(self, step: int) -> float:
        """The rate of this step."""
        return self.rate / (1.0 + step / self.scale)


@dataclass(frozen=True)
class StepDecay:
    """rate·factor^⌊step/every⌋."""

    rate: float
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        _positive(self, rate=self.rate, every=self.every, factor=self.factor)

    def __call__(self, step: int) -> float:
        """The rate of this step."""
        return self.rate * self.factor ** (step // self.every)


@dataclass(frozen=True)
class Cosine:
    """From ``rate`` to ``last`` along half a cosine in so many steps, then ``last``.

    References
    ----------
    Loshchilov & Hutter (2017), SGDR: stochastic gradient descent with warm restarts, (5), without restarts.
    """

    rate: float
    steps: int
    last: float = 0.0

    def __post_init__(self) -> None:
        _positive(self, rate=self.rate, steps=self.steps)
        if not 0.0 <= self.last <= self.rate:
            raise InputError(f"Cosine needs last in [0, rate], but last = {self.last} and rate = {self.rate}.")

    def __call__(self, step: int) -> float:
        """The rate of this step."""
        part = min(step / self.steps, 1.0)
        return self.last + 0.5 * (self.rate - self.last) * (1.0 + math.cos(math.pi * part))
