"""Even and odd functions of absolute values: cos|u| is cos u, sin|u| is (u/|u|)·sin u, |sinh u| is (u/|u|)·sinh u."""

from __future__ import annotations

from typing import Any

import sympy

EVEN = (sympy.cos, sympy.sec, sympy.cosh, sympy.sech)

ODD = (sympy.sin, sympy.tan, sympy.cot, sympy.csc, sympy.asin, sympy.atan, sympy.acsc, sympy.acot, sympy.sinh,
       sympy.tanh, sympy.coth, sympy.csch, sympy.asinh, sympy.atanh, sympy.acoth)  # fmt: skip

WITH_SIGN = (sympy.asin, sympy.atan, sympy.acsc, sympy.acot, sympy.sinh, sympy.tanh, sympy.coth, sympy.csch,
             sympy.asinh, sympy.atanh, sympy.acoth)  # fmt: skip
"""Odd functions that are positive for positive arguments."""


def without_absolute_arguments(expr: sympy.Expr) -> sympy.Expr:
    """The expression with absolute values outside of even and odd functions, for real arguments other than 0.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> without_absolute_arguments(sympy.cos(sympy.Abs(x + 1)))
    cos(x + 1)
    >>> without_absolute_arguments(sympy.sinh(sympy.Abs(x)))
    sinh(x)*sign(x)
    """
    changed = {}
    for node in sorted(expr.atoms(*EVEN, *ODD, sympy.Abs), key=str):
        new = _rewritten(node)
        if new is not node:
            changed[node] = new
    return expr.xreplace(changed) if changed else expr


def _rewritten(node: Any) -> Any:
    inside = node.args[0]
    if isinstance(node, sympy.Abs) and isinstance(inside, WITH_SIGN) and _is_real(inside.args[0]):
        return sympy.sign(inside.args[0]) * inside
    if isinstance(node, EVEN + ODD) and isinstance(inside, sympy.Abs) and _is_real(inside.args[0]):
        value = node.func(inside.args[0])
        return value if isinstance(node, EVEN) else sympy.sign(inside.args[0]) * value
    return node


def _is_real(u: Any) -> bool:
    return all(name.is_real for name in u.free_symbols) and not u.has(sympy.I)
