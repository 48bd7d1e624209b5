"""Typed trees as SymPy expressions.

No text reaches SymPy: numbers become Rationals, names the symbols that were given, operations SymPy functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.language import Node, to_text


def _sigmoid(x: sympy.Expr) -> sympy.Expr:
    return 1 / (1 + sympy.exp(-x))


def _softplus(x: sympy.Expr) -> sympy.Expr:
    return sympy.log(1 + sympy.exp(x))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": sympy.Add,
    "mul": sympy.Mul,
    "neg": lambda a: -a,
    "div": lambda a, b: a / b,
    "pow": sympy.Pow,
    "exp": sympy.exp,
    "log": sympy.log,
    "sqrt": sympy.sqrt,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "asin": sympy.asin,
    "acos": sympy.acos,
    "atan": sympy.atan,
    "atan2": sympy.atan2,
    "erf": sympy.erf,
    "Abs": sympy.Abs,
    "sign": sympy.sign,
    "Max": sympy.Max,
    "Min": sympy.Min,
    "Heaviside": sympy.Heaviside,
    "loggamma": sympy.loggamma,
    "digamma": sympy.digamma,
    "polygamma": sympy.polygamma,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "E": lambda: sympy.E,
    "pi": lambda: sympy.pi,
    "had": sympy.Mul,
    "eq": sympy.Eq,
    "ne": sympy.Ne,
    "lt": sympy.Lt,
    "le": sympy.Le,
    "gt": sympy.Gt,
    "ge": sympy.Ge,
    "and": sympy.And,
    "or": sympy.Or,
    "not": sympy.Not,
    "true": lambda: sympy.true,
    "false": lambda: sympy.false,
    "case": lambda value, condition: (value, condition),
    "Piecewise": sympy.Piecewise,
}


def to_sympy(node: Node, symbols: Mapping[str, sympy.Symbol]) -> Any:
    """The SymPy expression of a scalar formula or condition.

    Parameters
    ----------
    node : a typed tree of scalars
    symbols : name → the symbol that stands for it

    Raises
    ------
    InputError
        If the tree has vectors or matrices, or a name without a symbol.

    Examples
    --------
    >>> from hessmath.language import parse_formula
    >>> x = sympy.Symbol("x", real=True)
    >>> to_sympy(parse_formula("0.5*x**2 + sqrt(x)"), {"x": x})
    sqrt(x) + x**2/2
    """
    if node.op == "num":
        value = Fraction(str(node.value))
        return sympy.Rational(value.numerator, value.denominator)
    if node.op in ("var", "bound", "size"):
        if node.value not in symbols:
            known = ", ".join(symbols) or "none"
            raise InputError(f"No symbol was given for {node.value}; there are symbols for: {known}.")
        return symbols[str(node.value)]
    function = _FUNCTIONS.get(node.op)
    if function is None or node.shape:
        raise InputError(f"Only scalar formulas have an expression, but `{to_text(node)}` is none.")
    return function(*(to_sympy(arg, symbols) for arg in node.args))
