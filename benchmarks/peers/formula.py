"""A formula as peers take it, and how their compiled functions are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy

from benchmarks.cases import Entry, NotApplicable, NotAvailable, call

KINDS = ("f", "gradient", "hessian", "hvp")

#: With the Hessian's structural nonzeros, row by row, in the place of the dense Hessian.
SPARSE_KINDS = ("f", "gradient", "sparse_hessian", "hvp")


@dataclass(frozen=True)
class Formula:
    """f: ℝⁿ → ℝ as a SymPy expression in n symbols, as code for arrays, or both.

    Attributes
    ----------
    expr, variables : the expression, for peers that take expressions
    array : ``array(x, xp)`` computes f with the functions of ``xp`` (``jax.numpy``, ``torch``, …); peers that trace
        code take it when it is there, since it is what their users would write
    """

    expr: Any = None
    variables: tuple[Any, ...] = ()
    array: Callable[[Any, Any], Any] | None = None

    def traced(self, xp: Any) -> Callable[[Any], Any]:
        """x ↦ f(x) with the functions of a peer."""
        if self.array is not None:
            array = self.array
            return lambda x: array(x, xp)
        functions = {name: getattr(xp, name) for name in FUNCTIONS if hasattr(xp, name)}
        expr = self.expr.replace(sympy.Piecewise, _where).xreplace(self.entries)  # tracing knows no if
        return sympy.lambdify(VECTOR, expr, [functions], cse=True)

    @property
    def entries(self) -> dict[Any, Any]:
        """The variables as entries of one vector."""
        return {symbol: VECTOR[i] for i, symbol in enumerate(self.variables)}

    def derivative(self, kind: str) -> Any:
        """The expressions of a product, by SymPy: one, a list, a matrix; hvp in v0, v1, …"""
        if self.expr is None:
            raise NotAvailable("needs an expression")
        expr, variables = self.expr, list(self.variables)
        if kind == "f":
            return expr
        gradient = [expr.diff(symbol) for symbol in variables]
        if kind == "gradient":
            return gradient
        if kind == "sparse_hessian":
            return [g.diff(symbol) for g in gradient for symbol in variables if g.has(symbol)]
        if kind == "hessian":
            return sympy.Matrix([[g.diff(symbol) for symbol in variables] for g in gradient])
        along = sympy.Add(*(g * DIRECTION[i] for i, g in enumerate(gradient)))
        return [along.diff(symbol) for symbol in variables]


def product(derivatives: Mapping[str, Callable[..., Any]], kind: str) -> Callable[..., Any]:
    """A peer's own way to a product, where it has one."""
    if kind not in derivatives:
        raise NotApplicable(f"has no {kind}")
    return derivatives[kind]


def _where(*branches: Any) -> Any:
    """A piecewise expression as where(condition, value, otherwise), for peers that trace code."""
    (value, condition), *rest = branches
    return sympy.Function("where")(condition, value, _where(*rest)) if rest else value


FUNCTIONS = ("where", "sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "atan", "arctan")
VECTOR, DIRECTION = sympy.DeferredVector("x"), sympy.DeferredVector("v")


@dataclass(frozen=True)
class Calls:
    """A peer's compiled function, called in up to three ways.

    Attributes
    ----------
    names : what the statements refer to
    new : x in, a new NumPy array (or a float) out
    out : x in, the result in an array that is there already
    bare : the same with nothing checked and, where the peer works on fixed arrays, nothing passed
    result : where the result of ``out`` and ``bare`` is
    """

    names: dict[str, Any] = field(repr=False)
    new: str
    out: str | None = None
    bare: str | None = None
    result: str = "out"

    def value(self) -> Any:
        """The result of one new-array call."""
        return eval(self.new, dict(self.names))

    def entry(self, convention: str) -> Entry:
        """The entry for "new", "out" or "bare"."""
        statement = getattr(self, convention)
        if statement is None:
            raise NotApplicable(f"cannot be called by the convention {convention!r}")
        return call(statement, None if convention == "new" else self.result, **self.names)


def shape(kind: str, n: int) -> tuple[int, ...]:
    """The shape of a product's result."""
    return {"f": (), "gradient": (n,), "hessian": (n, n), "hvp": (n,)}[kind]


def arguments(kind: str) -> str:
    """How a product is called: "x" or "x, v"."""
    return "x, v" if kind == "hvp" else "x"


def result_array(kind: str, n: int) -> Any:
    """An array for a product's result."""
    return np.zeros(shape(kind, n))
