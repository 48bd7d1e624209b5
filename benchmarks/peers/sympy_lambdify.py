"""SymPy's lambdify to NumPy code, with common subexpressions shared."""

from __future__ import annotations

from typing import Any

import sympy

from benchmarks.cases import Entry, call
from benchmarks.peers.formula import DIRECTION, VECTOR, Calls, Formula, arguments

NAME, NEEDS = "lambdify", "sympy"


def function(formula: Formula, kind: str) -> Any:
    """The Python function of x, or of x and v."""
    derivative = formula.derivative(kind)
    if isinstance(derivative, list):
        derivative = sympy.Array(derivative)
    inputs = (VECTOR, DIRECTION) if kind == "hvp" else (VECTOR,)
    return sympy.lambdify(inputs, derivative.xreplace(formula.entries), "numpy", cse=True)


def build(formula: Formula, kind: str, x: Any, v: Any) -> Calls:
    """One product."""
    return Calls({"g": function(formula, kind), "x": x, "v": v}, f"g({arguments(kind)})")


def batch(formula: Formula, kind: str, points: Any) -> Entry:
    """Broadcasting over points: gradient or Hessian entries as rows of m numbers."""
    import numpy as np

    derivative = formula.derivative(kind)
    entries = [e.xreplace(formula.entries) for e in derivative]
    many = sympy.lambdify((VECTOR,), entries, "numpy", cse=True)
    columns = np.ascontiguousarray(points.T)
    out = np.empty((len(points), len(entries)))

    def run(columns: Any, out: Any) -> None:
        for j, column in enumerate(many(columns)):
            out[:, j] = column

    return call("run(columns, out)", "out", run=run, columns=columns, out=out)


COLD = """
import numpy as np, sympy
x, y = sympy.symbols("x y")
H = sympy.lambdify((x, y), sympy.hessian(100*(y - x**2)**2 + (1 - x)**2, (x, y)), "numpy", cse=True)(-1.2, 1.0)
"""
