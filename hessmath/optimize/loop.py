"""The one loop: run a method until a stopping test holds."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from hessmath.errors import InputError, WrongKind
from hessmath.optimize.choice import default_method
from hessmath.optimize.method import Method
from hessmath.optimize.oracle import Oracle
from hessmath.optimize.problem import Problem
from hessmath.optimize.solution import Record, Solution
from hessmath.optimize.state import State
from hessmath.optimize.status import Status
from hessmath.optimize.stopping import GradientBelow, StoppingTest

BOTTOM = -1e20  # f below this times max(1, |f(x0)|) is taken to have no minimum

DEFAULT_STOP = GradientBelow()


def minimize(
    problem: Problem,
    x0: ArrayLike,
    method: Method | None = None,
    *,
    stop: StoppingTest = DEFAULT_STOP,
    max_steps: int = 1000,
    callback: Callable[[Record], object] | None = None,
    rng: np.random.Generator | int = 0,
    trace: bool = False,
    bounds: object = None,
) -> Solution:
    """Go down from x0 until the stopping test holds.

    A run that does not get there is a result, not an error: read ``solution.status.advice``.

    Parameters
    ----------
    problem : Problem
    x0 : (n,), real and finite; integers and float32 are widened to float64
    method : Method, optional
        An object such as ``Newton()``; chosen by ``default_method`` if not given.
    stop : StoppingTest
        When to stop; by default when ‖∇f(x)‖ ≤ 10⁻⁸.
    max_steps : int
    callback : function of a Record, optional
        Called after every step; it may raise StopIteration to end the run.
    rng : numpy Generator or seed
        For methods that use random numbers; the same seed gives the same run.
    trace : bool
        Keep a Record of the start and of every step in ``solution.trace``.
    bounds
        Not supported; anything but None is refused.

    Raises
    ------
    InputError
        If x0 does not fit the problem, the problem lacks what the method needs, or bounds are given.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.optimize import Newton, Problem, minimize
    >>> rosenbrock = Problem(
    ...     2,
    ...     lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2,
    ...     gradient=lambda x: [-400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0]), 200 * (x[1] - x[0] ** 2)],
    ...     hessian=lambda x: [[1200 * x[0] ** 2 - 400 * x[1] + 2, -400 * x[0]], [-400 * x[0], 200]],
    ... )
    >>> solution = minimize(rosenbrock, [-1.2, 1], Newton())
    >>> solution.status, solution.x.round(9).tolist(), solution.steps
    (Status.CONVERGED, [1.0, 1.0], 6)
    >>> solution.evaluations
    Evaluations(f=7, gradient=7, hessian=7, hvp=0)
    """
    if not isinstance(problem, Problem):
        raise WrongKind(f"minimize needs a Problem, but got {problem!r}: build one with Problem(dimension, f, …).")
    method = default_method(problem) if method is None else _checked_method(method)
    if not callable(stop) or isinstance(stop, type):
        raise WrongKind(f"stop must be an object such as GradientBelow(1e-8), but is {stop!r}.")
    if bounds is not None:
        raise InputError(
            "minimize does not support bounds: leave them out, and substitute variables instead, "
            "such as x = exp(u) for x > 0."
        )
    try:
        max_steps = operator.index(max_steps)
    except TypeError as error:
        raise WrongKind(f"max_steps must be an integer, but is {max_steps!r}.") from error
    if max_steps < 0:
        raise InputError(f"max_steps must be at least 0, but is {max_steps}.")
    problem.require(method.needs, method)
    x = problem.starting_point(x0)
    oracle = Oracle(problem, np.random.default_rng(rng))

    with np.errstate(all="ignore"):  # nan and inf are looked at, not warned about
        state, steps, records = _run(method, oracle, x, stop, max_steps, callback, trace)
    return Solution(
        x=state.x,
        value=state.value,
        gradient=state.gradient,
        gradient_norm=state.gradient_norm,
        status=state.halt or Status.STEPS_EXHAUSTED,
        steps=steps,
        evaluations=oracle.evaluations,
        method=method,
        positive_curvature_seen=state.positive_curvature_seen,
        negative_curvature_seen=state.negative_curvature_seen,
        trace=tuple(records),
        names=problem.names,
        classify=problem.classify,
    )


def _run(
    method: Method,
    oracle: Oracle,
    x: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    stop: StoppingTest,
    max_steps: int,
    callback: Callable[[Record], object] | None,
    trace: bool,
) -> tuple[State, int, list[Record]]:
    state = method.start(oracle, x)
    bottom = BOTTOM * max(1.0, abs(state.value))
    steps = 0
    records = [_record(oracle, state, steps)] if trace else []
    try:
        while state.halt is None:
            status = stop(state)
            if status is Status.STATIONARY:
                following = method.confirm(oracle, state)
            elif status is not None:
                following = state.halted(status)
            elif steps == max_steps:
                following = state.halted(Status.STEPS_EXHAUSTED)
            else:
                following = method.advance(oracle, state)

            if following.halt is None and steps == max_steps:  # a saddle, but no step left to leave it
                state = replace(state, halt=Status.NOT_A_MINIMUM, negative_curvature_seen=True)
                break
            state = following
            if state.halt is not None:
                break
            steps += 1
            if state.value < bottom:
                state = state.halted(Status.UNBOUNDED_BELOW)
            if trace or callback is not None:
                record = _record(oracle, state, steps)
                if trace:
                    records.append(record)
                if callback is not None and _asks_to_stop(callback, record):
                    state = state.halted(Status.STOPPED_BY_CALLBACK)
    except KeyboardInterrupt:
        state = state.halted(Status.INTERRUPTED)
    return state, steps, records


def _asks_to_stop(callback: Callable[[Record], object], record: Record) -> bool:
    try:
        callback(record)
    except StopIteration:
        return True
    return False


def _record(oracle: Oracle, state: State, steps: int) -> Record:
    return Record(
        steps,
        state.x.copy(),
        state.value,
        state.gradient_norm,
        state.step_size,
        state.step_norm,
        state.damping,
        oracle.evaluations,
    )


def _checked_method(method: Method) -> Method:
    if isinstance(method, type):
        raise WrongKind(f"method must be an object, but is the class {method.__name__}: pass {method.__name__}().")
    if not all(callable(getattr(method, name, None)) for name in ("start", "advance", "confirm")):
        raise WrongKind(f"method must be an object such as Newton() or GradientDescent(), but is {method!r}.")
    return method
