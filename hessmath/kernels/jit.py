"""Kernels inside Numba-compiled code: each function of a Kernel as a Numba function that calls it by address.

The address is known only in this process, so Numba will not cache a caller on disk (it says so when asked to).
Machine code that Numba has seen stays in memory until the process ends, since nobody can know which
compiled callers still jump to it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numba import types
from numba.extending import overload, register_jitable

if TYPE_CHECKING:
    from hessmath.kernels.kernel import Kernel, Piece

_PINNED: dict[int, Piece] = {}


class JitFunctions:
    """The functions of a kernel for Numba-compiled callers (and for Python, a little slower than the kernel's own).

    All take ``(x, parameters=None, out=None)``, ``hvp`` takes ``(x, v, parameters=None, out=None)``, with 1-D arrays of
    any real dtype and layout; ``out`` must be C-contiguous float64 and not overlap the inputs.  Wrong lengths raise
    ValueError.  Bind them to a name outside the compiled function:

    >>> import numba, numpy, sympy
    >>> from hessmath.kernels import compile_tapes
    >>> from hessmath.program import lower
    >>> x = sympy.Symbol("x")
    >>> f = compile_tapes(lower(x**3, [x])).jit.f
    >>> @numba.njit
    ... def total(points):
    ...     s = 0.0
    ...     for point in points:
    ...         s += f(point)
    ...     return s
    >>> total(numpy.array([[1.0], [2.0]]))
    9.0
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @cached_property
    def f(self) -> Any:
        """f(x): a float, or an array for a map."""
        return point_function(self._piece("f"), self._kernel.name)

    @cached_property
    def gradient(self) -> Any:
        """∇f(x), shape (n,)."""
        return point_function(self._piece("gradient"), self._kernel.name)

    @cached_property
    def hessian(self) -> Any:
        """∇²f(x), shape (n, n)."""
        return point_function(self._piece("hessian"), self._kernel.name)

    @cached_property
    def hvp(self) -> Any:
        """∇²f(x) v, shape (n,)."""
        return direction_function(self._piece("hvp"), self._kernel.name)

    @cached_property
    def value_and_gradient(self) -> Any:
        """The pair f(x), ∇f(x)."""
        return point_function(self._piece("value_and_gradient"), self._kernel.name)

    @cached_property
    def jacobian(self) -> Any:
        """The Jacobian of a map, shape (m, n)."""
        return point_function(self._piece("jacobian"), self._kernel.name)

    def _piece(self, kind: str) -> Piece:
        return self._kernel.piece(kind)


def pin(piece: Piece) -> Any:
    """The machine code as a ctypes function, kept in memory until the process ends."""
    _PINNED[piece.address] = piece
    return piece.code


def point_function(piece: Piece, name: str) -> Any:
    """``function(x, parameters=None, out=None)``, compiled by Numba when it is first called."""
    code, run = pin(piece), _runner(piece, name)

    @numba.njit(nogil=True)
    def function(x: Any, parameters: Any = None, out: Any = None) -> Any:  # pragma: no cover (Numba runs it)
        # v is not read by this code: any address serves
        return run(code, x, x, parameters, out)

    return function


def direction_function(piece: Piece, name: str) -> Any:
    """``function(x, v, parameters=None, out=None)``, compiled by Numba when it is first called."""
    code, run = pin(piece), _runner(piece, name)
    n = piece.arguments.directions
    wrong = f"v has the wrong length: {name} takes {n} variables."

    @numba.njit(nogil=True)
    def function(x: Any, v: Any, parameters: Any = None, out: Any = None) -> Any:  # pragma: no cover (Numba runs it)
        if v.size != n:
            raise ValueError(wrong)
        return run(code, x, v, parameters, out)

    return function


def _runner(piece: Piece, name: str) -> Any:
    """The checks and the call, specialised on what the kernel takes and gives."""
    taken = piece.arguments
    n, p, shape = taken.variables, max(taken.parameters, 0), taken.out_shape
    has_array, has_value = taken.rows >= 0, piece.returns_value
    wrong_x = f"x has the wrong length: {name} takes {n} variables."
    wrong_p = f"parameters has the wrong length: {name} has {p} parameters."
    wrong_out = f"out has the wrong shape: the result of {name} has shape {shape}."

    @register_jitable
    def run(code: Any, x: Any, v: Any, parameters: Any, out: Any) -> Any:  # pragma: no cover (Numba runs it)
        if x.size != n:
            raise ValueError(wrong_x)
        point, direction = plain(x), plain(v)
        constants = plain(numbers_or(parameters, point))
        if p != 0 and (parameters is None or constants.size != p):
            raise ValueError(wrong_p)
        if not has_array:
            return code(point.ctypes, direction.ctypes, constants.ctypes, point.ctypes)
        result = array_or_new(out, shape)
        if result.shape != shape:
            raise ValueError(wrong_out)
        value = code(point.ctypes, direction.ctypes, constants.ctypes, result.ctypes)
        if has_value:
            return value, result
        return result

    return run


# Numba compares the implementations' signatures with the overloads', annotations included.


def plain(array: Any) -> Any:
    """A C-contiguous float64 array with these entries, the same one where it is so already."""
    raise AssertionError("plain is called from compiled code only")  # pragma: no cover


@overload(plain)
def _plain(array: Any) -> Any:
    def same(array: Any) -> Any:  # pragma: no cover (Numba runs it)
        return array

    def converted(array: Any) -> Any:  # pragma: no cover (Numba runs it)
        return np.ascontiguousarray(array).astype(np.float64)

    is_plain = isinstance(array, types.Array) and array.dtype == types.float64 and array.layout == "C"
    return same if is_plain else converted


def numbers_or(array: Any, otherwise: Any) -> Any:
    """The first array, or the second where the first is None."""
    raise AssertionError("numbers_or is called from compiled code only")  # pragma: no cover


@overload(numbers_or)
def _numbers_or(array: Any, otherwise: Any) -> Any:
    def first(array: Any, otherwise: Any) -> Any:  # pragma: no cover (Numba runs it)
        return array

    def second(array: Any, otherwise: Any) -> Any:  # pragma: no cover (Numba runs it)
        return otherwise

    return second if isinstance(array, (types.NoneType, types.Omitted)) else first


def array_or_new(out: Any, shape: Any) -> Any:
    """``out``, or a new array of this shape where it is None."""
    raise AssertionError("array_or_new is called from compiled code only")  # pragma: no cover


@overload(array_or_new)
def _array_or_new(out: Any, shape: Any) -> Any:
    def new(out: Any, shape: Any) -> Any:  # pragma: no cover (Numba runs it)
        return np.empty(shape, np.float64)

    def same(out: Any, shape: Any) -> Any:  # pragma: no cover (Numba runs it)
        return out

    if isinstance(out, (types.NoneType, types.Omitted)):
        return new
    if isinstance(out, types.Array) and out.dtype == types.float64 and out.layout == "C" and out.mutable:
        return same
    raise numba.errors.TypingError("out must be a C-contiguous float64 array that can be written.")
