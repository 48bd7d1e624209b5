"""SymPy expressions become typed trees, and trees the same expressions again."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given, settings

from hessmath.errors import InputError
from hessmath.language import free_names, parse, to_text
from hessmath.strategies import expressions
from hessmath.symbolic.from_tree import to_sympy
from hessmath.symbolic.to_tree import from_sympy

X, Y = sympy.symbols("x y", real=True)
HALF = sympy.Rational(1, 2)

EXPRESSIONS = [
    (X / 3, "x/3"),
    (-X / 3, "-x/3"),
    (-2 * X / (3 * Y), "-2*x/(3*y)"),
    (-(X**-HALF), "-1/sqrt(x)"),
    (X**-2, "1/x**2"),
    (sympy.sqrt(X) / 2 - sympy.exp(-Y) / X, "sqrt(x)/2 - exp(-y)/x"),
    (X**Y - 1, "x**y - 1"),
    (sympy.Pow(2, -X), "2**-x"),
    (1 / (X + Y), "1/(x + y)"),
    (sympy.Piecewise((X, X > 0), (-X, True)), "Piecewise((x, x > 0), (-x, True))"),
    (sympy.E + sympy.pi * X, "E + pi*x"),
    (sympy.Heaviside(X), "Heaviside(x)"),
    (sympy.Heaviside(X, 1), "Heaviside(x, 1)"),
    (sympy.Max(X, Y, 1), "Max(1, x, y)"),
    (sympy.digamma(X), "polygamma(0, x)"),
    (sympy.loggamma(X), "loggamma(x)"),
    (sympy.atan2(Y, X), "atan2(y, x)"),
    ((-X) ** Y, "(-x)**y"),
    (sympy.S.Zero, "0"),
    (sympy.And(X > 0, sympy.Or(Y < 1, sympy.Ne(X, 2))), "x > 0 and (y < 1 or x != 2)"),
]


@pytest.mark.parametrize(("expr", "text"), EXPRESSIONS)
def test_an_expression_is_written_in_the_plain_grammar(expr, text):
    tree = from_sympy(expr)
    assert to_text(tree) == text
    assert parse(text, {"x": [], "y": []}) == tree
    assert to_sympy(tree, {"x": X, "y": Y}) == expr


@settings(deadline=None, max_examples=40)
@given(expressions(max_leaves=6))
def test_the_way_to_sympy_and_back_keeps_the_value(tree):
    symbols = {name: sympy.Symbol(name, real=True) for name in free_names(tree)}
    expr = to_sympy(tree, symbols)
    back = from_sympy(expr)
    # SymPy may multiply a number into a sum on the way, so compare at a point.
    point = {symbol: sympy.Rational(k + 1, 7) for k, symbol in enumerate(symbols.values())}
    difference = to_sympy(back, symbols).subs(point).evalf(30) - expr.subs(point).evalf(30)
    assert abs(difference) <= sympy.Float("1e-20") * (1 + abs(expr.subs(point).evalf(30)))
    assert parse(to_text(back), dict.fromkeys(symbols, ())) == back


REFUSED = [
    (0.1 * X, "a rounded number, 0.1"),
    (sympy.gamma(X), "it contains `gamma`"),
    (sympy.I * X, "it contains `ImaginaryUnit`"),
    (sympy.Function("f")(X), "it contains `f`"),
    (sympy.Symbol("a b"), "'a b' cannot be the name of a variable"),
    (sympy.Symbol("__import__('os')"), "rename the symbol"),
    (3, "but this is int"),
    ("x + 1", "but this is str"),
]


@pytest.mark.parametrize(("expr", "message"), REFUSED)
def test_what_the_language_does_not_have_is_said(expr, message):
    with pytest.raises(InputError) as caught:
        from_sympy(expr)
    assert message in str(caught.value)
