"""What each named function is in the tower: one row of ``RULES`` each."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy

from hessmath.symbolic.normal.context import MAX_SHIFT, Form, key_of
from hessmath.symbolic.normal.exponentials import circular, exponential
from hessmath.symbolic.normal.logarithms import logarithm
from hessmath.symbolic.normal.roots import absolute, sign
from hessmath.symbolic.tower import Element, NoForm


def _cos(form: Form, u: Any) -> Element:
    return circular(form, form.element(u))[0]


def _sin(form: Form, u: Any) -> Element:
    return circular(form, form.element(u))[1]


def _quotient_of(above: int, below: int) -> Callable[[Form, Any], Element]:
    def rule(form: Form, u: Any) -> Element:
        pair = (*circular(form, form.element(u)), form.tower.integer(1))
        return form.tower.divide(pair[above], pair[below])

    return rule


def _hyperbolic(form: Form, u: Any) -> tuple[Element, Element]:
    t = form.tower
    up = exponential(form, form.element(u))
    down = t.inverse(up)
    half = t.fraction(Fraction(1, 2))
    return t.multiply(half, t.add(up, down)), t.multiply(half, t.add(up, t.negative(down)))


def _hyperbolic_quotient(above: int, below: int) -> Callable[[Form, Any], Element]:
    def rule(form: Form, u: Any) -> Element:
        pair = (*_hyperbolic(form, u), form.tower.integer(1))
        return form.tower.divide(pair[above], pair[below])

    return rule


def _acos(form: Form, u: Any) -> Element:
    quarter = form.tower.multiply(form.tower.fraction(Fraction(1, 2)), form.element(sympy.pi))
    return form.tower.add(quarter, form.tower.negative(inverse_function(form, "asin", u)))


def _rewritten(rule: Callable[[Any], Any]) -> Callable[[Form, Any], Element]:
    def convert(form: Form, u: Any) -> Element:
        if not form.real:
            raise NoForm("an inverse function in the complex domain")
        return form.element(rule(u))

    return convert


def _largest(sign: int) -> Callable[..., Element]:
    def rule(form: Form, *args: Any) -> Element:
        value = args[0]
        for arg in args[1:]:
            value = (value + arg + sign * sympy.Abs(value - arg)) / 2
        return form.element(value)

    return rule


def _binomial(form: Form, n: Any, k: Any) -> Element:
    if k.is_Integer and 0 <= k <= MAX_SHIFT:
        top = form.element(n)
        t = form.tower
        parts = [t.add(top, t.integer(-j)) for j in range(int(k))]
        return t.multiply(t.fraction(Fraction(1, math.factorial(int(k)))), *parts)
    return form.element(sympy.factorial(n) / (sympy.factorial(k) * sympy.factorial(n - k)))


def inverse_function(form: Form, kind: str, argument: Any) -> Element:
    """asin or atan: odd, so that its argument has a positive leading coefficient."""
    if not form.real:
        return form.opaque({"asin": sympy.asin, "atan": sympy.atan}[kind](argument))
    u = form.element(argument) if isinstance(argument, sympy.Basic) else argument
    if u.is_zero:
        return u
    negative = u.above.leading_coefficient() < 0
    if negative:
        u = form.tower.negative(u)
    name = (kind, key_of(u))
    element = form.tower.free(name)
    try:
        inner = form.expression(u.above) / form.expression(u.below)
        form.means(name, {"asin": sympy.asin, "atan": sympy.atan}[kind](inner), False)
    except (KeyError, TypeError):
        pass
    form.inverses[form.position(name)] = (kind, u)
    return form.tower.negative(element) if negative else element


def gamma(form: Form, u: Element) -> Element:
    """Γ(u) as Γ(v)·Π(v + j), where the constant term of v is at least 0 and less than 1."""
    tower = form.tower
    constant = Fraction(0)
    if u.below.is_constant():
        for monomial, coefficient in u.above.terms():
            if not any(monomial):
                constant = Fraction(int(coefficient), int(u.below.leading_coefficient()))
    shift = math.floor(constant)
    if abs(shift) > MAX_SHIFT:
        raise NoForm("a large factorial")
    base = tower.add(u, tower.integer(-shift))
    if base.is_zero:
        base, shift = tower.integer(1), shift - 1
        result = tower.integer(1)
        if shift < 0:
            raise NoForm("Γ at a pole")
    else:
        result = form.free(("gamma", key_of(base)), None)
    for j in range(shift):
        result = tower.multiply(result, tower.add(base, tower.integer(j)))
    for j in range(shift, 0):
        result = tower.divide(result, tower.add(base, tower.integer(j)))
    return result


RULES: dict[Any, Callable[..., Element]] = {
    sympy.sin: _sin,
    sympy.cos: _cos,
    sympy.tan: _quotient_of(1, 0),
    sympy.cot: _quotient_of(0, 1),
    sympy.sec: _quotient_of(2, 0),
    sympy.csc: _quotient_of(2, 1),
    sympy.cosh: lambda form, u: _hyperbolic(form, u)[0],
    sympy.sinh: lambda form, u: _hyperbolic(form, u)[1],
    sympy.tanh: _hyperbolic_quotient(1, 0),
    sympy.coth: _hyperbolic_quotient(0, 1),
    sympy.sech: _hyperbolic_quotient(2, 0),
    sympy.csch: _hyperbolic_quotient(2, 1),
    sympy.log: lambda form, u: logarithm(form, form.element(u)),
    sympy.Abs: absolute,
    sympy.sign: lambda form, u: sign(form, u) if form.real else form.opaque(sympy.sign(u)),
    sympy.Max: _largest(1),
    sympy.Min: _largest(-1),
    sympy.asin: lambda form, u: inverse_function(form, "asin", u),
    sympy.atan: lambda form, u: inverse_function(form, "atan", u),
    sympy.acos: lambda form, u: _acos(form, u) if form.real else form.opaque(sympy.acos(u)),
    sympy.acot: _rewritten(lambda u: sympy.atan(1 / u)),
    sympy.asec: _rewritten(lambda u: sympy.acos(1 / u)),
    sympy.acsc: _rewritten(lambda u: sympy.asin(1 / u)),
    sympy.asinh: _rewritten(lambda u: sympy.log(u + sympy.sqrt(u**2 + 1))),
    sympy.acosh: _rewritten(lambda u: sympy.log(u + sympy.sqrt(u - 1) * sympy.sqrt(u + 1))),
    sympy.atanh: _rewritten(lambda u: (sympy.log(1 + u) - sympy.log(1 - u)) / 2),
    sympy.acoth: _rewritten(lambda u: (sympy.log(1 + 1 / u) - sympy.log(1 - 1 / u)) / 2),
    sympy.factorial: lambda form, u: gamma(form, form.element(u + 1)),
    sympy.gamma: lambda form, u: gamma(form, form.element(u)),
    sympy.binomial: _binomial,
}
