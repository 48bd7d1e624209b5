"""Prepared solvers that somebody looks on: compiled steps, and Python in between for callback, trace and stopping.

The compiled run can stop after any number of steps and go on from its memory, so a solver with a callback for every k
steps enters Python once in k steps, and one without enters it never.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from hessmath.errors import InputError
from hessmath.optimize import compiled
from hessmath.optimize.following import follow
from hessmath.optimize.memory import HALT, SCALARS, STEPS
from hessmath.optimize.oracle import Evaluations
from hessmath.optimize.solution import Record, Solution
from hessmath.optimize.state import State
from hessmath.optimize.status import CODES, GOING, STATIONARY
from hessmath.optimize.stopping import GradientBelow, StoppingTest, ValueBelow, as_table

if TYPE_CHECKING:
    from hessmath.optimize.solver import Solver

NEVER, NOW = ValueBelow(-np.inf), GradientBelow(1e308)


class WatchedSolver:
    """``solve(x0)`` as a ``Solver`` does it, with a callback, a trace, or a stopping test of one's own.

    What it finds is what ``minimize`` finds.  A stopping test of one's own is asked after every step.
    """

    def __init__(
        self,
        solver: Solver,
        stop: StoppingTest,
        callback: Callable[[Record], object] | None,
        trace: bool,
    ) -> None:
        self.solver, self.stop, self.callback, self.trace = solver, stop, callback, trace

    def __call__(self, x0: ArrayLike) -> Solution:
        """The solution from x0, (n,).

        Raises
        ------
        InputError
            If x0 has another length or a coordinate that is not a finite real number.
        """
        solver = self.solver
        run = _Run(solver, solver.problem.starting_point(x0), None if as_table(self.stop) else self.stop)
        records = follow(run, self.callback, self.trace, 1 if run.judge else solver.max_steps + 1)
        return run.solution(tuple(records))

    def many(self, X0: ArrayLike, threads: int = 1) -> Any:
        """Refused: with many starts nobody can look on."""
        raise InputError(
            "Many starts take no callback, no trace and no stopping test of your own: leave them out, or call the "
            "solver for one start after the other."
        )

    def __repr__(self) -> str:
        return f"{self.solver!r}, watched"


def watched(
    solver: Solver, stop: StoppingTest, callback: Callable[[Record], object] | None, trace: bool
) -> Solver | WatchedSolver:
    """The solver itself if nobody looks on."""
    if callback is None and not trace and as_table(stop) is not None:
        return solver
    return WatchedSolver(solver, stop, callback, trace)


class _Run:
    """One run of a compiled loop that stops in between."""

    def __init__(self, solver: Solver, x0: Any, judge: StoppingTest | None) -> None:
        self._solver, self.judge = solver, judge
        self._room = solver._room()
        self._context = self._room.context
        self._row = np.empty(solver._width)
        self._numbers = self._context.view(np.int64)
        work, stop = self._room.work, self._room.stop
        n = solver.dimension
        self._stop = stop
        self._x, self._g, self.s = work[:n], work[n : 2 * n], work[8 * n : 8 * n + SCALARS]
        self._counts = work[8 * n + SCALARS : 8 * n + SCALARS + compiled.COUNTS]
        self._function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)(solver._entry.address)
        if judge is not None:
            self._stop_by(NEVER)
        self._enter(x0, 0)
        self._numbers[compiled.RESUME] = 1

    def advance(self, until: int) -> None:
        """Steps until the run ends, or until so many were made."""
        if self.judge is None:
            self._enter(self._x, until)
            return
        while self.s[HALT] == GOING and self.s[STEPS] < until:
            status = CODES.index(self.judge(State.read(self._x, self._g, self.s)))
            if status not in (GOING, STATIONARY):
                self.s[HALT] = status
                return
            self._stop_by(NOW if status == STATIONARY else NEVER)  # NOW makes the loop ask the method about the point
            self._enter(self._x, int(self.s[STEPS]) + 1)

    def record(self) -> Record:
        """Where the run is."""
        return Record.read(self._x, self.s, self._evaluations())

    def solution(self, trace: tuple[Record, ...]) -> Solution:
        """The solution where the run is."""
        problem = self._solver.problem
        return Solution.read(
            self._x,
            self._g,
            self.s,
            self._evaluations(),
            self._solver.method,
            trace,
            problem.names,
            problem.classify,
            problem,
        )

    def _evaluations(self) -> Evaluations:
        return Evaluations(*map(int, self._counts))

    def _stop_by(self, test: StoppingTest) -> None:
        table = as_table(test)
        if table is not None:
            self._stop[:] = np.concatenate([table.rows.ravel(), table.stack])

    def _enter(self, x0: Any, until: int) -> None:
        self._numbers[compiled.UNTIL] = until
        self._function(x0.ctypes.data, None, self._context.ctypes.data, self._row.ctypes.data)
