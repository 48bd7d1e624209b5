"""Real roots of polynomials with rational coefficients, exact and enclosed.

A root is a fraction, a nest of square roots where real radicals exist (degree 2, quartics whose resolvent
cubic has a rational root, binomials), and otherwise SymPy's ``CRootOf``: an irreducible polynomial and an index.
FLINT factors and isolates; SymPy's solvers are not used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import flint
import sympy

from hessmath.symbolic.constants import enclosure, real_root_balls

_X = sympy.Symbol("x")


@dataclass(frozen=True)
class RealRoot:
    """A real root: its exact ``value``, its multiplicity, and the irreducible ``factor`` (constant term first) that
    it is root number ``index`` of, counted from the left.
    """

    value: sympy.Expr
    multiplicity: int
    factor: tuple[int, ...]
    index: int

    @property
    def degree(self) -> int:
        """Degree of the minimal polynomial."""
        return len(self.factor) - 1

    def ball(self, bits: int = 128) -> flint.arb:
        """A ball around the root."""
        return real_root_balls(self.factor, bits)[self.index]


def integer_polynomial(coefficients: Iterable[flint.fmpq | int]) -> flint.fmpz_poly:
    """The primitive integer polynomial with these rational coefficients (constant term first) up to a factor."""
    numerator = flint.fmpq_poly([flint.fmpq(c) for c in coefficients]).numer()
    content = flint.fmpz(0)
    for c in numerator.coeffs():
        content = content.gcd(c)
    return flint.fmpz_poly([c // content for c in numerator.coeffs()])


def factors(polynomial: flint.fmpz_poly) -> list[tuple[tuple[int, ...], int]]:
    """Irreducible factors of positive degree with their multiplicities, leading coefficients positive."""
    found = []
    for factor, multiplicity in polynomial.factor()[1]:
        if factor.degree() > 0:
            sign = 1 if factor[factor.degree()] > 0 else -1
            found.append((tuple(sign * int(c) for c in factor.coeffs()), int(multiplicity)))
    return sorted(found, key=lambda item: (len(item[0]), item[0]))


def real_roots(polynomial: flint.fmpz_poly) -> list[RealRoot]:
    """The distinct real roots, ascending.

    Raises
    ------
    ZeroDivisionError
        Never: the zero polynomial has no isolated root and gives an empty list.

    Examples
    --------
    >>> [r.value for r in real_roots(flint.fmpz_poly([-2, 0, 1]))]
    [-sqrt(2), sqrt(2)]
    """
    roots = [root for factor, m in factors(polynomial) for root in roots_of_factor(factor, m)]
    return ascending(roots)


def roots_of_factor(factor: tuple[int, ...], multiplicity: int = 1) -> list[RealRoot]:
    """The real roots of one irreducible polynomial, ascending."""
    count = len(real_root_balls(factor, 64))
    radicals = _radical_roots(factor)
    values = _match(radicals, factor, count) if radicals else None
    if values is None:
        poly = sympy.Poly([sympy.Integer(c) for c in reversed(factor)], _X)
        values = [sympy.CRootOf(poly, k, radicals=False) for k in range(count)]
    return [RealRoot(value, multiplicity, factor, k) for k, value in enumerate(values)]


def ascending(roots: Sequence[RealRoot]) -> list[RealRoot]:
    """Distinct roots in ascending order: their balls are refined until they are disjoint."""
    bits = 64
    while True:
        balls = sorted(((r.ball(bits), r) for r in roots), key=lambda item: item[0].mid())
        if all(a < b for (a, _), (b, _) in pairwise(balls)):
            return [root for _, root in balls]
        bits *= 2


def _match(radicals: list[sympy.Expr], factor: tuple[int, ...], count: int) -> list[sympy.Expr] | None:
    """The radicals in the order of the roots they enclose."""
    if len(radicals) != count:
        return None
    balls = real_root_balls(factor, 128)
    values: list[sympy.Expr] = []
    for ball in balls:
        near = [e for e in radicals if (b := enclosure(e, 128)) is not None and b.overlaps(ball)]
        if len(near) != 1:
            return None
        values.append(near[0])
    return values


def _radical_roots(factor: tuple[int, ...]) -> list[sympy.Expr]:
    """Real roots of an irreducible polynomial in real radicals, in any order; empty where none are known."""
    degree = len(factor) - 1
    c = [sympy.Integer(k) for k in factor]
    if degree == 1:
        return [-c[0] / c[1]]
    if degree == 2:
        return _quadratic_roots(c[2], c[1], c[0])
    if not any(factor[1:-1]):
        return _binomial_roots(-c[0] / c[-1], degree)
    if degree == 4:
        return _quartic_roots(c)
    return []


def _quadratic_roots(a: sympy.Expr, b: sympy.Expr, c: sympy.Expr) -> list[sympy.Expr]:
    discriminant = b**2 - 4 * a * c
    if discriminant < 0:
        return []
    root = sympy.sqrt(discriminant)
    return [sympy.expand((-b + s * root) / (2 * a)) for s in (-1, 1)]


def _binomial_roots(value: sympy.Rational, degree: int) -> list[sympy.Expr]:
    exponent = sympy.Rational(1, degree)
    if degree % 2:
        return [sympy.sign(value) * abs(value) ** exponent]
    return [-(value**exponent), value**exponent] if value > 0 else []


def _quartic_roots(c: Sequence[sympy.Integer]) -> list[sympy.Expr]:
    """x⁴ + … by a rational root z = u² of the resolvent cubic: (y² + uy + …)(y² − uy + …)."""
    a3, a2, a1, a0 = (c[k] / c[4] for k in (3, 2, 1, 0))
    shift = -a3 / 4
    p = a2 - 3 * a3**2 / 8
    q = a1 - a2 * a3 / 2 + a3**3 / 8
    r = a0 - a1 * a3 / 4 + a2 * a3**2 / 16 - 3 * a3**4 / 256
    if q == 0:  # biquadratic
        squares = _quadratic_roots(sympy.S.One, p, r)
        return [shift + s * sympy.sqrtdenest(sympy.sqrt(y)) for y in squares if y > 0 for s in (-1, 1)]
    resolvent = integer_polynomial(flint.fmpq(int(k.p), int(k.q)) for k in (-(q**2), p**2 - 4 * r, 2 * p, sympy.S.One))
    rational = [-sympy.Rational(f[0], f[1]) for f, _ in factors(resolvent) if len(f) == 2]
    for z in (z for z in rational if z > 0):
        u = sympy.sqrt(z)
        roots = []
        for s, t in product((-1, 1), repeat=2):
            radicand = sympy.expand(-z - 2 * p + s * 2 * q / u)
            if radicand > 0:
                roots.append(shift + (-s * u + t * sympy.sqrtdenest(sympy.sqrt(radicand))) / 2)
        return [sympy.expand(e) for e in roots]
    return []
