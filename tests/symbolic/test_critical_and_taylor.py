"""Critical points, Taylor polynomials, derivatives and smoothness."""

from __future__ import annotations

from collections import Counter

import pytest
import sympy
from hypothesis import given, settings
from sympy import Rational, sqrt

from hessmath import strategies
from hessmath.errors import InputError, NotDifferentiable
from hessmath.language import free_names
from hessmath.symbolic import Kind, classify, critical_points, derivatives, taylor
from hessmath.symbolic.constants import compare, exact_number, is_zero, sign
from hessmath.symbolic.from_tree import to_sympy
from hessmath.symbolic.smoothness import obstacle

X, Y, Z = sympy.symbols("x y z", real=True)


def _found(expr, variables=(X, Y), **options):
    return critical_points(expr, variables, **options)


def test_himmelblau_has_nine_critical_points():
    f = (X**2 + Y - 11) ** 2 + (X + Y**2 - 7) ** 2
    found = _found(f)
    assert found.complete
    kinds = Counter(p.kind for p in found.points)
    assert kinds == {Kind.MINIMUM: 4, Kind.SADDLE: 4, Kind.MAXIMUM: 1}
    gradient = sympy.lambdify((X, Y), [sympy.diff(f, X), sympy.diff(f, Y)], "mpmath")
    for p in found.points:
        point = [value.evalf(40) for value in p.point]
        assert max(abs(entry) for entry in gradient(*point)) < 1e-25
        assert abs(p.value.evalf(30) - f.subs(dict(zip((X, Y), point, strict=True)))) < 1e-20
    assert [p.point[0].evalf() for p in found.points] == sorted(p.point[0].evalf() for p in found.points)


CASES = [
    (100 * (Y - X**2) ** 2 + (1 - X) ** 2, [((1, 1), "minimum", 1)]),
    (X**4 + Y**2, [((0, 0), "degenerate", 3)]),
    (X**3 - 3 * X * Y**2, [((0, 0), "degenerate", 4)]),
    (X * Y, [((0, 0), "saddle", 1)]),
    (-(X**2) - Y**2, [((0, 0), "maximum", 1)]),
    (X + Y, []),
    (X * sympy.exp(-(X**2) - Y**2), [((-sqrt(2) / 2, 0), "minimum", 1), ((sqrt(2) / 2, 0), "maximum", 1)]),
    (1 / (1 + X**2) + Y**2, [((0, 0), "saddle", 1)]),
    (X**2 + 1 / X + Y**2, [((2 ** Rational(2, 3) / 2, 0), "minimum", 1)]),
    (sympy.log(X) - X**2 - Y**2, [((sqrt(2) / 2, 0), "maximum", 1)]),
    ((X**2 - 1) / (X - 1) + Y**2 + X**2, [((Rational(-1, 2), 0), "minimum", 1)]),
    (sympy.sqrt(1 + X**2) + Y**2, [((0, 0), "minimum", 1)]),
]


@pytest.mark.parametrize(("expr", "expected"), CASES)
def test_all_critical_points_are_found_with_their_kinds(expr, expected):
    found = _found(expr)
    assert found.complete
    assert [(p.point, p.kind.value, p.multiplicity) for p in found.points] == expected


INCOMPLETE = [
    (X**2 * Y**2, "not isolated"),
    (sympy.sin(X) + Y, "∂f/∂x = 0 is not a polynomial equation"),
    (X**2 + sympy.pi * X + Y**2, "not rational"),
    (sympy.Abs(X) + Y**2, "kinks"),
    (X**2 + Z, "the formula has parameters (z)"),
    ((X**2 + Y**2) ** 8 + X**9 * Y, "at most 50 are worked on"),
    (X**2, "not isolated"),
    ((X + Y + 1) ** 300, "more than 20000 terms"),
]


@pytest.mark.parametrize(("expr", "reason"), INCOMPLETE)
def test_what_is_not_found_is_said(expr, reason):
    found = _found(expr)
    assert not found.complete
    assert found.points == ()
    assert reason in found.reason


def test_too_many_variables_are_said():
    variables = sympy.symbols("a0:9", real=True)
    found = critical_points(sympy.Add(*(v**2 for v in variables)), variables)
    assert "9 variables" in found.reason


def test_the_domain_filters_points():
    f = X**3 - 3 * X
    inside = critical_points(f, (X,), domain=[X > 0])
    assert [p.point for p in inside.points] == [(1,)]
    assert critical_points(f, (X,), domain=[sympy.Or(X > 2, X < -2)]).points == ()
    assert critical_points(f, (X,), domain=[sympy.Ne(X, 1), X <= 1, X >= -1]).points[0].point == (-1,)
    assert critical_points(f, (X,), domain=[sympy.Eq(X, 1)]).points[0].index == 0


@settings(deadline=None, max_examples=40)
@given(strategies.polynomials(max_variables=1, max_leaves=6))
def test_the_critical_points_of_a_polynomial_are_the_real_roots_of_its_derivative(tree):
    x = sympy.Symbol("x0", real=True)
    f = sympy.expand(to_sympy(tree, {"x0": x}))
    derivative = sympy.Poly(sympy.diff(f, x), x)
    found = critical_points(f, (x,))
    if derivative.is_zero or derivative.degree() > 50:
        assert not found.complete
        return
    roots = sorted({root.evalf(30) for root in sympy.real_roots(derivative)}) if derivative.degree() else []
    assert found.complete
    assert len(found.points) == len(roots)
    for p, root in zip(found.points, roots, strict=True):
        assert abs(p.point[0].evalf(30) - root) < 1e-15


def test_classify_needs_a_critical_point():
    assert classify(sympy.zeros(2, 1), sympy.diag(1, -1)) is Kind.SADDLE
    assert classify(sympy.zeros(1, 1), sympy.Matrix([[-2]])) is Kind.MAXIMUM
    with pytest.raises(InputError, match=r"entry 1 of the gradient is 3"):
        classify(sympy.Matrix([0, 3]), sympy.eye(2))


@settings(deadline=None, max_examples=30)
@given(strategies.expressions(min_variables=2, max_variables=2, max_leaves=6))
def test_derivatives_are_sympys(tree):
    symbols = {name: sympy.Symbol(name, real=True) for name in free_names(tree)}
    variables = tuple(symbols.values())
    f = to_sympy(tree, symbols)
    at = dict(zip(variables, (Rational(1, 3), Rational(-2, 5)), strict=True))
    H = derivatives.hessian(f, variables)
    reference = sympy.hessian(f, variables)
    assert max(abs(entry.subs(at).evalf(30)) for entry in H - reference) < 1e-20
    v = (Rational(2), Rational(-1, 3))
    product = derivatives.hvp(f, variables, v)
    assert max(abs(entry.subs(at).evalf(30)) for entry in product - H * sympy.Matrix(v)) < 1e-20
    along = derivatives.directional_second_derivative(f, variables, v)
    assert abs((along - (sympy.Matrix([v]) * H * sympy.Matrix(v))[0, 0]).subs(at).evalf(30)) < 1e-20


def test_directions_must_fit():
    with pytest.raises(InputError, match="v has length 1, but f takes 2 variables"):
        derivatives.hvp(X * Y, (X, Y), (1,))
    with pytest.raises(InputError, match="v must not depend on the variables"):
        derivatives.hvp(X * Y, (X, Y), (X, 1))
    with pytest.raises(InputError, match="f takes 1 variable "):
        derivatives.hvp(X**2, (X,), (1, 2))


def test_unknown_derivatives_are_said_and_kinks_left_out():
    with pytest.raises(NotDifferentiable, match="cannot be differentiated"):
        derivatives.gradient(sympy.Function("g")(X), (X,))
    assert derivatives.hessian(sympy.Abs(X), (X,)) == sympy.Matrix([[0]])


def test_taylor_polynomials_are_sympys_series():
    f = sympy.exp(X) * sympy.cos(X) / (1 + X**2)
    for order in range(5):
        expected = sympy.series(f, X, 0, order + 1).removeO()
        assert sympy.expand(taylor(f, (X,), (0,), order).polynomial - expected) == 0


def test_the_taylor_remainder_has_the_stated_order():
    f = sympy.exp(X + 2 * Y) * sympy.sin(Y)
    t = taylor(f, (X, Y), (Rational(1, 2), 1), 2)
    assert (t.remainder_order, t.exact) == (3, False)

    def error(h):
        at = {X: Rational(1, 2) + h, Y: 1 - h}
        return abs((f - t.polynomial).subs(at).evalf(40))

    assert 7 < error(Rational(1, 1000)) / error(Rational(1, 2000)) < 9
    assert "O(" in t._repr_latex_()


def test_a_polynomial_is_its_own_taylor_polynomial():
    f = X**3 - 2 * X * Y + 1
    t = taylor(f, (X, Y), (2, -1), 3)
    assert t.exact
    assert t.remainder_order is None
    assert sympy.expand(t.polynomial - f) == 0
    assert "O(" not in t._repr_latex_()


def test_taylor_says_what_it_cannot_do():
    for order in (-1, 1.5, True):
        with pytest.raises(InputError, match="The order of a Taylor polynomial"):
            taylor(X, (X,), (0,), order)
    with pytest.raises(InputError, match="no Taylor polynomial of order 1 at x = 0"):
        taylor(1 / X, (X,), (0,), 1)


SMOOTH = [
    (sympy.Abs(X), {X: 1}, 1),
    (sympy.Max(X, Y), {X: 1, Y: 2}, 2),
    (sqrt(X), {X: 2}, 2),
    (sympy.Piecewise((X, X > 0), (0, True)), {X: 3}, 2),
    (sympy.exp(X) * sympy.log(Y), {X: 0, Y: 1}, 2),
    (sympy.asin(X), {X: Rational(1, 2)}, 1),
]
ROUGH = [
    (sympy.Abs(X), {X: 0}, 1, "the one-sided derivatives in x are -1 and 1"),
    (sympy.Max(X, 0), {X: 0}, 1, "the one-sided derivatives in x are 0 and 1"),
    (sqrt(X), {X: 0}, 1, "at the edge of its domain"),
    (sympy.log(X), {X: 0}, 1, "at the edge of its domain"),
    (sympy.asin(X), {X: 1}, 1, "at the edge of its domain"),
    (sympy.atan2(Y, X), {X: 0, Y: 0}, 1, "at the edge of its domain"),
    (X * sympy.Abs(X), {X: 0}, 2, "cannot be shown to be twice differentiable"),
    (sympy.Piecewise((X**2, X > 0), (0, True)), {X: 0}, 2, "its kink there"),
    (X * Y * (X**2 - Y**2) / (X**2 + Y**2) + 0 * sympy.Heaviside(X) + sympy.sign(X), {X: 0, Y: 1}, 1, "x = 0, y = 1"),
]


@pytest.mark.parametrize(("expr", "values", "order"), SMOOTH)
def test_smooth_points_have_no_obstacle(expr, values, order):
    assert obstacle(expr, {x: sympy.sympify(value) for x, value in values.items()}, order) is None


@pytest.mark.parametrize(("expr", "values", "order", "reason"), ROUGH)
def test_obstacles_are_said(expr, values, order, reason):
    assert reason in obstacle(expr, {x: sympy.sympify(value) for x, value in values.items()}, order)


def test_signs_of_constants_are_exact():
    assert sign(sqrt(2) + sqrt(3) - sqrt(5 + 2 * sqrt(6))) == 0
    assert sign(sympy.pi - Rational(355, 113)) == -1
    assert sign(sympy.exp(1) ** 2 - sympy.exp(2)) == 0
    assert is_zero(sqrt(2) - 1) is False
    assert compare(sqrt(2), Rational(3, 2)) == -1
    assert sign(sympy.I) is None


NUMBERS = [(1, 1), (0.1, Rational(1, 10)), ("1/3", Rational(1, 3)), ("sqrt(2)", sqrt(2)), (sympy.pi, sympy.pi)]


@pytest.mark.parametrize(("given_", "expected"), NUMBERS)
def test_numbers_are_read_exactly(given_, expected):
    assert exact_number(given_) == expected


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), True, 1j, None, "x", sympy.I, sympy.oo])
def test_what_is_no_real_number_is_said(bad):
    with pytest.raises(InputError):
        exact_number(bad)
