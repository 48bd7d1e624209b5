"""Function: what it reads, what it derives, what it refuses."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from sympy import Matrix, Rational, sqrt

from hessmath import strategies
from hessmath.errors import FormulaError, InputError, NotDifferentiable, WrongKind
from hessmath.function import Function
from hessmath.language import free_names, to_text
from hessmath.program.arithmetic import exact

ROSENBROCK = "100*(y - x**2)**2 + (1 - x)**2"
X, Y = sympy.symbols("x y", real=True)


def test_text_expression_and_callable_give_one_function():
    f = Function(ROSENBROCK, "x y")
    assert f == Function(100 * (Y - X**2) ** 2 + (1 - X) ** 2, [X, Y])
    assert f == Function(lambda x, y: 100 * (y - x**2) ** 2 + (1 - x) ** 2)
    assert f == Function(lambda z: 100 * (z[1] - z[0] ** 2) ** 2 + (1 - z[0]) ** 2, "x y")
    assert hash(f) == hash(Function(ROSENBROCK))


def test_variables_are_found_sorted_or_taken_in_order():
    assert [str(v) for v in Function("y + x*z").variables] == ["x", "y", "z"]
    assert [str(v) for v in Function("y + x", "y, x").variables] == ["y", "x"]
    assert Function("x", "x y").dimension == 2
    assert [str(v) for v in Function("x10 + x9 + y").variables] == ["x9", "x10", "y"]


def test_derivatives_are_exact():
    f = Function(ROSENBROCK)
    assert f.gradient == Matrix([sympy.diff(f.expr, v) for v in (X, Y)])
    assert f.hessian == sympy.hessian(f.expr, (X, Y))
    assert f.hvp([1, 2]) == (f.hessian * Matrix([1, 2])).applyfunc(sympy.expand)
    assert f.directional_second_derivative([1, 1], at=[1, 1]) == 202
    assert {str(s) for s in f.hvp().free_symbols} == {"x", "y", "v_x", "v_y"}


@settings(deadline=None, max_examples=30)
@given(strategies.expressions(max_variables=2, max_leaves=6))
def test_the_tape_is_the_formula_read_another_way(tree):
    names = free_names(tree)
    f = Function(to_text(tree), names)
    g = Function(f.expr, f.variables)
    assert f.tape.digest == g.tape.digest
    at = [Rational(k + 1, 5) for k in range(len(names))]
    balls = __import__("hessmath.program.arithmetic.balls", fromlist=["run"]).run
    (ball,) = balls(f.tape, [Fraction(int(v.p), int(v.q)) for v in at])
    value = f.at(at).evalf(30)
    assert abs(float(value) - float(ball.mid())) <= 1e-9 * max(1, abs(float(value)))


def test_points_are_read_exactly():
    f = Function(ROSENBROCK)
    assert f(1, 2) == 100
    assert f.at({"y": 0.1, "x": Fraction(1, 2)}) == Rational(5, 2)
    assert f.at(["1/2", "sqrt(2)"]) == 100 * (sqrt(2) - Rational(1, 4)) ** 2 + Rational(1, 4)
    assert f.point({X: 1, Y: 2}) == (1, 2)


BAD_POINTS = [
    ([1], "x has length 1, but f takes 2 variables"),
    ([1, 2, 3], "x has length 3, but f takes 2 variables"),
    ({"x": 1}, "y is missing"),
    ({"x": 1, "y": 2, "z": 3}, "z is not one of them"),
    ([1, float("nan")], "y must be finite"),
    ("1,2", "A point is a mapping"),
    (3, "A point is a mapping"),
]


@pytest.mark.parametrize(("at", "message"), BAD_POINTS)
def test_bad_points_are_said(at, message):
    with pytest.raises(InputError, match=message):
        Function(ROSENBROCK).at(at)


BAD_FORMULAS = [
    (("x + y", "x"), FormulaError, "y is not one of the declared names"),
    ((None,), WrongKind, "A formula is text, a SymPy expression or a callable"),
    ((True,), WrongKind, "A formula is text or a SymPy expression"),
    ((sympy.true,), WrongKind, "A formula is text or a SymPy expression"),
    (("1",), InputError, "at least one variable"),
    (([],), InputError, "the list is empty"),
    (("x", "x x"), InputError, "x is named twice"),
    (("x", "1x"), InputError, "A variable is a name"),
    (("x", [3]), InputError, "A variable is a name"),
    ((X + Y, [X]), InputError, "the symbol y, which is not among the variables .x.: name it"),
    ((sympy.Symbol("x") ** 2, "x"), InputError, "pass the same symbols"),
    ((lambda: 1,), InputError, "takes 0 arguments"),
    ((lambda x, y: x, "a"), InputError, "takes 2 arguments, but 1 symbols"),
    ((lambda x: x.undefined,), WrongKind, "could not be traced"),
]


@pytest.mark.parametrize(("args", "error", "message"), BAD_FORMULAS)
def test_bad_formulas_are_said(args, error, message):
    with pytest.raises(error, match=message):
        Function(*args)


def test_parameters_stay_symbols_until_they_get_values():
    f = Function("a*x**2 + b", "x", parameters="a b")
    assert f.hessian == Matrix([[2 * sympy.Symbol("a", real=True)]])
    assert f.at({"x": 2, "a": 3, "b": 1}) == 13
    assert f.tape.names == ("x", "a", "b")
    assert "; a, b" in repr(f)
    assert Function(lambda x, a: a * x, parameters="a").variables == (X,)
    with pytest.raises(InputError, match="a is named as a variable and as a parameter"):
        Function("a*x", "a x", parameters="a")


def test_kinks_that_depend_on_parameters_are_looked_at_when_these_have_values():
    f = Function("Abs(x - a) + sqrt(a + x)", "x", parameters="a")
    assert f.gradient_at([1]).free_symbols == {sympy.Symbol("a", real=True)}
    assert f.gradient_at({"x": 1, "a": 3}) == Matrix([Rational(-3, 4)])
    with pytest.raises(NotDifferentiable, match="one-sided derivatives in x"):
        f.gradient_at({"x": 1, "a": 1})
    assert Function("Abs(a)*x", "x", parameters="a").gradient_at({"x": 1, "a": 0}) == Matrix([0])


def test_maps_have_a_jacobian_and_no_gradient():
    f = Function(["x*y", "x + y"])
    assert f.jacobian == Matrix([[Y, X], [1, 1]])
    assert f(2, 3) == Matrix([6, 5])
    assert f.expr.shape == (2, 1)
    assert exact.run(f.tape, [Fraction(2), Fraction(3)]) == [6, 5]
    with pytest.raises(WrongKind, match="gradient needs a scalar function, but f is a map to ℝ²"):
        _ = f.gradient
    assert Function(lambda x, y: (x * y, x + y)) == f


def test_forms_spectra_and_kinds_at_a_point():
    f = Function("x**2 + x*y + y**2")
    assert f.quadratic_form(at=[0, 0]).matrix == Matrix([[2, 1], [1, 2]])
    assert f.quadratic_form().matrix == Matrix([[2, 1], [1, 2]])
    assert f.spectrum(at=[0, 0]).eigenvalues == (1, 3)
    assert f.diagonal_approximation(at=[0, 0]).diagonal == (2, 2)
    assert f.diagonal_approximation().error == Matrix([[0, 1], [1, 0]])
    assert f.taylor(at=[1, 1], order=2).exact
    assert f.classify([0, 0]).value == "minimum"
    assert [p.point for p in f.critical_points().points] == [(0, 0)]
    with pytest.raises(InputError, match="not critical"):
        f.classify([1, 0])


def test_a_domain_is_kept_and_used():
    f = Function("x**3 - 3*x", domain="x > 0")
    assert "where x > 0" in repr(f)
    assert [p.point for p in f.critical_points().points] == [(1,)]


ROUGH = [
    ("Abs(x)", [0], "the one-sided derivatives in x are -1 and 1"),
    ("sqrt(x)", [0], "at the edge of its domain"),
    ("Max(x, 0)", [0], "one-sided derivatives in x are 0 and 1"),
    ("Piecewise((x*y*(x**2 - y**2)/(x**2 + y**2), Ne(x**2 + y**2, 0)), (0, True))", [0, 0], "its kink there"),
]


@pytest.mark.parametrize(("text", "at", "message"), ROUGH)
def test_where_there_is_no_derivative_none_is_given(text, at, message):
    with pytest.raises(NotDifferentiable, match=message):
        Function(text).gradient_at(at)
    with pytest.raises(NotDifferentiable):
        Function(text).hessian_at(at)


def test_values_outside_the_domain_are_said():
    for text, at in [("log(x)", [-1]), ("1/x", [0]), ("sqrt(x)", [-1])]:
        with pytest.raises(InputError, match="is not defined at x ="):
            Function(text).at(at)


def test_it_shows_itself():
    f = Function(ROSENBROCK)
    assert repr(f) == "<Function f(x, y) = (1 - x)**2 + 100*(-x**2 + y)**2>"
    assert "displaystyle f(x, y)" in f._repr_latex_()
    assert "…" in repr(Function(" + ".join(f"x{i}" for i in range(60))))


def test_many_variables_are_no_trouble():
    n = 61  # odd: for even n the circulant Hessian is singular
    f = Function(" + ".join(f"x{i}**2 + x{i}*x{(i + 1) % n}" for i in range(n)))
    assert f.hessian.shape == (n, n)
    assert f.quadratic_form(at=[0] * n).inertia.positive == n
