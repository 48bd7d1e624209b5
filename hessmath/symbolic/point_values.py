"""The value of a function at a point, rigorously: a ball, certainly undefined, or not known.

In the real domain a root of odd order of a negative number is the real one, as calculus courses have it; an even root
or a logarithm of a negative number is undefined.  In the complex domain every function has its principal branch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import reduce
from typing import Any

import flint
import sympy


class Lack(Enum):
    """Why there is no ball."""

    UNDEFINED = "certainly undefined, there and near there"
    UNKNOWN = "not known"


class _Undefined(Exception):
    pass


class _Unknown(Exception):
    pass


_EXACT = "exact"


def value_at(
    expr: sympy.Expr,
    point: Mapping[sympy.Symbol, sympy.Rational],
    bits: int = 64,
    *,
    complex_numbers: bool = False,
    isolated: bool = False,
) -> Any:
    """A ball around the value of an expression at a rational point, or a :class:`Lack`.

    ``UNDEFINED`` is only said where the expression is undefined in a whole neighbourhood of the point.  A power with
    a variable exponent is exp(b log a), defined for a > 0; with ``isolated`` also (−1)² and (−8)^(1/3) are values
    of it, which it has at single exponents only.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> value_at(sympy.log(x), {x: sympy.Integer(-1)}).name
    'UNDEFINED'
    >>> value_at(x**2, {x: sympy.Integer(3)}) == 9
    True
    """
    with flint.ctx.workprec(bits + 16):
        symbols: dict[Any, Any] = {name: _number(value, complex_numbers) for name, value in point.items()}
        if isolated:
            symbols[_EXACT] = dict(point)
        try:
            ball = (_complex if complex_numbers else _real)(expr, symbols, {})
        except _Undefined:
            return Lack.UNDEFINED
        except (_Unknown, RecursionError, OverflowError, ValueError):
            return Lack.UNKNOWN
        return ball if ball.is_finite() else Lack.UNKNOWN


def _number(value: Any, complex_numbers: bool) -> Any:
    if not complex_numbers:
        return flint.arb(_fraction(value))
    re, im = value.as_real_imag()
    return flint.acb(flint.arb(_fraction(re)), flint.arb(_fraction(im)))


def _fraction(value: Any) -> Any:
    return flint.fmpq(int(value.p), int(value.q))


# ---- real ---------------------------------------------------------------------------------------------------


def _real(expr: Any, symbols: Mapping[Any, Any], memo: dict[Any, Any]) -> Any:
    if expr.is_Symbol:
        return symbols[expr]
    if expr.is_Rational:
        return flint.arb(_fraction(expr))
    known = memo.get(expr)
    if known is not None:
        return known
    if expr is sympy.pi:
        value = flint.arb.pi()
    elif expr is sympy.E:
        value = flint.arb.const_e()
    elif expr.is_Add:
        value = sum((_real(arg, symbols, memo) for arg in expr.args), flint.arb(0))
    elif expr.is_Mul:
        value = reduce(lambda a, b: a * b, (_real(arg, symbols, memo) for arg in expr.args))
    elif isinstance(expr, sympy.exp):
        value = _real(expr.exp, symbols, memo).exp()
    elif expr.is_Pow:
        value = _power(_real(expr.base, symbols, memo), expr.exp, symbols, memo)
    elif isinstance(expr, sympy.Piecewise):
        value = _piecewise(expr, symbols, memo)
    else:
        rule = _REAL.get(expr.func)
        if rule is None:
            raise _Unknown
        value = rule(*(_real(arg, symbols, memo) for arg in expr.args))
    if value.is_nan():
        raise _Unknown
    memo[expr] = value
    return value


def _power(base: Any, exponent: Any, symbols: Mapping[Any, Any], memo: dict[Any, Any]) -> Any:
    if exponent.is_Integer:
        if exponent < 0 and base == 0:
            raise _Unknown  # undefined, but perhaps nowhere else near
        return base ** int(exponent)
    if exponent.is_Rational:
        p, q = int(exponent.p), int(exponent.q)
        if q % 2 == 0:
            return _at_least_zero(base).root(q) ** p
        if base < 0:
            return (-1) ** (p % 2) * (-base).root(q) ** p
        if base >= 0:
            return base.root(q) ** p
        raise _Unknown
    exact = exponent.xreplace(symbols[_EXACT]) if _EXACT in symbols else exponent
    if exact.is_Rational and exponent.free_symbols:
        try:
            return _power(base, exact, symbols, memo)
        except _Undefined:
            raise _Unknown from None
    return (_log(base) * _real(exponent, symbols, memo)).exp()


def _at_least_zero(x: Any) -> Any:
    if x < 0:
        raise _Undefined
    return x


def _log(x: Any) -> Any:
    if x < 0:
        raise _Undefined
    return x.log()


def _within_one(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def value(x: Any) -> Any:
        if abs(x) > 1:
            raise _Undefined
        return function(x)

    return value


def _acosh(x: Any) -> Any:
    if x < 1:
        raise _Undefined
    return x.acosh()


def _sign(x: Any) -> Any:
    if x > 0 or x < 0:
        return flint.arb(1 if x > 0 else -1)
    if x == 0:
        return flint.arb(0)
    raise _Unknown


def _step(x: Any, at_zero: Any = None) -> Any:
    return (_sign(x) + 1) / 2


def _floor(x: Any) -> Any:
    low = x.floor()
    return low if low.is_exact() else _unknown()


def _unknown() -> Any:
    raise _Unknown


def _piecewise(expr: Any, symbols: Mapping[Any, Any], memo: dict[Any, Any]) -> Any:
    for value, condition in expr.args:
        if _holds(condition, symbols, memo):
            return _real(value, symbols, memo)
    raise _Unknown


def _holds(condition: Any, symbols: Mapping[Any, Any], memo: dict[Any, Any]) -> bool:
    if condition in (sympy.true, sympy.false):
        return bool(condition)
    if isinstance(condition, sympy.And | sympy.Or):
        parts = [_holds(part, symbols, memo) for part in condition.args]
        return all(parts) if isinstance(condition, sympy.And) else any(parts)
    if isinstance(condition, sympy.Not):
        return not _holds(condition.args[0], symbols, memo)
    sign = _sign(_real(condition.lhs, symbols, memo) - _real(condition.rhs, symbols, memo))
    rule = _CONDITIONS.get(condition.func)
    return rule(sign) if rule else _unknown()


_CONDITIONS: dict[Any, Callable[[Any], bool]] = {
    sympy.StrictLessThan: lambda s: s < 0,
    sympy.LessThan: lambda s: s <= 0,
    sympy.StrictGreaterThan: lambda s: s > 0,
    sympy.GreaterThan: lambda s: s >= 0,
    sympy.Equality: lambda s: s == 0,
    sympy.Unequality: lambda s: s != 0,
}

_REAL: dict[Any, Callable[..., Any]] = {
    sympy.log: _log,
    sympy.sin: lambda x: x.sin(),
    sympy.cos: lambda x: x.cos(),
    sympy.tan: lambda x: x.tan(),
    sympy.cot: lambda x: x.cot(),
    sympy.sec: lambda x: 1 / x.cos(),
    sympy.csc: lambda x: 1 / x.sin(),
    sympy.asin: _within_one(lambda x: x.asin()),
    sympy.acos: _within_one(lambda x: x.acos()),
    sympy.atan: lambda x: x.atan(),
    sympy.acot: lambda x: (1 / x).atan(),
    sympy.asec: lambda x: _within_one(lambda u: u.acos())(1 / x),
    sympy.acsc: lambda x: _within_one(lambda u: u.asin())(1 / x),
    sympy.sinh: lambda x: x.sinh(),
    sympy.cosh: lambda x: x.cosh(),
    sympy.tanh: lambda x: x.tanh(),
    sympy.coth: lambda x: x.coth(),
    sympy.sech: lambda x: 1 / x.cosh(),
    sympy.csch: lambda x: 1 / x.sinh(),
    sympy.asinh: lambda x: x.asinh(),
    sympy.acosh: _acosh,
    sympy.atanh: _within_one(lambda x: x.atanh()),
    sympy.acoth: lambda x: _within_one(lambda u: u.atanh())(1 / x),
    sympy.erf: lambda x: x.erf(),
    sympy.Abs: abs,
    sympy.sign: _sign,
    sympy.Heaviside: _step,
    sympy.floor: _floor,
    sympy.ceiling: lambda x: -_floor(-x),
    sympy.atan2: flint.arb.atan2,
    sympy.gamma: lambda x: x.gamma(),
    sympy.factorial: lambda x: (x + 1).gamma(),
    sympy.loggamma: lambda x: x.lgamma(),
    sympy.binomial: lambda n, k: (n + 1).gamma() / ((k + 1).gamma() * (n - k + 1).gamma()),
    sympy.Max: lambda *xs: reduce(lambda a, b: a.max(b), xs),
    sympy.Min: lambda *xs: reduce(lambda a, b: a.min(b), xs),
    sympy.re: lambda x: x,
    sympy.conjugate: lambda x: x,
    sympy.im: lambda x: x * 0,
}


# ---- complex ------------------------------------------------------------------------------------------------


def _complex(expr: Any, symbols: Mapping[Any, Any], memo: dict[Any, Any]) -> Any:
    if expr.is_Symbol:
        return symbols[expr]
    if expr.is_Rational:
        return flint.acb(flint.arb(_fraction(expr)))
    known = memo.get(expr)
    if known is not None:
        return known
    if expr is sympy.I:
        value = flint.acb(0, 1)
    elif expr is sympy.pi:
        value = flint.acb.pi()
    elif expr is sympy.E:
        value = flint.acb(1).exp()
    elif expr.is_Add:
        value = sum((_complex(arg, symbols, memo) for arg in expr.args), flint.acb(0))
    elif expr.is_Mul:
        value = reduce(lambda a, b: a * b, (_complex(arg, symbols, memo) for arg in expr.args))
    elif isinstance(expr, sympy.exp):
        value = _complex(expr.exp, symbols, memo).exp()
    elif expr.is_Pow:
        base = _complex(expr.base, symbols, memo)
        if expr.exp.is_Integer:
            value = base ** int(expr.exp)
        else:
            value = (_cut(base).log() * _complex(expr.exp, symbols, memo)).exp()
    else:
        rule = _COMPLEX.get(expr.func)
        if rule is None:
            raise _Unknown
        value = rule(*(_complex(arg, symbols, memo) for arg in expr.args))
    memo[expr] = value
    return value


def _cut(x: Any) -> Any:
    """A point that may lie on the cut of the logarithm, but is not exactly on it, has no branch that is known."""
    if x.real < 0 and not x.imag.is_zero() and x.imag.contains(0):
        raise _Unknown
    return x


def _beside_cut(function: Callable[[Any], Any], vertical: bool) -> Callable[[Any], Any]:
    """An inverse function with cuts on an axis beyond ±1 (±i): its value beside the axis, or on it between the two."""

    def value(x: Any) -> Any:
        along, across = (x.imag, x.real) if vertical else (x.real, x.imag)
        if across.contains(0) and not abs(along) < 1:
            raise _Unknown
        return function(x)

    return value


_COMPLEX: dict[Any, Callable[..., Any]] = {
    sympy.atan: _beside_cut(lambda x: x.atan(), vertical=True),
    sympy.asin: _beside_cut(lambda x: x.asin(), vertical=False),
    sympy.acos: _beside_cut(lambda x: x.acos(), vertical=False),
    sympy.asinh: _beside_cut(lambda x: x.asinh(), vertical=True),
    sympy.atanh: _beside_cut(lambda x: x.atanh(), vertical=False),
    sympy.log: lambda x: _cut(x).log(),
    sympy.sin: lambda x: x.sin(),
    sympy.cos: lambda x: x.cos(),
    sympy.tan: lambda x: x.tan(),
    sympy.cot: lambda x: x.cot(),
    sympy.sec: lambda x: 1 / x.cos(),
    sympy.csc: lambda x: 1 / x.sin(),
    sympy.sinh: lambda x: x.sinh(),
    sympy.cosh: lambda x: x.cosh(),
    sympy.tanh: lambda x: x.tanh(),
    sympy.coth: lambda x: x.coth(),
    sympy.Abs: lambda x: flint.acb(abs(x)),
    sympy.re: lambda x: flint.acb(x.real),
    sympy.im: lambda x: flint.acb(x.imag),
    sympy.conjugate: lambda x: flint.acb(x.real, -x.imag),
    sympy.arg: lambda x: flint.acb(_cut(x).arg()),
    sympy.gamma: lambda x: x.gamma(),
    sympy.factorial: lambda x: (x + 1).gamma(),
}
