"""Array kernels inside Numba-compiled code, for one set of sizes and data.

As for other kernels, machine code and data that Numba has seen stay in memory until the process ends.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

if TYPE_CHECKING:
    from hessmath.kernels.array_kernel import ArrayKernel, Call

_PINNED: list[object] = []

_C_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_void_p] * 4)


@dataclass(frozen=True, eq=False)
class ArrayJitFunctions:
    """The functions of an array kernel for Numba-compiled callers, for vectors x of one length.

    ``f(x)``, ``gradient(x)`` and ``hvp(x, v)`` take C-contiguous float64 vectors; wrong lengths raise ValueError.  Bind
    them to a name outside the compiled function.

    Examples
    --------
    >>> import hessmath as hm, numba, numpy
    >>> f = hm.compile(hm.Function("x @ x", {"x": "n"})).jit(3).f
    >>> @numba.njit
    ... def twice(x):
    ...     return 2 * f(x)
    >>> twice(numpy.ones(3))
    6.0
    """

    f: Any
    gradient: Any
    hvp: Any

    @staticmethod
    def of(kernel: ArrayKernel, length: int) -> ArrayJitFunctions:
        """The functions for x of a length."""
        calls = [kernel.call(kind, length) for kind in ("f", "gradient", "hvp")]
        _PINNED.extend(calls)
        value, gradient, product = calls
        return ArrayJitFunctions(_value(value, length), _gradient(gradient, length), _product(product, length))


def _value(call: Call, n: int) -> Any:
    code, context = _C_SIGNATURE(call.address), call.context
    wrong = f"x has the wrong length: {n} numbers are needed."

    @numba.njit(nogil=True)
    def f(x: Any) -> Any:  # pragma: no cover (Numba runs it)
        if x.size != n:
            raise ValueError(wrong)
        return code(x.ctypes, x.ctypes, context.ctypes, x.ctypes)

    return f


def _gradient(call: Call, n: int) -> Any:
    code, context = _C_SIGNATURE(call.address), call.context
    wrong = f"x has the wrong length: {n} numbers are needed."

    @numba.njit(nogil=True)
    def gradient(x: Any) -> Any:  # pragma: no cover (Numba runs it)
        if x.size != n:
            raise ValueError(wrong)
        out = np.empty(n)
        code(x.ctypes, x.ctypes, context.ctypes, out.ctypes)
        return out

    return gradient


def _product(call: Call, n: int) -> Any:
    code, context = _C_SIGNATURE(call.address), call.context
    wrong = f"x or v has the wrong length: {n} numbers are needed in each."

    @numba.njit(nogil=True)
    def hvp(x: Any, v: Any) -> Any:  # pragma: no cover (Numba runs it)
        if x.size != n or v.size != n:
            raise ValueError(wrong)
        out = np.empty(n)
        code(x.ctypes, v.ctypes, context.ctypes, out.ctypes)
        return out

    return hvp
