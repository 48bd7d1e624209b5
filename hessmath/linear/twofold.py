"""One source for two ways to run: as plain Python, and inside loops that Numba compiles.

Three kinds of function are marked here.  ``twofold`` functions are compiled as they are written.  A function
``with_loops`` calls NumPy in Python and is replaced by a loop over the entries when compiled.  A ``family`` is chosen
by the class of its first argument, a NamedTuple where it is to be compiled: that is how one method runs with functions
of Python objects and with machine code.

Nothing here imports Numba; ``enable`` does, when a loop is about to be compiled.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_AS_WRITTEN: list[Callable[..., Any]] = []
_LOOPS: list[tuple[Callable[..., Any], Callable[..., Any]]] = []
_FAMILIES: list[Any] = []

#: How everything is compiled: x / 0 is inf or nan, as in NumPy, not an exception; calls cost nothing; nothing is
#: allocated, so that references to arrays need not be counted (which costs more than a step in two variables).
OPTIONS = {"error_model": "numpy", "forceinline": True, "_nrt": False}


def twofold(function: F) -> F:
    """Mark a function that Numba can compile as it is written."""
    _AS_WRITTEN.append(function)
    return function


def with_loops(loops: Callable[..., Any]) -> Callable[[F], F]:
    """Mark a function that is replaced by ``loops`` when compiled."""

    def mark(function: F) -> F:
        _LOOPS.append((function, loops))
        return function

    return mark


def family(declaration: Callable[..., Any]) -> Any:
    """A function that is chosen by the class of its first argument; ``@function.of(Class)`` adds one.

    ``@function.of(object)`` adds the one for all other classes.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> from hessmath.linear.twofold import family
    >>> class Square(NamedTuple):
    ...     side: float
    >>> @family
    ... def area(shape): ...
    >>> @area.of(Square)
    ... def area_of_square(shape):
    ...     return shape.side ** 2
    >>> area(Square(3.0))
    9.0
    """
    members: dict[type, Callable[..., Any]] = {}

    @functools.wraps(declaration)
    def function(*arguments: Any) -> Any:
        member = members.get(type(arguments[0])) or members[object]
        return member(*arguments)

    def of(*classes: type) -> Callable[[F], F]:
        def add(member: F) -> F:
            members.update(dict.fromkeys(classes, member))
            return member

        return add

    function.of = of  # type: ignore[attr-defined]
    function.members = members  # type: ignore[attr-defined]
    _FAMILIES.append(function)
    return function


def enable() -> None:
    """Make every marked function known to Numba; what was marked since the last call is added."""
    from numba.extending import overload

    while _AS_WRITTEN:
        function = _AS_WRITTEN.pop()
        overload(function, jit_options=OPTIONS, strict=False)(_always(function))
    while _LOOPS:
        function, loops = _LOOPS.pop()
        overload(function, jit_options=OPTIONS, strict=False)(_always(loops))
    while _FAMILIES:
        function = _FAMILIES.pop()
        overload(function, jit_options=OPTIONS, strict=False)(_by_class(function.members))


def _always(function: Callable[..., Any]) -> Callable[..., Any]:
    def choose(*arguments: Any, **keywords: Any) -> Callable[..., Any]:
        return function

    return choose


def _by_class(members: dict[type, Callable[..., Any]]) -> Callable[..., Any]:
    def choose(*arguments: Any) -> Callable[..., Any] | None:
        return members.get(getattr(arguments[0], "instance_class", type(None))) or members.get(object)

    return choose
