"""Perturbed gradient descent: where the gradient is small, a random push shows whether the point is a saddle."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hessmath.errors import InputError, WrongKind
from hessmath.linear import norm
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import all_finite, copy_to, step_to
from hessmath.optimize.evaluation import value_and_gradient
from hessmath.optimize.gradient_descent import GradientDescentNumbers
from hessmath.optimize.line_search import Armijo, LineSearch, require_line_search
from hessmath.optimize.memory import (
    GRADIENT_NORM,
    HALT,
    MAY_MOVE,
    OWN,
    STEP_NORM,
    STEP_SIZE,
    VALUE,
    Memory,
    halt,
)
from hessmath.optimize.method import advance, confirm
from hessmath.optimize.problem import Need
from hessmath.optimize.random_directions import seed_of, uniform_in_ball
from hessmath.optimize.scipy_interface import ForSciPy
from hessmath.optimize.status import GOING, STATIONARY, UNBOUNDED_BELOW

SEED = OWN


@dataclass(frozen=True)
class PerturbedGradientDescent(ForSciPy):
    """Gradient descent that leaves saddles by random pushes, with gradients alone.

    Where the gradient is small, x is pushed to a random point of a ball around it, and gradient descent goes on from
    there for ``patience`` steps.  If f falls by ``fall`` below its value before the push, that was a saddle and the
    run goes on; the descent counts as one step.  If not, the run ends at the point before the push.  That is evidence
    for a minimum, not knowledge: the best status is STATIONARY.

    Parameters
    ----------
    step : FixedStep or Armijo
    radius : float > 0
        Radius of the ball.
    patience : int, at least 1
        How many steps a push is given.
    fall : float > 0
        By how much f must fall, absolutely.

    References
    ----------
    Jin, Ge, Netrapalli, Kakade & Jordan (2017), How to escape saddle points efficiently, Algorithm 2.

    Examples
    --------
    >>> import hessmath as hm
    >>> from hessmath.optimize import GradientDescent, PerturbedGradientDescent
    >>> saddle = "x**2 - y**2 + y**4/4"
    >>> hm.minimize(saddle, [1.0, 0.0], GradientDescent()).value.__round__(9)
    0.0
    >>> hm.minimize(saddle, [1.0, 0.0], PerturbedGradientDescent()).value.__round__(9)
    -1.0
    """

    step: LineSearch = field(default_factory=lambda: Armijo(decrease=0.25))
    radius: float = 1e-2
    patience: int = 200
    fall: float = 1e-8

    def __post_init__(self) -> None:
        require_line_search("step", self.step)
        for name in ("radius", "fall"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise InputError(
                    f"PerturbedGradientDescent needs a positive finite {name}, but {name} = {getattr(self, name)}."
                )
        try:
            operator.index(self.patience)
        except TypeError as error:
            raise WrongKind(f"patience must be an integer, but is {self.patience!r}.") from error
        if self.patience < 1:
            raise InputError(f"PerturbedGradientDescent needs patience ≥ 1, but patience = {self.patience}.")

    @property
    def needs(self) -> frozenset[Need]:
        """∇f, and what the rule for the step needs."""
        return frozenset({Need.GRADIENT}) | self.step.needs

    @property
    def numbers(self) -> PerturbedNumbers:
        """The parameters."""
        return PerturbedNumbers(
            GradientDescentNumbers(self.step.numbers), float(self.radius), int(self.patience), float(self.fall)
        )

    def rows(self, n: int) -> int:
        """The point before the push, and its gradient."""
        return 2


class PerturbedNumbers(NamedTuple):
    """Parameters of PerturbedGradientDescent."""

    descent: GradientDescentNumbers
    radius: float
    patience: int
    fall: float


@advance.of(PerturbedNumbers)
def _(method: PerturbedNumbers, oracle: Any, memory: Memory) -> None:
    advance(method.descent, oracle, memory)


@confirm.of(PerturbedNumbers)
def _(method: PerturbedNumbers, oracle: Any, memory: Memory) -> None:
    s, x, before = memory.s, memory.x, memory.store[0]
    if s[MAY_MOVE] == 0.0:
        halt(memory, STATIONARY)
        return
    if s[SEED] == 0.0:
        s[SEED] = seed_of(memory.noise)
    value, gradient_norm, size = s[VALUE], s[GRADIENT_NORM], s[STEP_SIZE]
    copy_to(before, x)
    copy_to(memory.store[1], memory.g)
    s[SEED] = uniform_in_ball(s[SEED], method.radius, memory.w)
    step_to(memory.trial_x, x, 1.0, memory.w)
    pushed = value_and_gradient(oracle, memory.trial_x, memory.trial_g)
    if math.isfinite(pushed) and all_finite(memory.trial_g):
        copy_to(x, memory.trial_x)
        copy_to(memory.g, memory.trial_g)
        s[VALUE], s[GRADIENT_NORM] = pushed, norm(memory.g)
        descend(method, oracle, memory, value - method.fall)
    if s[HALT] == UNBOUNDED_BELOW:
        return
    s[HALT] = GOING
    if s[VALUE] < value - method.fall:
        step_to(memory.w, x, -1.0, before)
        s[STEP_NORM] = norm(memory.w)
        return
    copy_to(x, before)
    copy_to(memory.g, memory.store[1])
    s[VALUE], s[GRADIENT_NORM], s[STEP_SIZE] = value, gradient_norm, size
    halt(memory, STATIONARY)


@twofold
def descend(method: PerturbedNumbers, oracle: Any, memory: Memory, target: float) -> None:
    """Steps of gradient descent until f is below the target, patience is at its end, or no step is left."""
    s = memory.s
    step_norm = s[STEP_NORM]
    for _ in range(method.patience):
        if s[VALUE] < target or s[HALT] != GOING or s[GRADIENT_NORM] == 0.0:
            break
        advance(method.descent, oracle, memory)
    s[STEP_NORM] = step_norm
