"""A kernel as a Python module that stands alone: NumPy and Numba, readable, with a test of itself.

Nothing from outside gets into code: inputs are entries of x, p and v, intermediate values t0, t1, …; formulas and
names stand in comments only, as Python writes strings.  The text depends on the kernel alone, not on when or where.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import sympy

from hessmath import __version__
from hessmath.errors import InputError
from hessmath.kernels.emission import Inputs
from hessmath.kernels.ordering import depth_first, scratch_places
from hessmath.kernels.python_forms import HELPERS, JIT, literal, statement
from hessmath.program import PRIMITIVES, Tape, read_back
from hessmath.program.arithmetic import balls
from hessmath.program.primitives import CONSTANT, INPUT

if TYPE_CHECKING:
    from hessmath.kernels.kernel import Kernel

#: Operations in one function: Numba's time grows faster than linearly with the length.
CHUNK = 250

#: Longer programs are not exported: Numba would take minutes.
LONGEST = 20_000

ARGUMENTS = {"f": "x", "value_and_gradient": "x", "gradient": "x", "hessian": "x", "jacobian": "x", "hvp": "x, v"}


def export(kernel: Kernel, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a kernel as a module of its own; it is written to a temporary file first and then renamed.

    Raises
    ------
    InputError
        If the file exists and ``overwrite`` is not set, a function of the formula is in neither NumPy nor Python's
        ``math``, or a program has more than 20,000 operations.
    """
    return write_module(lambda: module_text(kernel), path, overwrite=overwrite)


def write_module(text: Callable[[], str], path: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """Write a text that is made only if the file may be written; an unfinished file is never seen."""
    target = Path(path)
    if target.exists() and not overwrite:
        raise InputError(f"{target} exists already: choose another name, or ask for it to be overwritten.")
    content = text()
    handle, temporary = tempfile.mkstemp(dir=target.parent, suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(content)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
    return target


def module_text(kernel: Kernel) -> str:
    """The text of the module."""
    is_map = kernel.tape("f").shape != ()
    kinds = ["f", "jacobian"] if is_map else ["f", "gradient", "hessian", "hvp", "value_and_gradient"]
    tapes = {kind: kernel.tape(kind) for kind in kinds}
    functions = [_Function(kind, tape, _inputs(kernel, kind)) for kind, tape in tapes.items()]
    bodies = [function.text() for function in functions]
    used = dict.fromkeys(name for function in functions for name in function.helpers)
    parts = [
        _head(kernel, tapes),
        *(f"{JIT}\n{HELPERS[name]}" for name in used),
        *bodies,
        CHECKS,
        *(_entry(kernel, kind, tape) for kind, tape in tapes.items()),
        _self_test(kernel, tapes),
    ]
    return "\n\n\n".join(parts) + "\n"


def _inputs(kernel: Kernel, kind: str) -> Inputs:
    n = len(kernel.variables)
    return Inputs(n, len(kernel.parameters), n if kind == "hvp" else 0)


def _head(kernel: Kernel, tapes: dict[str, Tape]) -> str:
    """Provenance, as comments: text from outside is written as Python writes strings."""
    f = tapes["f"]
    formula = "(too long to be shown)"
    if len(f) < 400:
        symbols = [sympy.Symbol(name, real=True) for name in f.names]
        formula = str(read_back(f, symbols))
    lines = [
        f"# Written by hessmath {__version__} (kernel.export); needs NumPy and Numba. Run this file to test it.",
        f"# Formula: {formula[:2000]!a}",
        f"# Program: {f.digest}",
        *(f"# {kind}: {tape.cost.total} operations" for kind, tape in tapes.items()),
        *(f"# x[{i}] is {name!a}" for i, name in enumerate(kernel.variables[:200])),
        *(f"# p[{i}] is {name!a}" for i, name in enumerate(kernel.parameters[:200])),
    ]
    return "\n".join([*lines, "", "import math", "import sys", "", "import numba", "import numpy as np"])


class _Function:
    """One program as Numba functions of (x, p, v, out), cut into pieces that share an array s."""

    def __init__(self, kind: str, tape: Tape, inputs: Inputs) -> None:
        self.kind, self.tape, self.inputs = kind, tape, inputs
        self.order = depth_first(tape)
        if len(self.order) > LONGEST:
            raise InputError(f"{kind} takes {len(self.order)} operations, but only up to {LONGEST} are exported.")
        outputs = tape.outputs.tolist()
        returns = kind == "value_and_gradient" or (kind == "f" and tape.shape == ())
        self.returned = outputs[0] if returns else None
        self.written = outputs[1:] if returns else outputs
        self.helpers: dict[str, None] = {}
        self.scratch: dict[int, int] = {}

    def text(self) -> str:
        """The functions."""
        chunks = [self.order[i : i + CHUNK] for i in range(0, len(self.order), CHUNK)] or [[]]
        rows = [row[1:] if row[0] not in (INPUT, CONSTANT) else (-1, -1, -1) for row in self.tape.rows]
        last = {slot: number for number, slots in enumerate(chunks) for slot in slots}
        self.scratch, size = scratch_places(chunks, rows, self.returned) if len(chunks) > 1 else ({}, 0)
        names = [f"_{self.kind}" if len(chunks) == 1 else f"_{self.kind}_{k}" for k in range(len(chunks))]
        texts = []
        for number, (name, slots) in enumerate(zip(names, chunks, strict=True)):
            is_last = number == len(chunks) - 1
            stores = [(i, s) for i, s in enumerate(self.written) if last.get(s, len(chunks) - 1) == number]
            returned = self.returned if is_last else None
            arguments = "x, p, v, out" + (", s" if len(chunks) > 1 else "")
            body = "\n    ".join(self.lines(slots, stores, returned))
            texts.append(f"{JIT}\ndef {name}({arguments}):\n    {body}")
        if len(chunks) > 1:
            calls = [f"{name}(x, p, v, out, s)" for name in names]
            body = "\n    ".join([f"s = np.empty({size})", *calls[:-1], f"return {calls[-1]}"])
            texts.append(f"{JIT}\ndef _{self.kind}(x, p, v, out):\n    {body}")
        return "\n\n\n".join(texts)

    def lines(self, slots: Sequence[int], stores: Sequence[tuple[int, int]], returned: int | None) -> Iterator[str]:
        """The statements of one piece."""
        here = set(slots)
        for slot in slots:
            code, *operands = self.tape.rows[slot]
            row = PRIMITIVES[code]
            yield f"t{slot} = {statement(row, [self.value(k, here) for k in operands[: row.arity]], self.helpers)}"
            if slot in self.scratch:
                yield f"s[{self.scratch[slot]}] = t{slot}"
        for index, slot in stores:
            yield f"out[{index}] = {self.value(slot, here)}"
        yield f"return {self.value(returned, here) if returned is not None else '0.0'}"

    def value(self, slot: int, here: set[int]) -> str:
        """How a slot's value is written."""
        code, which, _, _ = self.tape.rows[slot]
        if code == INPUT:
            array, index = self.inputs.place(which)
            return f"{array}[{index}]"
        if code == CONSTANT:
            return literal(self.tape.constants[which])
        return f"t{slot}" if slot in here else f"s[{self.scratch[slot]}]"


CHECKS = """_NOTHING = np.empty(0)


def _vector(values, length, name):
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.shape != (length,):
        raise ValueError(f"{name} must be a vector of {length} numbers, but has shape {array.shape}.")
    return array


def _result(out, shape):
    if out is None:
        return np.empty(shape)
    if not isinstance(out, np.ndarray) or out.dtype != np.float64 or out.shape != shape or not out.flags.c_contiguous:
        raise ValueError(f"out must be a C-contiguous float64 array of shape {shape}.")
    return out"""


def _entry(kernel: Kernel, kind: str, tape: Tape) -> str:
    """The function that users call."""
    n, m = len(kernel.variables), len(kernel.parameters)
    arguments = ARGUMENTS[kind] + (", p" if m else "")
    shape = _shape(kernel, kind, tape)
    doc = {
        "f": "f(x)",
        "gradient": "The gradient, shape (n,).",
        "hessian": "The Hessian, shape (n, n).",
        "hvp": "The Hessian times v, shape (n,).",
        "value_and_gradient": "f(x) and the gradient.",
        "jacobian": "The Jacobian, shape (m, n).",
    }[kind]
    lines = [f'"""{doc}"""', f'x = _vector(x, {n}, "x")']
    if m:
        lines.append(f'p = _vector(p, {m}, "p")')
    if kind == "hvp":
        lines.append(f'v = _vector(v, {n}, "v")')
    given = f"x, {'p' if m else '_NOTHING'}, {'v' if kind == 'hvp' else '_NOTHING'}"
    if not shape:
        return f"def {kind}({arguments}):\n    " + "\n    ".join([*lines, f"return _{kind}({given}, _NOTHING)"])
    lines.append(f"out = _result(out, {shape})")
    call = f"_{kind}({given}, out.ravel())"
    lines += [f"return {call}, out"] if kind == "value_and_gradient" else [call, "return out"]
    return f"def {kind}({arguments}, out=None):\n    " + "\n    ".join(lines)


def _shape(kernel: Kernel, kind: str, tape: Tape) -> tuple[int, ...]:
    n = len(kernel.variables)
    if kind == "f":
        return tape.shape
    return {"hessian": (n, n), "jacobian": (len(kernel.tape("f").outputs), n)}.get(kind, (n,))


def _self_test(kernel: Kernel, tapes: dict[str, Tape]) -> str:
    """Values at points where all are defined, from ball arithmetic; and the command that compares."""
    found = (_case(kernel, tapes, seed) for seed in range(12))
    cases = list(islice((case for case in found if case is not None), 3))
    p = ", p" if kernel.parameters else ""
    calls = ", ".join(f'"{kind}": {kind}({ARGUMENTS[kind]}{p})' for kind in tapes)
    return self_test_text(cases, ["x, p, v = _numbers(x), _numbers(p), _numbers(v)"], calls)


def self_test_text(cases: Sequence[str], reading: Sequence[str], calls: str) -> str:
    """The self-test of a module: ``reading`` are the lines that make x, v and the data from a case's texts."""
    rows = ",\n    ".join(cases)
    read = "\n        ".join(reading)
    return f'''# (x, p, v, values by function): numbers in hexadecimal, the values from rigorous enclosures
_CASES = [
    {rows}
]


def _numbers(text):
    return np.array([float.fromhex(word) for word in text.split()])


def self_test():
    """What differs from the enclosed values; empty when all is well."""
    found = []
    for x, p, v, expected in _CASES:
        {read}
        results = {{{calls}}}
        for name, result in results.items():
            parts = result if isinstance(result, tuple) else (result,)
            values = np.concatenate([np.ravel(part) for part in parts])
            wanted = _numbers(expected[name])
            error = np.max(np.abs(values - wanted), initial=0.0) / (1.0 + np.max(np.abs(wanted), initial=0.0))
            if not error <= 1e-10:
                found.append(f"{{name}} at {{x}} differs by {{error:.1e}}")
        if "hessian" in results and not np.array_equal(results["hessian"], results["hessian"].T):
            found.append(f"the Hessian at {{x}} is not symmetric")
    return found


if __name__ == "__main__":
    differences = self_test()
    print("; ".join(differences) or f"{{len(_CASES)}} points: all values as enclosed.")
    sys.exit(1 if differences else 0)'''


def _case(kernel: Kernel, tapes: dict[str, Tape], seed: int) -> str | None:
    """One point with the values there; None where something is undefined."""
    n, m = len(kernel.variables), len(kernel.parameters)
    x = [Fraction(3 + (5 * i + 3 * seed) % 11, 8) * (-1) ** ((i + seed) // 3 * (seed % 2)) for i in range(n)]
    p = [Fraction(4 + (3 * i + seed) % 7, 8) for i in range(m)]
    v = [Fraction((3 * i + seed) % 9 - 4, 4) for i in range(n)]
    return case_text(tapes, x, p, v)


def case_text(
    tapes: Mapping[str, Tape], x: Sequence[Fraction], p: Sequence[Fraction], v: Sequence[Fraction]
) -> str | None:
    """A point and the programs' values there as a Python literal; None where something is undefined."""
    values = {}
    for kind, tape in tapes.items():
        try:
            results = balls.run(tape, [*x, *p, *(v if kind == "hvp" else [])], 200)
        except InputError:
            return None
        if not all(result.is_finite() and result.rad() < 1e-20 * (1 + abs(result).mid()) for result in results):
            return None
        values[kind] = " ".join(float(result.mid()).hex() for result in results)
    texts = [repr(" ".join(float(number).hex() for number in numbers)) for numbers in (x, p, v)]
    listed = ", ".join(f"{kind!r}: {text!r}" for kind, text in values.items())
    return f"({', '.join(texts)}, {{{listed}}})"
