"""Numba functions around machine code that take and give what ``lambdify`` promises.

The wrapper is generated text, compiled once per combination of argument types: one variant for numbers, one for
arrays, which broadcasts.  Its only names are our own (a0, a1, …), whatever the symbols of the formula are
called, so that no word from outside is ever executed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
from numba import types
from numba.core.errors import TypingError
from numba.extending import overload

from hessmath.errors import WrongKind
from hessmath.kernels.jit import pin
from hessmath.kernels.kernel import Piece
from hessmath.kernels.structure import Block, Group, Table, Truth


def wrap(piece: Piece, arguments: Sequence[int | Group], result: int | Group | Block, outputs: int) -> Any:
    """A Numba function of the arguments around the machine code of a kernel.

    Parameters
    ----------
    piece : the machine code: numbers → a number returned (``result`` is an int), or ``outputs`` numbers written
    arguments : per argument an input number, or a Group of such structures
    result : an output number, a Block of them, or a Group of such structures
    """
    _pack(result, str, str)  # refuse now what Numba cannot hold
    given = ", ".join(f"a{i}" for i in range(len(arguments)))
    space: dict[str, Any] = {"np": np, "code": pin(piece)}

    def define(name: str, lines: Sequence[str]) -> Any:
        exec("\n    ".join([f"def {name}({given}):", *lines]), space)  # our own text, no word of it from outside
        return space[name]

    checks, places = _unpacking(arguments)

    def choose(*kinds: Any) -> Any:
        leaves = [leaf for part, kind in zip(arguments, kinds, strict=True) for leaf in _leaf_types(part, kind)]
        is_array = [isinstance(leaf, types.Array) for leaf in leaves]
        if not any(is_array):
            return define("at_one_point", [*checks, *_at_one_point(places, result, outputs)])
        return define("at_many_points", [*checks, *_at_many_points(places, is_array, result, outputs)])

    # Numba wants the overload's parameters named as the implementation's.
    space["evaluate"] = define("evaluate", ["raise AssertionError('called from compiled code only')"])
    space["choose"] = choose
    overload(space["evaluate"])(define("overloaded", [f"return choose({given})"]))
    return numba.njit(nogil=True)(define("function", [f"return evaluate({given})"]))


def _leaf_types(structure: int | Group, kind: Any) -> list[Any]:
    """The Numba types of the numbers or arrays that one argument contributes."""
    if not isinstance(structure, Group):
        if not isinstance(kind, (types.Integer, types.Float, types.Boolean, types.Array)):
            raise TypingError(f"Arguments must be real numbers or arrays of them, but one is {kind}.")
        return [kind]
    if isinstance(kind, types.BaseTuple):
        inner = list(kind.types)
    elif isinstance(kind, types.Array):
        item = kind.dtype if kind.ndim == 1 else types.Array(kind.dtype, kind.ndim - 1, "A")
        inner = [item] * len(structure.parts)
    elif isinstance(kind, types.Sequence):
        inner = [kind.dtype] * len(structure.parts)
    else:
        raise TypingError(f"A vector argument must be an array, tuple or list, but is {kind}.")
    if len(inner) != len(structure.parts):
        raise TypingError(f"A vector argument has {len(inner)} entries, but {len(structure.parts)} are needed.")
    return [leaf for part, each in zip(structure.parts, inner, strict=True) for leaf in _leaf_types(part, each)]


def _unpacking(arguments: Sequence[int | Group]) -> tuple[list[str], dict[int, str]]:
    """Lines that check the lengths of vector arguments, and where each input is found."""
    checks: list[str] = []
    places: dict[int, str] = {}

    def visit(structure: Any, place: str, which: int) -> None:
        if not isinstance(structure, Group):
            places[structure] = place
            return
        size = len(structure.parts)
        checks.append(f"if len({place}) != {size}:")
        checks.append(f"    raise ValueError('Argument {which} must have {size} entries.')")
        for k, part in enumerate(structure.parts):
            visit(part, f"{place}[{k}]", which)

    for i, structure in enumerate(arguments):
        visit(structure, f"a{i}", i + 1)
    return checks, places


def _at_one_point(places: dict[int, str], result: Any, outputs: int) -> list[str]:
    lines = [f"point = np.empty({max(len(places), 1)})"]
    lines += [f"point[{i}] = {place}" for i, place in places.items()]
    if isinstance(result, int):
        return [*lines, "return code(point.ctypes, point.ctypes, point.ctypes, point.ctypes)"]
    lines.append(f"out = np.empty({max(outputs, 1)})")
    lines.append("code(point.ctypes, point.ctypes, point.ctypes, out.ctypes)")

    def block(part: Block) -> str:
        return f"out[{part.first}:{part.end}].copy().reshape({part.shape})"

    return [*lines, f"return {_pack(result, lambda k: f'out[{k}]', block)}"]


def _at_many_points(places: dict[int, str], is_array: list[bool], result: Any, outputs: int) -> list[str]:
    # Copies and one loop: assigning arrays to slices costs Numba a second of compilation.
    shapes = [f"{places[i]}.shape" for i, array in enumerate(is_array) if array]
    lines = [f"point = np.empty({len(places)})", "size = 1"]
    if len(shapes) == 1:
        lines.append(f"shape = {shapes[0]}")
    else:
        lines.append(f"shape = np.broadcast_shapes({', '.join(shapes)})")
    lines += ["for extent in shape:", "    size *= extent"]
    loop = []
    for i, array in enumerate(is_array):
        if array:
            spread = places[i] if len(shapes) == 1 else f"np.broadcast_to({places[i]}, shape)"
            lines.append(f"c{i} = {spread}.flatten()")
            loop.append(f"    point[{i}] = c{i}[k]")
        else:
            lines.append(f"point[{i}] = {places[i]}")
    lines += [f"out = np.empty((size, {max(outputs, 1)}))", "for k in range(size):", *loop]
    if isinstance(result, int):
        lines.append("    out[k, 0] = code(point.ctypes, point.ctypes, point.ctypes, point.ctypes)")
    else:
        lines.append("    code(point.ctypes, point.ctypes, point.ctypes, out[k].ctypes)")

    def block(part: Block) -> str:
        return f"out[:, {part.first}:{part.end}].T.copy().reshape({part.shape} + shape)"

    return [*lines, f"return {_pack(result, lambda k: f'out[:, {k}].copy().reshape(shape)', block)}"]


def _pack(result: Any, entry: Callable[[int], str], block: Callable[[Block], str]) -> str:
    """The text of the result, put together from the flat row of outputs."""
    if isinstance(result, Table):
        raise WrongKind("Numba-compiled code cannot use this function, because its result is a dictionary.")
    if isinstance(result, Truth):
        return f"({entry(result.place)} != 0)"
    if isinstance(result, int):
        return entry(result)
    if isinstance(result, Block):
        return block(result)
    parts = [_pack(part, entry, block) for part in result.parts]
    if result.is_list and parts and _alike(result.parts):
        return f"[{', '.join(parts)}]"
    return f"({''.join(part + ', ' for part in parts)})"


def _alike(parts: tuple[Any, ...]) -> bool:
    """Whether all parts have one Numba type that a list can hold."""
    if all(isinstance(part, int) for part in parts) or all(isinstance(part, Truth) for part in parts):
        return True
    return all(isinstance(part, Block) for part in parts) and len({len(part.shape) for part in parts}) == 1
