"""Where a run is: the point, what is known there, and what the method remembers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from hessmath.linear import norm
from hessmath.optimize.oracle import Oracle
from hessmath.optimize.problem import Vector
from hessmath.optimize.status import Status


@dataclass(frozen=True, eq=False)
class State:
    """One point of a run.

    ``x`` and ``gradient`` have shape (n,).  ``step_norm`` is the length of the step that led here, ``step_size`` its
    factor α, ``damping`` what the method added to the Hessian or carries along.  ``start_gradient_norm`` is ‖∇f(x0)‖.
    ``halt`` is set when the method can or need not go on.
    """

    x: Vector
    value: float
    gradient: Vector
    gradient_norm: float
    start_gradient_norm: float
    step_size: float = 0.0
    step_norm: float = math.inf
    damping: float = 0.0
    positive_curvature_seen: bool = False
    negative_curvature_seen: bool = False
    halt: Status | None = None

    def halted(self, status: Status) -> State:
        """The same point with a status; the run ends here."""
        return replace(self, halt=status)

    def seeing(self, *, positive: bool = False, negative: bool = False) -> State:
        """The same point with what was learnt about curvature."""
        return replace(
            self,
            positive_curvature_seen=self.positive_curvature_seen or positive,
            negative_curvature_seen=self.negative_curvature_seen or negative,
        )

    def moved(self, x: Vector, value: float, gradient: Vector, *, step_size: float, damping: float = 0.0) -> State:
        """The state after a step to x; halted where it was if f or ∇f is not finite there, or x did not change."""
        if value == -math.inf:
            return self.halted(Status.UNBOUNDED_BELOW)
        if not (math.isfinite(value) and np.isfinite(gradient).all()):
            return self.halted(Status.NOT_FINITE)
        p = x - self.x
        gradient_norm = norm(gradient)
        # A step in the last digit is worth taking only if it brings the gradient down.
        last_digit = (np.abs(p) <= 2.0 * np.spacing(np.abs(self.x))).all()
        if last_digit and not gradient_norm < self.gradient_norm:
            return self.halted(Status.STALLED)
        return replace(
            self,
            x=x,
            value=value,
            gradient=gradient,
            gradient_norm=gradient_norm,
            step_size=step_size,
            step_norm=norm(p),
            damping=damping,
        )


def start_at(oracle: Oracle, x: Vector, *, damping: float = 0.0) -> State:
    """The state at the start; halted if f or ∇f is not finite there."""
    value, gradient = oracle.value_and_gradient(x)
    g = norm(gradient)
    state = State(x, value, gradient, g, g, damping=damping)
    if not (math.isfinite(value) and np.isfinite(gradient).all()):
        return state.halted(Status.NOT_FINITE)
    return state
