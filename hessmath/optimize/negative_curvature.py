"""Leaving a saddle or a maximum along a direction d with dᵀ∇²f(x)d < 0, even where the gradient is exactly zero."""

from __future__ import annotations

from typing import Any

from hessmath.linear import norm
from hessmath.linear.factors import negative_direction, quadratic_form
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import dot, scale_to
from hessmath.optimize.line_search import ArmijoNumbers, backtrack
from hessmath.optimize.memory import Memory, accept, cannot_leave, halt, see_curvature
from hessmath.optimize.newton import factorise_hessian, status_by_signs
from hessmath.optimize.status import DEGENERATE, GOING, UNBOUNDED_BELOW


@twofold
def escape(oracle: Any, memory: Memory, curvature: float, rule: ArmijoNumbers) -> None:
    """Go down along ±d, the vector in memory.d, doubling the step while f falls.

    Halts with DEGENERATE if no step lowers f: then the negative curvature is too slight for f in floating point.

    Parameters
    ----------
    memory : its d has any length; the first trial has length 1 or, far from the origin, ‖x‖/10
    curvature : dᵀ∇²f(x)d / dᵀd, negative

    References
    ----------
    Moré & Sorensen (1979), On the use of directions of negative curvature in a modified Newton method;
    Royer, O'Neill & Wright (2020), A Newton-CG algorithm with complexity guarantees, section 2.
    """
    see_curvature(memory, curvature)
    if cannot_leave(memory):
        return
    d = memory.d
    sign = -1.0 if dot(memory.g, d) > 0.0 else 1.0
    scale_to(memory.p, sign / norm(d), d)
    first = max(1.0, 0.1 * norm(memory.x))
    status = backtrack(rule, oracle, memory, first, curvature, True)
    if status == GOING:
        accept(memory, 0.0)
    else:
        halt(memory, UNBOUNDED_BELOW if status == UNBOUNDED_BELOW else DEGENERATE)


@twofold
def confirm_by_factors(oracle: Any, memory: Memory, rule: ArmijoNumbers) -> None:
    """Halt at a minimum as the signs of the factorised ∇²f(x) say, leave a saddle."""
    if not factorise_hessian(oracle, memory):
        return
    if negative_direction(memory.factors, memory.d):
        escape(oracle, memory, quadratic_form(memory.factors, memory.H, memory.d), rule)
    else:
        halt(memory, status_by_signs(memory))
