"""Derivatives with one rule applied wrongly at one place.

``slipped(expr, x)`` gives ∂expr/∂x as it comes out when exactly one product, quotient, chain or power rule in the
formula is misapplied: what a student would write who makes one mistake.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy

from hessmath.grading.edits import written_out

MAX_SLIPS = 60
"""Most slipped derivatives of one expression."""


def slipped(expr: sympy.Expr, x: sympy.Symbol) -> list[tuple[str, sympy.Expr]]:
    """The derivatives of ``expr`` with one slip, as (name of the slip, derivative), without the right one.

    Examples
    --------
    >>> x = sympy.Symbol("x", real=True)
    >>> slipped(sympy.sin(3*x), x)[0]
    ('chain_rule', cos(3*x))
    """
    seen = {written_out(sympy.diff(expr, x))}
    found: list[tuple[str, sympy.Expr]] = []
    for name, value in _slips(expr, x):
        if len(found) == MAX_SLIPS:
            break
        form = written_out(value)
        if form not in seen:  # two slips that come out the same: the first name stands
            seen.add(form)
            found.append((name, value))
    return found


def _slips(expr: sympy.Expr, x: sympy.Symbol) -> Iterator[tuple[str, sympy.Expr]]:
    if x not in expr.free_symbols:
        return
    if expr.is_Add:
        yield from _sum_slips(expr, x)
    elif expr.is_Mul:
        yield from _product_slips(expr, x)
    elif expr.is_Pow and x not in expr.exp.free_symbols:
        yield from _power_slips(expr, x)
    else:
        yield from _function_slips(expr, x)


def _sum_slips(expr: sympy.Expr, x: sympy.Symbol) -> Iterator[tuple[str, sympy.Expr]]:
    """A slip in one term, or the same one in every term that allows it."""
    whole = sympy.diff(expr, x)
    everywhere: dict[str, list[sympy.Expr]] = {}
    for term in expr.args:
        right = sympy.diff(term, x)
        if right == 0:
            yield "constant_kept", whole + term
            for other in sorted(term.free_symbols, key=str):
                yield "other_variable_differentiated", whole + sympy.diff(term, other)
            continue
        first: dict[str, sympy.Expr] = {}
        for name, value in _slips(term, x):
            yield name, whole - right + value
            first.setdefault(name, value - right)
        yield "function_kept", whole - right + term
        for name, change in first.items():
            everywhere.setdefault(name, []).append(change)
    for name, changes in everywhere.items():
        if len(changes) > 1:
            yield name, sympy.Add(whole, *changes)


def _product_slips(expr: sympy.Expr, x: sympy.Symbol) -> Iterator[tuple[str, sympy.Expr]]:
    constant, rest = expr.as_independent(x, as_Add=False)
    above, below = rest.as_numer_denom()
    if x in below.free_symbols and x in above.free_symbols:
        for name, value in _quotient_slips(above, below, x):
            yield name, constant * value
    else:
        factors = sympy.Mul.make_args(rest)
        if len(factors) > 1:
            yield "product_rule", constant * sympy.Mul(*(sympy.diff(factor, x) for factor in factors))
        for i, factor in enumerate(factors):
            others = sympy.Mul(*factors[:i], *factors[i + 1 :])
            if len(factors) > 1:
                yield "product_rule", constant * sympy.diff(factor, x) * others
            for name, value in _slips(factor, x):
                yield name, constant * (others * value + sympy.diff(others, x) * factor)
    if constant.free_symbols:
        yield "constant_factor_lost", sympy.diff(rest, x)
        number, symbolic = constant.as_coeff_Mul()
        if number != 1:
            yield "constant_factor_lost", number * sympy.diff(rest, x)
        for other in sorted(symbolic.free_symbols, key=str):
            yield "other_variable_differentiated", sympy.diff(rest, x) * sympy.diff(constant, other)


def _quotient_slips(above: sympy.Expr, below: sympy.Expr, x: sympy.Symbol) -> Iterator[tuple[str, sympy.Expr]]:
    du, dv = sympy.diff(above, x), sympy.diff(below, x)
    yield "quotient_rule", (du * below + above * dv) / below**2
    yield "quotient_rule", (above * dv - du * below) / below**2
    yield "quotient_rule", (du * below - above * dv) / below
    yield "quotient_rule", du / dv
    yield "quotient_rule", du / below
    for name, value in _slips(above, x):
        yield name, (value * below - above * dv) / below**2
    for name, value in _slips(below, x):
        yield name, (du * below - above * value) / below**2


def _power_slips(expr: sympy.Expr, x: sympy.Symbol) -> Iterator[tuple[str, sympy.Expr]]:
    base, exponent = expr.base, expr.exp
    inner = sympy.diff(base, x)
    if inner != 1:
        yield "chain_rule", exponent * base ** (exponent - 1)
        for name, value in _slips(base, x):
            yield name, exponent * base ** (exponent - 1) * value
    yield "power_rule", base ** (exponent - 1) * inner
    yield "power_rule", exponent * base**exponent * inner
    yield "power_rule", exponent * base ** (exponent + 1) * inner
    if exponent.is_negative:
        yield "power_rule", -exponent * base ** (exponent - 1) * inner


def _function_slips(expr: sympy.Expr, x: sympy.Symbol) -> Iterator[tuple[str, sympy.Expr]]:
    arguments = [argument for argument in expr.args if x in argument.free_symbols]
    if len(arguments) != 1 or isinstance(expr, sympy.Piecewise):
        return
    (inner,) = arguments
    dummy = sympy.Dummy("u", real=True)
    outer = sympy.diff(expr.xreplace({inner: dummy}), dummy).xreplace({dummy: inner})
    right = sympy.diff(inner, x)
    if right != 1:
        yield "chain_rule", outer
        for name, value in _slips(inner, x):
            yield name, outer * value
        if not right.is_number:
            yield "derivative_inside", expr.func(*(right if a is inner else a for a in expr.args))
            if not isinstance(expr, sympy.log):
                yield "derivative_inside", outer.xreplace({inner: right})
    if isinstance(expr, sympy.sin | sympy.cos | sympy.tan):
        yield "sign_of_trigonometric_derivative", -outer * right
    if isinstance(expr, sympy.log):
        yield "derivative_of_log", 1 / right if right != 1 else sympy.log(inner)
        yield "derivative_of_log", right
    if isinstance(expr, sympy.exp):
        yield "exponential_as_power", inner * sympy.exp(inner - 1) * right
    else:
        yield "function_kept", expr * right
