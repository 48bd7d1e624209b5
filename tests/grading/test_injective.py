"""Equations without injective functions, parity, and inverse functions of complex numbers."""

from __future__ import annotations

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.grading.injective import undone_injective
from hessmath.symbolic.parity import EVEN, ODD, WITH_SIGN, without_absolute_arguments
from hessmath.symbolic.point_values import Lack, value_at

x, y = sympy.symbols("x y", real=True)
numbers = st.fractions(min_value=-3, max_value=3, max_denominator=7)


@settings(max_examples=40, deadline=None)
@given(numbers, numbers)
def test_an_equation_keeps_its_solutions(a, b):
    a, b = sympy.Rational(a), sympy.Rational(b)
    for f in (
        sympy.exp(x) - sympy.exp(y),
        x**3 - y**3,
        sympy.asinh(x) - sympy.asinh(y),
        sympy.Pow(2, x) - sympy.Pow(2, y),
    ):
        place = {x: a, y: b}
        undone = undone_injective(f)
        assert (undone.xreplace(place) == 0) == (a == b) == (abs(f.xreplace(place).evalf(30)) < 1e-20)
    for f in (sympy.sqrt(x) - b, sympy.exp(x) - b, sympy.log(x) - b, sympy.Pow(3, x) - b):
        undone = undone_injective(f)
        roots = [] if undone == 1 else sympy.solve(undone, x)
        assert all(abs(f.xreplace({x: root}).evalf(30)) < 1e-20 for root in roots)
        assert len(roots) == (1 if b > 0 or f.has(sympy.log) or (b == 0 and f.has(sympy.sqrt(x))) else 0)


def test_what_would_lose_a_condition_is_left():
    for f in (sympy.sqrt(x) - sympy.sqrt(y), sympy.log(x) - sympy.log(y), x**2 - y**2, sympy.cos(x) - sympy.cos(y)):
        assert undone_injective(f) is None


@pytest.mark.parametrize("function", [*EVEN, *ODD], ids=lambda f: f.__name__)
def test_parity_keeps_values(function):
    for point in (sympy.Rational(3, 2), sympy.Rational(-3, 2), sympy.Rational(1, 3), sympy.Rational(-1, 3)):
        for expr in (function(sympy.Abs(x), evaluate=False), sympy.Abs(function(x), evaluate=False)):
            left, right = (value_at(e, {x: point}, 80) for e in (expr, without_absolute_arguments(expr)))
            assert isinstance(left, Lack) == isinstance(right, Lack)
            assert isinstance(left, Lack) or (left.overlaps(right) and abs(left - right) < 1e-15)
    assert set(WITH_SIGN) <= set(ODD)


@pytest.mark.parametrize("name", ["atan", "asin", "acos", "asinh", "atanh"])
def test_inverse_functions_of_complex_numbers(name):
    function = getattr(sympy, name)
    known = 0
    for z in (0.5, 3, -3, 1 + 2j, 0.25 - 2j, 0.5j, 3j, -1 - 1j, -2.5 - 0.125j):
        exact = (
            sympy.Rational(z.real) + sympy.I * sympy.Rational(z.imag) if isinstance(z, complex) else sympy.Rational(z)
        )
        value = value_at(function(exact, evaluate=False), {}, complex_numbers=True)
        if not isinstance(value, Lack):
            known += 1
            reference = complex(getattr(mpmath, name)(z))
            assert abs(complex(float(value.real.mid()), float(value.imag.mid())) - reference) < 1e-12
    assert known >= 7
