"""The one loop: run a method until a stopping test holds."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hessmath.errors import InputError, WrongKind
from hessmath.linear.factors import LapackFactors
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import copy_to, dot
from hessmath.optimize.choice import default_method
from hessmath.optimize.evaluation import value_and_gradient
from hessmath.optimize.following import follow
from hessmath.optimize.memory import (
    ASKED,
    BOTTOM,
    HALT,
    LOWEST,
    MAY_MOVE,
    START_SQUARE,
    START_VALUE,
    STEPS,
    VALUE,
    Memory,
    begin_at,
    halt,
)
from hessmath.optimize.method import Method, advance, confirm
from hessmath.optimize.oracle import Oracle
from hessmath.optimize.problem import Need, Problem, notes_on
from hessmath.optimize.solution import Record, Solution
from hessmath.optimize.status import (
    GOING,
    INTERRUPTED,
    NOT_DESCENT,
    STATIONARY,
    STEPS_EXHAUSTED,
    UNBOUNDED_BELOW,
)
from hessmath.optimize.stopping import GradientBelow, Judged, StoppingTest, Table, as_table, status_now

DEFAULT_STOP = GradientBelow()

FAR, INFINITE = 1e3, 1e15  # times max(1, ‖x0‖)
PART = 1e-3  # of f(x0) − f(x), the first-order promise of doubling x


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
    x0 : (n,), real and finite; integers and float32 are widened to float64, the latter noted in ``solution.notes``
    method : Method, optional
        An object such as ``Newton()``; chosen by ``default_method`` if not given.
    stop : StoppingTest
        When to stop; by default when ‖∇f(x)‖ ≤ 10⁻⁸.
    max_steps : int
    callback : function of a Record, or Every(k, function), optional
        Called after every step, or every k steps and at the end; it may raise StopIteration to end the run.
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
    method, max_steps = checked(problem, method, stop, max_steps, bounds)
    x = problem.starting_point(x0)
    oracle = Oracle(problem, np.random.default_rng(rng))

    memory = room(problem.dimension, method, oracle.rng)
    copy_to(memory.x, x)
    table = as_table(stop)
    with np.errstate(all="ignore"):  # nan and inf are looked at, not warned about
        steps = _Run(method.numbers, oracle, memory, Judged(stop) if table is None else table, max_steps)
        records = follow(steps, callback, trace, max_steps + 1)
    return Solution.read(
        memory.x,
        memory.g,
        memory.s,
        oracle.evaluations,
        method,
        tuple(records),
        problem.names,
        problem.classify,
        problem,
        notes_on(x0),
    )


@twofold
def begin(oracle: Any, memory: Memory) -> None:
    """f and ∇f at the start memory.x."""
    value = value_and_gradient(oracle, memory.x, memory.g)
    begin_at(memory, value)
    memory.s[BOTTOM] = LOWEST * max(1.0, abs(value))


@twofold
def run(method: Any, oracle: Any, memory: Memory, stop: Any, max_steps: int, until: int) -> None:
    """Steps until the run ends, or until so many were made."""
    s = memory.s
    while s[HALT] == GOING and s[STEPS] < until:
        if s[ASKED] != 0.0:
            halt(memory, INTERRUPTED)
            return
        status = status_now(stop, memory)
        if status == STATIONARY and falls_outward(memory):
            status = UNBOUNDED_BELOW if farther(memory, INFINITE) else GOING
        if status == STATIONARY:
            s[MAY_MOVE] = 1.0 if s[STEPS] < max_steps else 0.0
            confirm(method, oracle, memory)
        elif status != GOING:
            halt(memory, status)
        elif s[STEPS] >= max_steps:
            halt(memory, STEPS_EXHAUSTED)
        else:
            advance(method, oracle, memory)
            if s[HALT] == NOT_DESCENT and s[ASKED] != 0.0:  # what was being solved for the step was broken off
                halt(memory, INTERRUPTED)
        if s[HALT] == GOING:
            s[STEPS] += 1
            if s[VALUE] < s[BOTTOM]:
                halt(memory, UNBOUNDED_BELOW)


@twofold
def falls_outward(memory: Memory) -> bool:
    """Whether x is far out, and f still falls there: by no small part of what was won so far if x were doubled.

    The gradient of −log x is below any tolerance far out, but x ∇f(x) is −1 everywhere.  At a minimum far away the
    slope along x, times its length, is a small part of f(x0) − f(x).
    """
    s = memory.s
    return -dot(memory.g, memory.x) > PART * (s[START_VALUE] - s[VALUE]) and farther(memory, FAR)


@twofold
def farther(memory: Memory, times: float) -> bool:
    """Whether ‖x‖ > times · max(1, ‖x0‖)."""
    return dot(memory.x, memory.x) > times * times * max(1.0, memory.s[START_SQUARE])


def room(n: int, method: Method, rng: np.random.Generator) -> Memory:
    """The memory of a run in Python."""
    dense, products = Need.HESSIAN in method.needs, Need.CURVATURE in method.needs
    memory = Memory.room(n, (n, n) if dense else (0, 0), method.rows(n), LapackFactors(), products)
    memory.noise[:] = rng.standard_normal(n)
    return memory


class _Run:
    """One run of the loop in Python."""

    def __init__(self, method: Any, oracle: Oracle, memory: Memory, stop: Table | Judged, max_steps: int) -> None:
        self._parts, self._max_steps = (method, oracle, memory, stop), max_steps
        self._oracle, self._memory, self.s = oracle, memory, memory.s
        begin(oracle, memory)

    def advance(self, until: int) -> None:
        """Steps until the run ends, or until so many were made."""
        run(*self._parts, self._max_steps, until)

    def record(self) -> Record:
        """Where the run is."""
        return Record.read(self._memory.x, self.s, self._oracle.evaluations)


def checked(
    problem: Problem, method: Method | None, stop: StoppingTest, max_steps: int, bounds: object = None
) -> tuple[Method, int]:
    """The method, chosen if None, and max_steps, after a look at all that a user may get wrong."""
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
    return method, max_steps


def _checked_method(method: Method) -> Method:
    if isinstance(method, type):
        raise WrongKind(f"method must be an object, but is the class {method.__name__}: pass {method.__name__}().")
    if type(getattr(method, "numbers", None)) not in advance.members:
        raise WrongKind(f"method must be an object such as Newton() or GradientDescent(), but is {method!r}.")
    return method
