"""From expressions to elements of a tower, and whether an expression is formally 0."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy

from hessmath.symbolic.normal.context import MAX_ORDER, Form
from hessmath.symbolic.normal.exponentials import exponential
from hessmath.symbolic.normal.functions import RULES
from hessmath.symbolic.normal.logarithms import logarithm
from hessmath.symbolic.normal.roots import root
from hessmath.symbolic.tower import Element, NoForm

MAX_EXPONENT = 20_000
LARGE = 64
"""Powers above this are not written out: their bases become generators."""

_TRIGONOMETRIC = (sympy.sin, sympy.cos, sympy.tan, sympy.cot, sympy.sec, sympy.csc)


def is_formally_zero(expr: sympy.Expr, *, domain: str = "real", defined: Sequence[sympy.Expr] = ()) -> bool:
    """Whether the expression is 0 wherever it (and all of ``defined``) is defined, by its normal form.

    ``False`` means only that the normal form is not 0.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> is_formally_zero(sympy.sin(2*x) - 2*sympy.sin(x)*sympy.cos(x))
    True
    >>> is_formally_zero(sympy.sqrt((x + 1)**2*x**4) - x**2*sympy.Abs(x + 1))
    True
    """
    facts: dict[str, int] = {}
    for _ in range(3):
        known = dict(facts)
        try:
            form = Form(
                element_of,
                real=domain != "complex",
                positive=domain == "positive",
                facts=dict(facts),
                parts=_angle_parts([expr, *defined]),
                turns=_turn_parts([expr, *defined]),
            )
            for other in defined:
                form.element(other)
            element = form.element(expr)
        except (NoForm, RecursionError, ArithmeticError):
            return False
        if element.is_zero:
            return True
        facts = form.facts
        if facts == known:
            return False
    return False


def _angle_parts(exprs: Sequence[sympy.Expr]) -> int:
    """The common denominator of the coefficients of angles."""
    found = 1
    for expr in exprs:
        for node in sympy.preorder_traversal(expr):
            if isinstance(node, _TRIGONOMETRIC):
                for term in sympy.Add.make_args(node.args[0]):
                    q = int(term.as_coeff_Mul()[0].q) if term.as_coeff_Mul()[0].is_Rational else 1
                    if not term.has(sympy.pi) and math.lcm(found, q) <= 12:
                        found = math.lcm(found, q)
    return found


def _turn_parts(exprs: Sequence[sympy.Expr]) -> int:
    """The common denominator of the parts of π in angles."""
    found = 1
    for expr in exprs:
        for node in sympy.preorder_traversal(expr):
            if isinstance(node, _TRIGONOMETRIC):
                for term in sympy.Add.make_args(node.args[0]):
                    turn = term / sympy.pi
                    if turn.is_Rational and math.lcm(found, int(turn.q)) <= MAX_ORDER:
                        found = math.lcm(found, int(turn.q))
    return found


def element_of(form: Form, expr: Any) -> Element:
    """The element of an expression from those of its parts."""
    tower = form.tower
    if expr.is_Rational:
        return tower.fraction(Fraction(int(expr.p), int(expr.q)))
    if expr.is_Symbol:
        return form.free(expr, expr, nonnegative=form.positive)
    if expr is sympy.pi:
        return form.free(expr, expr, nonnegative=True)
    if expr is sympy.E:
        return exponential(form, tower.integer(1))
    if expr is sympy.I:
        if form.real:
            raise NoForm("i in the real domain")
        return tower.algebraic("I", 2, -tower.one)
    if expr.is_Add:
        return tower.add(*(form.element(arg) for arg in expr.args))
    if expr.is_Mul:
        return tower.multiply(*(form.element(arg) for arg in expr.args))
    if isinstance(expr, sympy.exp):
        return exponential(form, form.element(expr.exp))
    if expr.is_Pow:
        return _power(form, expr.base, expr.exp)
    rule = RULES.get(expr.func)
    if rule is not None:
        return rule(form, *expr.args)
    if isinstance(expr, sympy.Function):
        return form.opaque(expr)
    raise NoForm(f"no rule for {expr.func}")


def _power(form: Form, base: Any, exponent: Any) -> Element:
    if exponent.is_Integer:
        if abs(exponent) > MAX_EXPONENT:
            raise NoForm("a large exponent")
        return _whole_power(form, form.element(base), int(exponent))
    if exponent.is_Rational:
        if exponent.q > MAX_ORDER:
            raise NoForm("a root of high order")
        return root(form, form.element(base), Fraction(int(exponent.p), int(exponent.q)))
    whole, rest = exponent.as_coeff_Add()
    if whole.is_Rational and whole != 0:
        return form.tower.multiply(_power(form, base, whole), _power(form, base, rest))
    log = logarithm(form, form.element(base))
    return exponential(form, form.tower.multiply(form.element(exponent), log))


def _whole_power(form: Form, base: Element, n: int) -> Element:
    """baseⁿ; for a large n a power of the factors of the base, as generators without relations."""
    tower = form.tower
    if abs(n) <= LARGE or base.is_zero or max(len(base.above), len(base.below)) == 1:
        return tower.power(base, n)
    parts = []
    for side, sign in ((base.above, n), (base.below, -n)):
        content, factors = tower.factors(side)
        parts.append(tower.power(tower.integer(content), sign))
        parts += [tower.power(tower.free(("factor", str(p))), e * sign) for p, e in factors]
    return tower.multiply(*parts)
