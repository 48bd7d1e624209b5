"""Equations φ(u) = φ(v) and φ(u) = c with an injective function φ: e^x = 1 is x = 0, √x = 2 is x = 4.

Only what keeps the real solutions exactly is undone: √u = √v also asks for u ≥ 0, so that it stays as it is.
"""

from __future__ import annotations

from typing import Any

import sympy

from hessmath.symbolic.constants import sign

MAX_TERMS = 6

NEVER = sympy.Integer(1)
"""An expression that is never 0."""


def undone_injective(f: Any) -> Any:
    """An expression without the outer function, with the same real zeros; None if there is no such function.

    Examples
    --------
    >>> x, y = sympy.symbols("x y", real=True)
    >>> undone_injective(sympy.sqrt(x) - 2), undone_injective(sympy.log(x) - y)
    (x - 4, x - exp(y))
    >>> undone_injective(sympy.sqrt(x) - sympy.sqrt(y)) is None
    True
    """
    terms = [term.as_coeff_Mul() for term in sympy.Add.make_args(f)]
    symbolic = [(c, term) for c, term in terms if term.free_symbols]
    numbers = [c * term for c, term in terms if not term.free_symbols]
    if len(symbolic) == 1:
        c, term = symbolic[0]
        return _with_value(term, -sympy.Add(*numbers) / c)
    logs = [(c, term) for c, term in terms if isinstance(term, sympy.log) and term.free_symbols]
    if len(logs) == 1 and len(terms) <= MAX_TERMS:
        c, log = logs[0]
        return log.args[0] - sympy.exp(log - f / c)
    if len(symbolic) == 2 and not numbers and symbolic[0][0] == -symbolic[1][0]:
        return _with_equal(symbolic[0][1], symbolic[1][1])
    return None


def _with_value(term: Any, value: Any) -> Any:
    """u − φ⁻¹(value) for the term φ(u)."""
    if isinstance(term, sympy.log):
        return term.args[0] - sympy.exp(value)
    if isinstance(term, sympy.exp):
        return _if_positive(value, lambda: term.args[0] - sympy.log(value))
    if not term.is_Pow:
        return None
    if _is_base(term.base):
        return _if_positive(value, lambda: term.exp * sympy.log(term.base) - sympy.log(value))
    if term.exp == sympy.Rational(1, 2):
        known = 0 if value == 0 else sign(value)
        return None if known is None else term.base - value**2 if known >= 0 else NEVER
    return None


def _if_positive(value: Any, result: Any) -> Any:
    known = 0 if value == 0 else sign(value)
    if known is None:
        return None
    return result() if known > 0 else NEVER


def _with_equal(a: Any, b: Any) -> Any:
    """u − v for φ(u) and φ(v), where φ is defined for all real numbers."""
    if isinstance(a, sympy.exp) and isinstance(b, sympy.exp):
        return a.args[0] - b.args[0]
    if isinstance(a, _TOTAL) and a.func == b.func:
        return a.args[0] - b.args[0]
    if a.is_Pow and b.is_Pow and _is_base(a.base) and _is_base(b.base):
        if a.base == b.base:
            return a.exp - b.exp
        return a.exp * sympy.log(a.base) - b.exp * sympy.log(b.base)
    if a.is_Pow and b.is_Pow and a.exp == b.exp and a.exp.is_Integer and a.exp > 0 and a.exp % 2:
        return a.base - b.base
    return None


_TOTAL = (sympy.sinh, sympy.asinh, sympy.tanh, sympy.atan)


def _is_base(base: Any) -> bool:
    return bool(base.is_Rational and base > 0 and base != 1)
