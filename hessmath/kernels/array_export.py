"""An array kernel as a Python module that stands alone: loops for Numba, products by NumPy, sizes from the shapes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hessmath import __version__
from hessmath.errors import InputError
from hessmath.kernels.binding import bind
from hessmath.kernels.export import ARGUMENTS, CHECKS, case_text, self_test_text, write_module
from hessmath.kernels.loop_export import LINEAR_ALGEBRA, RUNNING, Names, ProgramText, data_names
from hessmath.kernels.python_forms import HELPERS, JIT
from hessmath.program.arrays.affine import Affine
from hessmath.program.arrays.array_program import ArrayProgram
from hessmath.program.arrays.expanding import expand
from hessmath.program.arrays.nodes import Gather, Scatter
from hessmath.program.arrays.reading import read_back

if TYPE_CHECKING:
    from hessmath.kernels.array_kernel import ArrayKernel


def export(kernel: ArrayKernel, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write an array kernel as a module of its own; it is written to a temporary file first and then renamed.

    The module's functions take x, one flat vector, and then the data, in the order of the kernel's parameters; sizes
    that ``bind`` has fixed stay fixed, data do not.

    Raises
    ------
    InputError
        If the file exists and ``overwrite`` is not set, a function of the formula is in neither NumPy nor Python's
        ``math``, or a size would follow from nothing that is given.
    """
    return write_module(lambda: module_text(kernel), path, overwrite=overwrite)


def module_text(kernel: ArrayKernel) -> str:
    """The text of the module."""
    f = kernel.program
    kinds = ["f", "gradient", *(["hessian"] if kernel.has_whole_hessian else []), "hvp", "value_and_gradient"]
    programs = {kind: kernel.piece(kind) for kind in kinds}
    texts = [ProgramText(kind, program, f.size_names) for kind, program in programs.items()]
    bodies = [text.text() for text in texts]
    used = dict.fromkeys(name for text in texts for name in text.helpers)
    parts = [
        _head(kernel, programs),
        *(f"{JIT}\n{text}" for name, text in {**HELPERS, **RUNNING}.items() if name in used),
        *(text for name, text in LINEAR_ALGEBRA.items() if name in used),
        *bodies,
        CHECKS,
        _ARRAYS,
        _Given(kernel, programs).text(),
        *(_entry(f, kind) for kind in kinds),
        _self_test(kernel, programs),
    ]
    return "\n\n\n".join(parts) + "\n"


def _head(kernel: ArrayKernel, programs: Mapping[str, ArrayProgram]) -> str:
    """Provenance, as comments: text from outside is written as Python writes strings."""
    f = kernel.program
    formula = "; ".join(map(str, read_back(f)))
    names = Names(f.size_names)
    data = data_names(f)
    inputs = [
        f"# a{k} is {name!a}, shape {names.shape(f.shape(name))}{', a part of x' if name in f.variables else ''}"
        for k, name in enumerate((*f.variables, *data))
    ]
    lines = [
        f"# Written by hessmath {__version__} (kernel.export); needs NumPy and Numba. Run this file to test it.",
        f"# Formula: {formula[:2000]!a}",
        *(f"# Program of {kind}: {program.digest}" for kind, program in programs.items()),
        *(f"# n{k} is the size {name!a}" for k, name in enumerate(f.size_names)),
        *inputs,
        "# x is one flat vector: its parts one after the other, row by row.",
    ]
    return "\n".join([*lines, "", "import math", "import sys", "", "import numba", "import numpy as np"])


_ARRAYS = """def _array(values, dimensions, name):
    array = np.ascontiguousarray(values, dtype=np.float64)
    if np.ndim(values) != dimensions:
        raise ValueError(f"{name} must have {dimensions} dimensions, but has shape {np.shape(values)}.")
    return array.reshape(np.shape(values))


def _check(shape, wanted, name):
    if shape != wanted:
        raise ValueError(f"{name} must have shape {wanted}, but has shape {shape}.")


def _size(number, factor):
    value, rest = divmod(number, factor)
    if rest or value < 0:
        raise ValueError(f"No size fits the shapes: {number}/{factor} is no size.")
    return value


def _size_from_length(count, length):
    low, high = 0, length + 64
    while low < high:
        middle = (low + high) // 2
        if count(middle) < length:
            low = middle + 1
        else:
            high = middle
    return low"""


class _Given:
    """The text of ``_given``, which checks x and the data and finds the sizes."""

    def __init__(self, kernel: ArrayKernel, programs: Mapping[str, ArrayProgram]) -> None:
        self.kernel, self.f, self.programs = kernel, kernel.program, programs
        self.names = Names(self.f.size_names)
        self.data = data_names(self.f)
        self.inputs = {name: f"a{k}" for k, name in enumerate((*self.f.variables, *self.data))}

    def text(self) -> str:
        """The function."""
        arguments = [self.inputs[name] for name in self.data]
        lines = ['x = _array(x, 1, "x")']
        lines += [
            f"{a} = _array({a}, {len(self.f.shape(name))}, {name!a})"
            for a, name in zip(arguments, self.data, strict=True)
        ]
        lines += self.sizes()
        for a, name in zip(arguments, self.data, strict=True):
            lines.append(f"_check({a}.shape, {self.names.shape(self.f.shape(name))}, {name!a})")
        total = self.total()
        lines.append(f'_check(x.shape, ({total},), "x")')
        for test in self.outside():
            lines.append(f"if {test}:")
            lines.append('    raise ValueError("The formula uses entries outside an array of these sizes.")')
        lines.append(f"return {', '.join(['x', *arguments, *self.names.sizes.values()])},")
        body = "\n    ".join(lines)
        return f"def _given({', '.join(['x', *arguments])}):\n    {body}"

    def total(self) -> str:
        """The number of variables."""
        return " + ".join(self.names.count(self.f.shape(name)) for name in self.f.variables)

    def sizes(self) -> Iterator[str]:
        """A line for each size: fixed, from the shape of an array, or from the length of x."""
        known = set()
        for name, value in self.kernel.sizes.items():
            known.add(name)
            yield f"{self.names.sizes[name]} = {int(value)}"
        equations = [
            (axis.size, f"{self.inputs[name]}.shape[{d}]")
            for name in self.data
            for d, axis in enumerate(self.f.shape(name))
        ]
        found = True
        while found:
            found = False
            for size, dimension in equations:
                unknown = [name for name in size.names if name not in known]
                if len(unknown) == 1:
                    (name,) = unknown
                    rest = size - size.factor(name) * Affine.of(name)
                    known.add(name)
                    found = True
                    yield (
                        f"{self.names.sizes[name]} = "
                        f"_size({dimension} - ({self.names.affine(rest)}), {size.factor(name)})"
                    )
        missing = [name for name in self.f.size_names if name not in known]
        if len(missing) > 1:
            raise InputError(
                f"The sizes {', '.join(missing)} of {self.kernel.name} follow from nothing that an exported function "
                f"is given: fix them, as in kernel.bind(sizes={{{missing[0]!r}: …}})."
            )
        for name in missing:
            n = self.names.sizes[name]
            yield f"{n} = _size_from_length(lambda {n}: {self.total()}, len(x))"

    def outside(self) -> list[str]:
        """Conditions under which a place without conditions of its own is outside its array."""
        found: dict[str, None] = {}
        for program in self.programs.values():
            for node in program.nodes:
                if isinstance(node, Gather | Scatter) and not node.conditions:
                    axes = program.nodes[node.source].axes if isinstance(node, Gather) else node.axes
                    over = node.axes if isinstance(node, Gather) else node.over
                    last = {axis.name: axis.size - 1 for axis in over}
                    some = [f"{self.names.affine(axis.size)} > 0" for axis in over if not _positive(axis.size)]
                    for place, axis in zip(node.places, axes, strict=True):
                        low = place.put({name: 0 if place.factor(name) > 0 else last[name] for name in last})
                        high = place.put({name: last[name] if place.factor(name) > 0 else 0 for name in last})
                        for beyond in (low, axis.size - 1 - high):
                            if not beyond.is_never_negative:
                                found[" and ".join([*some, f"{self.names.affine(beyond)} < 0"])] = None
        return list(found)


def _positive(size: Affine) -> bool:
    return (size - 1).is_never_negative


_DOCUMENTATION = {
    "f": "f(x)",
    "gradient": "The gradient, shape (n,).",
    "hessian": "The Hessian, shape (n, n).",
    "hvp": "The Hessian times v, shape (n,).",
    "value_and_gradient": "f(x) and the gradient.",
}


def _entry(f: ArrayProgram, kind: str) -> str:
    """The function that users call."""
    data = [f"a{k}" for k in range(len(f.variables), len(f.variables) + len(data_names(f)))]
    lines = [f'"""{_DOCUMENTATION[kind]}"""', f"given = _given({', '.join(['x', *data])})"]
    v = "_NOTHING"
    if kind == "hvp":
        v = "v"
        lines.append('v = _vector(v, len(given[0]), "v")')
    arguments = ", ".join([ARGUMENTS[kind], *data])
    call = f"_{kind}(given[0], {v}, *given[1:], "
    if kind == "f":
        return f"def f({arguments}):\n    " + "\n    ".join([*lines, f"return {call}_NOTHING)"])
    lines.append(f"out = _result(out, given[0].shape{' * 2' if kind == 'hessian' else ''})")
    call += "out.ravel())"
    lines += [f"return {call}, out"] if kind == "value_and_gradient" else [call, "return out"]
    return f"def {kind}({arguments}, out=None):\n    " + "\n    ".join(lines)


# ---- self-test --------------------------------------------------------------------------------------


def _self_test(kernel: ArrayKernel, programs: Mapping[str, ArrayProgram]) -> str:
    """Values at small sizes, from the formula written out and ball arithmetic."""
    f = kernel.program
    cases = list(islice(_cases(kernel, programs), 3))
    data = [f"a{k}" for k in range(len(f.variables), len(f.variables) + len(data_names(f)))]
    reading = ["x, v = _numbers(x), _numbers(v)"]
    if data:
        reading.append("shapes, numbers = p.split('|')")
        reading.append("shapes = [tuple(map(int, shape.split())) for shape in shapes.split(',')]")
        reading.append("ends = np.cumsum([math.prod(shape) for shape in shapes])")
        reading.append("parts = np.split(_numbers(numbers), ends[:-1])")
        reading.append(f"{', '.join(data)}, = [part.reshape(shape) for part, shape in zip(parts, shapes)]")
    more = "".join(f", {a}" for a in data)
    calls = ", ".join(f'"{kind}": {kind}({ARGUMENTS[kind]}{more})' for kind in programs)
    return self_test_text(cases, reading, calls)


def _cases(kernel: ArrayKernel, programs: Mapping[str, ArrayProgram]) -> Iterator[str]:
    f = kernel.program
    free = [name for name in f.size_names if name not in kernel.sizes]
    for seed, values in enumerate(islice(product((3, 2, 4, 5), repeat=len(free)), 24)):
        sizes = {**kernel.sizes, **dict(zip(free, values, strict=True))}
        shapes = {name: tuple(axis.size.at(sizes) for axis in f.shape(name)) for name in (*f.variables, *data_names(f))}
        if any(length < 0 for shape in shapes.values() for length in shape):
            continue
        n = f.dimension(sizes)
        if n > 60:
            continue
        data = {name: np.zeros(shapes[name]) for name in data_names(f)}
        try:
            bind(kernel.name, f, data, sizes, n)  # are all entries inside their arrays?
        except InputError:
            continue
        tapes = {kind: expand(program, sizes) for kind, program in programs.items()}
        for shift in range(4):
            number = partial(_number, seed + shift)
            x = [number(3 * i + 5) for i in range(n)]
            p = [number(7 * i + 2) for i in range(sum(array.size for array in data.values()))]
            v = [number(5 * i + 1) - 1 for i in range(n)]
            case = case_text(tapes, x, p, v)
            if case is not None:
                yield _with_shapes(case, p, [shapes[name] for name in data])
                break


def _number(seed: int, k: int) -> Fraction:
    """A small dyadic number, with no pattern that would hide a wrong index."""
    return Fraction(3 + (k * k + 3 * k + 5 * seed) % 13, 8)


def _with_shapes(case: str, p: Sequence[Fraction], shapes: Sequence[tuple[int, ...]]) -> str:
    """The case with the shapes of the data before their numbers."""
    if not shapes:
        return case
    numbers = " ".join(float(number).hex() for number in p)
    text = ",".join(" ".join(map(str, shape)) for shape in shapes) + "|" + numbers
    x, _, rest = case.partition(", ")
    return f"{x}, {text!r}{rest[len(repr(numbers)) :]}"
