"""Factors of H + shift·I in place, for loops that factorise one matrix after another: solve, count signs, find d with
dᵀHd < 0.

Three kinds: ``LapackFactors`` for NumPy in Python, ``DenseFactors`` for compiled loops, ``BandFactors`` for compiled
loops on banded matrices, stored as upper diagonals, (b + 1, n), as ``scipy.linalg.solveh_banded`` takes them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hessmath.linear.bunch_kaufman import (
    EPS,
    block_eigenvalues,
    bunch_kaufman,
    cholesky,
    cholesky_solve,
    equilibrate,
    from_blocks,
    lower_solve,
    lower_transposed_solve,
)
from hessmath.linear.ldlt import LDLT, ldlt
from hessmath.linear.norms import norm
from hessmath.linear.twofold import family
from hessmath.linear.vectors import dot, fill, scale_to

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

# Where ``notes`` keeps what was found out.
CHOLESKY, POSITIVE, NEGATIVE, LARGEST = range(4)


@family
def factorise(factors, H, shift):  # type: ignore[no-untyped-def]
    """Factorise the symmetric and finite matrix H + shift·I; H stays as it is."""


@family
def signs(factors):  # type: ignore[no-untyped-def]
    """How many eigenvalues are positive, negative and zero to rounding.

    A band stops at the first pivot that is not positive: then one eigenvalue of that sign is counted, and the rest as
    positive.
    """


@family
def solve(factors, sign, b, out):  # type: ignore[no-untyped-def]
    """out ← sign·A⁻¹b; no eigenvalue is zero."""


@family
def negative_direction(factors, out):  # type: ignore[no-untyped-def]
    """Out ← a unit vector d with dᵀAd < 0; False, and nothing written, if no eigenvalue is negative."""


@family
def raise_eigenvalues(factors, floor):  # type: ignore[no-untyped-def]
    """Raise the eigenvalues of D to at least floor times the largest, to 1·floor if all are zero."""


@family
def quadratic_form(factors, H, d):  # type: ignore[no-untyped-def]
    """dᵀHd for a matrix stored as these factors' matrices are."""


class LapackFactors:
    """Factors by LAPACK, as an ``LDLT``."""

    def __init__(self, factors: LDLT | None = None) -> None:
        self.ldlt = ldlt(np.zeros((0, 0))) if factors is None else factors
        self.eigenvectors: Matrix = np.zeros((0, 0))


@factorise.of(LapackFactors)
def _(factors: LapackFactors, H: Matrix, shift: float) -> None:
    factors.ldlt = ldlt(H if shift == 0.0 else H + shift * np.eye(H.shape[0]))


@signs.of(LapackFactors)
def _(factors: LapackFactors) -> tuple[int, int, int]:
    found = factors.ldlt.inertia
    return found.positive, found.negative, found.zero


@solve.of(LapackFactors)
def _(factors: LapackFactors, sign: float, b: Vector, out: Vector) -> None:
    out[...] = factors.ldlt.solve(sign * b)


@negative_direction.of(LapackFactors)
def _(factors: LapackFactors, out: Vector) -> bool:
    d = factors.ldlt.negative_direction()
    if d is None:
        return False
    out[...] = d
    return True


@raise_eigenvalues.of(LapackFactors)
def _(factors: LapackFactors, floor: float) -> None:
    d = factors.ldlt.block_eigenvalues
    top = float(np.abs(d).max(initial=0.0))
    factors.ldlt = factors.ldlt.with_block_eigenvalues(np.maximum(d, floor * (top if top > 0.0 else 1.0)))


class DenseFactors(NamedTuple):
    """Room for the factors of an (n, n) matrix, Cholesky's where it is positive definite, else LDLᵀ."""

    L: Matrix
    eigenvalues: Vector
    cosines: Vector
    sines: Vector
    sizes: Vector
    permutation: Vector
    scale: Vector
    work: Vector
    notes: Vector

    @staticmethod
    def room(n: int) -> DenseFactors:
        """Arrays for matrices of n rows."""
        return DenseFactors._make([np.zeros((n, n)), *np.zeros((7, n)), np.zeros(4)])


@factorise.of(DenseFactors)
def _(factors: DenseFactors, H: Matrix, shift: float) -> None:
    n = H.shape[0]
    L, notes, lam = factors.L, factors.notes, factors.eigenvalues
    notes[CHOLESKY] = 1.0
    notes[POSITIVE], notes[NEGATIVE] = n, 0.0
    if cholesky(L, H, shift):
        return
    equilibrate(H, shift, factors.scale, factors.work)
    for i in range(n):
        for j in range(n):
            L[i, j] = (H[i, j] + (shift if i == j else 0.0)) * factors.scale[i] * factors.scale[j]
    bunch_kaufman(L, factors.permutation, factors.sizes)
    block_eigenvalues(L, factors.sizes, lam, factors.cosines, factors.sines)
    top = 0.0
    for i in range(n):
        top = max(top, abs(lam[i]))
    positive, negative = 0, 0
    for i in range(n):
        if lam[i] > n * EPS * top:
            positive += 1
        elif lam[i] < -n * EPS * top:
            negative += 1
    notes[CHOLESKY], notes[POSITIVE], notes[NEGATIVE], notes[LARGEST] = 0.0, positive, negative, top


@solve.of(DenseFactors)
def _(factors: DenseFactors, sign: float, b: Vector, out: Vector) -> None:
    n = b.size
    if factors.notes[CHOLESKY] == 1.0:
        cholesky_solve(factors.L, b, sign, out)
        return
    y = factors.work
    for i in range(n):
        row = int(factors.permutation[i])
        y[i] = sign * b[row] * factors.scale[row]
    lower_solve(factors.L, factors.sizes, y)
    from_blocks(factors.eigenvalues, factors.sizes, factors.cosines, factors.sines, y)
    lower_transposed_solve(factors.L, factors.sizes, y)
    for i in range(n):
        row = int(factors.permutation[i])
        out[row] = y[i] * factors.scale[row]


@negative_direction.of(DenseFactors)
def _(factors: DenseFactors, out: Vector) -> bool:
    if factors.notes[NEGATIVE] == 0.0:
        return False
    n, y, lam = out.size, factors.work, factors.eigenvalues
    at = 0
    for i in range(n):
        if lam[i] < lam[at]:
            at = i
    fill(y, 0.0)
    first = at if factors.sizes[at] > 0.0 else at - 1
    if factors.sizes[first] == 1.0:
        y[at] = 1.0
    else:
        c, s = factors.cosines[first], factors.sines[first]
        y[first], y[first + 1] = (c, s) if at == first else (-s, c)
    lower_transposed_solve(factors.L, factors.sizes, y)
    for i in range(n):
        row = int(factors.permutation[i])
        out[row] = y[i] * factors.scale[row]
    scale_to(out, 1.0 / norm(out), out)
    return True


@raise_eigenvalues.of(DenseFactors)
def _(factors: DenseFactors, floor: float) -> None:
    top, lam = factors.notes[LARGEST], factors.eigenvalues
    least = floor * (top if top > 0.0 else 1.0)
    for i in range(lam.size):
        lam[i] = max(lam[i], least)


@quadratic_form.of(LapackFactors, DenseFactors)
def _(factors: LapackFactors | DenseFactors, H: Matrix, d: Vector) -> float:
    total = 0.0
    for i in range(d.size):
        total += d[i] * dot(H[i], d)
    return total


class BandFactors(NamedTuple):
    """Room for the Cholesky factor of a banded matrix, and for a direction where it has none."""

    L: Matrix
    work: Vector
    notes: Vector

    @staticmethod
    def room(diagonals: int, n: int) -> BandFactors:
        """Arrays for matrices of n rows with so many diagonals from the main one up."""
        return BandFactors(np.zeros((diagonals, n)), np.zeros(n), np.zeros(4))


@signs.of(DenseFactors, BandFactors)
def _(factors: DenseFactors | BandFactors) -> tuple[int, int, int]:
    positive, negative = int(factors.notes[POSITIVE]), int(factors.notes[NEGATIVE])
    return positive, negative, factors.work.size - positive - negative


@factorise.of(BandFactors)
def _(factors: BandFactors, H: Matrix, shift: float) -> None:
    L, notes = factors.L, factors.notes  # L[k, j] is entry (j + k, j); its first row holds reciprocals
    b, n = H.shape[0] - 1, H.shape[1]
    notes[POSITIVE], notes[NEGATIVE] = n, 0.0
    for j in range(n):
        entry = H[b, j] + shift
        pivot = entry
        for k in range(1, min(b, j) + 1):
            pivot -= L[k, j - k] * L[k, j - k]
        if not pivot > n * EPS * entry or not entry > 0.0:
            negative = entry < 0.0 or pivot < -n * EPS * abs(entry)
            notes[POSITIVE], notes[NEGATIVE] = n - 1, 1.0 if negative else 0.0
            notes[CHOLESKY] = j  # where it stopped
            return
        L[0, j] = 1.0 / math.sqrt(pivot)
        for i in range(j + 1, min(j + b, n - 1) + 1):
            total = H[b - (i - j), i]
            for m in range(max(0, i - b), j):
                total -= L[i - m, m] * L[j - m, m]
            L[i - j, j] = total * L[0, j]


@solve.of(BandFactors)
def _(factors: BandFactors, sign: float, b: Vector, out: Vector) -> None:
    L = factors.L
    width, n = L.shape[0] - 1, L.shape[1]
    for i in range(n):
        total = sign * b[i]
        for k in range(1, min(width, i) + 1):
            total -= L[k, i - k] * out[i - k]
        out[i] = total * L[0, i]
    for i in range(n - 1, -1, -1):
        total = out[i]
        for k in range(1, min(width, n - 1 - i) + 1):
            total -= L[k, i] * out[i + k]
        out[i] = total * L[0, i]


@negative_direction.of(BandFactors)
def _(factors: BandFactors, out: Vector) -> bool:
    """The Schur complement at the pivot where it stopped is negative: d = (−A₁₁⁻¹a, 1), and dᵀAd is that pivot."""
    if factors.notes[NEGATIVE] == 0.0:
        return False
    L, stop = factors.L, int(factors.notes[CHOLESKY])
    width = L.shape[0] - 1
    fill(out, 0.0)
    out[stop] = 1.0
    for k in range(1, min(width, stop) + 1):
        out[stop - k] = -L[k, stop - k]
    for i in range(stop - 1, -1, -1):
        total = out[i]
        for k in range(1, min(width, stop - 1 - i) + 1):
            total -= L[k, i] * out[i + k]
        out[i] = total * L[0, i]
    scale_to(out, 1.0 / norm(out), out)
    return True


@quadratic_form.of(BandFactors)
def _(factors: BandFactors, H: Matrix, d: Vector) -> float:
    b, n = H.shape[0] - 1, H.shape[1]
    total = 0.0
    for j in range(n):
        total += H[b, j] * d[j] * d[j]
        for k in range(1, min(b, j) + 1):
            total += 2.0 * H[b - k, j] * d[j] * d[j - k]
    return total
