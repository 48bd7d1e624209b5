"""The few operations on vectors that solvers are written in; none of them makes a new array.

Each runs as NumPy calls in Python and as one loop when compiled.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hessmath.linear.twofold import with_loops

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


def _dot(a: Vector, b: Vector) -> float:
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@with_loops(_dot)
def dot(a: Vector, b: Vector) -> float:
    """aᵀb."""
    return float(a @ b)


def _step_to(out: Vector, x: Vector, alpha: float, p: Vector) -> None:
    for i in range(x.size):
        out[i] = x[i] + alpha * p[i]


@with_loops(_step_to)
def step_to(out: Vector, x: Vector, alpha: float, p: Vector) -> None:
    """out ← x + αp; ``out`` may be x or p."""
    np.add(x, alpha * p, out)


def _scale_to(out: Vector, alpha: float, p: Vector) -> None:
    for i in range(p.size):
        out[i] = alpha * p[i]


@with_loops(_scale_to)
def scale_to(out: Vector, alpha: float, p: Vector) -> None:
    """out ← αp; ``out`` may be p."""
    np.multiply(p, alpha, out)


def _copy_to(out: Vector, x: Vector) -> None:
    for i in range(x.size):
        out[i] = x[i]


@with_loops(_copy_to)
def copy_to(out: Vector, x: Vector) -> None:
    """out ← x."""
    out[...] = x


def _fill(out: Vector, number: float) -> None:
    for i in range(out.size):
        out[i] = number


@with_loops(_fill)
def fill(out: Vector, number: float) -> None:
    """Every entry ← number."""
    out[...] = number


def _all_finite(x: Vector) -> bool:
    for i in range(x.size):  # noqa: SIM110 (Numba compiles loops)
        if not math.isfinite(x[i]):
            return False
    return True


@with_loops(_all_finite)
def all_finite(x: Vector) -> bool:
    """Whether no entry is nan or infinite."""
    return bool(np.isfinite(x).all())


def _largest(x: Vector) -> float:
    found = 0.0
    for i in range(x.size):
        found = max(found, abs(x[i]))
    return found


@with_loops(_largest)
def largest(x: Vector) -> float:
    """max |xᵢ|, 0 for no entries; the entries are finite."""
    return float(np.abs(x).max(initial=0.0))


def _matrix_is_finite(A: Matrix) -> bool:
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            if not math.isfinite(A[i, j]):
                return False
    return True


@with_loops(_matrix_is_finite)
def matrix_is_finite(A: Matrix) -> bool:
    """Whether no entry is nan or infinite."""
    return bool(np.isfinite(A).all())


def _largest_entry(A: Matrix) -> float:
    found = 0.0
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            found = max(found, abs(A[i, j]))
    return found


@with_loops(_largest_entry)
def largest_entry(A: Matrix) -> float:
    """max |aᵢⱼ|; the entries are finite."""
    return float(np.abs(A).max(initial=0.0))


def _differ_in_last_digit(x: Vector, y: Vector) -> bool:
    for i in range(x.size):  # noqa: SIM110 (Numba compiles loops)
        # |y − x| ≤ 2 units in the last place of x
        if abs(y[i] - x[i]) > 2.0 * np.spacing(abs(x[i])):
            return False
    return True


@with_loops(_differ_in_last_digit)
def differ_in_last_digit(x: Vector, y: Vector) -> bool:
    """Whether every |yᵢ − xᵢ| is at most two units in the last place of xᵢ."""
    return bool((np.abs(y - x) <= 2.0 * np.spacing(np.abs(x))).all())
