"""SymPy expressions to tapes."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from sympy import (
    ITE,
    And,
    Eq,
    Heaviside,
    Max,
    Min,
    Ne,
    Not,
    Or,
    Piecewise,
    Rational,
    Symbol,
    cos,
    exp,
    log,
    sin,
    sqrt,
    symbols,
)

from hessmath.program import lower, read_back
from hessmath.program.arithmetic import exact, float64

x, y, z = symbols("x y z", real=True)


def names_of(tape):
    return [name for _, name, _ in tape.instructions()]


FORMULAS = [
    x**2 + 3 * x * y - y / 7 + Rational(2, 3),
    -x - y,
    -2 * x + y,
    x**7 + x**-3,
    sqrt(x) * y + x ** Rational(5, 2) - 1 / sqrt(y),
    x ** Rational(1, 3) + x ** Rational(-2, 7),
    x**y + 2**x + sympy.E**y + sympy.pi * x,
    exp(x) - 1 + log(1 + x) + log(1 + x + y),
    exp(x) - 1,
    1 / (1 + exp(-x)),
    exp(x) / (1 + exp(x)),
    3 * exp(2 * x) / (1 + exp(x)) ** 3,
    (1 + exp(x * y)) ** -2,
    log(1 + exp(x + y)),
    sympy.sec(x) + sympy.csc(x) + sympy.cot(x) + sympy.sech(x) + sympy.csch(x) + sympy.coth(x),
    sympy.acot(x) + sympy.asec(1 + x) + sympy.acsc(1 + x) + sympy.asech(x) + sympy.acsch(x) + sympy.acoth(1 + x),
    sympy.erf(x) + sympy.erfc(y) + sympy.sinc(x),
    sympy.loggamma(x) + sympy.digamma(y) + sympy.polygamma(1, x) + sympy.polygamma(3, y),
    sympy.zeta(3 + x) + sympy.zeta(2, y),
    sympy.atan2(x, y) + sympy.asinh(x) + sympy.acosh(1 + x) + sympy.atanh(y / 9),
    abs(x - y) + sympy.sign(x) + Heaviside(x - y),
    Max(x, y, 1) + Min(x, y),
    Piecewise((x, x < y), (y, x > 2), (x * y, True)),
    Piecewise((x, And(x <= y, y >= 1)), (y, Or(x > 5, y > 5)), (1, True)),
    Piecewise((x, Eq(x, y)), (y, Ne(x, y))),
    Piecewise((x, Not(And(x < y, x > -1))), (y**2, True)),
    Piecewise((x, ITE(x < 1, y < 1, y > 2)), (y**2, True)),
    sympy.GoldenRatio * x,
    x * Symbol("y", real=True) ** 0 + sympy.Integer(5),
]


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
@pytest.mark.parametrize("point", [(0.75, 1.25), (0.5, 0.5)])
def test_a_lowered_formula_has_sympys_value(formula, point):
    (value,) = float64.run(lower(formula, [x, y]), point)
    expected = sympy.N(formula.subs({x: Rational(point[0]), y: Rational(point[1])}), 30)
    assert float(value) == pytest.approx(float(expected), rel=1e-12)  # a dozen roundings at most


def test_numbers_stay_exact():
    tape = lower(x * Rational(1, 3) + sympy.Float(0.1), [x])
    assert exact.run(tape, [Fraction(3, 7)]) == [Fraction(1, 7) + Fraction(0.1)]
    assert exact.run(lower([0.1, Fraction(1, 3), 2, -sympy.Float(0.1)], []), []) == [
        Fraction(0.1),
        Fraction(1, 3),
        2,
        -Fraction(0.1),
    ]


def test_integer_powers_are_multiplications_that_share_squares():
    assert names_of(lower(x**8, [x])) == ["mul"] * 3
    assert names_of(lower(x**8 + x**4, [x])) == ["mul", "mul", "mul", "add"]
    assert lower(x**100, [x]).cost.muls == 8


def test_half_integer_powers_are_square_roots():
    assert set(names_of(lower(x ** Rational(7, 2), [x]))) == {"mul", "sqrt"}


def test_equal_parts_of_several_outputs_are_computed_once():
    assert len(lower([sin(x * y), sin(x * y) + 1, cos(x * y)], [x, y])) == 7


def test_patterns_become_stable_primitives():
    assert names_of(lower(1 / (1 + exp(-x)), [x])) == ["sigmoid"]
    assert names_of(lower(exp(x) / (1 + exp(x)), [x])) == ["sigmoid"]
    assert names_of(lower(log(1 + exp(x)), [x])) == ["softplus"]
    assert names_of(lower(log(x**2 + 1), [x])) == ["mul", "log1p"]
    assert names_of(lower(exp(x) - 1, [x])) == ["expm1"]
    assert sorted(names_of(lower(exp(-x) / (1 + exp(-x)) ** 2, [x]))) == ["mul", "neg", "sigmoid", "sigmoid"]


def test_a_case_distinction_without_a_case_is_undefined_there():
    tape = lower(Piecewise((x, x > 0)), [x])
    assert exact.run(tape, [2]) == [2]
    assert np.isnan(float64.run(tape, [-2.0])[0])
    with pytest.raises(ValueError, match="division by zero"):
        exact.run(tape, [-2])


def test_heaviside_at_zero_follows_its_second_argument():
    assert exact.run(lower([Heaviside(x), Heaviside(x, 1), Heaviside(x, 0)], [x]), [0]) == [Fraction(1, 2), 1, 0]
    assert exact.run(lower(Heaviside(x, 1), [x]), [-1]) == [0]


def test_shapes_follow_sequences_and_matrices():
    assert lower(x, [x]).shape == ()
    assert lower([x, y], [x, y]).shape == (2,)
    assert lower([[x, y, 1], [y, x, 0]], [x, y]).shape == (2, 3)
    assert lower(sympy.Matrix([[x, y]]), [x, y]).shape == (1, 2)
    assert lower(sympy.Matrix([x, y]), [x, y], shape=(2,)).shape == (2,)
    assert lower(sympy.Array([[[x]], [[y]]]), [x, y]).shape == (2, 1, 1)
    assert lower([], [x]).shape == (0,)


def test_reading_back_has_the_shape_of_the_program():
    assert read_back(lower(sympy.Matrix([[x, y], [1, x]]), [x, y]), [x, y]) == sympy.Matrix([[x, y], [1, x]])
    assert read_back(lower([x, y], [x, y]), [x, y]) == sympy.Matrix([x, y])
    assert read_back(lower(sympy.Array([[[x]], [[y]]]), [x, y]), [x, y]) == sympy.Array([[[x]], [[y]]])
    assert read_back(lower(sympy.pi * x + sympy.E, [x]), [y]) == sympy.pi * y + sympy.E


def test_reading_back_restores_case_distinctions():
    cases = Piecewise((x**2, x < y), (y, True))
    assert read_back(lower(cases, [x, y]), [x, y]) == cases


def test_any_expression_can_be_an_input():
    entry = sympy.IndexedBase("b")[0]
    assert lower(entry**2, [entry]).names == ("b[0]",)


def test_symbols_that_print_alike_get_different_names():
    assert lower(x + Symbol("x"), [x, Symbol("x")]).names == ("x", "x_1")


def test_depth_does_not_matter():
    deep = x
    for _ in range(5000):
        deep = sympy.Add(sympy.sin(deep, evaluate=False), 1, evaluate=False)
    assert len(lower(deep, [x])) == 10002


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (x + z, "The formula contains z, but the variables are x, y"),
        (Symbol("x") + 1, "other assumptions than the variable x"),
        (sympy.Sum(x**2, (z, 1, 3)), r"unevaluated Sum: call .doit\(\)"),
        (sympy.Integral(sin(x) / x, x), r"unevaluated Integral"),
        (sympy.Function("f")(x), "unknown function f"),
        (sympy.I * x, "real numbers, but the formula contains I"),
        (sympy.nan, "finite numbers, but the formula contains nan"),
        (sympy.zoo, "zoo"),
        (sympy.oo, "finite numbers, but the formula contains oo"),
        (sympy.polylog(2, x), "No primitive computes polylog. Known functions are Abs,"),
        (sympy.DiracDelta(x), r"DiracDelta\(x\) is a distribution, not a function"),
        (sympy.LambertW(x, -1), "principal branch of LambertW only, but got the branch -1"),
        (sympy.expint(Rational(1, 3), x), "order that is a positive integer, but got 1/3"),
        (sympy.EulerGamma * x, "no constant EulerGamma"),
        (sympy.polygamma(x, y), "polygamma needs an order from 0 to 100, but got x"),
        ("x**2", "needs SymPy expressions or numbers, but got 'x\\*\\*2'"),
        (float("nan"), "finite numbers, but got nan"),
        (True, "but got True"),
        ([[x], [x, y]], "different lengths"),
    ],
)
def test_what_cannot_be_lowered_is_named(formula, message):
    with pytest.raises(ValueError, match=message):
        lower(formula, [x, y])


def test_repeated_inputs_are_reported():
    with pytest.raises(ValueError, match="inputs of a program must differ, but got x, x"):
        lower(x, [x, x])
    with pytest.raises(ValueError, match="there are no variables"):
        lower(x, [])
