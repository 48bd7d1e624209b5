"""Typed trees become SymPy expressions."""

from __future__ import annotations

import pytest
import sympy

from hessmath.errors import InputError
from hessmath.language import parse, parse_formula
from hessmath.symbolic.from_tree import to_sympy

X, Y = sympy.symbols("x y", real=True)
SYMBOLS = {"x": X, "y": Y}

FORMULAS = [
    ("100*(y - x**2)**2 + (1 - x)**2", 100 * (Y - X**2) ** 2 + (1 - X) ** 2),
    ("-x/3 + 0.25", -X / 3 + sympy.Rational(1, 4)),
    ("sqrt(x) + exp(-y)*sin(pi*x)", sympy.sqrt(X) + sympy.exp(-Y) * sympy.sin(sympy.pi * X)),
    ("sigmoid(x)", 1 / (1 + sympy.exp(-X))),
    ("softplus(x)", sympy.log(1 + sympy.exp(X))),
    ("atan2(y, x) + log(E)", sympy.atan2(Y, X) + 1),
    ("Max(x, y, 0) - Min(x, y) + Abs(x)", sympy.Max(X, Y, 0) - sympy.Min(X, Y) + sympy.Abs(X)),
    ("Piecewise((x, x > 0), (-x, True))", sympy.Piecewise((X, X > 0), (-X, True))),
    (
        "Piecewise((1, not x > 0 and y <= 1 or Ne(x, 2)), (0, False))",
        sympy.Piecewise((1, (~(X > 0) & (Y <= 1)) | sympy.Ne(X, 2))),
    ),
    ("x**(1/2)*y**-2", sympy.sqrt(X) / Y**2),
]


@pytest.mark.parametrize(("text", "expected"), FORMULAS)
def test_the_expression_is_what_sympy_would_build(text, expected):
    assert to_sympy(parse_formula(text), SYMBOLS) == expected


def test_a_name_without_a_symbol_is_said():
    with pytest.raises(InputError, match="No symbol was given for z; there are symbols for: x, y"):
        to_sympy(parse_formula("x + z"), SYMBOLS)


def test_arrays_have_no_expression():
    with pytest.raises(InputError, match="Only scalar formulas have an expression, but `A @ v` is none"):
        to_sympy(parse("A @ v", {"A": ["n", "n"], "v": ["n"]}), SYMBOLS)
    with pytest.raises(InputError, match="Only scalar formulas"):
        to_sympy(parse("nsq(v)", {"v": ["n"]}), SYMBOLS)


REFUSED = [
    ("exp(1000000000*log(9))", "`exp(1000000000*log(9))` is too long to write out"),
    ("E**(1000000000*log(9))", "too long to write out"),
    ("3**(1000000000*log(9)/log(3))", "too long to write out"),
    ("exp(x*log(9)*1000000)", "too long to write out"),
    ("sigmoid(-1000000*log(9))", "too long to write out"),
    ("softplus(1000000*log(9))", "too long to write out"),
    ("*".join(["x*9**999"] * 5), "at most 14000 bits"),
    ("(9**999*x)**20", "at most 14000 bits"),
    ("loggamma(1000000000)", "its argument may be at most 1000"),
    ("digamma(-10**8 - 1/2)", "its argument may be at most 1000"),
    ("polygamma(50, 1000)", "its argument may be at most 19"),
    ("log(0)", "`log(0)` is not a real number"),
    ("x*sqrt(-1)*sqrt(-1)", "`sqrt(-1)` is not a real number"),
    ("(-1)**(1/3)", "is not a real number"),
    ("1/(x - x)", "`1/(x - x)` is not a real number"),
    ("Max(x, asin(2))", "`asin(2)` is not a real number"),
    ("Piecewise((1, log(-1) > 0), (x, True))", "`log(-1)` is not a real number"),
    ("atan2(0, 0)", "is not a real number"),
    ("psum(lambda k: x**k/(k - 2), 0, 5)", "`x**k/(k - 2)` is not a real number"),
    ("psum(lambda k: x**k, 0, 2000)", "can be written out only with at most 1000 terms"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_sympy_would_write_out_for_ever_or_cannot_value_is_refused(text, message):
    with pytest.raises(InputError) as caught:
        to_sympy(parse_formula(text), SYMBOLS)
    assert message in str(caught.value)


def test_a_sum_over_an_index_is_written_out():
    tree = parse_formula("psum(lambda k: psum(lambda j: x**k*j, 1, k), 0, 3)")
    assert to_sympy(tree, SYMBOLS) == X + 3 * X**2 + 6 * X**3
    assert to_sympy(parse_formula("psum(lambda k: x, 2, 1)"), SYMBOLS) == 0
