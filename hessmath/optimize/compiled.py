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
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import float64, types
from numba.extending import intrinsic, register_jitable
from numba.np.arrayobj import populate_array
from numpy.typing import NDArray

import hessmath.linear
import hessmath.optimize
from hessmath.linear import cg
from hessmath.linear.cg import NOTES, CGWork
from hessmath.linear.factors import BandFactors, DenseFactors
from hessmath.linear.lapack import LargeFactors
from hessmath.linear.twofold import enable, family
from hessmath.optimize import evaluation
from hessmath.optimize.loop import begin, run
from hessmath.optimize.memory import ASKED as STOP_ASKED
from hessmath.optimize.memory import HALT, SCALARS, Memory
from hessmath.optimize.stopping import Table

Vector = NDArray[np.float64]

# What the context holds, as int64 unless said otherwise.
F, GRADIENT, VALUE_AND_GRADIENT, HESSIAN, HVP, PARAMETERS, WORK, STOP, COUNT, DIMENSION = range(10)
WORK_SIZE, ROWS, STOP_ROWS, MAX_STEPS, PARAMETER_COUNT, CG, HESSIAN_ROWS, UNTIL, RESUME, ASKED = range(10, 20)
NUMBERS = 20  # from here on the method's numbers, as float64
SPACE, DPOTRF, DSYTRF, DSYEVD = range(60, 64)  # size of LAPACK's workspace, addresses
CONTEXT = 64

SHOWN = 10  # of Memory.s, in each row of the result
COUNTS = 4  # f, gradient, hessian, hvp
FACTOR_NOTES = 4


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


def _array(kind: Any, context: Any, builder: Any, address: Any, shape: list[Any]) -> Any:
    """An array of float64 in C order at an address."""
    array = context.make_array(kind)(context, builder)
    eight = context.get_constant(types.intp, 8)
    populate_array(
        array,
        data=builder.inttoptr(address, array.data.type),
        shape=shape,
        strides=[eight] if len(shape) == 1 else [builder.mul(eight, shape[1]), eight],
        itemsize=eight,
        meminfo=None,
    )
    return array._getvalue()


@intrinsic
def vector(typing_context, address, n):  # type: ignore[no-untyped-def]
    """The n numbers at an address."""
    kind = types.Array(types.float64, 1, "C")

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return _array(kind, context, builder, arguments[0], [arguments[1]])

    return kind(types.int64, types.int64), generate


@intrinsic
def matrix(typing_context, address, rows, columns):  # type: ignore[no-untyped-def]
    """The rows at an address."""
    kind = types.Array(types.float64, 2, "C")

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return _array(kind, context, builder, arguments[0], list(arguments[1:]))

    return kind(types.int64, types.int64, types.int64), generate


class Dense(NamedTuple):
    """The Hessian is an (n, n) array."""


class Banded(NamedTuple):
    """The Hessian is given by its upper diagonals."""


class Large(NamedTuple):
    """The Hessian is an (n, n) array that LAPACK factorises."""


@family
def factors_in(storage, L, seven, n, notes, c):  # type: ignore[no-untyped-def]
    """Factors in this room; ``seven`` is the address of so many vectors, and LAPACK's workspace comes after them."""


@factors_in.of(Dense)
def _(storage: Any, L: Any, seven: Any, n: Any, notes: Any, c: Any) -> Any:  # pragma: no cover (Numba runs it)
    size = 8 * n
    return DenseFactors(
        L,
        vector(seven, n),
        vector(seven + size, n),
        vector(seven + 2 * size, n),
        vector(seven + 3 * size, n),
        vector(seven + 4 * size, n),
        vector(seven + 5 * size, n),
        vector(seven + 6 * size, n),
        notes,
    )


@factors_in.of(Banded)
def _(storage: Any, L: Any, seven: Any, n: Any, notes: Any, c: Any) -> Any:  # pragma: no cover (Numba runs it)
    return BandFactors(L, vector(seven, n), notes)


@factors_in.of(Large)
def _(storage: Any, L: Any, seven: Any, n: Any, notes: Any, c: Any) -> Any:  # pragma: no cover (Numba runs it)
    small = factors_in(Dense(), L, seven, n, notes, c)
    return LargeFactors(small, c[DPOTRF], c[DSYTRF], c[DSYEVD], vector(seven + 56 * n, c[SPACE]))


@register_jitable(error_model="numpy")
def solve_all(method: Any, storage: Any, x0: Any, c: Any, out: Any) -> Any:  # pragma: no cover (Numba runs it)
    """One run for each start, and the number of the last status; ``c`` is the context as int64."""
    n, count, rows = c[DIMENSION], c[COUNT], c[ROWS]
    height, m, r = c[HESSIAN_ROWS], c[CG], c[STOP_ROWS]
    # Arrays are made from addresses: slices would say the same in ten times as much code to compile.
    size = 8 * n
    x, g = c[WORK], c[WORK] + size
    s = vector(x + 8 * size, SCALARS)
    own = x + 8 * size + 8 * SCALARS
    counts = vector(own, COUNTS)
    H = own + 8 * COUNTS
    L = H + height * size
    store = L + height * size
    five = store + rows * size
    notes = five + 40 * m
    seven = notes + 8 * (FACTOR_NOTES + NOTES)
    factors = factors_in(storage, matrix(L, height, n), seven, n, vector(notes, FACTOR_NOTES), c)
    memory = Memory(
        vector(x, n),
        vector(g, n),
        vector(x + 2 * size, n),
        vector(x + 3 * size, n),
        vector(x + 4 * size, n),
        vector(x + 5 * size, n),
        vector(x + 6 * size, n),
        vector(x + 7 * size, n),
        s,
        matrix(H, height, n),
        matrix(store, rows, n),
        factors,
        CGWork(
            vector(five, m),
            vector(five + 8 * m, m),
            vector(five + 16 * m, m),
            vector(five + 24 * m, m),
            vector(five + 32 * m, m),
            vector(notes + 8 * FACTOR_NOTES, NOTES),
        ),
    )
    parameters = vector(c[PARAMETERS], c[PARAMETER_COUNT])
    oracle = CompiledOracle(c[F], c[GRADIENT], c[VALUE_AND_GRADIENT], c[HESSIAN], c[HVP], parameters, counts)
    stop = Table(matrix(c[STOP], r, 3), vector(c[STOP] + 24 * r, r))
    place = 0
    for i in range(count):
        if c[RESUME] == 0:
            for k in range(n):
                memory.x[k] = x0[i * n + k]
            for k in range(COUNTS):
                counts[k] = 0.0
            begin(oracle, memory)
            s[STOP_ASKED] = c[ASKED]
        run(method, oracle, memory, stop, c[MAX_STEPS], c[UNTIL])
        for k in range(n):
            out[place + k] = memory.x[k]
            out[place + n + k] = memory.g[k]
        for k in range(SHOWN):
            out[place + 2 * n + k] = s[k]
        for k in range(COUNTS):
            out[place + 2 * n + SHOWN + k] = counts[k]
        place += 2 * n + SHOWN + COUNTS
    return s[HALT]


def work_size(n: int, height: int, rows: int, products: bool, space: int = 0) -> int:
    """How many numbers the memory of ``solve_all`` takes."""
    return _notes(n, height, rows, products) + FACTOR_NOTES + NOTES + 7 * n + space


def asked_places(n: int, height: int, rows: int, products: bool) -> tuple[int, int]:
    """Where in that memory a run looks whether it was asked to stop: between steps, and between products."""
    return 8 * n + STOP_ASKED, _notes(n, height, rows, products) + FACTOR_NOTES + cg.ASKED


def _notes(n: int, height: int, rows: int, products: bool) -> int:
    return (8 + 2 * height + rows + (5 if products else 0)) * n + SCALARS + COUNTS


def flattened(numbers: Any) -> list[float]:
    """The numbers of a method, in order."""
    return [each for part in numbers for each in (flattened(part) if isinstance(part, tuple) else [float(part)])]


def entry(numbers: Any, storage: Any, folder: Path, announce: Callable[[str], None] = lambda text: None) -> Any:
    """The compiled run for methods with numbers of this kind: a ``cfunc`` with an ``address``.

    Compiled once per machine (some seconds, which are announced) and kept in the folder; loaded from there in later
    processes.
    """
    text = _source(numbers, storage)
    name = "solver_" + hashlib.sha256((fingerprint() + text).encode()).hexdigest()[:32]
    if name not in _LOADED:
        enable()
        if not any((folder / "__pycache__").glob(f"{name}*.nbc")):
            announce("Compiling the loop of this method, once on this machine: 5 to 20 seconds.")
        _LOADED[name] = load(name, text, folder)
    return _LOADED[name].entry


_LOADED: dict[str, ModuleType] = {}

_TEXT = """\
from numba import carray, cfunc, types
import numpy as np
from hessmath.optimize.compiled import COUNT, COUNTS, DIMENSION, CONTEXT, SHOWN, solve_all
{imports}

pointer = types.CPointer(types.float64)


@cfunc(types.float64(pointer, types.voidptr, types.voidptr, pointer), cache=True, error_model="numpy")
def entry(x0, v, context, out):
    c = carray(context, (CONTEXT,), np.int64)
    m = carray(context, (CONTEXT,), np.float64)
    size = c[COUNT] * c[DIMENSION]
    rows = c[COUNT] * (2 * c[DIMENSION] + SHOWN + COUNTS)
    return solve_all({method}, {storage}(), carray(x0, (size,)), c, carray(out, (rows,)))
"""


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
