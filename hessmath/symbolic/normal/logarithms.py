"""Logarithms, over the factors of their arguments."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from hessmath.symbolic.normal.context import Form, key_of
from hessmath.symbolic.normal.roots import factored, prime_factors
from hessmath.symbolic.normal.signs import require_positive
from hessmath.symbolic.tower import Element, NoForm


def logarithm(form: Form, u: Element) -> Element:
    """log u, over the factors of u in the real domain."""
    tower = form.tower
    if u.is_zero:
        raise NoForm("log 0")
    if not form.real:
        return _complex_logarithm(form, u)
    content, factors = factored(form, u)
    require_positive(form, content.numerator, factors)
    if content < 0 and not factors:
        raise NoForm("the logarithm of a negative number")
    parts = [_rational_logarithm(form, abs(content))]
    for p, exponent in factors:
        parts.append(tower.multiply(tower.integer(exponent), _factor_logarithm(form, p)))
    return tower.add(*parts)


def _complex_logarithm(form: Form, u: Element) -> Element:
    value = u.rational
    if value is not None and value > 0:
        return _rational_logarithm(form, value)
    if value is not None:
        turn = form.tower.multiply(form.element(sympy.I), form.element(sympy.pi))
        return form.tower.add(_rational_logarithm(form, -value), turn)
    content = Fraction(int(u.above.content()), int(u.below.content()))
    primitive = form.tower.divide(u, form.tower.fraction(content))
    log = form.free(("log", key_of(primitive)), None)
    return form.tower.add(_rational_logarithm(form, content), log)


def _rational_logarithm(form: Form, value: Fraction) -> Element:
    parts = [form.tower.integer(0)]
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        for prime, exponent in prime_factors(number):
            name = ("log", str(prime))
            log = form.free(name, sympy.log(prime), nonnegative=True)
            form.logarithms[form.position(name)] = (str(prime), form.tower.context.constant(prime))
            parts.append(form.tower.multiply(form.tower.integer(sign * exponent), log))
    return form.tower.add(*parts)


def _factor_logarithm(form: Form, p: Any) -> Element:
    """log|p| for an irreducible factor."""
    tower = form.tower
    if len(p) == 1 and p.total_degree() == 1:
        (index,) = tower.exponents(next(iter(p.terms()))[0])
        for exponent, parts in form.exponentials.values():
            if tower.index(("exp", key_of(exponent), parts)) == index:
                return tower.multiply(exponent, tower.fraction(Fraction(1, parts)))
        for key, (root, order) in form.roots.items():
            if root == index:
                return tower.multiply(tower.fraction(Fraction(1, order)), _root_logarithm(form, key))
    name = ("log", str(p))
    log = form.free(name, sympy.log(sympy.Abs(form.expression(p))))
    form.logarithms[form.position(name)] = (str(p), p)
    return log


def _root_logarithm(form: Form, key: str) -> Element:
    """log|p| for the base of a root."""
    base = next(p for p, _ in form.bases if str(p) == key)
    if base.is_constant():
        return _rational_logarithm(form, Fraction(int(base.leading_coefficient())))
    return _factor_logarithm(form, base)
