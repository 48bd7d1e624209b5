"""Where the implementations of user-defined functions are, as machine code ``double f(double, …)``."""

from __future__ import annotations

import ctypes
import traceback
from collections.abc import Callable
from functools import cache
from typing import Any

from hessmath.program import primitive
from hessmath.program.user_functions import implementation

_alive: list[Any] = []  # callbacks, which must live as long as machine code may call them


@cache
def address(name: str) -> int:
    """The address of a user-defined function, compiled by Numba when it is its dispatcher, else a callback.

    A callback takes the interpreter's lock.  An exception in it cannot reach the caller: it is printed and gives NaN.
    """
    given, arity = implementation(name), primitive(name).arity
    if hasattr(given, "py_func"):
        from numba import cfunc, float64

        given = cfunc(float64(*[float64] * arity))(given.py_func)
        _alive.append(given)
    if hasattr(given, "address"):
        return int(given.address)
    callback = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * arity)(_guarded(given))
    _alive.append(callback)
    return int(ctypes.cast(callback, ctypes.c_void_p).value or 0)


def _guarded(function: Callable[..., Any]) -> Callable[..., float]:
    def call(*x: float) -> float:
        try:
            return float(function(*x))
        except (ValueError, ArithmeticError):
            return float("nan")
        except Exception:
            traceback.print_exc()
            return float("nan")

    return call
