"""Whether f agrees with its model at a trial point, also where the change of f is lost in rounding."""

from __future__ import annotations

import math
from typing import Any

from hessmath.linear import norm
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import all_finite, dot, step_to
from hessmath.optimize.evaluation import gradient, value
from hessmath.optimize.line_search import EPS
from hessmath.optimize.memory import (
    BOTTOM,
    GRADIENT_NORM,
    HALT,
    LOWEST,
    TRIAL_CURVATURE,
    TRIAL_SIZE,
    TRIAL_VALUE,
    VALUE,
    Memory,
    halt,
)
from hessmath.optimize.status import GOING, NOT_FINITE, STALLED, UNBOUNDED_BELOW

#: Rounding of f, relative to f; sums whose terms cancel have more than a few units in the last place.
NOISE = 100.0 * EPS

#: Rounding of f where its terms cancel, relative to f at the start, which stands for the size of the terms.
CANCELLED = 10.0 * EPS

REJECTED = -math.inf


@twofold
def agreement(oracle: Any, memory: Memory, predicted: float) -> float:
    """(f(x) − f(x + p)) / predicted for p in memory.p if the step is to be taken, else REJECTED.

    Where the run cannot go on, it is halted: nan was predicted, f is −inf, or p is too short to change x.  Below the
    rounding of f the gradient decides: the step is taken if its norm falls, and the agreement is called 1/2, so that
    nothing is learnt from noise.  That rounding is NOISE·|f|, and at least what rounding x changes, ε·Σ|gᵢxᵢ|: near
    the minimum of a sum of squares the first alone would be far too little.  Where large terms cancel to f ≈ 0 both
    are: below CANCELLED·max(1, |f(x0)|) a step that f does not confirm is still taken if it halves the gradient and
    the slopes at its ends confirm it.

    References
    ----------
    Conn, Gould & Toint (2000), Trust-region methods, section 17.4.2 (rounding in the ratio).
    """
    s, x, p, g, trial = memory.s, memory.x, memory.p, memory.g, memory.trial_x
    if math.isnan(predicted):
        halt(memory, NOT_FINITE)
        return REJECTED
    step_to(trial, x, 1.0, p)
    if not moves(x, trial):
        halt(memory, STALLED)
        return REJECTED
    if not predicted > 0.0:
        return REJECTED
    found = value(oracle, trial)
    if found == -math.inf:
        halt(memory, UNBOUNDED_BELOW)
        return REJECTED
    change = s[VALUE] - found
    noise = max(NOISE * abs(s[VALUE]), EPS * weighted(g, x))
    lost = predicted < noise and abs(change) <= noise
    ratio = change / predicted  # nan and −inf count as disagreement
    agrees = ratio > 1e-4
    terms = CANCELLED * (s[BOTTOM] / LOWEST)
    cancelled = not (lost or agrees) and predicted < terms and abs(change) <= terms
    if not (lost or agrees or cancelled):
        return REJECTED
    gradient(oracle, trial, memory.trial_g)
    if not all_finite(memory.trial_g):
        return REJECTED
    size = norm(memory.trial_g)
    if lost and not size < s[GRADIENT_NORM]:
        return REJECTED
    by_slopes = -0.5 * (dot(g, p) + dot(memory.trial_g, p))  # what f falls by, from its slopes at both ends
    if cancelled and not (size <= 0.5 * s[GRADIENT_NORM] and by_slopes >= 0.5 * predicted):
        return REJECTED
    s[TRIAL_VALUE], s[TRIAL_SIZE], s[TRIAL_CURVATURE] = found, 1.0, 0.0
    return 0.5 if lost or cancelled else ratio


@twofold
def moves(x: Any, y: Any) -> bool:
    """Whether x and y differ at all."""
    same = 0
    for i in range(x.size):
        same += x[i] == y[i]
    return same < x.size


@twofold
def weighted(g: Any, x: Any) -> float:
    """Σ|gᵢxᵢ|: how much a relative error of 1 in every xᵢ changes f, to first order."""
    total = 0.0
    for i in range(x.size):
        total += abs(g[i] * x[i])
    return total


@twofold
def still_going(memory: Memory) -> bool:
    """Whether the run has not been halted."""
    going: bool = memory.s[HALT] == GOING
    return going
