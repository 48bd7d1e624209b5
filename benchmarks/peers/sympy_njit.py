"""SymPy's lambdify, its code compiled by Numba."""

from __future__ import annotations

from typing import Any

from benchmarks.peers import sympy_lambdify
from benchmarks.peers.formula import Calls, Formula, arguments

NAME, NEEDS = "lambdify + njit", "numba"


def build(formula: Formula, kind: str, x: Any, v: Any) -> Calls:
    """One product."""
    import numba

    function = numba.njit(sympy_lambdify.function(formula, kind))
    return Calls({"g": function, "x": x, "v": v}, f"g({arguments(kind)})")


COLD = """
import numba, numpy as np, sympy
x, y = sympy.symbols("x y")
H = sympy.hessian(100*(y - x**2)**2 + (1 - x)**2, (x, y))
H = numba.njit(sympy.lambdify((x, y), H, "numpy", cse=True))(-1.2, 1.0)
"""
