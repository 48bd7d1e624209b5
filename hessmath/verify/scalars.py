"""The numbers that claims are evaluated in: exact rationals, balls where values are irrational, duals for derivatives.

A value is a ``flint.fmpq`` as long as it is rational, a ``flint.arb`` (a rigorous enclosure) after an
irrational function, and a ``Dual`` a + b·ε with ε² = 0 inside a derivative.  Functions at points where
their value is rational stay rational, so that sqrt(9/4) and exp(0) cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

Number = Any
"""A ``flint.fmpq``, a ``flint.arb`` or a ``Dual``."""

PRECISION = 160
"""Bits of the balls; comparisons that this cannot settle stay unsettled."""

MAX_BITS = 1_000_000
"""Bits of the numerator or denominator of a power that is kept exactly."""


class Undecidable(Exception):
    """Two balls overlap, or a value has no evaluation here: nothing can be said at this point."""


class OutsideDomain(Exception):
    """The operation has no value at this argument, such as 1/0 or log(−1)."""


def rational(value: Fraction | int) -> flint.fmpq:
    """A Python number as a FLINT rational."""
    fraction = Fraction(value)
    return flint.fmpq(fraction.numerator, fraction.denominator)


ZERO, ONE = flint.fmpq(0), flint.fmpq(1)


@dataclass(frozen=True, slots=True, eq=False)
class Dual:
    """The number ``real`` + ``slope``·ε; ``tag`` tells nested derivatives apart."""

    real: Number
    slope: Number
    tag: int

    def __add__(self, other: Number) -> Dual:
        a, b = _split(other, self.tag)
        if isinstance(other, Dual) and other.tag > self.tag:
            return other.__add__(self)
        return Dual(self.real + a, self.slope + b, self.tag)

    def __mul__(self, other: Number) -> Dual:
        if isinstance(other, Dual) and other.tag > self.tag:
            return other.__mul__(self)
        a, b = _split(other, self.tag)
        return Dual(self.real * a, self.real * b + self.slope * a, self.tag)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> Dual:
        return Dual(-self.real, -self.slope, self.tag)

    def __sub__(self, other: Number) -> Dual:
        return self + (-other)

    def __rsub__(self, other: Number) -> Dual:
        return (-self) + other


def _split(value: Number, tag: int) -> tuple[Number, Number]:
    if isinstance(value, Dual) and value.tag == tag:
        return value.real, value.slope
    return value, ZERO


def primal(value: Number) -> Number:
    """The value without its infinitesimal parts."""
    while isinstance(value, Dual):
        value = value.real
    return value


def sign(value: Number) -> int:
    """−1, 0 or 1.

    Raises
    ------
    Undecidable
        If the value is a ball that reaches across zero.
    """
    value = primal(value)
    if isinstance(value, flint.fmpq):
        return 1 if value > 0 else -1 if value < 0 else 0
    if value > 0:
        return 1
    if value < 0:
        return -1
    if value.is_zero():
        return 0
    raise Undecidable("a ball reaches across zero")


def is_zero(value: Number) -> bool:
    """Whether the value (not only its primal part) is zero."""
    if isinstance(value, Dual):
        return is_zero(value.real) and is_zero(value.slope)
    return sign(value) == 0


def divide(a: Number, b: Number) -> Number:
    """a / b; outside the domain when b is zero."""
    if sign(b) == 0:
        raise OutsideDomain
    return a * reciprocal(b) if isinstance(a, Dual) or isinstance(b, Dual) else a / b


def reciprocal(b: Number) -> Number:
    """1 / b for b ≠ 0."""
    if isinstance(b, Dual):
        inverse = reciprocal(b.real)
        return Dual(inverse, -(inverse * inverse * b.slope), b.tag)
    return ONE / b


def as_ball(value: flint.fmpq | flint.arb) -> flint.arb:
    """The value as a ball."""
    return flint.arb(value)


def power(base: Number, exponent: Number) -> Number:
    """base ** exponent over the reals; integer exponents by multiplication."""
    if isinstance(exponent, flint.fmpq) and exponent.q == 1:
        return integer_power(base, int(exponent.p))
    if isinstance(exponent, flint.fmpq):
        if sign(base) < 0:
            raise OutsideDomain
        if sign(base) == 0:
            if exponent < 0 or isinstance(base, Dual):
                raise OutsideDomain
            return ZERO
        if exponent.q == 2:
            return integer_power(apply("sqrt", base), int(exponent.p))
    elif sign(base) <= 0:
        raise OutsideDomain
    return apply("exp", exponent * apply("log", base))


def integer_power(base: Number, exponent: int) -> Number:
    """Repeated multiplication; 0**0 is 1 and 0**−1 has no value.  What would be too long to write is a ball."""
    if exponent < 0:
        return reciprocal_of(integer_power(base, -exponent))
    if isinstance(base, flint.fmpq):
        length = max(int(base.p).bit_length(), int(base.q).bit_length())
        return base**exponent if length * exponent <= MAX_BITS or length <= 1 else flint.arb(base) ** exponent
    total: Number = ONE
    for bit in bin(exponent)[2:]:
        total = total * total
        if bit == "1":
            total = total * base
    return total


def reciprocal_of(value: Number) -> Number:
    """1 / value, outside the domain at zero."""
    if sign(value) == 0:
        raise OutsideDomain
    return reciprocal(value)


def apply(name: str, x: Number) -> Number:
    """An elementary function of one number.

    Raises
    ------
    OutsideDomain
        Where the function is not defined (or, for a dual, not differentiable).
    """
    if isinstance(x, Dual):
        slope = derivative(name, x.real)
        return Dual(apply(name, x.real), slope * x.slope, x.tag)
    if isinstance(x, flint.fmpq):
        exact = _EXACT[name](x)
        if exact is not None:
            return exact
        x = as_ball(x)
    value = _BALLS[name](x)
    if not value.is_finite():
        raise Undecidable(f"no enclosure of {name} here")
    return value


def derivative(name: str, x: Number) -> Number:
    """The derivative of an elementary function at a number."""
    return _SLOPES[name](x)


def _sqrt(x: flint.fmpq) -> flint.fmpq | None:
    if x < 0:
        raise OutsideDomain
    p, q = x.p, x.q
    return flint.fmpq(p.isqrt(), q.isqrt()) if p.is_square() and q.is_square() else None


def _at(table: dict[int, flint.fmpq | int]) -> Callable[[flint.fmpq], flint.fmpq | None]:
    known = {int(point): flint.fmpq(value) for point, value in table.items()}
    return lambda x: known.get(int(x.p)) if x.q == 1 else None


def _within(low: int | None, high: int | None, known: dict[int, int]) -> Callable[[flint.fmpq], flint.fmpq | None]:
    lookup = _at(dict(known))

    def exact(x: flint.fmpq) -> flint.fmpq | None:
        if (low is not None and x < low) or (high is not None and x > high):
            raise OutsideDomain
        return lookup(x)

    return exact


def _positive(known: dict[int, int]) -> Callable[[flint.fmpq], flint.fmpq | None]:
    lookup = _at(dict(known))

    def exact(x: flint.fmpq) -> flint.fmpq | None:
        if x <= 0:
            raise OutsideDomain
        return lookup(x)

    return exact


_HALF = flint.fmpq(1, 2)

_EXACT: dict[str, Callable[[flint.fmpq], flint.fmpq | None]] = {
    "exp": _at({0: 1}),
    "log": _positive({1: 0}),
    "sqrt": _sqrt,
    "sin": _at({0: 0}),
    "cos": _at({0: 1}),
    "tan": _at({0: 0}),
    "sinh": _at({0: 0}),
    "cosh": _at({0: 1}),
    "tanh": _at({0: 0}),
    "asin": _within(-1, 1, {0: 0}),
    "acos": _within(-1, 1, {1: 0}),
    "atan": _at({0: 0}),
    "erf": _at({0: 0}),
    "sigmoid": _at({0: _HALF}),
    "softplus": _at({}),
    "loggamma": _positive({1: 0, 2: 0}),
    "digamma": _positive({}),
    "Abs": abs,
    "sign": lambda x: flint.fmpq(sign(x)),
    "Heaviside": lambda x: _HALF if x == 0 else flint.fmpq(int(x > 0)),
}


def _needs(test: Callable[[flint.arb], bool], then: Callable[[flint.arb], flint.arb]) -> Callable[..., flint.arb]:
    def enclosure(x: flint.arb) -> flint.arb:
        if not test(x):
            raise Undecidable("a ball reaches the edge of the domain")
        return then(x)

    return enclosure


_BALLS: dict[str, Callable[[flint.arb], flint.arb]] = {
    "exp": lambda x: x.exp(),
    "log": _needs(lambda x: x > 0, lambda x: x.log()),
    "sqrt": _needs(lambda x: x >= 0, lambda x: x.sqrt()),
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "tan": lambda x: x.tan(),
    "sinh": lambda x: x.sinh(),
    "cosh": lambda x: x.cosh(),
    "tanh": lambda x: x.tanh(),
    "asin": _needs(lambda x: abs(x) <= 1, lambda x: x.asin()),
    "acos": _needs(lambda x: abs(x) <= 1, lambda x: x.acos()),
    "atan": lambda x: x.atan(),
    "erf": lambda x: x.erf(),
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "softplus": lambda x: (1 + x.exp()).log(),
    "loggamma": _needs(lambda x: x > 0, lambda x: x.lgamma()),
    "digamma": _needs(lambda x: x > 0, lambda x: x.digamma()),
    "Abs": abs,
    "sign": lambda x: flint.arb(sign(x)),
    "Heaviside": lambda x: flint.arb(int(sign(x) > 0)),
}


def _off_zero(value: Callable[[Number], Number]) -> Callable[[Number], Number]:
    def slope(x: Number) -> Number:
        if sign(x) == 0:
            raise OutsideDomain
        return value(x)

    return slope


def _inside_unit(value: Callable[[Number], Number]) -> Callable[[Number], Number]:
    def slope(x: Number) -> Number:
        gap = ONE - x * x
        if sign(gap) <= 0:
            raise OutsideDomain
        return value(gap)

    return slope


def _square(x: Number) -> Number:
    return x * x


def _trigamma(x: Number) -> Number:
    raise Undecidable("the derivative of digamma is not evaluated")


_SLOPES: dict[str, Callable[[Number], Number]] = {
    "exp": lambda x: apply("exp", x),
    "log": reciprocal_of,
    "sqrt": lambda x: reciprocal_of(2 * apply("sqrt", x)),
    "sin": lambda x: apply("cos", x),
    "cos": lambda x: -apply("sin", x),
    "tan": lambda x: ONE + _square(apply("tan", x)),
    "sinh": lambda x: apply("cosh", x),
    "cosh": lambda x: apply("sinh", x),
    "tanh": lambda x: ONE - _square(apply("tanh", x)),
    "asin": _inside_unit(lambda gap: reciprocal(apply("sqrt", gap))),
    "acos": _inside_unit(lambda gap: -reciprocal(apply("sqrt", gap))),
    "atan": lambda x: reciprocal(ONE + x * x),
    "erf": lambda x: 2 * apply("exp", -(x * x)) * as_ball(flint.arb.pi()).rsqrt(),
    "sigmoid": lambda x: apply("sigmoid", x) * (ONE - apply("sigmoid", x)),
    "softplus": lambda x: apply("sigmoid", x),
    "loggamma": lambda x: apply("digamma", x),
    "digamma": _trigamma,
    "Abs": _off_zero(lambda x: apply("sign", x)),
    "sign": _off_zero(lambda x: ZERO),
    "Heaviside": _off_zero(lambda x: ZERO),
}

ELEMENTARY = frozenset(_EXACT)
"""The functions of one number that ``apply`` knows."""
