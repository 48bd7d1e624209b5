"""Exact real constants: read them, enclose them in balls, decide their sign.

A constant is a SymPy expression without free symbols.  Signs are decided by ball arithmetic (FLINT) of
rising precision; that a number *is* zero is decided by a separation bound for algebraic numbers, never by
a small float and never by ``simplify``.  Where neither settles it the answer is ``None``.

References
----------
Burnikel, Funke, Mehlhorn, Schirra, Schmitt (2009), A separation bound for real algebraic expressions,
Algorithmica 55, section 3: E = U/L with algebraic integers U, L whose conjugates are at most 2ᵘ and 2ˡ, in a
field of degree D, is 0 or has |E| ≥ 2^(−u(D−1)−l).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint
import sympy

from hessmath.errors import InputError

FIRST_BITS = 64
MAX_BITS = 1 << 17
"""Precision at which the search for a sign of an algebraic number ends."""
MAX_BITS_TRANSCENDENTAL = 1 << 12


def exact_number(value: Any, name: str = "number") -> sympy.Expr:
    """The real number that ``value`` says, exactly.

    Integers, fractions, decimals and SymPy constants are taken as they are; a float stands for its shortest
    decimal (``0.1`` is 1/10); text is read by hessmath's own grammar (``"1/3"``, ``"0.1"``, ``"sqrt(2)"``).

    Raises
    ------
    InputError
        If the value is not a finite real number.

    Examples
    --------
    >>> exact_number(0.1), exact_number("1/3"), exact_number("sqrt(2)")
    (1/10, 1/3, sqrt(2))
    """
    if isinstance(value, str):
        return _number_from_text(value, name)
    if isinstance(value, bool | complex) or type(value).__name__ in {"bool", "bool_"}:
        raise InputError(f"{name} must be a real number, but it is {value!r}.")
    if isinstance(value, (Fraction, Decimal)):
        return _from_fraction(value, name)
    if isinstance(value, float):
        return _from_float(value, name)
    if isinstance(value, sympy.Basic):
        return _from_sympy(value, name)
    try:
        return sympy.Integer(operator.index(value))
    except TypeError:
        pass
    if hasattr(value, "dtype") and getattr(value, "shape", None) == ():  # NumPy's smaller floats
        return _from_float(float(value), name)
    raise InputError(f"{name} must be a real number, but it is a {type(value).__name__}: {value!r}.")


def _from_fraction(value: Fraction | Decimal, name: str) -> sympy.Expr:
    if isinstance(value, Decimal) and not value.is_finite():
        raise InputError(f"{name} must be finite, but it is {value}.")
    exact = Fraction(value)
    return sympy.Rational(exact.numerator, exact.denominator)


def _from_float(value: float, name: str) -> sympy.Expr:
    if not math.isfinite(value):
        raise InputError(f"{name} must be finite, but it is {value}.")
    return _from_fraction(Fraction(repr(value)), name)


def _from_sympy(value: sympy.Basic, name: str) -> sympy.Expr:
    if not isinstance(value, sympy.Expr) or value.free_symbols:
        raise InputError(f"{name} must be a number, but it is {value}.")
    if value.has(sympy.oo, -sympy.oo, sympy.zoo, sympy.nan):
        raise InputError(f"{name} must be finite, but it is {value}.")
    value = without_floats(value)
    if value.is_real is False:
        raise InputError(f"{name} must be a real number, but it is {value}.")
    return value


def _number_from_text(text: str, name: str) -> sympy.Expr:
    from hessmath.language import parse_formula
    from hessmath.symbolic.from_tree import to_sympy

    value = to_sympy(parse_formula(text, names=()), {})
    return _from_sympy(value, name)


def without_floats(expr: sympy.Expr) -> sympy.Expr:
    """The expression with every float replaced by its shortest decimal, as a fraction."""
    floats = expr.atoms(sympy.Float)
    return expr.xreplace({f: _from_float(float(f), "the formula's number") for f in floats}) if floats else expr


def sign(value: sympy.Expr) -> int | None:
    """The sign of a real constant: −1, 0, 1, or ``None`` when it cannot be decided.

    Examples
    --------
    >>> from sympy import sqrt
    >>> sign(sqrt(2) + sqrt(3) - sqrt(5 + 2*sqrt(6))), sign(sqrt(2) + sqrt(3) - 3)
    (0, 1)
    """
    if value.is_Rational:
        return int(bool(value > 0)) - int(bool(value < 0))
    if value.has(sympy.I):
        return None
    bits = FIRST_BITS
    bound = separation_bits(value)
    limit = MAX_BITS if bound is not None else MAX_BITS_TRANSCENDENTAL
    looked_for_zero = False
    while bits <= limit:
        ball = enclosure(value, bits)
        if ball is None or (bits >= MAX_BITS_TRANSCENDENTAL and not ball.is_finite()):
            return None
        if ball > 0:
            return 1
        if ball < 0:
            return -1
        if bound is not None and ball.is_finite() and _below_power_of_two(ball, -bound):
            return 0
        if not looked_for_zero and bits > 2 * FIRST_BITS:
            looked_for_zero = True
            if _is_formally_zero(value):
                return 0
        bits *= 2
    return None


def is_zero(value: sympy.Expr) -> bool | None:
    """Whether a real constant is 0; ``None`` when that cannot be decided."""
    found = sign(value)
    return None if found is None else found == 0


def compare(a: sympy.Expr, b: sympy.Expr) -> int | None:
    """The sign of a − b."""
    return 0 if a == b else sign(a - b)


def _below_power_of_two(ball: Any, exponent: int) -> bool:
    with flint.ctx.workprec(64):
        return bool(abs(ball).upper() < flint.arb(2) ** exponent)


def _is_formally_zero(value: sympy.Expr) -> bool:
    """Zero as a rational function of its irrational parts, e.g. exp(1)² − exp(2)."""
    if sympy.count_ops(value) > 300:
        return False
    return sympy.expand(sympy.together(value).as_numer_denom()[0]) == 0


# ── enclosures ──────────────────────────────────────────────────────────────────────────────────────────────


def enclosure(value: sympy.Expr, bits: int = 128) -> Any:
    """A ball (``flint.arb``) that contains the real constant; ``None`` for operations without balls.

    A ball that is not finite says only that the number could not be enclosed at this precision,
    or is not defined.
    """
    with flint.ctx.workprec(bits + 16):
        try:
            return _ball(value, bits + 16)
        except _NoBall:
            return None


class _NoBall(Exception):
    """An operation that has no enclosure here."""


def rational_bounds(value: sympy.Expr, bits: int = 128) -> tuple[sympy.Rational, sympy.Rational] | None:
    """Rational numbers a ≤ value ≤ b with b − a of the order of 2^−bits (relative)."""
    if value.is_Rational:
        return value, value
    ball = enclosure(value, bits)
    return None if ball is None or not ball.is_finite() else ball_bounds(ball)


def ball_bounds(ball: Any) -> tuple[sympy.Rational, sympy.Rational]:
    """The end points of a finite ball as rationals."""
    middle, radius = _dyadic(ball.mid()), _dyadic(ball.rad())
    return middle - radius, middle + radius


def _dyadic(ball: Any) -> sympy.Rational:
    mantissa, exponent = (int(k) for k in ball.man_exp())
    return sympy.Integer(mantissa) * sympy.Rational(2) ** exponent


_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    sympy.exp: lambda x: x.exp(),
    sympy.log: lambda x: x.log(),
    sympy.sin: lambda x: x.sin(),
    sympy.cos: lambda x: x.cos(),
    sympy.tan: lambda x: x.tan(),
    sympy.asin: lambda x: x.asin(),
    sympy.acos: lambda x: x.acos(),
    sympy.atan: lambda x: x.atan(),
    sympy.sinh: lambda x: x.sinh(),
    sympy.cosh: lambda x: x.cosh(),
    sympy.tanh: lambda x: x.tanh(),
    sympy.asinh: lambda x: x.asinh(),
    sympy.acosh: lambda x: x.acosh(),
    sympy.atanh: lambda x: x.atanh(),
    sympy.erf: lambda x: x.erf(),
    sympy.Abs: abs,
    sympy.atan2: flint.arb.atan2,
    sympy.loggamma: lambda x: x.lgamma(),
    sympy.gamma: lambda x: x.gamma(),
    sympy.Max: lambda *xs: _fold(lambda a, b: a.max(b), xs),
    sympy.Min: lambda *xs: _fold(lambda a, b: a.min(b), xs),
}


def _fold(join: Callable[[Any, Any], Any], balls: tuple[Any, ...]) -> Any:
    total = balls[0]
    for ball in balls[1:]:
        total = join(total, ball)
    return total


def _ball(value: sympy.Expr, bits: int) -> Any:
    if value.is_Rational:
        return flint.arb(flint.fmpq(int(value.p), int(value.q)))
    if value is sympy.pi:
        return flint.arb.pi()
    if value is sympy.E:
        return flint.arb.const_e()
    if value.is_Add:
        return sum((_ball(a, bits) for a in value.args), flint.arb(0))
    if value.is_Mul:
        product = flint.arb(1)
        for a in value.args:
            product *= _ball(a, bits)
        return product
    if isinstance(value, sympy.exp):
        return _ball(value.exp, bits).exp()
    if value.is_Pow:
        return _power_ball(value.base, value.exp, bits)
    if isinstance(value, sympy.CRootOf):
        return _root_ball(value, bits)
    if isinstance(value, sympy.polygamma) and value.args[0] == 0:
        return _ball(value.args[1], bits).digamma()
    rule = _FUNCTIONS.get(value.func)
    if rule is None:
        raise _NoBall
    return rule(*(_ball(a, bits) for a in value.args))


def _power_ball(base: sympy.Expr, exponent: sympy.Expr, bits: int) -> Any:
    b = _ball(base, bits)
    if exponent.is_Integer:
        return b ** int(exponent)
    if exponent.is_Rational and exponent.p == 1 and exponent.q == 2:
        return b.sqrt()
    if exponent.is_Rational:
        return b.root(int(exponent.q)) ** int(exponent.p)
    return (b.log() * _ball(exponent, bits)).exp()


def _root_ball(root: sympy.CRootOf, bits: int) -> Any:
    if not root.is_real:
        raise _NoBall
    coefficients = tuple(int(c) for c in reversed(root.poly.all_coeffs()))
    return real_root_balls(coefficients, bits)[root.index]


@lru_cache(maxsize=512)
def real_root_balls(coefficients: tuple[int, ...], bits: int) -> tuple[Any, ...]:
    """Disjoint balls of the real roots, ascending, of a squarefree integer polynomial (constant term first)."""
    with flint.ctx.workprec(bits):
        roots = [r for r, _ in flint.fmpz_poly(list(coefficients)).complex_roots()]
        real = [r.real for r in roots if r.imag.is_zero()]
    return tuple(sorted(real, key=lambda r: _dyadic(r.mid())))


# ── separation bounds ───────────────────────────────────────────────────────────────────────────────────────


def separation_bits(value: sympy.Expr) -> int | None:
    """A number B such that the algebraic constant is 0 or at least 2^−B in size; ``None`` if not algebraic here."""
    degrees: dict[sympy.Expr, int] = {}
    try:
        u, low = _integer_bounds(value, degrees)
    except _NoBall:
        return None
    return u * (math.prod(degrees.values()) - 1) + low + 1


def _integer_bounds(value: sympy.Expr, degrees: dict[sympy.Expr, int]) -> tuple[int, int]:
    """(u, l) with value = U/L, all conjugates of the algebraic integers U, L at most 2ᵘ, 2ˡ."""
    if value.is_Rational:
        return int(abs(value.p)).bit_length(), int(value.q - 1).bit_length()
    if value is sympy.I:
        degrees[value] = 2
        return 0, 0
    if value.is_Add:
        u, low = _integer_bounds(value.args[0], degrees)
        for term in value.args[1:]:
            v, m = _integer_bounds(term, degrees)
            u, low = max(u + m, v + low) + 1, low + m
        return u, low
    if value.is_Mul:
        bounds = [_integer_bounds(a, degrees) for a in value.args]
        return sum(u for u, _ in bounds), sum(low for _, low in bounds)
    if value.is_Pow and value.exp.is_Rational and not isinstance(value, sympy.exp):
        return _power_bounds(value.base, value.exp, degrees)
    if isinstance(value, sympy.CRootOf):
        coefficients = [abs(int(c)) for c in value.poly.all_coeffs()]
        degrees[value] = len(coefficients) - 1
        # The conjugates are at most 1 + max |c|/a in size (Cauchy), and a·root is an algebraic integer.
        return (coefficients[0] + max(coefficients)).bit_length(), coefficients[0].bit_length()
    if isinstance(value, sympy.Abs):
        return _integer_bounds(value.args[0], degrees)
    if isinstance(value, (sympy.sin, sympy.cos)):
        turns = value.args[0] / sympy.pi
        if turns.is_Rational:  # 2·cos(πp/q) is an algebraic integer in a field of degree at most 2q
            degrees[value] = 2 * int(turns.q)
            return 1, 1
    raise _NoBall


def _power_bounds(base: sympy.Expr, exponent: sympy.Rational, degrees: dict[sympy.Expr, int]) -> tuple[int, int]:
    u, low = _integer_bounds(base, degrees)
    k, times = int(exponent.q), int(exponent.p)
    if k > 1:
        degrees[sympy.Pow(base, sympy.Rational(1, k))] = k
        if u >= low:  # (U·L^(k−1))^(1/k) / L
            u = -(-(u + (k - 1) * low) // k)
        else:  # U / (U^(k−1)·L)^(1/k)
            low = -(-((k - 1) * u + low) // k)
    if times < 0:
        u, low, times = low, u, -times
    return u * times, low * times
