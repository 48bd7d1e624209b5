"""Each arithmetic's own behaviour: input, limits, messages."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy

from hessmath.program import NamedConstant, TapeBuilder, lower
from hessmath.program.arithmetic import balls, dependence, exact, float64, modular, symbols

x, y = sympy.symbols("x y", real=True)
ALL = {"balls": balls.run, "exact": exact.run, "float64": float64.run, "modular": modular.run}


@pytest.mark.parametrize("run", ALL.values(), ids=ALL)
def test_values_are_given_in_order_or_by_name(run):
    tape = lower(x - 2 * y, [x, y])
    assert int(float(run(tape, [7, 3])[0])) == int(float(run(tape, {"y": 3, "x": 7})[0])) == 1
    with pytest.raises(ValueError, match=r"takes 2 inputs \(x, y\), but got 3 values"):
        run(tape, [1, 2, 3])
    with pytest.raises(ValueError, match="has the inputs x, y, but a value for y is missing"):
        run(tape, {"x": 1})
    with pytest.raises(ValueError, match="has the inputs x, y, but z is not one of them"):
        run(tape, {"x": 1, "y": 2, "z": 3})
    with pytest.raises(ValueError, match="takes no inputs, but got 1 values"):
        run(lower(sympy.Integer(1), []), [1])


def test_exact_values_of_floats_are_their_binary_values():
    assert exact.run(lower(x, [x]), [0.1]) == [Fraction(0.1)]
    assert exact.run(lower(x, [x]), [np.float64(0.1)]) == [Fraction(0.1)]
    assert exact.run(lower(x, [x]), [np.int64(3)]) == [3]
    assert exact.run(lower(x, [x]), [sympy.Rational(2, 3)]) == [Fraction(2, 3)]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1/2", "needs an int, float or Fraction for x, but got '1/2'"),
        (math.inf, "finite numbers, but x is inf"),
        (math.nan, "finite numbers, but x is nan"),
        (None, "but got None"),
        (1j, "but got 1j"),
    ],
)
def test_exact_values_need_numbers(value, message):
    with pytest.raises(ValueError, match=message):
        exact.run(lower(x, [x]), [value])


@pytest.mark.parametrize(
    ("formula", "point", "message"),
    [
        (sympy.exp(x), [Fraction(1, 2)], r"cannot evaluate exp\(1/2\), which is not rational or too long. Use balls"),
        (1 / x, [0], r"div\(1, 0\) is a division by zero"),
        (sympy.pi * x, [1], "cannot hold pi, which is not rational"),
        (sympy.exp(x), [Fraction(2**70 + 1, 2**70)], r"exp\(1\)"),
        (sympy.exp(x), [10**400], r"exp\(a long number\)"),
        (sympy.sqrt(x), [2], r"sqrt\(2\)"),
    ],
)
def test_leaving_the_rationals_names_the_operation(formula, point, message):
    with pytest.raises(ValueError, match=message):
        exact.run(lower(formula, [x]), point)


def test_exact_numbers_do_not_fill_the_memory():
    with pytest.raises(ValueError, match="mul has more than 1000000 binary digits"):
        exact.run(lower(x ** (2**60), [x]), [3])


def test_special_points_stay_exact():
    formula = sympy.exp(x) + sympy.log(1 + x) + sympy.sqrt(4 + x) + sympy.sin(x) + sympy.cos(x) + sympy.tanh(x)
    assert exact.run(lower(formula, [x]), [0]) == [4]
    assert exact.run(lower(1 / (1 + sympy.exp(-x)), [x]), [0]) == [Fraction(1, 2)]


def test_modular_arithmetic_agrees_with_residues():
    tape = lower(x**3 / 7 - y, [x, y])
    p = 101
    assert modular.run(tape, [5, Fraction(1, 3)], prime=p) == [(125 * pow(7, -1, p) - pow(3, -1, p)) % p]


@pytest.mark.parametrize(
    ("formula", "point", "prime", "message"),
    [
        (1 / x, [7], 7, "1/0 modulo 7: choose another point or another prime"),
        (x / 7, [1], 7, "1/7 has no value modulo 7: its denominator is zero"),
        (x, [Fraction(1, 7)], 7, "1/7 has no value modulo 7"),
        (sympy.exp(x), [1], 7, "exp has no meaning modulo a prime"),
        (abs(x), [1], 7, "abs has no meaning modulo a prime"),
        (sympy.pi * x, [1], 7, "pi has no meaning modulo a prime"),
        (x, [1], 8, r"needs a prime below 2\*\*64, but got 8"),
        (x, [1], 2**89 - 1, "needs a prime below"),
        (x, [1], -7, "but got -7"),
    ],
)
def test_what_has_no_residue_is_reported(formula, point, prime, message):
    with pytest.raises(ValueError, match=message):
        modular.run(lower(formula, [x]), point, prime=prime)


def test_balls_widen_with_their_inputs_and_mark_violations():
    from flint import arb

    tape = lower(sympy.log(x), [x])
    (wide,) = balls.run(tape, [arb(2, 1)])
    assert wide.contains(arb(2).log())
    assert balls.run(tape, [arb(0, 1)])[0].is_nan()
    assert balls.run(tape, [-1])[0].is_nan()
    assert balls.run(lower(1 / x, [x]), [arb(0, 1)])[0].is_nan()
    with pytest.raises(ValueError, match="precision of at least 2 bits, but got 1"):
        balls.run(tape, [1], precision=1)


def test_balls_get_narrower_with_precision_and_leave_the_context_alone():
    import flint

    before = flint.ctx.prec
    tape = lower(sympy.exp(x) * sympy.pi + sympy.E, [x])
    radii = [balls.run(tape, [Fraction(1, 3)], precision=p)[0].rad() for p in (53, 106, 212)]
    assert radii[0] > radii[1] > radii[2] > 0
    assert flint.ctx.prec == before


def test_float64_gives_infinities_and_nans_without_warnings():
    assert float64.run(lower([1 / x, sympy.log(-x - 1), sympy.exp(1000 + x)], [x]), [0.0])[0] == math.inf
    assert math.isnan(float64.run(lower(sympy.log(x), [x]), [-1.0])[0])


def test_float64_runs_many_points_at_once():
    points = np.linspace(-2, 2, 9)
    tape = lower([sympy.Piecewise((x**2, x < 0), (sympy.sin(x), True)), 1 / (1 + sympy.exp(-x))], [x])
    together = float64.run(tape, [points])
    one_by_one = np.array([float64.run(tape, [p]) for p in points]).T
    np.testing.assert_array_equal(together, one_by_one)


def test_constants_are_rounded_to_the_nearest_float():
    assert float64.nearest(Fraction(1, 3)) == 1 / 3
    assert float64.nearest(Fraction(-(10**400))) == -math.inf
    assert float64.nearest(NamedConstant.PI) == math.pi
    assert float64.nearest(NamedConstant.E) == math.e


def test_dependence_is_followed_through_every_operation():
    tape = lower([x + 1, sympy.Piecewise((y, x > 0), (1, True)), sympy.Integer(3)], [x, y])
    assert dependence.run(tape) == [{0}, {0, 1}, set()]
    assert dependence.run(tape, {"x": frozenset("ab"), "y": frozenset()}) == [set("ab"), set("ab"), set()]


def test_symbols_take_sympy_expressions_only():
    tape = lower(x**2, [x])
    assert symbols.run(tape, [y + 1]) == [(y + 1) ** 2]
    with pytest.raises(ValueError, match="needs SymPy expressions for the inputs, but got 'y'"):
        symbols.run(tape, ["y"])


def test_an_undefined_condition_is_not_decided():
    builder = TapeBuilder(("x",))
    bad = builder.emit("div", builder.constant(1), builder.constant(0))
    tape = builder.build([builder.emit("select", builder.emit("lt", bad, 0), 0, 0)])
    with pytest.raises(ValueError, match=r"div\(1, 0\) is a division by zero"):
        exact.run(tape, [1])
