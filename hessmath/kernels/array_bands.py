"""The banded Hessian of a function of arrays as a C function: diagonals (b + 1, n), entry (i, j) at [b + i − j, j].

The sparse Hessian of a sum of local terms is machine code, and where its entries belong is known; one NumPy
assignment per evaluation puts them there.  So a band costs O(n) memory, whatever n is.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hessmath.kernels.array_kernel import ArrayKernel
from hessmath.kernels.binding import bind

_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_void_p] * 4)


@dataclass(frozen=True, eq=False)
class Bands:
    """A C function ``double (x, v, context, out)`` that writes the upper diagonals of a Hessian of a size."""

    bandwidth: int
    address: int
    keep: Any = field(repr=False)


def banded_hessian(kernel: ArrayKernel, dimension: int) -> Bands | None:
    """The function for x of this length; None where the Hessian is not known to be a band."""
    if not kernel.is_separable:
        return None
    assembly, call = kernel._assembled(bind(kernel.name, kernel.program, kernel.data, kernel.sizes, dimension))
    pattern = assembly.pattern
    form = pattern.structure
    if form.name not in ("diagonal", "banded"):
        return None
    width = max(form.lower, form.upper)
    rows = np.asarray(pattern.rows)
    taken = np.flatnonzero(rows <= pattern.indices)
    places = (width + rows[taken] - pattern.indices[taken]) * np.int64(dimension) + pattern.indices[taken]
    values, size = np.empty(pattern.nnz), (width + 1) * dimension
    code, context, into = _SIGNATURE(call.address), call.context.ctypes.data, values.ctypes.data

    def evaluate(x: int, v: int, data: int, out: int) -> float:
        code(x, None, context, into)
        diagonals = np.frombuffer(memoryview((ctypes.c_double * size).from_address(out)))
        diagonals[:] = 0.0
        diagonals[places] = values[taken]
        return 0.0

    function = _SIGNATURE(evaluate)
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    return Bands(width, address, (function, call, assembly))
