"""A run that is made in pieces, and whose state can be kept in a file and taken up again in another process.

All that a method remembers is in the memory (``method.py``), so its arrays are the state, whatever the method.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError
from hessmath.linear.vectors import copy_to
from hessmath.optimize.loop import DEFAULT_STOP, begin, checked, room, run
from hessmath.optimize.memory import HALT, STEPS, Memory
from hessmath.optimize.method import Method
from hessmath.optimize.oracle import Evaluations, Oracle
from hessmath.optimize.problem import Problem
from hessmath.optimize.solution import Solution
from hessmath.optimize.state import State
from hessmath.optimize.status import GOING
from hessmath.optimize.stopping import Judged, StoppingTest, as_table

_ARRAYS = ("x", "g", "trial_x", "trial_g", "p", "d", "w", "noise", "s", "H", "store")


class Run:
    """``minimize`` in pieces: ``advance(k)`` makes at most k steps, ``state()`` is what another process goes on from.

    The steps are those of ``minimize``, bit by bit, if the problem's functions depend on x alone.

    Examples
    --------
    >>> from hessmath.optimize import LBFGS, Problem, Run
    >>> bowl = Problem(2, lambda x: x[0] ** 4 + x[1] ** 2, lambda x: [4 * x[0] ** 3, 2 * x[1]])
    >>> first = Run(bowl, [1.0, 1.0], LBFGS())
    >>> first.advance(3)
    >>> second = Run(bowl, [1.0, 1.0], LBFGS()).resumed(first.state())
    >>> first.advance(100)
    >>> second.advance(100)
    >>> first.solution() == second.solution()
    True
    """

    def __init__(
        self,
        problem: Problem,
        x0: ArrayLike,
        method: Method,
        *,
        stop: StoppingTest = DEFAULT_STOP,
        rng: np.random.Generator | int = 0,
    ) -> None:
        self._method, _ = checked(problem, method, stop, 0)
        self._problem = problem
        self._x0 = problem.starting_point(x0)
        self._oracle = Oracle(problem, np.random.default_rng(rng))
        self._memory: Memory = room(problem.dimension, self._method, self._oracle.rng)
        table = as_table(stop)
        self._stop = Judged(stop) if table is None else table
        self._begun = False

    @property
    def going(self) -> bool:
        """Whether the run has not ended."""
        return not self._begun or bool(self._memory.s[HALT] == GOING)

    def advance(self, steps: int) -> None:
        """At most so many steps more; f and ∇f at the start come before the first."""
        with np.errstate(all="ignore"):
            if not self._begun:
                copy_to(self._memory.x, self._x0)
                begin(self._oracle, self._memory)
                self._begun = True
            if self.going:
                run(self._method.numbers, self._oracle, self._memory, self._stop, _NEVER, self.steps + steps)

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return int(self._memory.s[STEPS])

    @property
    def now(self) -> State:
        """Where the run is."""
        return State.of(self._memory)

    @property
    def evaluations(self) -> Evaluations:
        """The counts so far."""
        return self._oracle.evaluations

    def state(self) -> dict[str, NDArray[np.float64]]:
        """Everything that another process needs to go on, as arrays for ``numpy.savez``."""
        arrays = {name: getattr(self._memory, name).copy() for name in _ARRAYS}
        counts = np.array(list(vars(self.evaluations).values()), dtype=np.float64)
        return {**arrays, "counts": counts}

    def resumed(self, state: dict[str, Any]) -> Run:
        """This run, taken to where ``state`` was written.

        Raises
        ------
        InputError
            If the state is of another problem or method.
        """
        for name in _ARRAYS:
            room_for = getattr(self._memory, name)
            if name not in state or state[name].shape != room_for.shape:
                came = "is missing" if name not in state else f"has shape {state[name].shape}"
                raise InputError(
                    f"This state is of another problem or method: {name} {came}, but needs shape {room_for.shape}."
                )
        for name in _ARRAYS:
            getattr(self._memory, name)[...] = state[name]
        self._oracle.go_on_from(Evaluations(*(int(count) for count in state["counts"])))
        self._begun = True
        return self

    def solution(self) -> Solution:
        """What was found so far; the status is STEPS_EXHAUSTED while the run could go on."""
        memory, problem = self._memory, self._problem
        return Solution.read(
            memory.x, memory.g, memory.s, self.evaluations, self._method, (), problem.names, problem.classify
        )


_NEVER = 2**53
