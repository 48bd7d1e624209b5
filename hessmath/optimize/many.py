"""Solutions from many starts: arrays of what was found, and the distinct points among them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hessmath.optimize.memory import GRADIENT_NORM, HALT, STEPS, VALUE
from hessmath.optimize.solution import Solution
from hessmath.optimize.status import CODES, Status

if TYPE_CHECKING:
    from hessmath.optimize.solver import Solver


@dataclass(frozen=True, eq=False)
class Reached:
    """A point that ``starts`` of the runs ended in, with the solution that came closest."""

    solution: Solution
    starts: int

    def __repr__(self) -> str:
        return f"Reached(from {self.starts} starts: {self.solution!r})"


class Solutions:
    """One solution for each start, in their order: ``solutions[i]``, ``len(solutions)``, or arrays of all.

    ``x`` (N, n), ``gradient`` (N, n), ``value`` (N,), ``gradient_norm`` (N,), ``steps`` (N,).
    """

    def __init__(self, solver: Solver, rows: NDArray[np.float64]) -> None:
        self._solver, self._rows = solver, rows
        n = solver.problem.dimension
        self.x, self.gradient, numbers = rows[:, :n], rows[:, n : 2 * n], rows[:, 2 * n :]
        self.value, self.gradient_norm = numbers[:, VALUE], numbers[:, GRADIENT_NORM]
        self.steps = numbers[:, STEPS].astype(np.int64)
        self._codes = numbers[:, HALT].astype(np.int64)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, i: int) -> Solution:
        from hessmath.optimize.solver import solved

        return solved(self._solver, self._rows[i])

    @cached_property
    def statuses(self) -> dict[Status, int]:
        """How many runs ended in which way, the most frequent first."""
        codes, counts = np.unique(self._codes, return_counts=True)
        found = {status: int(k) for c, k in zip(codes, counts, strict=True) if (status := CODES[c]) is not None}
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    @cached_property
    def points(self) -> tuple[Reached, ...]:
        """The distinct critical points, by rising f; ``points[0].solution.kind`` says what the first is."""
        return self.distinct()

    def distinct(self, rtol: float = 1e-5) -> tuple[Reached, ...]:
        """The critical points further apart than rtol·max(1, ‖x‖); of a cluster, the one with the smallest gradient.

        Where the Hessian is singular runs end further apart than that, and a point may be listed more than once.
        """
        stationary = [code for code, status in enumerate(CODES) if status is not None and status.stationary]
        left = np.flatnonzero(np.isin(self._codes, stationary))
        left = left[np.argsort(self.gradient_norm[left], kind="stable")]
        found = []
        while left.size:
            x = self.x[left[0]]
            near = np.linalg.norm(self.x[left] - x, axis=1) <= rtol * max(1.0, float(np.linalg.norm(x)))
            found.append(Reached(self[int(left[0])], int(near.sum())))
            left = left[~near]
        return tuple(sorted(found, key=lambda reached: reached.solution.value))

    def __repr__(self) -> str:
        ended = ", ".join(f"{status.name} {count}" for status, count in self.statuses.items())
        return f"<{len(self)} solutions: {ended or 'none'}; {len(self.points)} distinct critical points>"
