"""Calls without any check: the way from Python to the machine code and back, and nothing else.

For inner loops whose arrays are known to fit.  A wrong argument is not noticed: it reads or writes memory that is not
its own, and the process may crash or compute nonsense.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from hessmath.kernels import calling
from hessmath.kernels.machine import Library, build

if TYPE_CHECKING:
    from hessmath.kernels.kernel import Kernel, Piece


class Unchecked:
    """The functions of a kernel without checks: ``f(x)``, ``gradient(x, out)``, ``hvp(x, v, out)``, ….

    Every argument is positional and a C-contiguous float64 array of the right shape; a kernel with parameters takes
    them before ``out``.  ``out`` must not overlap the others.  What is written to ``out`` is not returned: these calls
    return f as a float, or None.  Other Python threads wait meanwhile.

    Examples
    --------
    >>> import numpy
    >>> from hessmath.kernels import compile_tapes
    >>> from hessmath.program import TapeBuilder
    >>> builder = TapeBuilder(["x", "y"])
    >>> k = compile_tapes(builder.build([builder.emit("mul", 0, 1)]))
    >>> gradient, x, g = k.unchecked.gradient, numpy.array([2.0, 3.0]), numpy.empty(2)
    >>> gradient(x, g)
    >>> g
    array([3., 2.])
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    @cached_property
    def f(self) -> Callable[..., Any]:
        """``f(x[, parameters])`` returns a float; of a map ``f(x[, parameters], out)``."""
        return _entry(self._kernel.piece("f"))

    @cached_property
    def gradient(self) -> Callable[..., None]:
        """``gradient(x[, parameters], out)``."""
        return _entry(self._kernel.piece("gradient"))

    @cached_property
    def hessian(self) -> Callable[..., None]:
        """``hessian(x[, parameters], out)``."""
        return _entry(self._kernel.piece("hessian"))

    @cached_property
    def sparse_hessian(self) -> Callable[..., None]:
        """``sparse_hessian(x[, parameters], out)`` with the data array of a csr_array."""
        return _entry(self._kernel.piece("sparse_hessian"))

    @cached_property
    def hvp(self) -> Callable[..., None]:
        """``hvp(x, v[, parameters], out)``."""
        return _entry(self._kernel.piece("hvp"))

    @cached_property
    def value_and_gradient(self) -> Callable[..., float]:
        """``value_and_gradient(x[, parameters], out)`` returns f."""
        return _entry(self._kernel.piece("value_and_gradient"))

    @cached_property
    def jacobian(self) -> Callable[..., None]:
        """``jacobian(x[, parameters], out)``."""
        return _entry(self._kernel.piece("jacobian"))


def _entry(piece: Piece) -> Callable[..., Any]:
    """A built-in function of a piece; without CPython's memory layout the checked call serves."""
    taken = piece.arguments
    if not calling.memory_is_as_expected():
        return _through(piece)
    name = _name(taken.directions >= 0, taken.parameters >= 0, taken.rows >= 0, piece.returns_value)
    return calling.built_in(_definitions()[name], piece.served.address.to_bytes(8, "little"), piece.served)


def _through(piece: Piece) -> Callable[..., Any]:
    """The same call by ctypes."""

    def call(*arrays: Any) -> Any:
        given = [array.ctypes.data for array in arrays]
        taken = piece.arguments
        held = [size >= 0 for size in (0, taken.directions, taken.parameters, taken.rows)]
        value = piece.code(*(given.pop(0) if holds else None for holds in held))
        return value if piece.returns_value else None

    return call


def _name(v: bool, p: bool, out: bool, value: bool) -> str:
    """The entry's name for what it takes after x, and whether it returns a number."""
    return "call_x" + "v" * v + "p" * p + "o" * out + "_value" * value


@cache
def _definitions() -> dict[str, Any]:
    """The entries for every combination of arguments; they live as long as the process."""
    names = [_name(*case) for case in itertools.product((False, True), repeat=4)]
    library = build("\n".join(_module()), names, calling.symbols())
    _KEPT.append(library)
    return {
        name: calling.MethodDefinition(b"kernel", library.addresses[name], calling.FASTCALL, None) for name in names
    }


_KEPT: list[Library] = []


def _module() -> Iterator[str]:
    yield "@none = external global i8\ndeclare void @Py_IncRef(ptr)\ndeclare ptr @PyFloat_FromDouble(double)"
    for case in itertools.product((False, True), repeat=4):
        yield f"define ptr @{_name(*case)}(ptr %self, ptr %given, i64 %count) nounwind {{"
        yield f"%code.at = getelementptr i8, ptr %self, i64 {calling.BYTES_HEAD}\n%code = load ptr, ptr %code.at"
        arguments, k = [], 0
        for letter, taken in zip("xvpo", (True, *case[:3]), strict=True):
            if not taken:
                arguments.append("ptr null")
                continue
            yield f"%{letter}.at = getelementptr ptr, ptr %given, i64 {k}\n%{letter}.array = load ptr, ptr %{letter}.at"
            yield f"%{letter}.data = getelementptr i8, ptr %{letter}.array, i64 {calling.DATA}"
            yield f"%{letter} = load ptr, ptr %{letter}.data"
            arguments.append(f"ptr %{letter}")
            k += 1
        yield f"%value = call double %code({', '.join(arguments)})"
        if case[3]:
            yield "%result = call ptr @PyFloat_FromDouble(double %value)\nret ptr %result\n}"
        else:
            yield "call void @Py_IncRef(ptr @none)\nret ptr @none\n}"
