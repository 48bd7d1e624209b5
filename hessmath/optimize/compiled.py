"""Solvers as machine code: the loop of ``loop.py`` compiled by Numba once per method, for functions given by address.

A compiled run is one C function ``double (const double *x0, const double *v, const double *context, double *out)``,
the signature of kernels: v is not read.  The context holds addresses (as int64 in the same memory), sizes, the
stopping table and the method's numbers, so that a new formula or new parameters compile nothing.  For each start it
writes a row: x, ∇f(x), the first numbers of ``Memory.s``, and how often f and its derivatives were evaluated.

Numba keeps machine code next to the source file of the function, but does not notice when a callee changes.  The
function is therefore written to a file of its own whose name is a hash of all sources, versions and the processor.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import carray, float64, types
from numba.extending import intrinsic, register_jitable
from numpy.typing import NDArray

import hessmath.linear
import hessmath.optimize
from hessmath.linear.cg import CGWork
from hessmath.linear.factors import BandFactors, DenseFactors
from hessmath.linear.lapack import LargeFactors
from hessmath.linear.twofold import enable, family, twofold
from hessmath.linear.vectors import copy_to
from hessmath.optimize import evaluation
from hessmath.optimize.loop import begin, run
from hessmath.optimize.memory import HALT, SCALARS, Memory
from hessmath.optimize.stopping import Table

Vector = NDArray[np.float64]

# What the context holds, as int64 unless said otherwise.
F, GRADIENT, VALUE_AND_GRADIENT, HESSIAN, HVP, PARAMETERS, WORK, STOP, COUNT, DIMENSION = range(10)
WORK_SIZE, ROWS, STOP_ROWS, MAX_STEPS, PARAMETER_COUNT, CG, HESSIAN_ROWS, UNTIL, RESUME = range(10, 19)
NUMBERS = 20  # from here on the method's numbers, as float64
SPACE, DPOTRF, DSYTRF, DSYEVD = range(60, 64)  # size of LAPACK's workspace, addresses
CONTEXT = 64

SHOWN = 10  # of Memory.s, in each row of the result
COUNTS = 4  # f, gradient, hessian, hvp


class CompiledOracle(NamedTuple):
    """Addresses of kernels, the values of their parameters, and the counts."""

    f: int
    gradient: int
    value_and_gradient: int
    hessian: int
    hvp: int
    parameters: Vector
    counts: Vector


@intrinsic
def call(typing_context, address, x, v, parameters, out):  # type: ignore[no-untyped-def]
    """Call a kernel at an address with the numbers of four arrays."""
    signature = float64(address, x, v, parameters, out)
    kernel = types.ExternalFunctionPointer(float64(*[types.voidptr] * 4), lambda pointer: pointer)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        pointer = builder.inttoptr(arguments[0], context.get_value_type(kernel))
        given = [
            builder.bitcast(
                context.make_array(kind)(context, builder, array).data, context.get_value_type(types.voidptr)
            )
            for kind, array in zip(signature.args[1:], arguments[1:], strict=True)
        ]
        return context.call_function_pointer(builder, pointer, given)

    return signature, generate


# What follows runs in compiled code only.


@evaluation.value.of(CompiledOracle)
def _(oracle: Any, x: Any) -> Any:  # pragma: no cover (Numba runs it)
    oracle.counts[0] += 1
    return call(oracle.f, x, x, oracle.parameters, x)


@evaluation.gradient.of(CompiledOracle)
def _(oracle: Any, x: Any, g: Any) -> Any:  # pragma: no cover (Numba runs it)
    oracle.counts[1] += 1
    call(oracle.gradient, x, x, oracle.parameters, g)


@evaluation.value_and_gradient.of(CompiledOracle)
def _(oracle: Any, x: Any, g: Any) -> Any:  # pragma: no cover (Numba runs it)
    oracle.counts[0] += 1
    oracle.counts[1] += 1
    return call(oracle.value_and_gradient, x, x, oracle.parameters, g)


@evaluation.hessian.of(CompiledOracle)
def _(oracle: Any, x: Any, H: Any) -> Any:  # pragma: no cover (Numba runs it)
    oracle.counts[2] += 1
    call(oracle.hessian, x, x, oracle.parameters, H)


@evaluation.look_at.of(CompiledOracle)
def _(oracle: Any, x: Any) -> Any:  # pragma: no cover (Numba runs it)
    pass


@evaluation.product.of(CompiledOracle)
def _(oracle: Any, x: Any, v: Any, out: Any) -> Any:  # pragma: no cover (Numba runs it)
    oracle.counts[3] += 1
    call(oracle.hvp, x, v, oracle.parameters, out)


@intrinsic
def at(typing_context, address):  # type: ignore[no-untyped-def]
    """The address as a pointer to float64."""
    pointer = types.CPointer(types.float64)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.inttoptr(arguments[0], context.get_value_type(pointer))

    return pointer(address), generate


class Dense(NamedTuple):
    """The Hessian is an (n, n) array."""


class Banded(NamedTuple):
    """The Hessian is given by its upper diagonals."""


class Large(NamedTuple):
    """The Hessian is an (n, n) array that LAPACK factorises."""


@family
def factors_in(storage, L, vectors, notes, c, space):  # type: ignore[no-untyped-def]
    """Factors in this room."""


@factors_in.of(Dense)
def _(storage: Any, L: Any, vectors: Any, notes: Any, c: Any, space: Any) -> Any:  # pragma: no cover (Numba runs it)
    return DenseFactors(L, vectors[0], vectors[1], vectors[2], vectors[3], vectors[4], vectors[5], vectors[6], notes)


@factors_in.of(Banded)
def _(storage: Any, L: Any, vectors: Any, notes: Any, c: Any, space: Any) -> Any:  # pragma: no cover (Numba runs it)
    return BandFactors(L, vectors[0], notes)


@factors_in.of(Large)
def _(storage: Any, L: Any, vectors: Any, notes: Any, c: Any, space: Any) -> Any:  # pragma: no cover (Numba runs it)
    small = factors_in(Dense(), L, vectors, notes, c, space)
    return LargeFactors(small, c[DPOTRF], c[DSYTRF], c[DSYEVD], space)


@register_jitable(error_model="numpy")
def solve_all(method: Any, storage: Any, x0: Any, c: Any, out: Any) -> Any:  # pragma: no cover (Numba runs it)
    """One run for each start, and the number of the last status; ``c`` is the context as int64."""
    n, count, rows = c[DIMENSION], c[COUNT], c[ROWS]
    work = carray(at(c[WORK]), (c[WORK_SIZE],))
    place = 0
    vectors = work[: 8 * n].reshape((8, n))
    place += 8 * n
    s = work[place : place + SCALARS]
    place += SCALARS
    counts = work[place : place + COUNTS]
    place += COUNTS
    height = c[HESSIAN_ROWS]
    H = work[place : place + height * n].reshape((height, n))
    place += height * n
    L = work[place : place + height * n].reshape((height, n))
    place += height * n
    store = work[place : place + rows * n].reshape((rows, n))
    place += rows * n
    m = c[CG]
    five = work[place : place + 5 * m].reshape((5, m))
    place += 5 * m
    notes = work[place : place + 8]
    place += 8
    seven = work[place : place + 7 * n].reshape((7, n))
    place += 7 * n
    space = work[place : place + c[SPACE]]
    factors = factors_in(storage, L, seven, notes[:4], c, space)
    memory = Memory(
        vectors[0],
        vectors[1],
        vectors[2],
        vectors[3],
        vectors[4],
        vectors[5],
        vectors[6],
        vectors[7],
        s,
        H,
        store,
        factors,
        CGWork(five[0], five[1], five[2], five[3], five[4], notes[4:]),
    )
    parameters = carray(at(c[PARAMETERS]), (c[PARAMETER_COUNT],))
    oracle = CompiledOracle(c[F], c[GRADIENT], c[VALUE_AND_GRADIENT], c[HESSIAN], c[HVP], parameters, counts)
    r = c[STOP_ROWS]
    table = carray(at(c[STOP]), (4 * r,))
    stop = Table(table[: 3 * r].reshape((r, 3)), table[3 * r :])
    size = width(n)
    for i in range(count):
        if c[RESUME] == 0:
            copy_to(memory.x, x0[i * n : (i + 1) * n])
            counts[:] = 0.0
            begin(oracle, memory)
        run(method, oracle, memory, stop, c[MAX_STEPS], c[UNTIL])
        row = out[i * size : (i + 1) * size]
        copy_to(row[:n], memory.x)
        copy_to(row[n : 2 * n], memory.g)
        copy_to(row[2 * n : 2 * n + SHOWN], s[:SHOWN])
        copy_to(row[2 * n + SHOWN :], counts)
    return s[HALT]


def work_size(n: int, height: int, rows: int, cg: bool, space: int = 0) -> int:
    """How many numbers the memory of ``solve_all`` takes."""
    return (8 + 2 * height + rows + 7 + (5 if cg else 0)) * n + SCALARS + COUNTS + 8 + space


def flattened(numbers: Any) -> list[float]:
    """The numbers of a method, in order."""
    return [each for part in numbers for each in (flattened(part) if isinstance(part, tuple) else [float(part)])]


def entry(numbers: Any, storage: Any, folder: Path) -> Any:
    """The compiled run for methods with numbers of this kind: a ``cfunc`` with an ``address``.

    Compiled once per machine (some seconds) and kept in the folder; loaded from there in later processes.
    """
    text = _source(numbers, storage)
    name = "solver_" + hashlib.sha256((fingerprint() + text).encode()).hexdigest()[:32]
    if name not in _LOADED:
        enable()
        _LOADED[name] = load(name, text, folder)
    return _LOADED[name].entry


_LOADED: dict[str, ModuleType] = {}

_TEXT = """\
from numba import carray, cfunc, types
import numpy as np
from hessmath.optimize.compiled import COUNT, DIMENSION, NUMBERS, CONTEXT, solve_all, width
{imports}

pointer = types.CPointer(types.float64)


@cfunc(types.float64(pointer, types.voidptr, types.voidptr, pointer), cache=True, error_model="numpy")
def entry(x0, v, context, out):
    c = carray(context, (CONTEXT,), np.int64)
    m = carray(context, (CONTEXT,), np.float64)
    size = c[COUNT] * c[DIMENSION]
    rows = c[COUNT] * width(c[DIMENSION])
    return solve_all({method}, {storage}(), carray(x0, (size,)), c, carray(out, (rows,)))
"""


@twofold
def width(n: int) -> int:
    """How many numbers a row of the result has."""
    return 2 * n + SHOWN + COUNTS


def _source(numbers: Any, storage: Any) -> str:
    place = iter(range(NUMBERS, CONTEXT))
    imports: set[str] = set()

    def expression(part: Any) -> str:
        if isinstance(part, tuple):
            kind = type(part)
            imports.add(f"from {kind.__module__} import {kind.__name__}")
            return f"{kind.__name__}({', '.join(map(expression, part))})"
        number = f"m[{next(place)}]"
        return f"int({number})" if isinstance(part, int) else number

    method = expression(numbers)
    imports.add(f"from {storage.__module__} import {storage.__name__}")
    return _TEXT.format(imports="\n".join(sorted(imports)), method=method, storage=storage.__name__)


def _sources() -> Iterator[Path]:
    for package in (hessmath.linear, hessmath.optimize):
        yield from sorted(Path(package.__path__[0]).glob("*.py"))


@functools.cache
def fingerprint() -> str:
    """What compiled loops depend on: sources and versions."""
    digest = hashlib.sha256(f"{numba.__version__} {np.__version__} {sys.version}".encode())
    for path in _sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def load(name: str, text: str, folder: Path) -> ModuleType:
    """The module of a generated file, which is written if it is not there."""
    path = folder / f"{name}.py"
    if not path.exists():
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    try:
        return _imported(name, path)
    except (EOFError, pickle.UnpicklingError, OSError):  # damaged cache files
        for damaged in (folder / "__pycache__").glob(f"{name}*"):
            damaged.unlink(missing_ok=True)
        return _imported(name, path)


def _imported(name: str, path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(f"hessmath_{name}", path)
    if specification is None or specification.loader is None:
        raise ImportError(f"{path} cannot be imported.")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module
