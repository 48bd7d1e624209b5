"""Factors of larger matrices in compiled loops: LAPACK's Cholesky, LDLᵀ and eigenvalues, called by address.

The addresses are those of SciPy's LAPACK; they come with the factors as numbers, so that compiled code can be kept.
Importing this module loads Numba.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import int64, types
from numba.core import cgutils
from numba.extending import get_cython_function_address, intrinsic
from numpy.typing import NDArray

from hessmath.linear.bunch_kaufman import EPS, block_eigenvalues, bunch_kaufman, equilibrate
from hessmath.linear.eigen import eigen, from_eigenbasis, to_eigenbasis
from hessmath.linear.factors import (
    CHOLESKY,
    LARGEST,
    NEGATIVE,
    POSITIVE,
    DenseFactors,
    factorise,
    negative_direction,
    quadratic_form,
    raise_eigenvalues,
    signs,
    solve,
)
from hessmath.linear.twofold import twofold
from hessmath.linear.vectors import dot, fill, step_to

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

ROUTINES = ("dpotrf", "dsytrf", "dsyevd")
LOWER, UPPER, VECTORS = ord("L"), ord("U"), ord("V")
BLOCK = 64  # columns that dsytrf works on at a time


class LargeFactors(NamedTuple):
    """Room for the factors of an (n, n) matrix as ``small`` has it, addresses of routines, and their workspace.

    n is not 2: the loops keep other factors of two variables than LAPACK.
    """

    small: DenseFactors
    dpotrf: int
    dsytrf: int
    dsyevd: int
    space: Vector


def addresses() -> tuple[int, ...]:
    """Where the routines are in this process."""
    return tuple(get_cython_function_address("scipy.linalg.cython_lapack", name) for name in ROUTINES)


def workspace(n: int) -> int:
    """How many numbers the routines need: dsyevd most of all, with 1 + 6n + 2n² and 3 + 5n integers."""
    return 2 * n * n + max(BLOCK, 6) * n + 1 + (3 + 5 * n)


@intrinsic
def fortran(typing_context, address, arguments):  # type: ignore[no-untyped-def]
    """Call a Fortran routine at an address; integers go as int32 by reference; what the last one holds afterwards."""
    signature = int64(address, arguments)

    def generate(context, builder, signature, given):  # type: ignore[no-untyped-def]
        kinds = signature.args[1].types
        pointers = []
        for i, kind in enumerate(kinds):
            part = builder.extract_value(given[1], i)
            if isinstance(kind, types.Array):
                pointer = context.make_array(kind)(context, builder, part).data
            else:
                number = context.cast(builder, part, kind, types.int32)
                pointer = cgutils.alloca_once_value(builder, number)
            pointers.append(builder.bitcast(pointer, cgutils.voidptr_t))
        routine = types.ExternalFunctionPointer(types.void(*[types.voidptr] * len(kinds)), lambda pointer: pointer)
        at = builder.inttoptr(given[0], context.get_value_type(routine))
        context.call_function_pointer(builder, at, pointers)
        last = builder.bitcast(pointers[-1], cgutils.int32_t.as_pointer())
        return context.cast(builder, builder.load(last), types.int32, types.int64)

    return signature, generate


@intrinsic
def integer_at(typing_context, array, i):  # type: ignore[no-untyped-def]
    """Entry i of an array whose memory a routine filled with int32."""
    signature = int64(array, i)

    def generate(context, builder, signature, given):  # type: ignore[no-untyped-def]
        data = context.make_array(signature.args[0])(context, builder, given[0]).data
        place = builder.gep(builder.bitcast(data, cgutils.int32_t.as_pointer()), [given[1]])
        return context.cast(builder, builder.load(place), types.int32, types.int64)

    return signature, generate


# What follows runs in compiled code only.  Our rows are Fortran's columns: its upper triangle is our lower one.


@factorise.of(LargeFactors)
def _(factors: Any, H: Any, shift: Any) -> Any:  # pragma: no cover (Numba runs it)
    small = factors.small
    L, notes, n = small.L, small.notes, H.shape[0]
    notes[CHOLESKY], notes[POSITIVE], notes[NEGATIVE] = 1.0, n, 0.0
    for i in range(n):
        for j in range(i + 1):
            L[i, j] = H[i, j]
        L[i, i] += shift
    positive = fortran(factors.dpotrf, (UPPER, n, L, n, 0)) == 0
    for i in range(n):
        entry = H[i, i] + shift
        positive = positive and entry > 0.0 and L[i, i] * L[i, i] > n * EPS * entry
        if positive:
            L[i, i] = 1.0 / L[i, i]
    if positive:
        return
    equilibrate(H, shift, small.scale, small.work)
    scaled(L, H, shift, small.scale)
    pivots = small.work
    if fortran(factors.dsytrf, (LOWER, n, L, n, pivots, factors.space, BLOCK * n, 0)) == 0:
        as_loops_have_it(L, pivots, small.permutation, small.sizes)
    else:  # LAPACK's blocked code goes wrong after a pivot that is exactly zero
        scaled(L, H, shift, small.scale)
        bunch_kaufman(L, small.permutation, small.sizes)
    lam = small.eigenvalues
    block_eigenvalues(L, small.sizes, lam, small.cosines, small.sines)
    top, above, below = 0.0, 0, 0
    for i in range(n):
        top = max(top, abs(lam[i]))
    for i in range(n):
        if lam[i] > n * EPS * top:
            above += 1
        elif lam[i] < -n * EPS * top:
            below += 1
    notes[CHOLESKY], notes[POSITIVE], notes[NEGATIVE], notes[LARGEST] = 0.0, above, below, top


@twofold
def scaled(L: Any, H: Any, shift: Any, scale: Any) -> Any:  # pragma: no cover (Numba runs it)
    """L ← S(H + shift·I)S."""
    n = H.shape[0]
    for i in range(n):
        for j in range(n):
            L[i, j] = (H[i, j] + (shift if i == j else 0.0)) * scale[i] * scale[j]


@twofold
def as_loops_have_it(L: Any, pivots: Any, permutation: Any, sizes: Any) -> Any:  # pragma: no cover (Numba runs it)
    """What dsytrf left, as ``bunch_kaufman`` leaves it: transposed, with every exchange done to the earlier columns."""
    n = L.shape[0]
    for i in range(n):
        permutation[i] = i
        for j in range(i):
            L[i, j] = L[j, i]
    k = 0
    while k < n:
        pivot = integer_at(pivots, k)
        size = 1 if pivot > 0 else 2
        sizes[k] = size
        row = k + size - 1
        other = abs(pivot) - 1
        if size == 2:
            sizes[k + 1] = 0
        if other != row:
            for m in range(k):
                L[row, m], L[other, m] = L[other, m], L[row, m]
            permutation[row], permutation[other] = permutation[other], permutation[row]
        k += size


@solve.of(LargeFactors)
def _(factors: Any, sign: Any, b: Any, out: Any) -> Any:  # pragma: no cover (Numba runs it)
    solve(factors.small, sign, b, out)


@signs.of(LargeFactors)
def _(factors: Any) -> Any:  # pragma: no cover (Numba runs it)
    return signs(factors.small)


@negative_direction.of(LargeFactors)
def _(factors: Any, out: Any) -> Any:  # pragma: no cover (Numba runs it)
    return negative_direction(factors.small, out)


@raise_eigenvalues.of(LargeFactors)
def _(factors: Any, floor: Any) -> Any:  # pragma: no cover (Numba runs it)
    raise_eigenvalues(factors.small, floor)


@quadratic_form.of(LargeFactors)
def _(factors: Any, H: Any, d: Any) -> Any:  # pragma: no cover (Numba runs it)
    return quadratic_form(factors.small, H, d)


@eigen.of(LargeFactors)
def _(factors: Any, H: Any, values: Any) -> Any:  # pragma: no cover (Numba runs it)
    n, Q, space = H.shape[0], factors.small.L, factors.space
    for i in range(n):
        for j in range(n):
            Q[i, j] = H[i, j]
    size = 1 + 6 * n + 2 * n * n
    fortran(factors.dsyevd, (VECTORS, UPPER, n, Q, n, values, space, size, space[size:], 3 + 5 * n, 0))


@to_eigenbasis.of(LargeFactors)
def _(factors: Any, v: Any, out: Any) -> Any:  # pragma: no cover (Numba runs it)
    for i in range(v.size):
        out[i] = dot(factors.small.L[i], v)


@from_eigenbasis.of(LargeFactors)
def _(factors: Any, c: Any, out: Any) -> Any:  # pragma: no cover (Numba runs it)
    fill(out, 0.0)
    for i in range(c.size):
        step_to(out, out, c[i], factors.small.L[i])
