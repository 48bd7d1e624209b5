"""Expressions as text, in messages about answers."""

from __future__ import annotations

from itertools import islice

import sympy

MAX_ORDERED = 40
"""Most parts of a formula whose terms are put in order."""


def text_of(expr: sympy.Basic) -> str:
    """An expression as text.

    SymPy puts terms in order by the numerical values of their coefficients, which takes long for nested roots and for
    sums of many constants; the terms of a long expression are left in the order in which it keeps them.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> text_of(1 + x**2)
    'x**2 + 1'
    """
    long = next(islice(sympy.preorder_traversal(expr), MAX_ORDERED, None), None) is not None
    return str(sympy.sstr(expr, order="none")) if long else str(expr)
