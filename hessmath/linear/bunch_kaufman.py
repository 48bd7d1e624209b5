"""Small symmetric matrices factorised by loops: Cholesky, and LDLᵀ with Bunch–Kaufman pivoting.

The loops are meant to be compiled (``twofold``); in Python LAPACK does the same work, see ``ldlt``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hessmath.linear.twofold import twofold, with_loops

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

EPS = float(np.finfo(np.float64).eps)
NONE = 100_000  # far beyond all exponents
ALPHA = (1.0 + math.sqrt(17.0)) / 8.0


@twofold
def cholesky(L: Matrix, A: Matrix, shift: float) -> bool:
    """L ← the lower triangular factor of A + shift·I; False where a pivot is not clearly positive.

    A pivot counts as positive above n·ε times the diagonal entry that it was: scaling the variables changes nothing.
    """
    n = A.shape[0]
    if n == 2:
        return _cholesky_of_two(L, A, shift)
    for i in range(n):
        for j in range(i):
            total = A[i, j]
            for k in range(j):
                total -= L[i, k] * L[j, k]
            L[i, j] = total * L[j, j]  # the diagonal holds reciprocals until the end of the step
        entry = A[i, i] + shift
        pivot = entry
        for k in range(i):
            pivot -= L[i, k] * L[i, k]
        if not pivot > n * EPS * entry or not entry > 0.0:
            return False
        L[i, i] = 1.0 / math.sqrt(pivot)
    return True


@twofold
def _cholesky_of_two(L: Matrix, A: Matrix, shift: float) -> bool:
    """The same without loops and roots, which cost more than the rest: the diagonal holds 1/D of A = LDLᵀ."""
    first, last = A[0, 0] + shift, A[1, 1] + shift
    if not first > 0.0:
        return False
    L[0, 0] = 1.0 / first
    L[1, 0] = A[1, 0] * L[0, 0]
    pivot = last - L[1, 0] * A[1, 0]
    if not pivot > 2.0 * EPS * last or not last > 0.0:
        return False
    L[1, 1] = 1.0 / pivot
    return True


@twofold
def cholesky_solve(L: Matrix, b: Vector, sign: float, out: Vector) -> None:
    """out ← sign·A⁻¹b with the factor of ``cholesky``, whose diagonal holds reciprocals; out may be b."""
    n = b.size
    if n == 2:
        first = sign * b[0]
        last = (sign * b[1] - L[1, 0] * first) * L[1, 1]
        out[0], out[1] = first * L[0, 0] - L[1, 0] * last, last
        return
    for i in range(n):
        total = sign * b[i]
        for k in range(i):
            total -= L[i, k] * out[k]
        out[i] = total * L[i, i]
    for i in range(n - 1, -1, -1):
        total = out[i]
        for k in range(i + 1, n):
            total -= L[k, i] * out[k]
        out[i] = total * L[i, i]


def _exponent_by_bits(number: float) -> int:
    bits: Any = np.float64(number).view(np.int64)
    found = (bits >> 52) & 0x7FF
    if found == 0:  # subnormal: multiplied by 2⁵⁴ it is not
        bits = np.float64(number * 18014398509481984.0).view(np.int64)
        found = ((bits >> 52) & 0x7FF) - 54
    return found - 1022


@with_loops(_exponent_by_bits)
def exponent(number: float) -> int:
    """The e for which 2ᵉ⁻¹ ≤ number < 2ᵉ, of a positive finite number."""
    return math.frexp(number)[1]


def _power_by_bits(e: int) -> float:
    return np.int64((e + 1023) << 52).view(np.float64)


@with_loops(_power_by_bits)
def power_of_two(e: int) -> float:
    """2ᵉ for −1022 ≤ e ≤ 1023."""
    return 2.0**e


@twofold
def equilibrate(A: Matrix, shift: float, scale: Vector, exponents: Vector) -> None:
    """scale ← powers of two sᵢ for which the largest |sᵢaᵢⱼsⱼ| of every row is near 1; 1 for a row of zeros.

    The same as in ``ldlt``; ``exponents`` is scratch.
    """
    n = A.shape[0]
    if n == 2:
        _equilibrate_two(A, shift, scale)
        return
    for i in range(n):
        scale[i] = 1.0
    for _ in range(12):
        balanced = True
        for i in range(n):
            top = 0.0
            for j in range(n):
                entry = abs(A[i, j] + (shift if i == j else 0.0))
                top = max(top, entry * scale[i] * scale[j])
            exponents[i] = exponent(top) if 0.0 < top < math.inf else 0.0
            balanced = balanced and abs(exponents[i]) <= 2.0
        if balanced:
            return
        for i in range(n):
            scale[i] *= power_of_two(-(int(exponents[i]) // 2))


@twofold
def _equilibrate_two(A: Matrix, shift: float, scale: Vector) -> None:
    """The same on exponents, without loops over entries."""
    a, b, d = _exponent_or_none(A[0, 0] + shift), _exponent_or_none(A[1, 0]), _exponent_or_none(A[1, 1] + shift)
    first, last = 0, 0
    for _ in range(12):
        above, below = max(a + 2 * first, b + first + last), max(d + 2 * last, b + first + last)
        above = above if above > -NONE else 0
        below = below if below > -NONE else 0
        if abs(above) <= 2 and abs(below) <= 2:
            break
        first, last = first - above // 2, last - below // 2
    scale[0], scale[1] = power_of_two(first), power_of_two(last)


@twofold
def _exponent_or_none(number: float) -> int:
    return exponent(abs(number)) if number != 0.0 else -2 * NONE


@twofold
def bunch_kaufman(M: Matrix, permutation: Vector, sizes: Vector) -> None:
    """PᵀMP = LDLᵀ in place: L below the blocks of D in the lower triangle of M, the whole of M given.

    ``permutation[i]`` is the row of M that became row i; ``sizes[k]`` is 1 or 2 where a block begins, 0 in its second
    row.  The algorithm of LAPACK's dsytf2, with whole rows exchanged.
    """
    n = M.shape[0]
    for i in range(n):
        permutation[i] = i
    if n == 2:
        _two_rows(M, permutation, sizes)
        return
    k = 0
    while k < n:
        size, pivot_row = 1, k
        below, at = 0.0, k
        for i in range(k + 1, n):
            if abs(M[i, k]) > below:
                below, at = abs(M[i, k]), i
        diagonal = abs(M[k, k])
        if max(diagonal, below) > 0.0 and diagonal < ALPHA * below:
            beside = 0.0
            for j in range(k, n):
                if j != at:
                    beside = max(beside, abs(M[at, j] if j < at else M[j, at]))
            if diagonal >= ALPHA * below * (below / beside):
                pivot_row = k
            elif abs(M[at, at]) >= ALPHA * beside:
                pivot_row = at
            else:
                size, pivot_row = 2, at
        exchange(M, permutation, k + size - 1, pivot_row, k)
        sizes[k] = size
        if size == 1:
            if M[k, k] != 0.0:
                for j in range(k + 1, n):
                    factor = M[j, k] / M[k, k]
                    for i in range(j, n):
                        M[i, j] -= factor * M[i, k]
                for i in range(k + 1, n):
                    M[i, k] /= M[k, k]
        else:
            sizes[k + 1] = 0
            b = M[k + 1, k]
            a, c = M[k, k] / b, M[k + 1, k + 1] / b
            t = 1.0 / ((a * c - 1.0) * b)
            for j in range(k + 2, n):
                u = t * (c * M[j, k] - M[j, k + 1])
                v = t * (a * M[j, k + 1] - M[j, k])
                for i in range(j, n):
                    M[i, j] -= M[i, k] * u + M[i, k + 1] * v
                M[j, k], M[j, k + 1] = u, v
        k += size


@twofold
def _two_rows(M: Matrix, permutation: Vector, sizes: Vector) -> None:
    """The same without loops."""
    off = ALPHA * abs(M[1, 0])
    if abs(M[0, 0]) < off:
        if abs(M[1, 1]) < off:
            sizes[0], sizes[1] = 2.0, 0.0
            return
        M[0, 0], M[1, 1] = M[1, 1], M[0, 0]
        permutation[0], permutation[1] = 1.0, 0.0
    sizes[0], sizes[1] = 1.0, 1.0
    if off > 0.0:
        factor = M[1, 0] / M[0, 0]
        M[1, 1] -= factor * M[1, 0]
        M[1, 0] = factor


@twofold
def exchange(M: Matrix, permutation: Vector, i: int, j: int, k: int) -> None:
    """Exchange rows and columns i < j of the symmetric part from k on, and of the finished columns of L."""
    if i == j:
        return
    n = M.shape[0]
    for m in range(k):
        M[i, m], M[j, m] = M[j, m], M[i, m]
    for m in range(k, i):
        M[i, m], M[j, m] = M[j, m], M[i, m]
    for m in range(j + 1, n):
        M[m, i], M[m, j] = M[m, j], M[m, i]
    for m in range(i + 1, j):
        M[m, i], M[j, m] = M[j, m], M[m, i]
    M[i, i], M[j, j] = M[j, j], M[i, i]
    permutation[i], permutation[j] = permutation[j], permutation[i]


@twofold
def block_eigenvalues(M: Matrix, sizes: Vector, eigenvalues: Vector, cosines: Vector, sines: Vector) -> None:
    """The eigenvalues of D and, for blocks of two, the angle of their eigenvectors (c, s) and (−s, c)."""
    n = M.shape[0]
    k = 0
    while k < n:
        if sizes[k] == 1.0:
            eigenvalues[k], cosines[k], sines[k] = M[k, k], 1.0, 0.0
            k += 1
            continue
        a, b, d = M[k, k], M[k + 1, k], M[k + 1, k + 1]
        theta = (d - a) / (2.0 * b)  # Jacobi's rotation: Golub & Van Loan (2013), section 8.5.2
        t = math.copysign(1.0, theta) / (abs(theta) + math.sqrt(theta * theta + 1.0))
        c = 1.0 / math.sqrt(t * t + 1.0)
        eigenvalues[k], eigenvalues[k + 1] = a - t * b, d + t * b
        cosines[k], sines[k] = c, -t * c
        cosines[k + 1], sines[k + 1] = 1.0, 0.0
        k += 2


@twofold
def lower_solve(M: Matrix, sizes: Vector, y: Vector) -> None:
    """y ← L⁻¹y."""
    n = y.size
    for i in range(n):
        last = i if sizes[i] > 0.0 else i - 1  # the entry inside a block belongs to D
        for k in range(last):
            y[i] -= M[i, k] * y[k]


@twofold
def lower_transposed_solve(M: Matrix, sizes: Vector, y: Vector) -> None:
    """y ← L⁻ᵀy."""
    n = y.size
    for k in range(n - 1, -1, -1):
        first = k + 2 if sizes[k] == 2.0 else k + 1
        for i in range(first, n):
            y[k] -= M[i, k] * y[i]


@twofold
def from_blocks(eigenvalues: Vector, sizes: Vector, cosines: Vector, sines: Vector, y: Vector) -> None:
    """y ← D⁻¹y."""
    n = y.size
    k = 0
    while k < n:
        if sizes[k] == 1.0:
            y[k] /= eigenvalues[k]
            k += 1
            continue
        c, s = cosines[k], sines[k]
        u = (c * y[k] + s * y[k + 1]) / eigenvalues[k]
        v = (c * y[k + 1] - s * y[k]) / eigenvalues[k + 1]
        y[k], y[k + 1] = c * u - s * v, s * u + c * v
        k += 2


def arrays(n: int) -> tuple[Any, ...]:
    """Room for the loops: a matrix and six vectors."""
    return np.empty((n, n)), *np.zeros((6, n))
