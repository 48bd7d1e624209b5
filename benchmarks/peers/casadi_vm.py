"""CasADi: its virtual machine, called through its buffers (its fastest way)."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.cases import Entry, call
from benchmarks.peers.formula import Calls, Formula, arguments, result_array

NAME, NEEDS = "casadi", "casadi"


#: Longer vectors are MX symbols: an SX expression has a node for every entry.
LARGEST_SX = 2_000


class _Functions:
    """CasADi's functions under NumPy's names."""

    def __getattr__(self, name: str) -> Any:
        import casadi

        return getattr(casadi, {"sum": "sum1", "arctan": "atan", "where": "if_else"}.get(name, name))


def function(formula: Formula, kind: str, n: int, form: str = "dense") -> Any:
    """The casadi.Function of x, or of x and v; "sparse" leaves the Hessian sparse."""
    import casadi as ca

    symbol = ca.SX.sym if n <= LARGEST_SX else ca.MX.sym
    x, v = symbol("x", n), symbol("v", n)
    value = formula.traced(_Functions())(x)
    if kind == "f":
        return ca.Function("f", [x], [value])
    if kind == "gradient":
        return ca.Function("gradient", [x], [ca.densify(ca.gradient(value, x))])
    if kind == "hvp":
        return ca.Function("hvp", [x, v], [ca.densify(ca.jtimes(ca.gradient(value, x), x, v))])
    hessian = ca.hessian(value, x)[0]
    return ca.Function("hessian", [x], [hessian if form == "sparse" else ca.densify(hessian)])


def buffered(function: Any, kind: str, x: Any, v: Any, out: Any) -> Calls:
    """Calls through a buffer: it reads and writes fixed arrays, so other x are copied in first."""
    buffer, trigger = function.buffer()
    names = {"trigger": trigger, "buffer": buffer, "x": x, "v": v, "out": out, "x_in": x.copy()}
    buffer.set_arg(0, memoryview(names["x_in"]))
    fill = "x_in[:] = x"
    if kind == "hvp":
        names["v_in"] = v.copy()
        buffer.set_arg(1, memoryview(names["v_in"]))
        fill += "; v_in[:] = v"
    buffer.set_res(0, memoryview(out.reshape(-1)))
    names["g"] = _returning_new(trigger, names)
    return Calls(names, f"g({arguments(kind)})", f"{fill}; trigger()", "trigger()")


def _returning_new(trigger: Any, names: dict[str, Any]) -> Any:
    x_in, v_in, out = names["x_in"], names.get("v_in"), names["out"]

    def call_with_new(x: Any, v: Any = None) -> Any:
        x_in[:] = x
        if v_in is not None:
            v_in[:] = v
        trigger()
        return out.copy()

    return call_with_new


def build(formula: Formula, kind: str, x: Any, v: Any) -> Calls:
    """One product."""
    if kind == "sparse_hessian":
        made = function(formula, "hessian", len(x), "sparse")
        return buffered(made, kind, x, v, np.zeros(made.nnz_out(0)))
    return buffered(function(formula, kind, len(x)), kind, x, v, result_array(kind, len(x)))


def batch(formula: Formula, kind: str, points: Any) -> Entry:
    """The serial map of a function over points, through its buffer."""
    return mapped(function(formula, kind, points.shape[1]).map(len(points)), kind, points)


def mapped(function: Any, kind: str, points: Any) -> Entry:
    """A mapped function through its buffer: points and results lie one after another, as in NumPy's rows."""
    m, n = points.shape
    out = np.zeros((m, *result_array(kind, n).shape))
    buffer, trigger = function.buffer()
    buffer.set_arg(0, memoryview(points.reshape(-1)))
    buffer.set_res(0, memoryview(out.reshape(-1)))
    return call("trigger()", "out", trigger=trigger, buffer=buffer, points=points, out=out)


COLD = """
import casadi as ca, numpy as np
x = ca.SX.sym("x", 2)
H = np.array(ca.Function("H", [x], [ca.hessian(100*(x[1] - x[0]**2)**2 + (1 - x[0])**2, x)[0]])([-1.2, 1.0]))
"""
