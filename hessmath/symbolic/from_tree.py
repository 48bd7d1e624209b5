"""Typed trees as SymPy expressions.

No text reaches SymPy: numbers become Rationals, names the symbols that were given, operations SymPy functions.  SymPy
evaluates while it builds, so what it would fold into an endless number (exp(10**9*log(9)), digamma(10**9)) is refused
first, and so are constants that have no real value, such as log(0).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from hessmath.errors import FormulaError, InputError
from hessmath.language import Node, to_text
from hessmath.language.tokenizer import shortened

MAX_BITS = 14_000
"""Longest integer that SymPy may fold: Python still prints it."""

MAX_ARGUMENT = 1000
"""Largest number at which SymPy may write out loggamma, digamma, polygamma."""

MAX_TERMS = 1000
"""Longest psum that is written out."""


class TooLong(Exception):
    """A number that SymPy would need too long to write out."""


def to_sympy(node: Node, symbols: Mapping[str, sympy.Symbol]) -> Any:
    """The SymPy expression of a scalar formula or condition.

    Parameters
    ----------
    node : a typed tree of scalars
    symbols : name → the symbol that stands for it

    Raises
    ------
    InputError
        If the tree has vectors or matrices, a name without a symbol, a constant without a real value, or a number
        that is too long to write out.

    Examples
    --------
    >>> from hessmath.language import parse_formula
    >>> x = sympy.Symbol("x", real=True)
    >>> to_sympy(parse_formula("0.5*x**2 + sqrt(x)"), {"x": x})
    sqrt(x) + x**2/2
    """
    if node.op == "num":
        return _rational(Fraction(str(node.value)))
    if node.op in ("var", "bound", "size"):
        if node.value not in symbols:
            known = ", ".join(symbols) or "none"
            raise InputError(f"No symbol was given for {node.value}; there are symbols for: {known}.")
        return symbols[str(node.value)]
    if node.shape:
        raise InputError(f"Only scalar formulas have an expression, but `{_quoted(node)}` is none.")
    if node.op == "psum":
        return _written_out(node, symbols)
    function = _FUNCTIONS.get(node.op)
    if function is None:
        raise InputError(f"Only scalar formulas have an expression, but `{_quoted(node)}` is none.")
    args = [to_sympy(arg, symbols) for arg in node.args]
    try:
        value = function(*args)
    except TooLong as wrong:
        message = f"`{_quoted(node)}` is too long to write out: {wrong}."
        raise FormulaError(message, column=node.column or None) from None
    if value in _NO_NUMBER or (node.op in _PARTIAL and value.is_number and value.is_extended_real is False):
        raise FormulaError(f"`{_quoted(node)}` is not a real number.", column=node.column or None)
    return value


def _quoted(node: Node) -> str:
    return shortened(to_text(node))


def _rational(value: Fraction | int) -> sympy.Rational:
    return sympy.Rational(value.numerator, value.denominator)


def _written_out(node: Node, symbols: Mapping[str, sympy.Symbol]) -> Any:
    """Σ f(k) for k = low, …, high, when both are numbers."""
    function, *ends = node.args
    low, high = (to_sympy(end, symbols) for end in ends)
    if not (low.is_Integer and high.is_Integer and high - low < MAX_TERMS):
        raise InputError(f"`{_quoted(node)}` can be written out only with at most {MAX_TERMS} terms.")
    variable, body = function.args
    terms = range(int(low), int(high) + 1)
    return sympy.Add(*(to_sympy(body, {**symbols, str(variable.value): _rational(k)}) for k in terms))


# ---- what SymPy folds ---------------------------------------------------------------------------------


def _bits(expr: Any) -> int:
    """How long the rational factor of an expression is."""
    factor = expr.as_coeff_Mul()[0]
    return max(int(factor.p).bit_length(), int(factor.q).bit_length()) if factor.is_Rational else 0


def _require_bits(bits: Any) -> None:
    if bits > MAX_BITS:
        raise TooLong(f"at most {MAX_BITS} bits are")


def guarded_product(*factors: Any) -> Any:
    """The product, unless its rational factor would be too long."""
    _require_bits(sum(map(_bits, factors)))
    return sympy.Mul(*factors)


def _quotient(a: Any, b: Any) -> Any:
    return sympy.zoo if b == 0 else guarded_product(a, guarded_power(b, sympy.Integer(-1)))


def guarded_power(base: Any, exponent: Any) -> Any:
    """The power, unless SymPy would fold it into a number that is too long."""
    factor, rest = exponent.as_coeff_Mul()
    if rest == 1 and factor.is_Rational:
        _require_bits(_bits(base) * abs(factor))
    elif base.is_number:  # 3**(k*log(9)/log(3)) is folded to 9**k
        _require_logarithms(exponent)
    return sympy.Pow(base, exponent)


def guarded_exp(exponent: Any) -> Any:
    """The exponential, unless SymPy would fold it into a number that is too long."""
    _require_logarithms(exponent)
    return sympy.exp(exponent)


def _require_logarithms(exponent: Any) -> None:
    """exp(k*log(9)) is folded to 9**k."""
    bits = sympy.Integer(0)
    for term in sympy.Add.make_args(exponent):
        factor = abs(term.as_coeff_Mul()[0])
        logs = [part for part in sympy.Mul.make_args(term) if isinstance(part, sympy.log)]
        if factor.is_Rational:
            bits += sum((factor * _bits(log.args[0]) for log in logs), sympy.Integer(0))
    _require_bits(bits)


def _loggamma(x: Any) -> Any:
    _require_small(x, 0)
    return sympy.loggamma(x)


def _digamma(x: Any) -> Any:
    _require_small(x, 0)
    return sympy.digamma(x)


def _polygamma(order: Any, x: Any) -> Any:
    _require_small(x, order)
    return sympy.polygamma(order, x)


def _require_small(x: Any, order: Any) -> None:
    """Σ 1/kᵐ⁺¹ over k < x, or log (x − 1)!, is what SymPy writes at integers."""
    limit = MAX_ARGUMENT // (1 + int(order))
    if x.is_Rational and abs(x) > limit:
        raise TooLong(f"its argument may be at most {limit}")


def _sigmoid(x: sympy.Expr) -> sympy.Expr:
    return 1 / (1 + guarded_exp(-x))


def _softplus(x: sympy.Expr) -> sympy.Expr:
    return sympy.log(1 + guarded_exp(x))


_NO_NUMBER = frozenset({sympy.nan, sympy.zoo, sympy.oo, -sympy.oo})

_PARTIAL = frozenset({"pow", "sqrt", "log", "asin", "acos"})

SAME: dict[str, Any] = {
    "sqrt": sympy.sqrt,
    "log": sympy.log,
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
    "eq": sympy.Eq,
    "ne": sympy.Ne,
    "lt": sympy.Lt,
    "le": sympy.Le,
    "gt": sympy.Gt,
    "ge": sympy.Ge,
    "and": sympy.And,
    "or": sympy.Or,
    "not": sympy.Not,
}
"""Operations that one SymPy function means, without anything to guard."""

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **SAME,
    "add": sympy.Add,
    "mul": guarded_product,
    "had": guarded_product,
    "neg": lambda a: -a,
    "div": _quotient,
    "pow": guarded_power,
    "exp": guarded_exp,
    "loggamma": _loggamma,
    "digamma": _digamma,
    "polygamma": _polygamma,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "E": lambda: sympy.E,
    "pi": lambda: sympy.pi,
    "true": lambda: sympy.true,
    "false": lambda: sympy.false,
    "case": lambda value, condition: (value, condition),
    "Piecewise": sympy.Piecewise,
}
