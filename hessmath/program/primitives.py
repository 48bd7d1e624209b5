"""The op table: everything known about a primitive sits in its row.

A row has the primitive's name, arity, meaning (SymPy), float64 reference, rational values, enclosure (FLINT balls),
emission, cost class and domain.  Partial derivatives are not typed: SymPy derives them from the meaning
(``partials.py``), save in the rows where SymPy has none and ``partials`` says what we take.
The row's place in ``PRIMITIVES`` is the opcode that a Tape stores.  A new primitive is a new row.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from hessmath.program.row import ADD, CALL, DIV, FREE, MUL, ROOT, TEST, Primitive
from hessmath.program.special_functions import SPECIAL_FUNCTIONS, scipy_special, where_not_negative

__all__ = ["CLOSED", "CONSTANT", "INPUT", "OPCODE", "PRIMITIVES", "Primitive", "primitive", "rational_root"]

# ---- rational values ------------------------------------------------------------------------------


def _only_at(*points: tuple[int, Fraction | int]) -> Callable[[Fraction], Fraction | None]:
    """Rational at these (argument, value) pairs; by Lindemann–Weierstrass nowhere else in ℚ, or not known to be."""
    table = {Fraction(x): Fraction(y) for x, y in points}
    return table.get


def rational_root(x: Fraction, n: int) -> Fraction | None:
    """The nonnegative n-th root of x ≥ 0 when it is rational."""
    if x < 0:
        return None
    p, q = _integer_root(x.numerator, n), _integer_root(x.denominator, n)
    return Fraction(p, q) if p**n == x.numerator and q**n == x.denominator else None


def _integer_root(a: int, n: int) -> int:
    """⌊a^(1/n)⌋ by Newton's iteration on integers."""
    if n == 2:
        return math.isqrt(a)
    if a < 2:
        return a
    r = 1 << -(-a.bit_length() // n)  # above the root
    while True:
        smaller = ((n - 1) * r + a // r ** (n - 1)) // n
        if smaller >= r:
            return r
        r = smaller


_LARGEST_EXACT_POWER, _LARGEST_EXACT_BITS = 4096, 1_000_000


def _exact_power(x: Fraction, y: Fraction) -> Fraction | None:
    if x == 0 and y < 0:
        raise ZeroDivisionError("zero to a negative power")
    if x == 1 or y == 0:
        return Fraction(1)
    if x == 0:
        return Fraction(0)
    if abs(y.numerator) > _LARGEST_EXACT_POWER or y.denominator > _LARGEST_EXACT_POWER:
        return None
    root = rational_root(x, y.denominator) if y.denominator > 1 else x
    if root is None or _bits(root) * abs(y.numerator) > _LARGEST_EXACT_BITS:
        return None
    return Fraction(root**y.numerator)


def _bits(x: Fraction) -> int:
    return max(x.numerator.bit_length(), x.denominator.bit_length())


def _exact_sqrt1pm1(x: Fraction) -> Fraction | None:
    root = rational_root(1 + x, 2)
    return None if root is None else root - 1


# ---- float64 --------------------------------------------------------------------------------------


def _where(condition: Any, a: Any, b: Any) -> Any:
    """Entrywise a or b; a scalar for scalars."""
    chosen: Any = np.where(condition, a, b)
    return chosen[()]


def _float_min(x: Any, y: Any) -> Any:
    """With −0 < 0, as in IEEE 754-2019; NumPy takes one of them as it comes."""
    return _where((x == 0) & (y == 0), -(-x + -y), np.minimum(x, y))


def _float_max(x: Any, y: Any) -> Any:
    return _where((x == 0) & (y == 0), x + y, np.maximum(x, y))


def _float_sigmoid(x: Any) -> Any:
    small = np.exp(-np.abs(x))  # never overflows
    return _where(x >= 0, 1 / (1 + small), small / (1 + small))


def _float_softplus(x: Any) -> Any:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def _float_hypot(x: Any, y: Any) -> Any:
    return _where(np.isnan(x) | np.isnan(y), np.nan, np.hypot(x, y))


def _float_sqrt1pm1(x: Any) -> Any:
    return _where(x == np.inf, x, x / (1 + np.sqrt(1 + x)))


def _float_cosm1(x: Any) -> Any:
    s = np.sin(0.5 * x)
    return -2.0 * (s * s)


# ---- balls ----------------------------------------------------------------------------------------


def _ball(low: int, high: int) -> Any:
    """The ball [low, high]."""
    from flint import arb

    return arb(low).union(arb(high)) if low < high else arb(low)


def _ball_relation(surely: Callable[..., bool], surely_not: Callable[..., bool]) -> Callable[..., Any]:
    """1, 0, or the ball [0, 1] when the operands overlap; nan when one of them is."""

    def enclosure(a: Any, b: Any) -> Any:
        if a.is_nan() or b.is_nan():
            return a + b
        if surely(a, b):
            return _ball(1, 1)
        return _ball(0, 0) if surely_not(a, b) else _ball(0, 1)

    return enclosure


def _ball_equal(a: Any, b: Any) -> Any:
    if a.is_nan() or b.is_nan():
        return a + b
    if not a.overlaps(b):
        return _ball(0, 0)
    return _ball(1, 1) if a.is_exact() and b.is_exact() else _ball(0, 1)


def _ball_select(c: Any, a: Any, b: Any) -> Any:
    if c.is_nan():
        return c
    if not c.contains(0):
        return a
    return b if c.is_zero() else a.union(b)


def _ball_step(at_zero: str, below: int) -> Callable[[Any], Any]:
    """sign or Heaviside: below, at and above zero."""

    def enclosure(x: Any) -> Any:
        from flint import arb

        if x.is_nan():
            return x
        if x > 0 or x < 0:
            return arb(1) if x > 0 else arb(below)
        return arb(at_zero) if x.is_zero() else _ball(below, 1)

    return enclosure


def _ball_power(x: Any, y: Any) -> Any:
    from flint import arb

    if x.is_zero() and y > 0:
        return arb(0)
    if not x > 0 and x >= 0 and y > 0:  # xʸ is increasing in x, and 0ʸ = 0; arb has no power of a ball that touches 0
        return arb(0).union(arb(x.upper()) ** y)
    return x**y


def _ball_sigmoid(x: Any) -> Any:
    from flint import arb

    def at(p: Any) -> Any:
        e = (-abs(p)).exp()  # never overflows
        return 1 / (1 + e) if p >= 0 else e / (1 + e)

    # increasing, so the ends enclose; every formula at an end is a point evaluation
    return at(arb(x.lower())).union(at(arb(x.upper()))) if x.is_finite() else x * 0


def _ball_softplus(x: Any) -> Any:
    return _ball_softplus_positive(x) if x > 0 else x.exp().log1p()


def _ball_softplus_positive(x: Any) -> Any:
    return x + (-x).exp().log1p()


def _ball_hypot(x: Any, y: Any) -> Any:
    if not (x.is_finite() and y.is_finite()):
        return (x + y) * 0

    def at(a: Any, b: Any) -> Any:
        return (a * a + b * b).sqrt()

    # increasing in |x| and |y|, so the ends enclose
    return at(x.abs_lower(), y.abs_lower()).union(at(x.abs_upper(), y.abs_upper()))


def _ball_logaddexp(x: Any, y: Any) -> Any:
    from flint import arb

    if not (x.is_finite() and y.is_finite()):
        return (x + y) * 0

    def at(a: Any, b: Any) -> Any:
        return _ball_softplus(a - b) + b if a < b else _ball_softplus(b - a) + a

    # increasing in x and y, so the ends enclose
    return at(arb(x.lower()), arb(y.lower())).union(at(arb(x.upper()), arb(y.upper())))


def _ball_cosm1(x: Any) -> Any:
    return -2 * (x / 2).sin() ** 2


# ---- conditions -----------------------------------------------------------------------------------


def _indicator(relation: Any) -> Any:
    """1 where the relation holds, else 0."""
    return sympy.Piecewise((sympy.Integer(1), relation), (sympy.Integer(0), True))


def _meaning_of_select(c: Any, a: Any, b: Any) -> Any:
    """a where c ≠ 0, else b; an indicator gives its condition back, so that reading back stays readable."""
    if isinstance(c, sympy.Piecewise) and len(c.args) == 2 and tuple(e for e, _ in c.args) == (1, 0):
        condition = c.args[0][1]
    else:
        condition = sympy.Ne(c, 0)
    return sympy.Piecewise((a, condition), (b, True))


def _zeros(*x: Any) -> tuple[Any, ...]:
    """Piecewise constant: the derivative is 0 wherever it exists."""
    return (sympy.Integer(0),) * len(x)


def _unused(*_: Any) -> Any:
    raise AssertionError("inputs and constants are not computed")


_HALF = Fraction(1, 2)

_ROWS: tuple[Primitive, ...] = (
    Primitive("input", 0, FREE, "inline", _unused, _unused, _unused, _unused),
    Primitive("constant", 0, FREE, "inline", _unused, _unused, _unused, _unused),
    # field operations
    Primitive(
        "add", 2, ADD, "inline", operator.add, operator.add, operator.add, operator.add, ring=True, commutative=True
    ),
    Primitive("sub", 2, ADD, "inline", operator.sub, operator.sub, operator.sub, operator.sub, ring=True),
    Primitive(
        "mul", 2, MUL, "inline", operator.mul, operator.mul, operator.mul, operator.mul, ring=True, commutative=True
    ),
    Primitive(
        "div",
        2,
        DIV,
        "inline",
        operator.truediv,
        np.divide,
        operator.truediv,
        operator.truediv,
        domain=lambda x, y: sympy.Ne(y, 0),
        ring=True,
    ),
    Primitive("neg", 1, ADD, "inline", operator.neg, operator.neg, operator.neg, operator.neg, ring=True),
    # roots, powers, exponentials
    Primitive(
        "sqrt",
        1,
        ROOT,
        "intrinsic:llvm.sqrt",
        sympy.sqrt,
        np.sqrt,
        lambda x: rational_root(x, 2),
        lambda x: x.sqrt(),
        domain=lambda x: x > 0,
    ),
    Primitive(
        "pow",
        2,
        CALL,
        "libm:pow",
        sympy.Pow,
        np.power,
        _exact_power,
        _ball_power,
        domain=lambda x, y: x > 0,
    ),
    Primitive("exp", 1, CALL, "libm:exp", sympy.exp, np.exp, _only_at((0, 1)), lambda x: x.exp()),
    Primitive(
        "log", 1, CALL, "libm:log", sympy.log, np.log, _only_at((1, 0)), lambda x: x.log(), domain=lambda x: x > 0
    ),
    Primitive(
        "expm1", 1, CALL, "libm:expm1", lambda x: sympy.exp(x) - 1, np.expm1, _only_at((0, 0)), lambda x: x.expm1()
    ),
    Primitive(
        "log1p",
        1,
        CALL,
        "libm:log1p",
        lambda x: sympy.log(1 + x),
        np.log1p,
        _only_at((0, 0)),
        lambda x: x.log1p(),
        domain=lambda x: x > -1,
    ),
    # circular and hyperbolic functions
    Primitive("sin", 1, CALL, "libm:sin", sympy.sin, np.sin, _only_at((0, 0)), lambda x: x.sin()),
    Primitive("cos", 1, CALL, "libm:cos", sympy.cos, np.cos, _only_at((0, 1)), lambda x: x.cos()),
    Primitive(
        "tan",
        1,
        CALL,
        "libm:tan",
        sympy.tan,
        np.tan,
        _only_at((0, 0)),
        lambda x: x.tan(),
        domain=lambda x: sympy.Ne(sympy.cos(x), 0),
    ),
    Primitive(
        "asin",
        1,
        CALL,
        "libm:asin",
        sympy.asin,
        np.arcsin,
        _only_at((0, 0)),
        lambda x: x.asin(),
        domain=lambda x: sympy.Abs(x) < 1,
    ),
    Primitive(
        "acos",
        1,
        CALL,
        "libm:acos",
        sympy.acos,
        np.arccos,
        _only_at((1, 0)),
        lambda x: x.acos(),
        domain=lambda x: sympy.Abs(x) < 1,
    ),
    Primitive("atan", 1, CALL, "libm:atan", sympy.atan, np.arctan, _only_at((0, 0)), lambda x: x.atan()),
    Primitive(
        "atan2",
        2,
        CALL,
        "libm:atan2",
        sympy.atan2,
        np.arctan2,
        lambda y, x: Fraction(0) if y == 0 and x > 0 else None,
        lambda y, x: type(y).atan2(y, x),
        domain=lambda y, x: sympy.Or(sympy.Ne(y, 0), x > 0),
    ),
    Primitive("sinh", 1, CALL, "libm:sinh", sympy.sinh, np.sinh, _only_at((0, 0)), lambda x: x.sinh()),
    Primitive("cosh", 1, CALL, "libm:cosh", sympy.cosh, np.cosh, _only_at((0, 1)), lambda x: x.cosh()),
    Primitive("tanh", 1, CALL, "libm:tanh", sympy.tanh, np.tanh, _only_at((0, 0)), lambda x: x.tanh()),
    Primitive("asinh", 1, CALL, "libm:asinh", sympy.asinh, np.arcsinh, _only_at((0, 0)), lambda x: x.asinh()),
    Primitive(
        "acosh",
        1,
        CALL,
        "libm:acosh",
        sympy.acosh,
        np.arccosh,
        _only_at((1, 0)),
        lambda x: x.acosh(),
        domain=lambda x: x > 1,
    ),
    Primitive(
        "atanh",
        1,
        CALL,
        "libm:atanh",
        sympy.atanh,
        np.arctanh,
        _only_at((0, 0)),
        lambda x: x.atanh(),
        domain=lambda x: sympy.Abs(x) < 1,
    ),
    Primitive("erf", 1, CALL, "libm:erf", sympy.erf, scipy_special("erf"), _only_at((0, 0)), lambda x: x.erf()),
    # kinks and steps
    Primitive("abs", 1, TEST, "inline", sympy.Abs, np.abs, abs, abs, domain=lambda x: sympy.Ne(x, 0)),
    Primitive(
        "sign",
        1,
        TEST,
        "inline",
        sympy.sign,
        np.sign,
        lambda x: Fraction((x > 0) - (x < 0)),
        _ball_step("0", -1),
        domain=lambda x: sympy.Ne(x, 0),
        partials=_zeros,
    ),
    Primitive(
        "heaviside",
        1,
        TEST,
        "inline",
        sympy.Heaviside,
        lambda x: np.heaviside(x, 0.5),
        lambda x: (1 + Fraction((x > 0) - (x < 0))) * _HALF,
        _ball_step("0.5", 0),
        domain=lambda x: sympy.Ne(x, 0),
        partials=_zeros,
    ),
    Primitive(
        "min",
        2,
        TEST,
        "inline",
        sympy.Min,
        _float_min,
        min,
        lambda x, y: x.min(y),
        domain=sympy.Ne,
        commutative=True,
    ),
    Primitive(
        "max",
        2,
        TEST,
        "inline",
        sympy.Max,
        _float_max,
        max,
        lambda x, y: x.max(y),
        domain=sympy.Ne,
        commutative=True,
    ),
    # the Gamma function's family
    Primitive(
        "loggamma",
        1,
        CALL,
        "inline",
        sympy.loggamma,
        where_not_negative("gammaln"),
        _only_at((1, 0), (2, 0)),
        lambda x: x.lgamma(),
        domain=lambda x: x > 0,
    ),
    Primitive(
        "digamma",
        1,
        CALL,
        "scipy:psi",
        sympy.digamma,
        scipy_special("psi"),
        _only_at(),
        lambda x: x.digamma(),
        domain=lambda x: x > 0,
    ),
    # tests: 1 where the relation holds, else 0; select(c, a, b) is a where c ≠ 0, else b
    Primitive(
        "select",
        3,
        TEST,
        "inline",
        _meaning_of_select,
        lambda c, a, b: _where(c != 0, a, b),
        lambda c, a, b: a if c != 0 else b,
        _ball_select,
        partials=lambda c, a, b: (sympy.Integer(0), _meaning_of_select(c, 1, 0), _meaning_of_select(c, 0, 1)),
    ),
    Primitive(
        "lt",
        2,
        TEST,
        "inline",
        lambda x, y: _indicator(sympy.Lt(x, y)),
        lambda x, y: _where(x < y, 1.0, 0.0),
        lambda x, y: Fraction(x < y),
        _ball_relation(operator.lt, operator.ge),
        domain=sympy.Ne,
        partials=_zeros,
    ),
    Primitive(
        "le",
        2,
        TEST,
        "inline",
        lambda x, y: _indicator(sympy.Le(x, y)),
        lambda x, y: _where(x <= y, 1.0, 0.0),
        lambda x, y: Fraction(x <= y),
        _ball_relation(operator.le, operator.gt),
        domain=sympy.Ne,
        partials=_zeros,
    ),
    Primitive(
        "eq",
        2,
        TEST,
        "inline",
        lambda x, y: _indicator(sympy.Eq(x, y)),
        lambda x, y: _where(x == y, 1.0, 0.0),
        lambda x, y: Fraction(x == y),
        _ball_equal,
        domain=sympy.Ne,
        commutative=True,
        partials=_zeros,
    ),
    # 1/(1 + e⁻ˣ) and log(1 + eˣ) without overflow
    Primitive(
        "sigmoid",
        1,
        CALL,
        "inline:sigmoid",
        lambda x: 1 / (1 + sympy.exp(-x)),
        _float_sigmoid,
        _only_at((0, _HALF)),
        _ball_sigmoid,
    ),
    Primitive(
        "softplus",
        1,
        CALL,
        "inline:softplus",
        lambda x: sympy.log(1 + sympy.exp(x)),
        _float_softplus,
        _only_at(),
        _ball_softplus,
    ),
    # Hurwitz' ζ(s, a) = Σ (a + k)⁻ˢ: the derivatives of digamma
    Primitive(
        "zeta",
        2,
        CALL,
        "scipy:zeta",
        sympy.zeta,
        scipy_special("zeta"),
        lambda s, a: None,
        lambda s, a: s.zeta(a),
        domain=lambda s, a: a > 0,
    ),
    # what cancels or overflows when it is computed as it is written
    Primitive(
        "hypot",
        2,
        CALL,
        "inline:hypot",
        lambda x, y: sympy.sqrt(x**2 + y**2),
        _float_hypot,
        lambda x, y: rational_root(x * x + y * y, 2),
        _ball_hypot,
        domain=lambda x, y: sympy.Or(sympy.Ne(x, 0), sympy.Ne(y, 0)),
        commutative=True,
    ),
    Primitive(
        "logaddexp",
        2,
        CALL,
        "inline:logaddexp",
        lambda x, y: sympy.log(sympy.exp(x) + sympy.exp(y)),
        np.logaddexp,
        lambda x, y: None,
        _ball_logaddexp,
        commutative=True,
        terms=lambda x, y: (_ball_softplus(-abs(x - y)),),
    ),
    Primitive(
        "cosm1",
        1,
        CALL,
        "inline:cosm1",
        lambda x: sympy.cos(x) - 1,
        _float_cosm1,
        _only_at((0, 0)),
        _ball_cosm1,
    ),
    Primitive(
        "sqrt1pm1",
        1,
        ROOT,
        "inline:sqrt1pm1",
        lambda x: sympy.sqrt(1 + x) - 1,
        _float_sqrt1pm1,
        _exact_sqrt1pm1,
        lambda x: x / (1 + (1 + x).sqrt()),
        domain=lambda x: x > -1,
    ),
    Primitive("erfc", 1, CALL, "libm:erfc", sympy.erfc, scipy_special("erfc"), _only_at((0, 1)), lambda x: x.erfc()),
    *SPECIAL_FUNCTIONS,
)

PRIMITIVES: list[Primitive] = list(_ROWS)
"""The table; functions that users define are appended while the process runs, and rows never move."""

CLOSED = len(_ROWS)
"""How many rows the library has itself."""

OPCODE: dict[str, int] = {row.name: code for code, row in enumerate(PRIMITIVES)}
"""The row number of each primitive."""

INPUT, CONSTANT = OPCODE["input"], OPCODE["constant"]


def primitive(name: str) -> Primitive:
    """The row with this name."""
    return PRIMITIVES[OPCODE[name]]


def append(row: Primitive) -> None:
    """Give a user-defined function a row."""
    OPCODE[row.name] = len(PRIMITIVES)
    PRIMITIVES.append(row)
