"""Functions of arrays: from formulas, callables and names; written out at sizes."""

import pytest
import sympy
from sympy import Sum

import hessmath as hm
from hessmath.errors import InputError, WrongKind
from tests.indexed_formulas import FORMULAS, W, a, b, i, n, u, x, y

CHAIN = FORMULAS["chained Rosenbrock"][0]


def test_an_indexed_formula_makes_a_function_of_arrays():
    f = hm.Function(CHAIN, x)
    assert f.variables == ("x",)
    assert f.sizes == ("n",)
    assert f.shape("x") == ("n",)
    assert repr(f).startswith("<ArrayFunction f(x: n) = Sum(")
    assert "sum" in f._repr_latex_()


def test_variables_are_found_and_parameters_left_out():
    f = hm.Function(Sum(W[i, i] * a * x[i], (i, 0, n - 1)), parameters="W")
    assert f.variables == ("x", "a")
    assert f.parameters == ("W",)


def test_names_stand_for_the_arrays_of_the_formula():
    formula = Sum((y[i] - a * x[i] ** b) ** 2, (i, 0, n - 1))
    assert hm.Function(formula, "a b", parameters="x, y") == hm.Function(formula, [a, b], parameters=[x, y])


def test_a_callable_is_traced_with_arrays():
    f = hm.Function(lambda x: Sum(x[i] ** 2, (i, 0, n - 1)), x)
    assert f == hm.Function(Sum(x[i] ** 2, (i, 0, n - 1)), x)


def test_it_is_written_out_at_sizes():
    e = hm.Function(CHAIN, x).expand(n=3)
    x0, x1, x2 = e.variables
    assert sympy.expand(e.expr - sum(100 * (q - p**2) ** 2 + (1 - p) ** 2 for p, q in ((x0, x1), (x1, x2)))) == 0
    assert e.classify([1, 1, 1]).value == "minimum"


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: hm.Function(CHAIN, "z"), InputError, "z is named in variables, but the formula has x"),
        (
            lambda: hm.Function(CHAIN, [3]),
            WrongKind,
            "variables are names, symbols, IndexedBase or MatrixSymbol, but this is 3",
        ),
        (lambda: hm.Function(CHAIN, x).expand(m=3), InputError, "The sizes of f are n, but not m"),
        (lambda: hm.Function(CHAIN, x).expand(), InputError, "The size n is not known"),
        (lambda: hm.Function(Sum(u[i], (i, 0, n)), parameters=u), InputError, "needs at least one variable"),
        (lambda: hm.Function(lambda x: x.nothing, x), WrongKind, "could not be traced"),
        (lambda: hm.Function(lambda x: [x[0]], x), WrongKind, "must give one formula, but gave list"),
    ],
)
def test_what_cannot_be_a_function_is_explained(make, kind, message):
    with pytest.raises(kind, match=message):
        make()
