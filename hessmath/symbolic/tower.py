"""A tower of functions: quotients of polynomials in generators, where a generator may have a monic relation.

Generators are added one on top of another: a transcendental one (a variable, exp t, log p) is free, an algebraic one
satisfies g^m = R with R a polynomial in the generators below it.  In lexicographic order those relations are a Gröbner
basis, so a numerator that reduces to 0 vanishes wherever the generators, as functions, have values.
A quotient is 0 wherever it is defined as soon as its numerator reduces to 0; that is the only conclusion drawn here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

MAX_GENERATORS = 24
MAX_TERMS = 20_000
MAX_WORK = 2_000_000


class NoForm(Exception):
    """An expression that has no normal form here: too large, or a function that the tower does not have."""


@dataclass(frozen=True)
class Element:
    """above/below, both polynomials over ℤ in the generators of one tower."""

    above: Any
    below: Any

    @property
    def is_zero(self) -> bool:
        """Whether the numerator is 0: then the function is 0 wherever it is defined."""
        return bool(self.above.is_zero())

    @property
    def rational(self) -> Fraction | None:
        """The value if it is a rational number."""
        if not (self.above.is_constant() and self.below.is_constant()):
            return None
        return Fraction(_constant(self.above), _constant(self.below))


def _constant(p: Any) -> int:
    return int(p.leading_coefficient()) if not p.is_zero() else 0


class Tower:
    """The generators so far, their relations, and arithmetic with elements.

    Examples
    --------
    >>> tower = Tower()
    >>> r = tower.algebraic("sqrt2", 2, tower.integer(2).above)
    >>> ((tower.power(tower.add(r, tower.integer(1)), 2)).above)  # (√2 + 1)² = 2√2 + 3
    2*g0 + 3
    """

    def __init__(self, size: int = MAX_GENERATORS) -> None:
        self.size = size
        # Lark-like names; the newest generator is the largest in lexicographic order.
        names = tuple(f"g{size - 1 - k}" for k in range(size))
        self.context = flint.fmpz_mpoly_ctx.get(names, flint.Ordering.lex)
        self.gens = list(reversed(self.context.gens()))
        self.one = self.context.constant(1)
        self.names: list[Any] = []
        self.relations: list[tuple[Any, int]] = []
        self._made: dict[Any, int] = {}

    # ---- generators ---------------------------------------------------------------------------------------

    def index(self, name: Any) -> int | None:
        """The position of a generator that was added under this name."""
        return self._made.get(name)

    def free(self, name: Any) -> Element:
        """The transcendental generator of this name, added if it is new."""
        return self.element(self.gens[self._position(name)])

    def algebraic(self, name: Any, degree: int, value: Any) -> Element:
        """The generator with g^degree = value, a polynomial in the generators that exist."""
        known = self._made.get(name)
        if known is None:
            known = self._position(name)
            self.relations.append((self.gens[known] ** degree - value, known))
        return self.element(self.gens[known])

    def _position(self, name: Any) -> int:
        known = self._made.get(name)
        if known is None:
            known = len(self.names)
            if known == self.size:
                raise NoForm("too many functions")
            self.names.append(name)
            self._made[name] = known
        return known

    def exponents(self, monomial: Any) -> dict[int, int]:
        """Generator → exponent, of a monomial as FLINT gives it."""
        return {self.size - 1 - k: int(e) for k, e in enumerate(monomial) if e}

    # ---- elements -----------------------------------------------------------------------------------------

    def integer(self, value: int) -> Element:
        """A whole number."""
        return Element(self.context.constant(value), self.one)

    def fraction(self, value: Fraction) -> Element:
        """A rational number."""
        return Element(self.context.constant(value.numerator), self.context.constant(value.denominator))

    def element(self, above: Any, below: Any = None) -> Element:
        """above/below in lowest terms, reduced by the relations.

        Raises
        ------
        NoForm
            If below is 0 wherever it is defined.
        """
        above = self.reduce(above)
        below = self.one if below is None else self.reduce(below)
        if below.is_zero():
            raise NoForm("a division by zero")
        if not below.is_one():
            common = above.gcd(below)
            if not common.is_one():
                above, below = divmod(above, common)[0], divmod(below, common)[0]
        if below.leading_coefficient() < 0:
            above, below = -above, -below
        return Element(above, below)

    def reduce(self, p: Any) -> Any:
        """The remainder by the relations, from the newest generator down."""
        for relation, _ in reversed(self.relations):
            p = divmod(p, relation)[1]
            if len(p) > MAX_TERMS:
                raise NoForm("too many terms")
        return p

    def add(self, *parts: Element) -> Element:
        """The sum."""
        total = parts[0]
        for part in parts[1:]:
            if total.below == part.below:
                total = self.element(total.above + part.above, total.below)
            else:
                self._require_work(total.above, part.below)
                self._require_work(total.below, part.below)
                above = total.above * part.below + part.above * total.below
                total = self.element(above, total.below * part.below)
        return total

    def negative(self, a: Element) -> Element:
        """−a."""
        return Element(-a.above, a.below)

    def multiply(self, *parts: Element) -> Element:
        """The product."""
        total = parts[0]
        for part in parts[1:]:
            self._require_work(total.above, part.above)
            self._require_work(total.below, part.below)
            total = self.element(total.above * part.above, total.below * part.below)
        return total

    def divide(self, a: Element, b: Element) -> Element:
        """a/b."""
        return self.multiply(a, self.inverse(b))

    def inverse(self, a: Element) -> Element:
        """1/a."""
        return self.element(a.below, a.above)

    def power(self, a: Element, n: int) -> Element:
        """aⁿ for a whole number n."""
        if n < 0:
            return self.inverse(self.power(a, -n))
        if n == 0:
            return self.integer(1)
        self._require_power(a.above, n)
        self._require_power(a.below, n)
        if not self.relations or max(len(a.above), len(a.below)) == 1:
            return self.element(a.above**n, a.below**n)
        result, square = None, a
        while n:
            if n & 1:
                result = square if result is None else self.multiply(result, square)
            n >>= 1
            if n:
                square = self.multiply(square, square)
        assert result is not None
        return result

    def _require_work(self, a: Any, b: Any) -> None:
        if len(a) * len(b) > MAX_WORK:
            raise NoForm("too many terms")

    def _require_power(self, p: Any, n: int) -> None:
        terms, count = 1, len(p)
        for k in range(1, count):  # (n + count − 1 choose count − 1) terms at most
            terms = terms * (n + k) // k
            if terms > MAX_TERMS:
                raise NoForm("too many terms")

    def factors(self, p: Any) -> tuple[int, list[tuple[Any, int]]]:
        """The content and the irreducible factors, each with a positive leading coefficient."""
        if len(p) > 400:
            raise NoForm("too many terms to factor")
        content, parts = p.factor()
        found, sign = [], 1
        for part, exponent in parts:
            if part.leading_coefficient() < 0:
                part, sign = -part, sign * (-1) ** int(exponent)
            found.append((part, int(exponent)))
        found.sort(key=lambda pair: str(pair[0]))
        return sign * int(content), found

    def map_terms(self, a: Element, use: Callable[[Fraction, dict[int, int], Any], None]) -> None:
        """Each term c·m/D of an element: ``use(c, exponents of m, D)``, with D primitive."""
        content = int(a.below.content())
        primitive = divmod(a.below, self.context.constant(content))[0]
        for monomial, coefficient in a.above.terms():
            use(Fraction(int(coefficient), content), self.exponents(monomial), primitive)
