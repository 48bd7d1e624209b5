"""Roots and absolute values, over the irreducible factors of what stands below them."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import sympy

from hessmath.symbolic.normal.context import Form, key_of
from hessmath.symbolic.normal.signs import by_square_root, require_positive, sign_of
from hessmath.symbolic.tower import Element, NoForm

TRIAL = 10_000


def root(form: Form, u: Element, power: Fraction) -> Element:
    """u to a rational power."""
    tower = form.tower
    if u.is_zero:
        if power > 0:
            return u
        raise NoForm("a division by zero")
    if not form.real:
        return _complex_root(form, u, power)
    content, factors = factored(form, u)
    even = power.denominator % 2 == 0
    if even:
        require_positive(form, content.numerator, factors)
        if content < 0 and not factors:
            raise NoForm("an even root of a negative number")
    parts = [integer_power(form, abs(content.numerator), power), integer_power(form, content.denominator, -power)]
    negative = content < 0
    for p, exponent in factors:
        total = exponent * power
        parts.append(absolute_power(form, p, total))
        if not even and power.numerator * exponent % 2:
            known = sign_of(form, p)
            if known is None:  # sign p = |p|/p
                parts.append(tower.divide(absolute_power(form, p, Fraction(1)), tower.element(p)))
            else:
                negative ^= known < 0
    result = tower.multiply(*parts)
    return tower.negative(result) if negative and not even and power.numerator % 2 else result


def _complex_root(form: Form, u: Element, power: Fraction) -> Element:
    """u^power with its principal branch: only positive rational factors come out of it."""
    tower = form.tower
    value = u.rational
    if value is not None:
        if value > 0:
            return root_of_positive(form, value, power)
        turn = sympy.Rational(power.numerator, power.denominator)
        unit = form.element(sympy.cos(sympy.pi * turn) + sympy.I * sympy.sin(sympy.pi * turn))
        return tower.multiply(root_of_positive(form, -value, power), unit)
    content = Fraction(int(u.above.content()), int(u.below.content()))
    primitive = tower.divide(u, tower.fraction(content))
    whole = math.floor(power)
    rest = power - whole
    if not primitive.below.is_constant():
        key = ("power", key_of(primitive), rest.denominator)
        element = form.free(key, None)
        return tower.multiply(root_of_positive(form, content, power), tower.power(primitive, whole),
                              tower.power(element, rest.numerator))  # fmt: skip
    key = ("power", key_of(primitive), rest.denominator)
    element = tower.algebraic(key, rest.denominator, primitive.above)
    parts = tower.power(primitive, whole), tower.power(element, rest.numerator)
    return tower.multiply(root_of_positive(form, content, power), *parts)


def absolute(form: Form, argument: Any) -> Element:
    """|u|."""
    if not form.real:
        return form.opaque(sympy.Abs(argument, evaluate=False))
    u = form.element(argument)
    if u.is_zero:
        return u
    content, factors = factored(form, u)
    return form.tower.multiply(
        form.tower.fraction(abs(content)), *(absolute_power(form, p, Fraction(e)) for p, e in factors)
    )


def sign(form: Form, argument: Any) -> Element:
    """u/|u|."""
    return form.tower.divide(form.element(argument), absolute(form, argument))


def absolute_power(form: Form, p: Any, power: Fraction) -> Element:
    """|p| to a rational power, for an irreducible factor p."""
    tower = form.tower
    sign = sign_of(form, p)
    if sign is not None and power.denominator == 1:
        value = tower.power(tower.element(p), int(power))
        return tower.negative(value) if sign < 0 and power % 2 else value
    if power.denominator == 1 and power % 2 == 0:
        return tower.power(tower.element(p), int(power))
    for base, square in form.bases:  # |p| = q² or p² = q for what is known already
        if tower.reduce(p - square).is_zero() or tower.reduce(p + square).is_zero():
            return absolute_power(form, base, 2 * power)
        if tower.reduce(p * p - square).is_zero():
            p, sign = base, sign_of(form, base)
            break
        if tower.reduce(p * p - base).is_zero() or tower.reduce(p * p + base).is_zero():
            return absolute_power(form, base, power / 2)
    square_root = _square_root_of(form, p)
    if square_root is not None:
        content, factors = form.tower.factors(square_root)
        parts = [integer_power(form, abs(content), 2 * power)]
        return tower.multiply(*parts, *(absolute_power(form, q, 2 * e * power) for q, e in factors))
    return _algebraic_power(form, p, power, sign)


def _algebraic_power(form: Form, p: Any, power: Fraction, sign: int | None = 1) -> Element:
    tower = form.tower
    key = str(p)
    known = form.roots.get(key)
    order = power.denominator
    if known is None:
        if sign is None:
            element = tower.algebraic(("root", key, order), 2 * order, tower.reduce(p * p))
        else:
            element = tower.algebraic(("root", key, order), order, p if sign > 0 else -p)
        form.bases.append((p, tower.reduce(p * p)))
    elif known[1] % order:
        new = math.lcm(known[1], order)
        element = tower.algebraic(("root", key, new), new // known[1], tower.gens[known[0]])
        order = new
    else:
        order = known[1]
        element = tower.element(tower.gens[known[0]])
    if known is None or known[1] != order:
        meaning = sympy.Abs(form.expression(p)) ** sympy.Rational(1, order)
        form.roots[key] = (form.means(("root", key, order), meaning, True), order)
        _mark_plain(form, p, key, sign)
    return tower.power(element, int(power * order))


def _mark_plain(form: Form, p: Any, key: str, sign: int | None) -> None:
    """Remembers which generator is the base of a root, when it is one generator known to be positive."""
    if sign == 1 and len(p) == 1 and p.total_degree() == 1 and p.leading_coefficient() == 1:
        (index,) = form.tower.exponents(next(iter(p.terms()))[0])
        form.plain[key] = index


def integer_power(form: Form, value: int, power: Fraction) -> Element:
    """value^power for a positive integer, over its prime factors."""
    parts = [form.tower.integer(1)]
    for prime, exponent in prime_factors(value):
        total = exponent * power
        whole = math.floor(total)
        parts.append(form.tower.power(form.tower.integer(prime), whole))
        rest = total - whole
        if rest:
            parts.append(_algebraic_power(form, form.tower.context.constant(prime), rest))
    return form.tower.multiply(*parts)


def root_of_positive(form: Form, value: Fraction, power: Fraction) -> Element:
    """A positive rational number to a rational power."""
    return form.tower.multiply(
        integer_power(form, value.numerator, power), integer_power(form, value.denominator, -power)
    )


def _square_root_of(form: Form, p: Any) -> Any:
    """q = α′ + β′√R with q² = p, when p = α + β√R has one."""
    found = by_square_root(form, p)
    if found is None:
        return None
    newest, alpha, beta, radicand = found
    norm = form.tower.reduce(alpha**2 - beta**2 * radicand)
    root = _perfect_root(form, norm)
    if root is None:
        return None
    for c in (root, -root):
        half, rest = divmod(alpha + c, form.tower.context.constant(2))
        if not rest.is_zero() or half.is_zero():
            continue
        first = _perfect_root(form, half)
        if first is None:
            continue
        second, rest = divmod(beta, 2 * first)
        candidate = first + second * form.tower.gens[newest]
        if rest.is_zero() and form.tower.reduce(candidate**2 - p).is_zero():
            return candidate
    return None


def _perfect_root(form: Form, p: Any) -> Any:
    """The square root of a polynomial that is a square."""
    if p.is_zero() or len(p) > 200:
        return None
    content, factors = form.tower.factors(p)
    if content < 0 or math.isqrt(content) ** 2 != content or any(e % 2 for _, e in factors):
        return None
    root = form.tower.context.constant(math.isqrt(content))
    for part, exponent in factors:
        root *= part ** (exponent // 2)
    return root


def factored(form: Form, u: Element) -> tuple[Fraction, list[tuple[Any, int]]]:
    """content · Π pᵉ with irreducible p of positive leading coefficient."""
    above, over = _split(form, u.above)
    below, under = _split(form, u.below)
    return Fraction(above, below), over + [(p, -e) for p, e in under]


def _split(form: Form, p: Any) -> tuple[int, list[tuple[Any, int]]]:
    extra: list[tuple[Any, int]] = []
    for cosine, sine in form.angles.values():
        circle = form.tower.one - cosine.above**2
        count = 0
        while not p.is_constant() and len(p) > 1:
            quotient, rest = divmod(p, circle)
            if not rest.is_zero():
                break
            p, count = quotient, count + 2
        if count:
            extra.append((sine.above, count))
    content, factors = form.tower.factors(_with_roots(form, p))
    return content, [*factors, *extra]


def _with_roots(form: Form, p: Any) -> Any:
    """x written as (√x)² where √x is a generator, so that x + 2√x + 1 shows its square."""
    for name, (index, order) in form.roots.items():
        base = form.plain.get(name)
        if base is None or len(p) == 1:
            continue
        gens = form.tower.gens
        pieces = form.tower.context.constant(0)
        for monomial, coefficient in p.terms():
            term = form.tower.context.constant(int(coefficient))
            for i, e in form.tower.exponents(monomial).items():
                term *= gens[index] ** (order * e) if i == base else gens[i] ** e
            pieces += term
        p = pieces
    return p


def prime_factors(value: int) -> list[tuple[int, int]]:
    """The prime factors up to a bound; what is left counts as one."""
    if value == 1:
        return []
    return sorted((int(p), int(e)) for p, e in sympy.factorint(value, limit=TRIAL).items())
