"""Trees of answers as SymPy expressions.

As in ``from_tree`` no text reaches SymPy, and what SymPy would fold into an endless number is refused first.  In the
real domain a root of odd order of a negative number is the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy

from hessmath.errors import InputError
from hessmath.language import Node
from hessmath.language.answer_bounds import MAX_FACTORIAL, decimal_value
from hessmath.language.answer_echo import to_latex
from hessmath.language.tokenizer import shortened
from hessmath.symbolic.from_tree import TooLong, guarded_exp, guarded_power, guarded_product
from hessmath.symbolic.point_values import Lack, value_at

MAX_POWER_OF_E = 10_000
"""Largest exponent of e that is a number."""

MAX_NESTED = 4
"""Nested absolute values that SymPy may simplify."""


def answer_to_sympy(node: Node, symbols: Mapping[str, sympy.Symbol], *, real: bool = True) -> Any:
    """The expression that a tree of an answer means.

    Raises
    ------
    InputError
        If it is no expression, divides by zero, is no real number in the real domain, or is too long to write out.

    Examples
    --------
    >>> from hessmath.language.answer_reading import parse_answer
    >>> x = sympy.Symbol("x", real=True)
    >>> answer_to_sympy(parse_answer("0.5x^2 + 2sin x", ["x"]).tree, {"x": x})
    x**2/2 + 2*sin(x)
    """
    try:
        value = _value(node, symbols, real)
    except RecursionError:
        raise InputError(f"{_quoted(node)} is nested too deeply; write it with fewer parentheses.") from None
    if value is sympy.nan or value.has(sympy.zoo, sympy.nan):
        raise InputError(f"{_quoted(node)} divides by zero or has no value.")
    if real and value.has(sympy.I):
        raise InputError(f"{_quoted(node)} is not a real number.")
    if any(part.op == "oo" for part in node.walk()) and not _is_infinity(node):
        raise InputError(f"{_quoted(node)} calculates with infinity; write ∞ or −∞ alone.")
    return value


def _is_infinity(node: Node) -> bool:
    while node.op in ("neg", "group"):
        node = node.args[0]
    return node.op == "oo"


def _quoted(node: Node) -> str:
    return f"${shortened(to_latex(node))}$"


def _value(node: Node, symbols: Mapping[str, sympy.Symbol], real: bool) -> Any:
    op = node.op
    if op == "num":
        return sympy.Integer(int(node.value))  # type: ignore[arg-type]
    if op == "decimal":
        exact = decimal_value(str(node.value))
        return sympy.Rational(exact.numerator, exact.denominator)
    if op == "var":
        return symbols[str(node.value)]
    if op in _CONSTANTS:
        return _CONSTANTS[op]
    if op in ("group", "T") or (op in ("list", "set") and len(node.args) == 1):
        return _value(node.args[0], symbols, real)
    function = _FUNCTIONS.get(op)
    if function is None:
        raise InputError(f"{_quoted(node)} cannot stand inside an expression.")
    args = [_value(arg, symbols, real) for arg in node.args]
    try:
        value = _real_power(*args) if real and op == "pow" else function(*args)
        if real and op in ("root", "cbrt"):
            value = _real_power(args[0], 1 / (args[1] if op == "root" else sympy.Integer(3)))
    except TooLong as wrong:
        raise InputError(f"{_quoted(node)} is too long to write out: {wrong}.") from None
    if value is sympy.nan or value is sympy.zoo:
        raise InputError(f"{_quoted(node)} divides by zero or has no value.")
    return value


def _real_power(base: Any, exponent: Any) -> Any:
    if base == 0 and exponent.is_number and not exponent.is_positive:
        return sympy.zoo
    if base.is_Rational and base < 0 and exponent.is_Rational and exponent.q % 2 and exponent.q > 1:
        return (-1) ** int(exponent.p % 2) * guarded_power(-base, exponent)
    return _power(base, exponent)


def _sum(*args: Any) -> Any:
    return sympy.Add(*args)


def _over(a: Any, b: Any) -> Any:
    if b == 0:
        return sympy.zoo
    return guarded_product(a, guarded_power(b, sympy.Integer(-1)))


def _moderate(x: Any) -> Any:
    """An exponent of e that is a number must be of moderate size: SymPy works out large ones digit by digit."""
    if not x.free_symbols:
        turned = x / sympy.I
        size = x if turned.has(sympy.I) else turned  # |ix| = |x|
        ball = value_at(size, {}, complex_numbers=size.has(sympy.I))
        if isinstance(ball, Lack) or not abs(ball) < MAX_POWER_OF_E:
            raise TooLong(f"the exponent of e may be at most {MAX_POWER_OF_E:,}")
    return x


def _power(base: Any, exponent: Any) -> Any:
    if base is sympy.E:
        return _exp(exponent)
    if not exponent.is_Rational and not base.free_symbols and base not in (0, 1):
        _moderate(exponent * sympy.log(sympy.Abs(base)))
    return guarded_power(base, exponent)


def _exp(exponent: Any) -> Any:
    angle = _moderate(exponent) / sympy.I
    if not angle.free_symbols and not angle.has(sympy.I) and angle.has(sympy.atan, sympy.acos, sympy.asin):
        return sympy.cos(angle) + sympy.I * sympy.sin(angle)
    return guarded_exp(exponent)


def _hyperbolic(function: Any) -> Callable[..., Any]:
    return lambda x: function(_moderate(x))


def _absolute(x: Any) -> Any:
    """SymPy's own rules take exponential time on nested absolute values."""
    return sympy.Abs(x, evaluate=len(x.atoms(sympy.Abs)) <= MAX_NESTED)


def _log(x: Any, base: Any = None) -> Any:
    if x == 0:
        return sympy.zoo
    if base is None:
        return sympy.log(x)
    if base in (0, 1) or base == 0:
        return sympy.zoo
    return guarded_product(sympy.log(x), guarded_power(sympy.log(base), sympy.Integer(-1)))


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Factorials and their like, up to a bound."""

    def value(*args: Any) -> Any:
        if any(arg.is_Rational and abs(arg) > MAX_FACTORIAL for arg in args):
            raise TooLong(f"factorials are read up to {MAX_FACTORIAL}!")
        if args[0].is_Integer and args[0] < 0:
            return sympy.zoo
        return function(*args)

    return value


_CONSTANTS = {"pi": sympy.pi, "E": sympy.E, "I": sympy.I, "oo": sympy.oo}

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": _sum,
    "neg": lambda a: -a,
    "mul": guarded_product,
    "div": _over,
    "pow": _power,
    "exp": _exp,
    **{name: _hyperbolic(getattr(sympy, name)) for name in ("sinh", "cosh", "tanh", "coth", "sech", "csch")},
    "sqrt": lambda x: guarded_power(x, sympy.Rational(1, 2)),
    "cbrt": lambda x: guarded_power(x, sympy.Rational(1, 3)),
    "root": lambda x, n: sympy.zoo if n == 0 else guarded_power(x, 1 / n),
    "log": _log,
    "log10": lambda x: _log(x, sympy.Integer(10)),
    "factorial": _bounded(sympy.factorial),
    "gamma": _bounded(sympy.gamma),
    "binomial": _bounded(sympy.binomial),
    "Abs": _absolute,
    **{
        name: getattr(sympy, name)
        for name in "sin cos tan cot sec csc asin acos atan acot asec acsc asinh acosh "
        "atanh sign erf Max Min atan2 conjugate re im Heaviside floor ceiling".split()
    },
}
