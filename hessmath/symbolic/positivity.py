"""Signs of polynomials in one variable."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import flint
import sympy

MAX_DEGREE = 20


def never_zero_sign(p: Any, position: int) -> int | None:
    """The sign of a polynomial in one variable that has no real root; None if it has one.

    ``position`` is the place of the variable among the generators of p.
    """
    coefficients = [0] * (int(p.degrees()[position]) + 1)
    for monomial, coefficient in p.terms():
        coefficients[int(monomial[position])] = int(coefficient)
    if len(coefficients) % 2 == 0 or len(coefficients) > 41:
        return None
    roots = flint.fmpz_poly(coefficients).complex_roots()
    if any(root.imag.contains(0) for root, _ in roots):
        return None
    return 1 if coefficients[-1] > 0 else -1


def signs_where_positive(factors: Sequence[sympy.Poly], sign: int) -> list[int | None]:
    """The sign of each factor wherever sign·Π factors > 0; None for a factor that has both signs there.

    Examples
    --------
    >>> x = sympy.Symbol("x")
    >>> signs_where_positive([sympy.Poly(1 - x, x), sympy.Poly(1 + x, x)], 1)
    [1, 1]
    """
    product = sympy.prod(factors[1:], start=factors[0])
    if product.degree() > MAX_DEGREE:
        return [None] * len(factors)
    seen: list[set[int]] = [set() for _ in factors]
    for point in gaps(product):
        values = [int(sympy.sign(factor.eval(point))) for factor in factors]
        if sympy.prod(values) * sign > 0:
            for found, value in zip(seen, values, strict=True):
                found.add(value)
    return [found.pop() if len(found) == 1 else None for found in seen]


def gaps(poly: sympy.Poly) -> list[sympy.Rational]:
    """A rational number below, between and above the real roots."""
    intervals = _separated(poly) if poly.degree() else []
    if not intervals:
        return [sympy.Rational(3, 7)]
    points = [intervals[0][0] - 1]
    for (_, right), (left, _) in pairwise(intervals):
        points.append((right + left) / 2)
    points.append(intervals[-1][1] + 1)
    if intervals[-1][1] < 0:
        points.append(sympy.Rational(3, 7))  # for the positive domain
    if intervals[0][0] >= 0:
        first = intervals[0][0]
        points.append(first / 2 if first > 0 else sympy.Rational(-1, 2))
    return points


def _separated(poly: sympy.Poly) -> list[tuple[sympy.Rational, sympy.Rational]]:
    """Intervals around the real roots with room between any two of them."""
    for digits in (3, 9, 27, 81):
        intervals = [interval for interval, _ in poly.intervals(eps=sympy.Rational(1, 10**digits))]
        if all(right < left for (_, right), (left, _) in pairwise(intervals)):
            return intervals
    raise ArithmeticError("The real roots of a polynomial are too close to be told apart.")
