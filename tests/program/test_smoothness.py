"""Where a program may fail to be differentiable."""

from fractions import Fraction

import pytest
import sympy
from sympy import Abs, Heaviside, Max, Min, Ne, Piecewise, Rational, acos, acosh, cos, exp, log, pi, sign, sin, sqrt

from hessmath.program import kinks, lower, nondifferentiable_at

x, y = sympy.symbols("x y", real=True)


def at(formula, *point):
    return nondifferentiable_at(lower(formula, [x, y]), point)


@pytest.mark.parametrize(
    ("formula", "point", "words"),
    [
        (Abs(x), (0, 1), "Abs(x) at x = 0"),
        (Abs(x - y), (Rational(1, 3), Fraction(1, 3)), "Abs(x - y) at x = 1/3, y = 1/3"),
        (Abs(x) ** 3 + Abs(y), (0, 0), "Abs(y) at y = 0"),
        (Max(x, y), (2, 2), "Max(x, y) at x = 2, y = 2"),
        (Min(x, y) ** 2, (2, 2), "Min(x, y) at x = 2, y = 2"),
        (sign(x), (0, 0), "sign(x) at x = 0"),
        (x * sign(x), (0, 0), "sign(x) at x = 0"),
        (Heaviside(x - 1), (1, 0), "Heaviside(x - 1) at x = 1"),
        (sqrt(x**2 + y**2), (0, 0), "sqrt(x**2 + y**2) at x = 0, y = 0"),
        (sqrt(x), (0, 0), "sqrt(x) at x = 0"),
        (x ** Rational(2, 3), (0, 0), "x**(2/3) at x = 0"),
        (acos(x), (1, 0), "acos(x) at x = 1"),
        (acosh(x), (1, 0), "acosh(x) at x = 1"),
        (Piecewise((x, x < 0), (x**2, True)), (0, 5), "the choice between cases where x = 0 at x = 0"),
        (Piecewise((x, x <= y), (x**2, True)), (3, 3), "the choice between cases where x = y at x = 3, y = 3"),
        (Piecewise((sin(x) / x, Ne(x, 0)), (1, True)), (0, 0), "the choice between cases where x = 0 at x = 0"),
        (exp(1) * Abs(x), (0, 0), "Abs(x) at x = 0"),
        (Abs(sin(pi * x)), (1, 0), "Abs(sin(pi*x)) at x = 1"),
        (sum(Abs(x - k * y) for k in range(7)), (0, 0), "Abs(x) at x = 0"),
    ],
)
def test_a_kink_is_named_with_the_point(formula, point, words):
    assert at(formula, *point) == words


@pytest.mark.parametrize(
    ("formula", "point"),
    [
        (Abs(x) ** 3, (0, 0)),
        (x * Abs(x), (0, 0)),
        (x**2 * sign(x), (0, 0)),
        (Max(0, x) ** 2, (0, 0)),
        (Max(x, y), (1, 2)),
        (Abs(x), (Fraction(1, 10**30), 0)),
        (Abs(cos(pi * x)), (1, 0)),
        (Piecewise((x**2, x < 0), (x**3, True)), (0, 0)),
        (sqrt(x), (1, 0)),
        (sum(Abs(x - k * y) ** 3 for k in range(7)), (0, 0)),
        (Piecewise((1 / x, x > 0), (0, True)), (-1, 0)),
        (log(x), (0, 0)),  # no value, so nothing is said about a derivative
    ],
)
def test_a_differentiable_point_is_left_alone(formula, point):
    assert at(formula, *point) is None


def test_maps_are_tested_output_by_output():
    assert nondifferentiable_at(lower([x**2, Abs(y)], [x, y]), {"x": 0, "y": 0}) == "Abs(y) at y = 0"


def test_kinks_are_listed_with_their_arguments():
    tape = lower(Abs(x) + Max(x, y) + Piecewise((x, x < y), (y, True)), [x, y])
    found = kinks(tape)
    assert sorted(kink.primitive for kink in found) == ["abs", "lt", "max"]
    assert {kink.primitive: kink.arguments for kink in found}["abs"] == (0,)
