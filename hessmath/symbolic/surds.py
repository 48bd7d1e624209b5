"""Sums of square roots in normal form: c₁√d₁ + c₂√d₂ + … with rational cₖ and squarefree integers dₖ.

The roots of different squarefree integers are linearly independent over ℚ, so a sum is 0 exactly when all of its
coefficients are.  Negative radicands stand for i√|d|, so complex numbers are included.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd

import flint
import sympy

MAX_TERMS = 64
"""Longest sum that is kept in normal form."""

MAX_RADICAND_BITS = 80
"""Largest radicand whose square factors are looked for."""


class Surd:
    """A number of ℚ(√2, √3, …, i) as {squarefree radicand: coefficient}; radicand 1 is the rational part.

    Examples
    --------
    >>> r = surd(sympy.sqrt(2) + 1)
    >>> (r * r).expr, (1 / r).expr
    (2*sqrt(2) + 3, -1 + sqrt(2))
    >>> bool(r * r - 2 * r - 1)
    False
    """

    __slots__ = ("terms",)

    def __init__(self, terms: dict[int, flint.fmpq]) -> None:
        self.terms = {d: c for d, c in terms.items() if c}

    @staticmethod
    def rational(value: flint.fmpq | int) -> Surd:
        """The rational number as a sum with one term."""
        return Surd({1: flint.fmpq(value)})

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int):
            other = Surd.rational(other)
        return isinstance(other, Surd) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset((d, str(c)) for d, c in self.terms.items()))

    def __repr__(self) -> str:
        return f"Surd({self.expr})"

    def __add__(self, other: Surd | int) -> Surd:
        other = _number(other)
        total = dict(self.terms)
        for d, c in other.terms.items():
            total[d] = total[d] + c if d in total else c
        return Surd(total)

    __radd__ = __add__

    def __neg__(self) -> Surd:
        return Surd({d: -c for d, c in self.terms.items()})

    def __sub__(self, other: Surd | int) -> Surd:
        return self + (-_number(other))

    def __rsub__(self, other: Surd | int) -> Surd:
        return _number(other) - self

    def __mul__(self, other: Surd | int) -> Surd:
        other = _number(other)
        total: dict[int, flint.fmpq] = {}
        for a, c in self.terms.items():
            for b, e in other.terms.items():
                common = gcd(a, b)
                d, size = a * b // (common * common), c * e * common
                if a < 0 and b < 0:  # i·i = −1
                    size = -size
                elif a < 0 or b < 0:
                    d = -abs(d)
                total[d] = total[d] + size if d in total else size
        return Surd(total)

    __rmul__ = __mul__

    def __truediv__(self, other: Surd | int) -> Surd:
        return self * _number(other).inverse()

    def __rtruediv__(self, other: Surd | int) -> Surd:
        return _number(other) * self.inverse()

    def inverse(self) -> Surd:
        """1/x, by multiplying with one conjugate after the other.

        Raises
        ------
        ZeroDivisionError
            If x is 0.
        """
        if not self.terms:
            raise ZeroDivisionError("0 has no inverse.")
        top, below = Surd.rational(1), self
        while not below.is_rational:
            other = below._conjugate()
            top, below = top * other, below * other
        return top * Surd({1: 1 / below.terms[1]})

    def _conjugate(self) -> Surd:
        """The sum with the sign of one root of a prime (or of i) changed."""
        radicand = next(d for d in self.terms if d != 1)
        if radicand < 0:
            return Surd({d: -c if d < 0 else c for d, c in self.terms.items()})
        prime = int(flint.fmpz(radicand).factor()[0][0])
        return Surd({d: -c if d % prime == 0 else c for d, c in self.terms.items()})

    @property
    def is_rational(self) -> bool:
        """Whether nothing but the rational part is there."""
        return all(d == 1 for d in self.terms)

    @property
    def is_real(self) -> bool:
        """Whether there is no imaginary part."""
        return all(d > 0 for d in self.terms)

    @property
    def conjugate(self) -> Surd:
        """The complex conjugate."""
        return Surd({d: -c if d < 0 else c for d, c in self.terms.items()})

    @property
    def as_rational(self) -> flint.fmpq:
        """The rational part."""
        return self.terms.get(1, flint.fmpq(0))

    @property
    def expr(self) -> sympy.Expr:
        """The number as a SymPy expression."""
        parts = []
        for d in sorted(self.terms, key=lambda d: (d < 0, abs(d))):
            c = self.terms[d]
            parts.append(sympy.Rational(int(c.p), int(c.q)) * sympy.sqrt(abs(d)) * (sympy.I if d < 0 else 1))
        return sympy.Add(*parts)


def _number(value: Surd | int) -> Surd:
    return value if isinstance(value, Surd) else Surd.rational(value)


@lru_cache(maxsize=4096)
def surd(expr: sympy.Expr) -> Surd | None:
    """The normal form of a constant made of rationals, square roots of rationals, i, +, ×, ÷ and integer powers.

    ``None`` where the expression has anything else in it, or where its normal form would be long.

    Examples
    --------
    >>> surd(sympy.sqrt(sympy.Rational(8, 9))), surd(sympy.pi)
    (Surd(2*sqrt(2)/3), None)
    """
    if expr.is_Rational:
        return Surd({1: flint.fmpq(int(expr.p), int(expr.q))})
    if expr is sympy.I:
        return Surd({-1: flint.fmpq(1)})
    if expr.is_Add or expr.is_Mul:
        total = Surd.rational(0 if expr.is_Add else 1)
        for arg in expr.args:
            part = surd(arg)
            if part is None:
                return None
            total = total + part if expr.is_Add else total * part
            if len(total.terms) > MAX_TERMS:
                return None
        return total
    if expr.is_Pow and expr.exp.is_Rational:
        return _power(expr.base, expr.exp)
    return None


def _power(base: sympy.Expr, exponent: sympy.Rational) -> Surd | None:
    if exponent.is_Integer:
        inner, n = surd(base), abs(int(exponent))
        if inner is None or n > MAX_TERMS or (exponent < 0 and not inner):
            return None
        result = Surd.rational(1)
        for _ in range(n):
            result = result * inner
            if len(result.terms) > MAX_TERMS:
                return None
        return result.inverse() if exponent < 0 else result
    if exponent.q != 2 or not base.is_Rational or not base or abs(exponent.p) > MAX_TERMS:
        return None
    p, q = int(base.p), int(base.q)
    if (p * q).bit_length() > MAX_RADICAND_BITS:
        return None
    outside, inside = 1, 1
    for prime, times in flint.fmpz(abs(p * q)).factor():
        outside *= int(prime) ** (times // 2)
        inside *= int(prime) ** (times % 2)
    root = Surd({inside if p > 0 else -inside: flint.fmpq(outside, q)})
    result = Surd.rational(1)
    for _ in range(abs(int(exponent.p))):
        result = result * root
    return result.inverse() if exponent < 0 else result
