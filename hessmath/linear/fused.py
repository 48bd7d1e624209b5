"""Conjugate gradients on large structured matrices: the product and the updates of vectors in two passes over memory.

One step of conjugate gradients written with whole vectors reads or writes about fourteen of them beside the matrix.
Here d ← z + βd, Ad and the scalar products are found block by block while a block is in the cache, and so are x and r.

Loading this file loads Numba; ``cg`` does so for large matrices only.  All functions are in this one file, because
Numba notices no change in another one when it looks for machine code on disk.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def compiled(function: Any) -> Any:
    """The function compiled by Numba when it is first called, and kept on disk where there is a place for it.

    Sums may be reordered, so that they run in SIMD lanes; nan and inf keep their meaning.
    """
    options = {"error_model": "numpy", "fastmath": {"reassoc", "contract"}, "nogil": True}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:  # neither beside this file nor in the user's folders
        return njit(**options)(function)


BLOCK = 2048  # rows worked on at a time: all that belongs to them fits into the nearest caches
MOST_DIAGONALS = 16


class GridRows(NamedTuple):
    """A five-point stencil and its like on a grid of ``planes`` × ``lines`` × ``points``, with zeros around it."""

    planes: int
    lines: int
    points: int
    centre: float
    across_planes: float
    across_lines: float
    along: float


class DiagonalRows(NamedTuple):
    """A symmetric matrix by its diagonals from the main one up: ``values[k, i]`` is the entry (i, i + offsets[k])."""

    offsets: NDArray[np.int64]
    values: NDArray[np.float64]


class SparseRows(NamedTuple):
    """A matrix in compressed sparse rows."""

    starts: NDArray[np.int32]
    columns: NDArray[np.int32]
    values: Vector


@compiled
def grid_rows(A: Any, d: Vector, out: Vector, first: int, last: int) -> None:  # pragma: no cover (Numba runs it)
    """Lines of points first to last of Ad."""
    n, m, p = A.points, A.lines, A.planes
    for line in range(first, last):
        base = line * n
        middle, into = d[base : base + n], out[base : base + n]
        i, k = line % m, line // m
        if n == 1:
            into[0] = A.centre * middle[0]
        else:
            left, right, inner, target = middle[: n - 2], middle[2:], middle[1 : n - 1], into[1 : n - 1]
            into[0] = A.centre * middle[0] + A.along * middle[1]
            into[n - 1] = A.centre * middle[n - 1] + A.along * middle[n - 2]
            if 0 < i < m - 1:
                above, below = d[base - n : base], d[base + n : base + 2 * n]
                into[0] += A.across_lines * (above[0] + below[0])
                into[n - 1] += A.across_lines * (above[n - 1] + below[n - 1])
                above, below = above[1 : n - 1], below[1 : n - 1]
                for j in range(n - 2):
                    beside = A.along * (left[j] + right[j])
                    target[j] = A.centre * inner[j] + beside + A.across_lines * (above[j] + below[j])
            else:
                for j in range(n - 2):
                    target[j] = A.centre * inner[j] + A.along * (left[j] + right[j])
        if n == 1 or not 0 < i < m - 1:
            if i > 0:
                add_line(into, A.across_lines, d[base - n : base])
            if i < m - 1:
                add_line(into, A.across_lines, d[base + n : base + 2 * n])
        if k > 0:
            add_line(into, A.across_planes, d[base - m * n : base - m * n + n])
        if k < p - 1:
            add_line(into, A.across_planes, d[base + m * n : base + m * n + n])


@compiled
def add_line(out: Vector, factor: float, line: Vector) -> None:  # pragma: no cover (Numba runs it)
    """out ← out + factor · line."""
    for j in range(out.size):
        out[j] += factor * line[j]


@compiled
def diagonal_rows(A: Any, d: Vector, out: Vector, first: int, last: int) -> None:  # pragma: no cover (Numba runs it)
    """Rows first to last of Ad."""
    n = d.size
    into = out[first:last]
    for j in range(into.size):
        into[j] = 0.0
    for k in range(A.offsets.size):
        offset, values = A.offsets[k], A.values[k]
        end = min(last, n - offset)
        if end > first:
            multiply_add(into, values[first:end], d[first + offset : end + offset])
        start = max(first, offset)
        if offset > 0 and last > start:
            multiply_add(
                into[start - first :], values[start - offset : last - offset], d[start - offset : last - offset]
            )


@compiled
def multiply_add(out: Vector, a: Vector, b: Vector) -> None:  # pragma: no cover (Numba runs it)
    """out ← out + a · b, entry by entry."""
    for j in range(a.size):
        out[j] += a[j] * b[j]


@compiled
def sparse_rows(A: Any, d: Vector, out: Vector, first: int, last: int) -> None:  # pragma: no cover (Numba runs it)
    """Rows first to last of Ad."""
    for i in range(first, last):
        total = 0.0
        for k in range(np.uint32(A.starts[i]), np.uint32(A.starts[i + 1])):
            total += A.values[k] * d[np.uint32(A.columns[k])]
        out[i] = total


@compiled
def turned(d: Vector, z: Vector, beta: float) -> float:  # pragma: no cover (Numba runs it)
    """D ← z + βd; dᵀd."""
    squared = 0.0
    for j in range(d.size):
        new = z[j] + beta * d[j]
        d[j] = new
        squared += new * new
    return squared


@compiled
def two_products(d: Vector, Ad: Vector) -> tuple[float, float]:  # pragma: no cover (Numba runs it)
    """dᵀAd and ‖Ad‖²."""
    dAd, AdAd = 0.0, 0.0
    for j in range(d.size):
        dAd += d[j] * Ad[j]
        AdAd += Ad[j] * Ad[j]
    return dAd, AdAd


@compiled
def turn_on_grid(A: Any, z: Vector, beta: float, d: Vector, Ad: Vector) -> Any:  # pragma: no cover (Numba runs it)
    """D ← z + βd and Ad; dᵀAd, dᵀd, ‖Ad‖²."""
    n, lines = A.points, A.planes * A.lines
    reach = A.lines if A.planes > 1 else 1
    dAd, dd, AdAd = 0.0, 0.0, 0.0
    step = max(1, BLOCK // n)
    ready = 0
    for first in range(0, lines, step):
        last = min(first + step, lines)
        until = min(lines, last + reach)
        dd += turned(d[ready * n : until * n], z[ready * n : until * n], beta)
        ready = until
        grid_rows(A, d, Ad, first, last)
        a, b = two_products(d[first * n : last * n], Ad[first * n : last * n])
        dAd, AdAd = dAd + a, AdAd + b
    return dAd, dd, AdAd


@compiled
def turn_on_diagonals(A: Any, z: Vector, beta: float, d: Vector, Ad: Vector) -> Any:  # pragma: no cover
    """D ← z + βd and Ad; dᵀAd, dᵀd, ‖Ad‖²."""
    n, reach = d.size, A.offsets[A.offsets.size - 1]
    dAd, dd, AdAd = 0.0, 0.0, 0.0
    ready = 0
    for first in range(0, n, BLOCK):
        last = min(first + BLOCK, n)
        until = min(n, last + reach)
        dd += turned(d[ready:until], z[ready:until], beta)
        ready = until
        diagonal_rows(A, d, Ad, first, last)
        a, b = two_products(d[first:last], Ad[first:last])
        dAd, AdAd = dAd + a, AdAd + b
    return dAd, dd, AdAd


@compiled
def turn_on_rows(A: Any, z: Vector, beta: float, d: Vector, Ad: Vector) -> Any:  # pragma: no cover
    """D ← z + βd and Ad; dᵀAd, dᵀd, ‖Ad‖²."""
    dd = turned(d, z, beta)
    dAd, AdAd = 0.0, 0.0
    for first in range(0, d.size, BLOCK):
        last = min(first + BLOCK, d.size)
        sparse_rows(A, d, Ad, first, last)
        a, b = two_products(d[first:last], Ad[first:last])
        dAd, AdAd = dAd + a, AdAd + b
    return dAd, dd, AdAd


@compiled
def go(x: Vector, r: Vector, alpha: float, d: Vector, Ad: Vector) -> tuple[float, float]:  # pragma: no cover
    """X ← x + αd, r ← r − αAd; ‖r‖² and ‖x‖²."""
    rr, xx = 0.0, 0.0
    for j in range(x.size):
        new = r[j] - alpha * Ad[j]
        r[j] = new
        rr += new * new
        at = x[j] + alpha * d[j]
        x[j] = at
        xx += at * at
    return rr, xx


@compiled
def offsets_of(A: Any, found: NDArray[np.int64]) -> int:  # pragma: no cover (Numba runs it)
    """How many diagonals from the main one up have entries, or −1 if more than ``found`` has room for."""
    count = 0
    for i in range(A.starts.size - 1):
        for k in range(A.starts[i], A.starts[i + 1]):
            offset = abs(A.columns[k] - i)
            known = False
            for m in range(count):
                known = known or found[m] == offset
            if not known:
                if count == found.size:
                    return -1
                found[count] = offset
                count += 1
    return count


@compiled
def fill_diagonals(A: Any, offsets: Any, upper: Any, lower: Any) -> bool:  # pragma: no cover (Numba runs it)
    """The diagonals' entries (zero before); whether those below the main diagonal are the same."""
    for i in range(A.starts.size - 1):
        for k in range(A.starts[i], A.starts[i + 1]):
            offset = A.columns[k] - i
            m = np.searchsorted(offsets, abs(offset))
            if offset >= 0:
                upper[m, i] += A.values[k]
            else:
                lower[m, i + offset] += A.values[k]
    for m in range(offsets.size):
        if offsets[m] > 0:
            for i in range(upper.shape[1]):
                if upper[m, i] != lower[m, i]:
                    return False
    return True


def structured(starts: Any, columns: Any, values: Any) -> DiagonalRows | SparseRows:
    """A matrix in compressed rows as few diagonals where it is symmetric and has few, else as it is."""
    A = SparseRows(starts, columns, np.ascontiguousarray(values, dtype=np.float64))
    n = starts.size - 1
    found = np.zeros(MOST_DIAGONALS, dtype=np.int64)
    count = offsets_of(A, found)
    if count < 1 or n * (2 * count - 1) > 1.5 * A.values.size + n:
        return A
    offsets = np.sort(found[:count])
    upper = np.zeros((count, n))
    return DiagonalRows(offsets, upper) if fill_diagonals(A, offsets, upper, np.zeros((count, n))) else A


TURNS = {GridRows: turn_on_grid, DiagonalRows: turn_on_diagonals, SparseRows: turn_on_rows}


def length(squared: float, v: Vector) -> float:
    """‖v‖ from ‖v‖², or from v itself where that overflowed or vanished."""
    if 1e-280 < squared < math.inf:
        return math.sqrt(squared)
    from hessmath.linear.norms import norm

    return norm(v)
