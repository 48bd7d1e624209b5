"""Functions that users define: a numeric implementation and the partial derivatives, used like any other function.

Each definition is a row appended to the op table of this process, so that formulas, derivatives, float64 runs and
kernels treat it as a primitive.  Exact and ball arithmetic know nothing about it and say so; so a claim or a point
that needs an enclosure of it is never certified.
"""

from __future__ import annotations

import ctypes
import hashlib
import inspect
import math
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy

from hessmath.errors import InputError, WrongKind
from hessmath.program.primitives import OPCODE, append
from hessmath.program.row import CALL, Primitive

_MOST_ARGUMENTS = 3

_implementations: dict[str, Any] = {}
_names: dict[type, str] = {}


def user_function(
    function: str | type[Any],
    value: Any,
    derivatives: Sequence[Callable[..., Any] | None] | None = None,
    *,
    arguments: int | None = None,
) -> Any:
    """A SymPy function of real numbers with a numeric implementation, for use in formulas and kernels.

    Parameters
    ----------
    function : its name; or a subclass of ``sympy.Function``, whose ``fdiff`` then gives the derivatives
    value : floats → float; a Python callable, a function compiled by Numba (``njit``), or anything with an ``address``
        of ``double f(double, …)``, such as Numba's ``cfunc``.  ValueError and ArithmeticError mean NaN.
    derivatives : for each argument a callable from symbols to the partial derivative as a SymPy expression (which may
        use this or other user-defined functions), or None where it is not known; refused when it is asked for
    arguments : how many arguments it takes, 1 to 3; by default what ``derivatives`` or the signature of value says

    Returns
    -------
    subclass of sympy.Function

    Raises
    ------
    InputError
        If the name is no identifier, or the number of arguments is unknown or not 1 to 3.
    WrongKind
        If value cannot be called, or ``function`` is neither a name nor a class of functions.

    Notes
    -----
    A Python callable runs at Python's speed, under the interpreter's lock; a compiled one at its own.

    Examples
    --------
    >>> import math
    >>> from hessmath.program import gradient, lower
    >>> from hessmath.program.arithmetic import float64
    >>> x = sympy.Symbol("x", real=True)
    >>> sine = user_function("sine", math.sin, [lambda u: sympy.cos(u)])
    >>> print(gradient(lower(sine(x**2), [x])))
    0  x
    1  mul 0 0
    2  cos 1
    3  mul 0 2
    4  add 3 3
    → 4
    >>> float64.run(lower(sine(x), [x]), [math.pi / 2])
    [np.float64(1.0)]
    """
    given = isinstance(function, type) and issubclass(function, sympy.Function)
    if not given and not isinstance(function, str):
        raise WrongKind(f"A user-defined function needs a name or a subclass of sympy.Function, but got {function!r}.")
    name = function.__name__ if isinstance(function, type) else function
    if not name.isidentifier() or name.startswith("_"):
        raise InputError(f"The name of a user-defined function must be an identifier, but is {name!r}.")
    address = getattr(value, "address", None)
    if not callable(value) and address is None:
        raise WrongKind(f"value must be callable or have an address, but is {value!r}.")
    if derivatives is not None and given:
        raise InputError(f"{name} is a class, whose fdiff gives its derivatives: leave derivatives out.")
    arity = _arity(name, value, derivatives, arguments)
    kind: Any = function if given else _class(name, arity, derivatives)
    row_name, k = name, 2
    while row_name in OPCODE:  # defined anew, as when a notebook's cell runs again; old programs keep the old one
        row_name, k = f"{name}_{k}", k + 1
    kind._imp_ = staticmethod(_scalar(value, arity))
    append(
        Primitive(
            row_name,
            arity,
            CALL,
            f"user:{row_name}",
            kind,
            _elementwise(kind._imp_),
            lambda *_: None,
            _no_enclosure(name),
            partials=None if given else _partials(kind, arity, derivatives),
            identity=_identity(name, arity, value),
        )
    )
    _implementations[row_name] = value
    _names[kind] = row_name
    return kind


def implementation(row_name: str) -> Any:
    """What a user gave as the value of a row."""
    return _implementations[row_name]


def name_of(kind: type) -> str | None:
    """The row of a user-defined class of functions, or None."""
    return _names.get(kind)


def _arity(name: str, value: Any, derivatives: Sequence[Any] | None, arguments: int | None) -> int:
    counts = [n for n in (arguments, None if derivatives is None else len(derivatives)) if n is not None]
    if not counts:
        try:
            counts = [len(inspect.signature(getattr(value, "__wrapped__", value)).parameters)]
        except (TypeError, ValueError):
            raise InputError(f"How many arguments {name} takes is not known: give arguments=.") from None
    if len(set(counts)) > 1:
        raise InputError(f"{name} has {counts[1]} derivatives, but arguments={counts[0]}.")
    if not 1 <= counts[0] <= _MOST_ARGUMENTS:
        raise InputError(
            f"A user-defined function takes 1 to {_MOST_ARGUMENTS} arguments, but {name} takes {counts[0]}."
        )
    return counts[0]


def _class(name: str, arity: int, derivatives: Sequence[Callable[..., Any] | None] | None) -> Any:
    def fdiff(self: Any, argindex: int = 1) -> Any:
        derivative = None if derivatives is None else derivatives[argindex - 1]
        if derivative is None:
            raise sympy.core.function.ArgumentIndexError(self, argindex)
        return sympy.sympify(derivative(*self.args), strict=True)

    return type(name, (sympy.Function,), {"nargs": arity, "fdiff": fdiff, "is_real": True, "__module__": __name__})


def _partials(kind: Any, arity: int, derivatives: Sequence[Callable[..., Any] | None] | None) -> Callable[..., Any]:
    known = [None] * arity if derivatives is None else list(derivatives)

    def partials(*operands: Any) -> tuple[Any, ...]:
        return tuple(
            sympy.Derivative(kind(*operands), x) if one is None else sympy.sympify(one(*operands), strict=True)
            for one, x in zip(known, operands, strict=True)
        )

    return partials


def _scalar(value: Any, arity: int) -> Callable[..., float]:
    """Floats → float, NaN where the implementation says that there is no value."""
    call = value
    if getattr(value, "address", None) is not None:
        call = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * arity)(value.address)

    def scalar(*x: Any) -> float:
        try:
            return float(call(*map(float, x)))
        except (ValueError, ArithmeticError):
            return math.nan

    return scalar


def _elementwise(scalar: Callable[..., float]) -> Callable[..., Any]:
    def value(*x: Any) -> Any:
        if all(np.ndim(each) == 0 for each in x):
            return np.float64(scalar(*x))
        return np.vectorize(scalar, otypes=[np.float64])(*x)

    return value


def _no_enclosure(name: str) -> Callable[..., Any]:
    def enclosure(*_: Any) -> Any:
        raise InputError(f"{name} is a user-defined function: nothing is known that encloses its values.")

    return enclosure


def _identity(name: str, arity: int, value: Any) -> str:
    """The name and a hash of the implementation; a number drawn at random where it cannot be read."""
    code = getattr(getattr(value, "py_func", value), "__code__", None)
    if code is None or getattr(value, "__closure__", None):
        return f"{name}/{arity}/{uuid.uuid4().hex}"
    content = repr((code.co_code, code.co_names, [c for c in code.co_consts if not inspect.iscode(c)]))
    if any(inspect.iscode(c) for c in code.co_consts) or code.co_names:  # what its names mean is not in its code
        return f"{name}/{arity}/{uuid.uuid4().hex}"
    return f"{name}/{arity}/{hashlib.sha256(content.encode()).hexdigest()}"
