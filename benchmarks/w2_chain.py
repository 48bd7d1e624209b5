"""W2: the chained Rosenbrock function Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)², written out and as an indexed sum.

By hand: fused Numba loops; the sparse Hessian by hand is the array of its 3 n − 2 entries, hessmath's a csr_array.
Peers trace ``sum(…x[1:]…x[:-1]…)``, which is how their users write it; those that take expressions get the sum
written out while it is short.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy

import hessmath as hm
from benchmarks import building, peers
from benchmarks.cases import BY_HAND, OURS, AtMost, Case, Entry, Within, call
from benchmarks.handwritten import chain
from benchmarks.peers.formula import SPARSE_KINDS, Formula, arguments
from benchmarks.scope import Scope

TITLE = "chained Rosenbrock, explicit and indexed"

EXPLICIT = (10, 100, 1_000)
INDEXED = (1_000, 10, 100, 100_000, 1_000_000)

#: Beyond, a dense Hessian is not what anybody wants, and SymPy's derivatives take minutes.
LONGEST_WRITTEN_OUT = 100
TRACING = ("casadi_vm", "casadi_c", "jax_jit", "torch_func", "autograd")
WITHOUT_SYMPY = ("symengine_llvm", *TRACING)


def cases(scope: Scope) -> Iterator[Case]:
    """The written-out sums, then the indexed one."""
    for n in scope.some(EXPLICIT):
        yield from _explicit(n)
    yield from _indexed(scope.some(INDEXED))


def points(n: int) -> tuple[Any, Any]:
    """x and v, the same in every run."""
    rng = np.random.default_rng(n)
    return rng.uniform(-1.5, 1.5, n), rng.standard_normal(n)


def formula(n: int) -> Formula:
    """The sum: written out for every peer while that is bearable, and as array code."""
    x = sympy.symbols(f"x0:{n}", real=True)
    terms = [100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(n - 1)]
    return Formula(sympy.Add(*terms), x, _array)


def _array(x: Any, xp: Any) -> Any:
    return xp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


# ---- written out ----------------------------------------------------------------------------------


def _explicit(n: int) -> Iterator[Case]:
    x, v = points(n)
    written = formula(n)
    is_short = n <= LONGEST_WRITTEN_OUT
    rivals = peers.PEERS if is_short else WITHOUT_SYMPY
    label = f"explicit n = {n}: derive + compile"
    everything = {OURS: _compiling(written, SPARSE_KINDS, x, v)}
    everything |= peers.builders(written, x, v, kinds=SPARSE_KINDS, names=rivals)
    yield Case("W2", f"{label} f, gradient, sparse Hessian, Hv", everything, (Within(1.0),) if n == 1_000 else ())
    yield Case("W2", f"{label} f, gradient, Hv", {OURS: _compiling(written, ("f", "gradient", "hvp"), x, v)})
    kernel = building.attempt(lambda: hm.compile(hm.Function(written.expr, written.variables)), 100)
    for kind in (*SPARSE_KINDS, *(("hessian",) if is_short else ())):
        names = WITHOUT_SYMPY if kind == "hessian" and n > 10 else rivals
        for convention in ("new", "out") if kind == "sparse_hessian" else ("new",):
            yield _product(
                f"explicit n = {n}", kernel, written, kind, convention, x, v, names, (AtMost(1, "best peer"),)
            )


def _compiling(written: Formula, kinds: tuple[str, ...], x: Any, v: Any) -> Callable[[], Entry]:
    def make() -> list[Any]:
        kernel = hm.compile(hm.Function(written.expr, written.variables))
        return [getattr(kernel, kind)(*_passed(kind, x, v)) for kind in kinds]

    return lambda: building.cold(make)


# ---- indexed --------------------------------------------------------------------------------------


def indexed_kernel() -> Any:
    """The kernel for every n."""
    n, i = sympy.symbols("n i", integer=True)
    x = sympy.IndexedBase("x", shape=(n,))
    return hm.compile(hm.Function(sympy.Sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2, (i, 0, n - 2)), x))


def _indexed(sizes: tuple[int, ...] | Any) -> Iterator[Case]:
    kernel = building.attempt(indexed_kernel)
    for n in sorted(sizes):
        x, v = points(n)
        as_array = Formula(array=_array)
        yield Case("W2", f"indexed n = {n}: derive + compile + first calls", {OURS: _compiling_indexed(kernel, x, v)})
        limits = (AtMost(1.5, BY_HAND),) if n >= 100_000 else ()
        for kind in SPARSE_KINDS:
            for convention in ("new", "out") if kind != "f" else ("new",):
                yield _product(f"indexed n = {n}", kernel, as_array, kind, convention, x, v, TRACING, limits)
        if n == 1_000_000:
            yield from _memory(kernel, x, v)


def _compiling_indexed(kernel: Callable[[], Any], x: Any, v: Any) -> Callable[[], Entry]:
    def make() -> list[Any]:
        made = indexed_kernel()
        return [made.f(x), made.gradient(x), made.sparse_hessian(x), made.hvp(x, v)]

    def build() -> Entry:
        kernel()  # says at once when there is none
        return building.cold(make)

    return build


def _memory(kernel: Callable[[], Any], x: Any, v: Any) -> Iterator[Case]:
    """Peak memory of a call, as a multiple of what it returns."""

    def entry(kind: str) -> Entry:
        product = getattr(kernel(), kind)
        passed = _passed(kind, x, v)
        result = product(*passed)

        def sample() -> float:
            tracemalloc.start()
            product(*passed)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return peak / _size(result)

        return Entry(result, sample)

    for kind in ("gradient", "hvp", "sparse_hessian"):
        label = f"indexed n = {len(x)} {kind}: peak memory"
        yield Case("W2", label, {OURS: lambda kind=kind: entry(kind)}, (Within(3, "× output"),), unit="× output")


def _size(result: Any) -> int:
    if hasattr(result, "indptr"):
        return int(result.data.nbytes + result.indices.nbytes + result.indptr.nbytes)
    return int(result.nbytes)


# ---- calls ----------------------------------------------------------------------------------------


def _product(
    label: str,
    kernel: Callable[[], Any],
    written: Formula,
    kind: str,
    convention: str,
    x: Any,
    v: Any,
    names: tuple[str, ...],
    limits: tuple[AtMost, ...],
) -> Case:
    """One product with a new array for the result, or into one that is there."""
    if convention == "new":
        contenders = {BY_HAND: partial(_by_hand, kind, x, v), OURS: partial(_ours, kernel, kind, x, v)}
        label = f"{label} {kind}"
    else:
        contenders = {
            BY_HAND: partial(_by_hand_into_out, kind, x, v),
            OURS: partial(_ours_into_out, kernel, kind, x, v),
        }
        label = f"{label} {kind}, out="
    contenders |= peers.contenders(written, kind, x, v, convention=convention, names=names)
    return Case("W2", label, contenders, limits)


def _by_hand(kind: str, x: Any, v: Any) -> Entry:
    return call(f"g({arguments(kind)})", g=chain.RETURNING_NEW[kind], x=x, v=v)


def _by_hand_into_out(kind: str, x: Any, v: Any) -> Entry:
    out = np.empty_like(chain.RETURNING_NEW[kind](*_passed(kind, x, v)))
    return call(f"g({arguments(kind)}, out)", "out", g=chain.INTO_OUT[kind], x=x, v=v, out=out)


def _ours(kernel: Callable[[], Any], kind: str, x: Any, v: Any) -> Entry:
    getattr(kernel(), kind)(*_passed(kind, x, v))
    return call(f"k.{kind}({arguments(kind)})", k=building.settled(kernel()), x=x, v=v)


def _ours_into_out(kernel: Callable[[], Any], kind: str, x: Any, v: Any) -> Entry:
    out = getattr(kernel(), kind)(*_passed(kind, x, v))
    out = out.data if kind == "sparse_hessian" else out
    return call(f"k.{kind}({arguments(kind)}, out=out)", "out", k=building.settled(kernel()), x=x, v=v, out=out)


def _passed(kind: str, x: Any, v: Any) -> tuple[Any, ...]:
    return (x, v) if kind == "hvp" else (x,)
