"""Leaving a saddle or a maximum along a direction d with dᵀ∇²f(x)d < 0, even where the gradient is exactly zero."""

from __future__ import annotations

from hessmath.linear import norm
from hessmath.optimize.line_search import Armijo
from hessmath.optimize.oracle import Oracle
from hessmath.optimize.problem import Vector
from hessmath.optimize.state import State
from hessmath.optimize.status import Status


def escape(oracle: Oracle, state: State, d: Vector, curvature: float, line_search: Armijo) -> State:
    """Go down along ±d, doubling the step while f falls.

    Halts with DEGENERATE if no step lowers f: then the negative curvature is too slight for f in floating point.

    Parameters
    ----------
    d : (n,), of any length; the first trial has length 1 or, far from the origin, ‖x‖/10
    curvature : dᵀ∇²f(x)d / dᵀd, negative

    References
    ----------
    Moré & Sorensen (1979), On the use of directions of negative curvature in a modified Newton method;
    Royer, O'Neill & Wright (2020), A Newton-CG algorithm with complexity guarantees, section 2.
    """
    d = d / norm(d)
    if float(state.gradient @ d) > 0.0:
        d = -d
    state = state.seeing(negative=True)
    first = max(1.0, 0.1 * norm(state.x))
    match line_search.search_curved(oracle, state, d, first, curvature=curvature, expand=True):
        case Status.UNBOUNDED_BELOW:
            return state.halted(Status.UNBOUNDED_BELOW)
        case Status():
            return state.halted(Status.DEGENERATE)
        case trial:
            return state.moved(trial.x, trial.value, trial.gradient, step_size=trial.step_size)
