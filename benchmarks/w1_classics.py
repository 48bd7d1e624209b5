"""W1: seven classical functions of 2 to 4 variables, one call at a time, and their compilation.

Three conventions: a new array for each result, ``out=`` with everything checked, and the bare call with ``out``
and nothing checked.  What is written by hand always follows the same convention; peers take part where they have
it ("bare" is their fastest call: CasADi's reads and writes fixed arrays, so nothing is passed at all).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import sympy

import hessmath as hm
from benchmarks import building, peers
from benchmarks.cases import BY_HAND, OURS, AtMost, Case, Entry, Within, call
from benchmarks.handwritten.classics import by_hand, returning_new
from benchmarks.peers.formula import KINDS, Formula, arguments, result_array
from benchmarks.scope import Scope

TITLE = "seven classical functions, n = 2…4"

FUNCTIONS = ("rosenbrock", "wood", "beale", "himmelblau", "mccormick", "helical_valley", "powell_singular")

CONVENTIONS = {"new": "new array", "out": "out=", "bare": "out, unchecked"}
LIMITS = {"new": 1.25, "out": 1.25, "bare": 1.1}


def cases(scope: Scope) -> Iterator[Case]:
    """Compilation of each function, then each product by each convention."""
    for name in scope.some(FUNCTIONS):
        function = hm.Function(hm.gallery[name])
        formula = Formula(function.expr, function.variables)
        x = np.array([float(sympy.Rational(text)) for text in hm.gallery[name].start]) + 0.125
        v = np.linspace(1.0, 2.0, len(x))
        yield from _compilation(name, formula, x, v)
        kernel = hm.compile(function)
        for kind in KINDS:
            for convention in CONVENTIONS:
                if (kind, convention) != ("f", "out"):
                    yield _calls(name, kernel, formula, kind, convention, x, v)


def _calls(name: str, kernel: Any, formula: Formula, kind: str, convention: str, x: Any, v: Any) -> Case:
    label = f"{name} {kind}" + (f", {CONVENTIONS[convention]}" if (kind, convention) != ("f", "new") else "")
    contenders = {
        BY_HAND: lambda: _by_hand(name, kind, convention, x, v),
        OURS: lambda: _ours(kernel, kind, convention, x, v),
        **peers.contenders(formula, kind, x, v, convention=convention),
    }
    return Case("W1", label, contenders, (AtMost(LIMITS[convention], BY_HAND), AtMost(1, "best peer")))


def _ours(kernel: Any, kind: str, convention: str, x: Any, v: Any) -> Entry:
    names = {"k": kernel, "x": x, "v": v, "out": result_array(kind, len(x))}
    passed = arguments(kind)
    if convention == "new":
        return call(f"k.{kind}({passed})", **names)
    if convention == "out":
        return call(f"k.{kind}({passed}, out=out)", "out", **names)
    entry = getattr(kernel.unchecked, kind)
    if kind == "f":
        return call("g(x)", g=entry, **names)
    return call(f"g({passed}, out)", "out", g=entry, **names)


def _by_hand(name: str, kind: str, convention: str, x: Any, v: Any) -> Entry:
    write = by_hand(name, kind)
    names = {"x": x, "v": v, "out": result_array(kind, len(x))}
    if convention == "new" or kind == "f":
        return call(f"g({arguments(kind)})", g=returning_new(write, kind, len(x)), **names)
    return call(f"g({arguments(kind)}, out)", "out", g=write, **names)


def _compilation(name: str, formula: Formula, x: Any, v: Any) -> Iterator[Case]:
    make = _maker(formula, x, v)
    label = f"{name}: derive + compile all four"
    rivals = peers.builders(formula, x, v)
    yield Case("W1", f"{label}, cold", {OURS: lambda: building.cold(make), **rivals}, (Within(60e-3),))
    yield Case("W1", f"{label}, from disk", {OURS: lambda: building.warm(make)}, (Within(5e-3),))


def _maker(formula: Formula, x: Any, v: Any) -> Callable[[], list[Any]]:
    def make() -> list[Any]:
        k = hm.compile(hm.Function(formula.expr, formula.variables))
        return [k.f(x), k.gradient(x), k.hessian(x), k.hvp(x, v)]

    return make
