"""SymEngine: expressions in C++, compiled through LLVM."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases import Entry, NotAvailable, call
from benchmarks.peers.formula import Calls, Formula, arguments, result_array

NAME, NEEDS = "symengine", "symengine"


def function(formula: Formula, kind: str) -> Any:
    """SymEngine's Lambdify of the variables, then of the direction."""
    import symengine

    if formula.expr is None:
        raise NotAvailable("needs an expression")
    value = symengine.sympify(formula.expr)
    variables = [symengine.sympify(symbol) for symbol in formula.variables]
    direction = list(symengine.symbols(f"v0:{len(variables)}"))
    inputs = variables + direction if kind == "hvp" else variables
    gradient = [value.diff(x) for x in variables]
    outputs = {
        "f": lambda: [value],
        "gradient": lambda: gradient,
        "hessian": lambda: [g.diff(x) for g in gradient for x in variables],
        "sparse_hessian": lambda: [h for g in gradient for x in variables if (h := g.diff(x)) != 0],
        "hvp": lambda: _along(gradient, variables, direction),
    }[kind]()
    return symengine.Lambdify(inputs, outputs, backend="llvm", cse=True, order="C")


def _along(gradient: list[Any], variables: list[Any], direction: list[Any]) -> list[Any]:
    along = sum(g * d for g, d in zip(gradient, direction, strict=True))
    return [along.diff(x) for x in variables]


def build(formula: Formula, kind: str, x: Any, v: Any) -> Calls:
    """One product; Hv takes x and v as one vector, which a user has to join."""
    compiled = function(formula, kind)
    if kind == "sparse_hessian":
        return Calls({"g": compiled, "x": x}, "g(x)")
    out = result_array(kind, len(x))
    names = {"g": compiled, "x": x, "v": v, "out": out.reshape(-1), "fast": compiled.unsafe_real}
    if kind == "hvp":
        names |= {"xv": np.concatenate([x, v]), "join": np.concatenate}
        return Calls(names, "g(join((x, v)))", "fast(join((x, v)), out)", "fast(xv, out)")
    return Calls(names, f"g({arguments(kind)})", "fast(x, out)", "fast(x, out)")


def batch(formula: Formula, kind: str, points: Any) -> Entry:
    """Lambdify broadcasts over the first axis."""
    return call("g(points)", g=function(formula, kind), points=points)


COLD = """
import numpy as np, symengine
x, y = symengine.symbols("x y")
f = 100*(y - x**2)**2 + (1 - x)**2
H = symengine.Lambdify([x, y], [f.diff(a).diff(b) for a in (x, y) for b in (x, y)], backend="llvm", cse=True)
H = H(np.array([-1.2, 1.0]))
"""
