"""What a run did, measured against the point where it was going: distances, contractions, and the Hessian there.

The limit x* is the last point, brought closer by Newton's method as far as rounding allows.  What lies below the error
of x* itself is not measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError
from hessmath.optimize.least_squares import LeastSquares
from hessmath.optimize.problem import Need, Problem
from hessmath.optimize.solution import Record, Solution

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

EPS = float(np.finfo(np.float64).eps)

LARGEST_DENSE = 1000
"""Above this many variables the Hessian is not formed, and its condition not known."""

LOOKS = 60
"""So many Hessians are evaluated at most to see where the quadratic model holds."""

NEAR = 0.1
"""The quadratic model holds where the Hessian differs by less than this from that at x*, relative to it."""

CONSTANT = 1e-8
"""A relative change of the Hessian that is taken for rounding."""


@dataclass(frozen=True, eq=False)
class Course:
    """A run seen from its end.

    Attributes
    ----------
    problem, records : the problem, and the trace
    limit : x*, (n,)
    uncertainty : about the error of x* itself
    hessian : ∇²f(x*), (n, n)
    eigenvalues : of it, rising, (n,)
    drift : (N,); ‖H*^(-1/2)(∇²f(xₖ) − H*)H*^(-1/2)‖ at each point of the trace, nan where it was not looked at
    """

    problem: Problem
    records: tuple[Record, ...]
    limit: Vector
    uncertainty: float
    hessian: Matrix
    eigenvalues: Vector
    drift: Vector

    @property
    def condition(self) -> float:
        """κ = λmax/λmin; inf where the Hessian is singular to rounding, nan where it is not positive definite."""
        low, high = float(self.eigenvalues[0]), float(self.eigenvalues[-1])
        if low < -EPS * self.eigenvalues.size * abs(high):
            return float("nan")
        return high / low if low > EPS * self.eigenvalues.size * high else float("inf")

    @property
    def is_minimum(self) -> bool:
        """Whether the Hessian at x* is positive definite in floating point."""
        return bool(np.isfinite(self.condition) and self.eigenvalues[0] > 0.0)

    @cached_property
    def is_regular(self) -> bool:
        """Whether the Hessian at x* is clearly not singular, and x* located as precisely as that makes it."""
        sizes = np.abs(self.eigenvalues)
        if not sizes.min() > 1e3 * EPS * sizes.size * sizes.max():
            return False
        scale = 1.0 + float(np.linalg.norm(self.limit))
        return bool(self.uncertainty <= 30.0 * EPS * scale * sizes.max() / sizes.min())

    @cached_property
    def distinct(self) -> int:
        """How many different eigenvalues there are, up to 10⁻⁸ of the largest."""
        gaps = np.diff(self.eigenvalues) > 1e-8 * np.abs(self.eigenvalues).max()
        return 1 + int(gaps.sum())

    @property
    def is_quadratic(self) -> bool:
        """Whether the Hessian was the same wherever it was looked at; seen at some points, not proved."""
        looked = self.drift[np.isfinite(self.drift)]
        return bool(looked.size > 1 and looked.max() <= CONSTANT)

    @cached_property
    def errors(self) -> Matrix:
        """xₖ − x*, (N, n)."""
        return np.array([record.x for record in self.records]) - self.limit

    @cached_property
    def distances(self) -> Vector:
        """‖xₖ − x*‖, (N,)."""
        return np.asarray(np.linalg.norm(self.errors, axis=1))

    @cached_property
    def energies(self) -> Vector:
        """‖xₖ − x*‖ in the norm of ∇²f(x*), (N,)."""
        return np.sqrt(np.maximum(np.einsum("ki,ij,kj->k", self.errors, self.hessian, self.errors), 0.0))

    @cached_property
    def value(self) -> float:
        """f(x*), or the lowest value of the run if that is lower."""
        return min(float(self.problem.f(self.limit)), *(record.value for record in self.records))

    @cached_property
    def gaps(self) -> Vector:
        """f(xₖ) − f(x*), (N,); 0 where it is lost in rounding."""
        gaps = np.array([record.value for record in self.records]) - self.value
        return np.where(gaps > 8 * EPS * abs(self.value), gaps, 0.0)

    @cached_property
    def gradients(self) -> Matrix:
        """∇f(xₖ), (N, n)."""
        return np.array([_gradient(self.problem, record.x) for record in self.records])

    @property
    def measured(self) -> NDArray[np.bool_]:
        """(N,): whether the distance stands clear of the error of x*."""
        return self.distances > 20.0 * self.uncertainty

    @property
    def tail(self) -> int:
        """From this point of the trace on the quadratic model holds (drift at most ``NEAR``)."""
        far = np.flatnonzero(~(self.drift <= NEAR))
        return int(far[-1]) + 1 if far.size else 0

    def contractions(self, sizes: Vector) -> tuple[NDArray[np.intp], Vector]:
        """The steps k → k+1 of the tail that can be measured, and size(k+1)/size(k) for each."""
        steps = np.arange(self.tail, len(self.records) - 1)
        good = self.measured[steps] & self.measured[steps + 1] if steps.size else np.zeros(0, dtype=bool)
        steps = steps[good]
        return steps, sizes[steps + 1] / sizes[steps]


def course(solution: Solution) -> Course:
    """The course of a run.

    Raises
    ------
    InputError
        If the solution has no trace or problem, the problem no second derivatives, or x is near no critical point.

    Examples
    --------
    >>> import hessmath as hm
    >>> seen = course(hm.minimize("x**2 + 9*y**2", [9.0, 1.0], hm.GradientDescent(hm.ExactStep()), trace=True))
    >>> seen.condition, seen.is_quadratic
    (9.0, True)
    """
    problem = solution.problem
    if len(solution.trace) < 2:
        raise InputError(
            "The course of a run is measured on its trace, but this solution has "
            f"{'no' if not solution.trace else 'a single'} record: solve with minimize(…, trace=True), from a start "
            "that is not the solution."
        )
    if problem is None or not problem.can(Need.CURVATURE):
        raise InputError("The course of a run needs second derivatives: solve with a Function, or give Problem hvp=.")
    if problem.dimension > LARGEST_DENSE:
        raise InputError(
            f"The Hessian is formed for up to {LARGEST_DENSE} variables, but the problem has {problem.dimension}."
        )
    with np.errstate(all="ignore"):
        limit, uncertainty, H = _polished(problem, solution.trace)
        eigenvalues, vectors = np.linalg.eigh(H)
        drift = _drift(problem, solution.trace, H, eigenvalues, vectors)
    return Course(problem, solution.trace, limit, uncertainty, H, eigenvalues, drift)


def _gradient(problem: Problem, x: Vector) -> Vector:
    if problem.gradient is not None:
        return np.array(problem.gradient(x), dtype=np.float64).reshape(x.size)
    assert problem.value_and_gradient is not None
    return np.array(problem.value_and_gradient(x)[1], dtype=np.float64).reshape(x.size)


def true_hessian(problem: Problem, x: Vector) -> Matrix:
    """∇²f(x), (n, n), symmetric; for least squares, whose Hessian is JᵀJ, by differences of the gradient."""
    n = x.size
    if isinstance(problem, LeastSquares):
        step = EPS ** (1 / 3) * np.maximum(1.0, np.abs(x))
        columns = [
            (_gradient(problem, x + h * e) - _gradient(problem, x - h * e)) / (2 * h)
            for h, e in zip(step, np.eye(n), strict=True)
        ]
        H = np.array(columns)
    elif problem.hessian is not None:
        H = np.array(problem.hessian(x), dtype=np.float64).reshape(n, n)
    else:
        assert problem.hvp is not None
        H = np.array([problem.hvp(x, e) for e in np.eye(n)], dtype=np.float64).reshape(n, n)
    return np.asarray((H + H.T) / 2)


def _polished(problem: Problem, records: Sequence[Record]) -> tuple[Vector, float, Matrix]:
    """x*, about its error, and the Hessian there: Newton's method from the last point, as far as ‖∇f‖ falls."""
    start = records[-1].x
    x, H = start.copy(), true_hessian(problem, start)
    g = _gradient(problem, x)
    lengths = []
    for _ in range(8):
        step = np.linalg.lstsq(H, g, rcond=None)[0] if np.isfinite(H).all() else np.full(x.size, np.nan)
        if not np.isfinite(step).all():
            break
        lengths.append(float(np.linalg.norm(step)))
        trial = x - step
        new = _gradient(problem, trial)
        if not np.linalg.norm(new) < np.linalg.norm(g):
            break
        x, g, H = trial, new, true_hessian(problem, trial)
    moved, last = float(np.linalg.norm(x - start)), np.linalg.norm(start - records[-2].x)
    scale = 1.0 + float(np.linalg.norm(start))
    if not lengths or not np.isfinite(H).all() or lengths[-1] > 1e-3 * scale or moved > 0.1 * scale + 10.0 * last:
        raise InputError(
            "The run did not end near a critical point, so that there is nothing to measure its course against: "
            "raise max_steps or look at solution.status.advice."
        )
    return x, max(lengths[-1], EPS * float(np.linalg.norm(x))), H


def _drift(problem: Problem, records: Sequence[Record], H: Matrix, eigenvalues: Vector, vectors: Matrix) -> Vector:
    """How far the Hessian along the run is from that at its end: at all points of the end, and at some before."""
    drift = np.full(len(records), np.nan)
    smallest = np.abs(eigenvalues).max() * EPS * H.shape[0]
    root = vectors / np.sqrt(np.maximum(np.abs(eigenvalues), smallest))

    def look(k: int) -> float:
        change = root.T @ (true_hessian(problem, records[k].x) - H) @ root
        drift[k] = np.abs(np.linalg.eigvalsh(change)).max() if np.isfinite(change).all() else np.inf
        return float(drift[k])

    N = len(records)
    for k in {0, N // 4, N // 2, 3 * N // 4}:
        look(k)
    if np.nanmax(drift) <= CONSTANT:  # a quadratic, as far as was seen: the points between are taken to agree
        drift[:] = np.nanmax(drift)
        return drift
    for k in range(N - 1, max(-1, N - 1 - LOOKS), -1):
        if look(k) > NEAR:
            break
    return drift
