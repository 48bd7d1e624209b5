"""Sizes and data of an array kernel: which values the sizes have, and whether every array fits.

Sizes follow from the shapes of what is given: a parameter of shape (m, k) tells m and k, the length of x the last
one that is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError
from hessmath.kernels.checking import real_array
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram
from hessmath.program.arrays.nodes import Axes, Gather, Input, Scatter

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Binding:
    """What a call of an array kernel needs besides x, v and out.

    ``context`` is handed over as the parameters of the C signature: the sizes, then the addresses of the data, which
    ``data`` keeps alive.
    """

    sizes: Mapping[str, int]
    dimension: int
    data: Mapping[str, Float64]
    context: Float64


def bind(name: str, f: ArrayProgram, data: Mapping[str, Any], sizes: Mapping[str, int], length: int | None) -> Binding:
    """The binding for data and sizes, and for an x of some length where that is known.

    Raises
    ------
    InputError
        If a parameter is missing or unknown, a shape contradicts another, a size stays unknown, or the formula uses
        entries outside an array.
    """
    arrays = _arrays(name, f, data)
    solved = _solve(name, f, arrays, sizes, length)
    _require_inside(f, solved)
    kept = [arrays[each] for each in f.parameters]
    numbers = [solved[each] for each in f.size_names] + [array.ctypes.data for array in kept]
    context = np.array(numbers or [0], dtype=np.int64).view(np.float64)
    return Binding(solved, f.dimension(solved), arrays, context)


def _arrays(name: str, f: ArrayProgram, data: Mapping[str, Any]) -> dict[str, Float64]:
    missing = [each for each in f.parameters if each not in data]
    unknown = [each for each in data if each not in f.parameters]
    if missing or unknown:
        has = f"the parameters {', '.join(f.parameters)}" if f.parameters else "no parameters"
        fault = f"{unknown[0]} is not one of them" if unknown else f"a value for {missing[0]} is missing"
        raise InputError(f"{name} has {has}, but {fault}.")
    arrays = {}
    for each in f.parameters:
        array = real_array(data[each], each)
        axes = f.shape(each)
        if array.ndim != len(axes):
            wanted = " × ".join(str(axis.size) for axis in axes) or "a number"
            raise InputError(f"{each} should be {wanted}, but has shape {array.shape}.")
        arrays[each] = array if array.flags.c_contiguous else array.copy(order="C")  # keeps a number a number
    return arrays


def _solve(
    name: str, f: ArrayProgram, arrays: Mapping[str, Float64], given: Mapping[str, int], length: int | None
) -> dict[str, int]:
    """Every size from the shapes of the parameters, what is given, and the length of x."""
    for each in given:
        if each not in f.size_names:
            raise InputError(f"{name} has the sizes {', '.join(f.size_names) or '(none)'}, but no {each}.")
    sizes = {each: int(value) for each, value in given.items()}
    equations = [
        (axis.size, dimension, f"{each} has shape {array.shape}")
        for each, array in arrays.items()
        for axis, dimension in zip(f.shape(each), array.shape, strict=True)
    ]
    waiting = equations
    while waiting:
        left = [equation for equation in waiting if not _settle(equation, sizes)]
        if len(left) == len(waiting):
            break
        waiting = left
    unknown = [each for each in f.size_names if each not in sizes]
    if len(unknown) == 1 and length is not None:
        sizes[unknown[0]] = _from_length(name, f, sizes, unknown[0], length)
        unknown = []
    if unknown:
        raise InputError(
            f"The sizes {', '.join(unknown)} of {name} do not follow from what is given: "
            f"name them, as in kernel.bind(sizes={{{unknown[0]!r}: …}})."
        )
    for size, dimension, words in equations:
        if size.at(sizes) != dimension:
            raise InputError(f"{words}, but should have {size.at(sizes)} where it has {dimension} ({size}).")
    negative = [each for each, value in sizes.items() if value < 0]
    if negative:
        raise InputError(f"The size {negative[0]} must not be negative, but is {sizes[negative[0]]}.")
    total = f.dimension(sizes)
    if length is not None and total != length:
        raise InputError(f"x has length {length}, but {name} takes {total} variables ({_shapes(f, sizes)}).")
    return sizes


def _settle(equation: tuple[Affine, int, str], sizes: dict[str, int]) -> bool:
    """Find the only unknown size of an equation; whether there is none left."""
    size, dimension, words = equation
    rest = size.put(sizes)
    if len(rest.terms) > 1:
        return False
    if rest.terms:
        (each, a), *_ = rest.terms
        value, remainder = divmod(dimension - rest.constant, a)
        if remainder:
            raise InputError(f"{words}, but {size} = {dimension} has no integer solution.")
        sizes[each] = value
    return True


def _from_length(name: str, f: ArrayProgram, sizes: Mapping[str, int], unknown: str, length: int) -> int:
    low, high = 0, length + 64
    while low < high:  # the number of variables grows with every size
        middle = (low + high) // 2
        if f.dimension({**sizes, unknown: middle}) < length:
            low = middle + 1
        else:
            high = middle
    if f.dimension({**sizes, unknown: low}) != length:
        shapes = ", ".join(f"{each}: {_text(f.shape(each))}" for each in f.variables)
        raise InputError(f"x has length {length}, but no {unknown} gives {name} as many variables ({shapes}).")
    return low


def _shapes(f: ArrayProgram, sizes: Mapping[str, int]) -> str:
    return ", ".join(
        f"{each}: " + (" × ".join(str(axis.size.at(sizes)) for axis in f.shape(each)) or "a number")
        for each in f.variables
    )


def _text(axes: Axes) -> str:
    return " × ".join(str(axis.size) for axis in axes) or "a number"


def _require_inside(f: ArrayProgram, sizes: Mapping[str, int]) -> None:
    """Every entry that the formula uses is one of its array."""
    for node in f.nodes:
        if isinstance(node, Gather | Scatter) and not node.conditions:
            array = f.nodes[node.source].axes if isinstance(node, Gather) else node.axes
            over = node.axes if isinstance(node, Gather) else node.over
            lengths = {axis.name: axis.size.at(sizes) for axis in over}
            if any(length <= 0 for length in lengths.values()):
                continue
            source = f.nodes[node.source]
            name = source.name if isinstance(source, Input) else "an array"
            for place, axis in zip(node.places, array, strict=True):
                low, high = _range(place.put(sizes), lengths)
                size = axis.size.at(sizes)
                if low < 0 or high >= size:
                    outside = low if low < 0 else high
                    raise InputError(
                        f"The formula uses entry {outside} of {name}, whose entries are counted from 0 to {size - 1}."
                    )


def _range(place: Affine, lengths: Mapping[str, int]) -> tuple[int, int]:
    ends = [(a * 0, a * (lengths[name] - 1)) for name, a in place.terms]
    return (
        place.constant + sum(min(pair) for pair in ends),
        place.constant + sum(max(pair) for pair in ends),
    )


def split(f: ArrayProgram, sizes: Mapping[str, int], x: Float64) -> dict[str, Float64]:
    """The parts of a flat vector, as views of their shapes."""
    parts, begin = {}, 0
    for each in f.variables:
        shape = tuple(axis.size.at(sizes) for axis in f.shape(each))
        end = begin + int(np.prod(shape, dtype=np.int64))
        parts[each] = x[begin:end].reshape(shape)
        begin = end
    return parts


def joined(f: ArrayProgram, arrays: Mapping[str, Any]) -> tuple[Float64, dict[str, int]]:
    """One flat vector from an array per variable, and the sizes that their shapes tell."""
    missing = [each for each in f.variables if each not in arrays]
    if missing or len(arrays) != len(f.variables):
        raise InputError(f"x needs an array for each of {', '.join(f.variables)}, but has {', '.join(arrays)}.")
    sizes: dict[str, int] = {}
    parts: Sequence[Float64] = [real_array(arrays[each], each) for each in f.variables]
    for each, array in zip(f.variables, parts, strict=True):
        if array.ndim != len(f.shape(each)):
            raise InputError(f"{each} should be {_text(f.shape(each))}, but has shape {array.shape}.")
        for axis, dimension in zip(f.shape(each), array.shape, strict=True):
            _settle((axis.size, dimension, f"{each} has shape {array.shape}"), sizes)
    return np.concatenate([part.ravel() for part in parts]), sizes
