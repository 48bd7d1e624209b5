"""Exponentials and circular functions, over the terms of their arguments."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import reduce
from typing import Any

import flint
import sympy

from hessmath.symbolic.normal.context import MAX_ORDER, Form, key_of
from hessmath.symbolic.normal.roots import absolute_power, integer_power, root
from hessmath.symbolic.tower import Element, NoForm

MAX_ANGLE = 60


def exponential(form: Form, u: Element) -> Element:
    """exp u, over the terms of u."""
    parts = [form.tower.integer(1)]
    form.tower.map_terms(u, lambda c, powers, below: parts.append(_exp_term(form, c, powers, below)))
    return form.tower.multiply(*parts)


def circular(form: Form, u: Element) -> tuple[Element, Element]:
    """cos u and sin u."""
    tower = form.tower
    found = [(tower.integer(1), tower.integer(0))]

    def use(c: Fraction, powers: dict[int, int], below: Any) -> None:
        found.append(_turned(form, found.pop(), _angle(form, c, powers, below)))

    tower.map_terms(u, use)
    return found[0]


def _exp_term(form: Form, c: Fraction, powers: dict[int, int], below: Any) -> Element:
    tower = form.tower
    imaginary = tower.index("I")
    if imaginary is not None and imaginary in powers:
        rest = {i: e for i, e in powers.items() if i != imaginary}
        cosine, sine = _angle(form, c, rest, below)
        return tower.add(cosine, tower.multiply(form.element(sympy.I), sine))
    if below.is_one() and len(powers) == 1:
        ((index, exponent),) = powers.items()
        if exponent == 1 and index in form.logarithms and c.denominator <= MAX_ORDER and abs(c) < 500:
            p = form.logarithms[index][1]
            if p.is_constant():
                return integer_power(form, int(p.leading_coefficient()), c)
            return absolute_power(form, p, c)
    if c.denominator > MAX_ORDER or abs(c.numerator) > 1000:
        raise NoForm("a large multiple in an exponent")
    term = form.monomial(powers, below)
    key = key_of(term)
    known = form.exponentials.get(key)
    order = c.denominator
    if known is None:
        form.free(("exp", key, order), _exp_meaning(form, term, order), nonnegative=True)
    elif known[1] % order:
        new = math.lcm(known[1], order)
        old = tower.free(("exp", key, known[1])).above
        tower.algebraic(("exp", key, new), new // known[1], old)
        form.means(("exp", key, new), _exp_meaning(form, term, new), True)
        order = new
    else:
        order = known[1]
    form.exponentials[key] = (term, order)
    return tower.power(tower.free(("exp", key, order)), int(c * order))


def _exp_meaning(form: Form, term: Element, order: int) -> Any:
    try:
        return sympy.exp(form.expression(term.above) / form.expression(term.below) / order)
    except (KeyError, TypeError):
        return None


def _angle(form: Form, c: Fraction, powers: dict[int, int], below: Any) -> tuple[Element, Element]:
    """cos and sin of one term c·m/D."""
    tower = form.tower
    imaginary = tower.index("I")
    if imaginary is not None and imaginary in powers:
        rest = {i: e for i, e in powers.items() if i != imaginary}
        up = _exp_term(form, c, rest, below)
        down = tower.inverse(up)
        half = tower.fraction(Fraction(1, 2))
        sinh = tower.multiply(half, tower.add(up, tower.negative(down)))
        return tower.multiply(half, tower.add(up, down)), tower.multiply(form.element(sympy.I), sinh)
    position = tower.index(sympy.pi)
    if powers == {position: 1} and below.is_one():
        return _rational_turn(form, sympy.Rational(c.numerator, c.denominator))
    if len(powers) == 1 and below.is_one() and c.denominator == 1:
        ((index, exponent),) = powers.items()
        if exponent == 1 and index in form.inverses:
            return _multiple(form, _inverse_angle(form, index), int(c))
    parts = form.parts if form.parts % c.denominator == 0 else c.denominator
    term = form.monomial(powers, below)
    key = (key_of(term), parts)
    if key not in form.angles:
        cosine = tower.free(("cos", *key))
        sine = tower.algebraic(("sin", *key), 2, tower.one - cosine.above**2)
        inner = _angle_meaning(form, term, parts)
        if inner is not None:
            form.means(("cos", *key), sympy.cos(inner), False)
            form.means(("sin", *key), sympy.sin(inner), False)
        form.angles[key] = (cosine, sine)
    return _multiple(form, form.angles[key], int(c * parts))


def _angle_meaning(form: Form, term: Element, parts: int) -> Any:
    try:
        return form.expression(term.above) / form.expression(term.below) / parts
    except (KeyError, TypeError):
        return None


def _turned(form: Form, a: tuple[Element, Element], b: tuple[Element, Element]) -> tuple[Element, Element]:
    """cos and sin of a sum of two angles."""
    t = form.tower
    cosine = t.add(t.multiply(a[0], b[0]), t.negative(t.multiply(a[1], b[1])))
    return cosine, t.add(t.multiply(a[1], b[0]), t.multiply(a[0], b[1]))


def _multiple(form: Form, angle: tuple[Element, Element], n: int) -> tuple[Element, Element]:
    """cos and sin of n times an angle."""
    if abs(n) > MAX_ANGLE:
        raise NoForm("a large multiple of an angle")
    cosine, sine = angle if n >= 0 else (angle[0], form.tower.negative(angle[1]))
    result = (form.tower.integer(1), form.tower.integer(0))
    for _ in range(abs(n)):
        result = _turned(form, result, (cosine, sine))
    return result


def _rational_turn(form: Form, turn: sympy.Rational) -> tuple[Element, Element]:
    """cos and sin of a rational multiple of π."""
    if turn.q > MAX_ORDER:
        raise NoForm("a small part of π")
    cosine, sine = sympy.cos(sympy.pi * turn), sympy.sin(sympy.pi * turn)
    if cosine.has(sympy.cos, sympy.sin) or sine.has(sympy.cos, sympy.sin):
        quarter = form.turns if form.turns % int(turn.q) == 0 else int(turn.q)
        order = 4 * quarter
        poly = flint.fmpz_poly.cos_minpoly(order)
        degree = poly.degree()
        name = ("2cos", order)
        index = form.tower.index(name)
        gen = form.tower.gens[index if index is not None else len(form.tower.names)]
        value = reduce(lambda a, b: a + b, (-int(poly[k]) * gen**k for k in range(degree)))
        twice = form.tower.algebraic(name, degree, value)
        form.means(name, 2 * sympy.cos(2 * sympy.pi / order), True)
        steps = int(turn * order / 2)
        return _half_chebyshev(form, twice, steps), _half_chebyshev(form, twice, quarter - steps)
    return form.element(cosine), form.element(sine)


def _half_chebyshev(form: Form, twice: Element, n: int) -> Element:
    """cos(nθ) from 2·cos θ."""
    tower = form.tower
    a, b = tower.integer(2), twice
    for _ in range(abs(n)):
        a, b = b, tower.add(tower.multiply(twice, b), tower.negative(a))
    return tower.multiply(tower.fraction(Fraction(1, 2)), a)


def _inverse_angle(form: Form, index: int) -> tuple[Element, Element]:
    """cos and sin of asin u or atan u."""
    kind, u = form.inverses[index]
    tower = form.tower
    square = tower.power(u, 2)
    if kind == "asin":
        return root(form, tower.add(tower.integer(1), tower.negative(square)), Fraction(1, 2)), u
    cosine = root(form, tower.add(tower.integer(1), square), Fraction(-1, 2))
    return cosine, tower.multiply(u, cosine)
