"""Where a run is, as a stopping test of a user's own sees it."""

from __future__ import annotations

from dataclasses import dataclass

from hessmath.optimize.memory import (
    DAMPING,
    GRADIENT_NORM,
    NEGATIVE,
    POSITIVE,
    START_GRADIENT_NORM,
    STEP_NORM,
    STEP_SIZE,
    VALUE,
    Memory,
)
from hessmath.optimize.problem import Vector


@dataclass(frozen=True, eq=False)
class State:
    """One point of a run.

    ``x`` and ``gradient`` have shape (n,).  ``step_norm`` is the length of the step that led here, ``step_size`` its
    factor α, ``damping`` what the method added to the Hessian or carries along.  ``start_gradient_norm`` is ‖∇f(x0)‖.
    """

    x: Vector
    value: float
    gradient: Vector
    gradient_norm: float
    start_gradient_norm: float
    step_size: float
    step_norm: float
    damping: float
    positive_curvature_seen: bool
    negative_curvature_seen: bool

    @staticmethod
    def of(memory: Memory) -> State:
        """A copy of where a run is."""
        return State.read(memory.x, memory.g, memory.s)

    @staticmethod
    def read(x: Vector, gradient: Vector, numbers: Vector) -> State:
        """The same from the parts of a memory."""
        s = numbers.tolist()
        return State(
            x.copy(),
            s[VALUE],
            gradient.copy(),
            s[GRADIENT_NORM],
            s[START_GRADIENT_NORM],
            s[STEP_SIZE],
            s[STEP_NORM],
            s[DAMPING],
            s[POSITIVE] == 1.0,
            s[NEGATIVE] == 1.0,
        )
