"""Where a run is: arrays that are made once and written in place, so that a step allocates nothing.

A method keeps nothing between steps but what is here, so that one function serves runs in Python and compiled ones.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hessmath.linear.cg import CGWork
from hessmath.linear.norms import norm
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import all_finite, copy_to, differ_in_last_digit, dot, step_to
from hessmath.optimize.status import GOING, NOT_A_MINIMUM, NOT_FINITE, STALLED, UNBOUNDED_BELOW

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

# What the entries of ``Memory.s`` are.  HALT is the number of a status, 0 while the run goes on; the curvatures are 1
# where some was seen; MAY_MOVE is 0 where no step is left; ASKED is set from outside to end the run; START_VALUE and
# START_SQUARE are f(x0) and ‖x0‖².  From OWN on the method keeps its own numbers, first 0.
VALUE, GRADIENT_NORM, START_GRADIENT_NORM, STEP_SIZE, STEP_NORM, DAMPING, POSITIVE, NEGATIVE, HALT, STEPS = range(10)
BOTTOM, MAY_MOVE, TRIAL_VALUE, TRIAL_SIZE, TRIAL_CURVATURE, SMALLEST_CURVATURE = range(10, 16)
START_VALUE, START_SQUARE = range(16, 18)
OWN = 18
SCALARS = 66
ASKED = SCALARS - 2
RADIUS = SCALARS - 1  # of a trust region, 0 where there is none

LOWEST = -1e20  # f below BOTTOM, this times max(1, |f(x0)|), is taken to have no minimum


class Memory(NamedTuple):
    """The point ``x`` and its gradient ``g``, a trial point, directions p and d, scratch w, numbers s, and the rest.

    ``H`` (n, n), or diagonals (b + 1, n), is empty where the method needs no Hessian, and so are ``cg`` and ``store``,
    rows that the method may keep.  ``noise`` is a random vector for methods that look for curvature.
    """

    x: Vector
    g: Vector
    trial_x: Vector
    trial_g: Vector
    p: Vector
    d: Vector
    w: Vector
    noise: Vector
    s: Vector
    H: Matrix
    store: Matrix
    factors: Any
    cg: CGWork

    @staticmethod
    def room(n: int, H: tuple[int, int], rows: int, factors: Any, cg: bool) -> Memory:
        """Arrays for n variables."""
        work = CGWork.room(n if cg else 0)
        return Memory._make([*np.zeros((8, n)), np.zeros(SCALARS), np.zeros(H), np.zeros((rows, n)), factors, work])


@twofold
def halt(memory: Memory, status: int) -> None:
    """End the run where it is."""
    memory.s[HALT] = status


@twofold
def see(memory: Memory, positive: bool, negative: bool) -> None:
    """Remember what was learnt about curvature."""
    if positive:
        memory.s[POSITIVE] = 1.0
    if negative:
        memory.s[NEGATIVE] = 1.0


@twofold
def see_curvature(memory: Memory, curvature: float) -> None:
    """Remember the smallest dᵀ∇²f d / dᵀd that was computed."""
    if curvature < memory.s[SMALLEST_CURVATURE]:
        memory.s[SMALLEST_CURVATURE] = curvature


@twofold
def begin_at(memory: Memory, value: float) -> None:
    """The state at the start x, whose gradient is in g; halted if f or ∇f is not finite there."""
    s = memory.s
    s[:] = 0.0
    s[VALUE] = s[START_VALUE] = value
    s[START_SQUARE] = dot(memory.x, memory.x)
    s[GRADIENT_NORM] = s[START_GRADIENT_NORM] = norm(memory.g)
    s[STEP_NORM] = math.inf
    s[MAY_MOVE] = 1.0
    s[SMALLEST_CURVATURE] = math.inf
    if not (math.isfinite(value) and all_finite(memory.g) and all_finite(memory.x)):
        s[HALT] = NOT_FINITE


@twofold
def accept(memory: Memory, damping: float) -> None:
    """Go to the trial point; halted where it was if f or ∇f is not finite there, or x did not change."""
    s = memory.s
    value = s[TRIAL_VALUE]
    if value == -math.inf:
        halt(memory, UNBOUNDED_BELOW)
        return
    if not (math.isfinite(value) and all_finite(memory.trial_g)):
        halt(memory, NOT_FINITE)
        return
    gradient_norm = norm(memory.trial_g)
    # A step in the last digit is worth taking only if it brings the gradient down.
    if not gradient_norm < s[GRADIENT_NORM] and differ_in_last_digit(memory.x, memory.trial_x):
        halt(memory, STALLED)
        return
    step_to(memory.w, memory.trial_x, -1.0, memory.x)
    copy_to(memory.x, memory.trial_x)
    copy_to(memory.g, memory.trial_g)
    s[VALUE], s[GRADIENT_NORM], s[STEP_SIZE] = value, gradient_norm, s[TRIAL_SIZE]
    s[STEP_NORM], s[DAMPING] = norm(memory.w), damping


@twofold
def cannot_leave(memory: Memory) -> bool:
    """Whether a saddle was found with no step left to leave it: then the run ends there."""
    see(memory, False, True)
    if memory.s[MAY_MOVE] == 1.0 or memory.s[HALT] != GOING:
        return False
    halt(memory, NOT_A_MINIMUM)
    return True
