"""Derivatives of tapes against SymPy's, on chosen formulas."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from sympy import Abs, Max, Piecewise, Rational, exp, log, sin, sqrt, symbols, tanh

from hessmath.program import (
    TapeBuilder,
    gradient,
    hessian,
    hvp,
    jacobian,
    jacobian_pattern,
    jvp,
    lower,
    value_and_gradient,
    vjp,
)
from hessmath.program.arithmetic import exact, float64

x, y, z = symbols("x y z", real=True)
SYMBOLS = [x, y, z]

SMOOTH = [
    x**2 * y - z**3 / x,
    exp(x * y) * sin(z) + log(x + y**2),
    sqrt(x * y) / (1 + z**2) - x ** Rational(1, 3),
    x**y + tanh(z * x),
    sympy.atan2(x, y) + sympy.erf(z) + sympy.asin(z / 9) + sympy.acos(z / 8),
    1 / (1 + exp(-x * y)) + log(1 + exp(z)),
    sympy.loggamma(x) + sympy.digamma(y * z),
    sympy.asinh(x) + sympy.acosh(1 + y) + sympy.atanh(z / 5) + sympy.sinh(x) * sympy.cosh(y),
    Piecewise((x * y**2, x < y), (z * x, True)),
    x + 2,
]
POINT = (0.75, 1.25, 0.5)


def sympy_value(expr):
    exact_point = {s: Rational(v) for s, v in zip(SYMBOLS, POINT, strict=True)}
    return float(sympy.N(expr.subs(exact_point), 30))


def close(computed, expected):
    np.testing.assert_allclose(np.array(computed, float), np.array(expected, float), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("formula", SMOOTH, ids=str)
def test_gradient_and_hessian_agree_with_sympy(formula):
    tape = lower(formula, SYMBOLS)
    close(float64.run(gradient(tape), POINT), [sympy_value(formula.diff(s)) for s in SYMBOLS])
    close(float64.run(hessian(tape), POINT), [sympy_value(formula.diff(s, t)) for s in SYMBOLS for t in SYMBOLS])


def test_shapes_and_names():
    tape = lower([x * y, y * z], SYMBOLS)
    assert jacobian(tape).shape == (2, 3)
    assert jacobian(tape, ["y"]).shape == (2, 1)
    assert jvp(tape).names == ("x", "y", "z", "d_x", "d_y", "d_z")
    assert jvp(tape).shape == (2,)
    assert vjp(tape, ["z", "x"]).names == ("x", "y", "z", "w_0", "w_1")
    assert vjp(tape, ["z", "x"]).shape == (2,)
    scalar = lower(x * y, SYMBOLS)
    assert hvp(scalar, ["x"]).names == ("x", "y", "z", "d_x")
    assert hessian(scalar, ["x", "y"]).shape == (2, 2)
    assert value_and_gradient(scalar).shape == (4,)
    d = sympy.Symbol("d_x", real=True)
    assert jvp(lower(x * d, [x, d])).names == ("x", "d_x", "d_x_", "d_d_x")


def test_derivatives_by_some_inputs_keep_their_order():
    tape = lower(x**2 * y**3 * z, SYMBOLS)
    assert exact.run(gradient(tape, ["z", "x"]), [2, 3, 5]) == [108, 540]
    assert exact.run(hessian(tape, ["y", "x"]), [2, 3, 5]) == [360, 540, 540, 270]
    assert exact.run(hvp(tape, ["y", "x"]), [2, 3, 5, 1, 10]) == [360 + 5400, 540 + 2700]
    assert exact.run(jacobian(tape, ["y"]), [2, 3, 5]) == [540]


def test_jacobians_with_many_outputs_and_with_few_agree():
    outputs = [x * y, y * z**2, x / z, sympy.Integer(3)]
    point = [Fraction(2), Fraction(3), Fraction(5)]
    forward = exact.run(jacobian(lower(outputs, SYMBOLS)), point)
    reverse = [v for f in outputs for v in exact.run(jacobian(lower([f], SYMBOLS)), point)]
    assert forward == reverse


def test_symmetric_entries_are_the_same_slot():
    outputs = hessian(lower(exp(x * y * z), SYMBOLS)).outputs.reshape(3, 3)
    assert (outputs == outputs.T).all()


def test_structural_zeros_are_not_computed():
    xs = symbols("x:20", real=True)
    h = hessian(lower(sum(sin(v) for v in xs), xs))
    assert h.cost.total == 2 * 20  # −sin, one per variable
    assert h.outputs.reshape(20, 20)[0, 1] == h.outputs.reshape(20, 20)[3, 17]
    assert jacobian_pattern(gradient(lower(x * y + z**2, SYMBOLS))) == [{1}, {0}, {2}]


def test_a_constant_has_zero_derivatives():
    tape = lower(sympy.Integer(7), SYMBOLS)
    assert exact.run(value_and_gradient(tape), [1, 2, 3]) == [7, 0, 0, 0]
    assert exact.run(hessian(tape), [1, 2, 3]) == [0] * 9
    assert exact.run(jvp(tape), [1, 2, 3, 4, 5, 6]) == [0]


def test_the_gradient_costs_at_most_five_times_the_function():
    xs = symbols("x:30", real=True)
    chain = sum(100 * (xs[i + 1] - xs[i] ** 2) ** 2 + (1 - xs[i]) ** 2 for i in range(29))
    product = sympy.prod(sum(xs[: k + 1]) for k in range(30))
    networks = sum(tanh(xs[i] * xs[i + 1] + xs[i + 2]) ** 2 for i in range(28))
    for formula in (chain, product, networks, *SMOOTH[:-1]):
        f = lower(formula, xs if formula.has(xs[0]) else SYMBOLS)
        # Baur & Strassen (1983): at most 5 times on field operations; other primitives' derivatives cost more
        assert value_and_gradient(f).cost.total <= 5 * f.cost.total + 12


def test_the_hessian_of_rosenbrock_is_short():
    assert hessian(lower(100 * (y - x**2) ** 2 + (1 - x) ** 2, [x, y])).cost.total <= 10


def test_a_hessian_product_costs_a_constant_times_the_function_for_any_number_of_variables():
    costs = []
    for n in (20, 40):
        xs = symbols(f"x:{n}", real=True)
        f = lower(sum(sin(xs[i] * xs[i + 1]) for i in range(n - 1)), xs)
        costs.append(hvp(f).cost.total / f.cost.total)
    assert costs[1] == pytest.approx(costs[0], rel=0.05)


def test_kinks_have_one_sided_or_middle_slopes():
    tape = lower(Abs(x) + Max(x, y), [x, y])
    assert exact.run(gradient(tape), [-2, 3]) == [-1, 1]
    assert exact.run(gradient(tape), [0, 0]) == [Fraction(1, 2), Fraction(1, 2)]
    assert exact.run(hessian(tape), [-2, 3]) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "formula",
    [
        Piecewise((log(x) * y, x > 0), (x**2 * y, True)),
        Piecewise((sqrt(x) ** 3, x > 0), (x**2 * y, True)),
        Piecewise((x**2 * y, x <= 0), (x * exp(1000 * x), True)),
        Piecewise((x**2 * y, x <= 0), (Piecewise((1 / x, x > 1), (log(x), True)), True)),
    ],
    ids=str,
)
def test_the_branch_that_is_not_taken_does_not_spoil_derivatives(formula):
    tape = lower(formula, [x, y])
    for at in [(-2.0, 3.0), (0.0, 3.0)]:
        close(float64.run(gradient(tape), at), [2 * at[0] * at[1], at[0] ** 2])
        close(float64.run(hessian(tape), at), [2 * at[1], 2 * at[0], 2 * at[0], 0])
    at_two = {x: sympy.Integer(2), y: sympy.Integer(3)}
    if not formula.has(exp):
        close(float64.run(gradient(tape), (2.0, 3.0)), [float(formula.diff(s).subs(at_two)) for s in (x, y)])


def test_exactness_survives_an_undefined_branch():
    tape = lower(Piecewise((1 / x, x > 0), (x**2, True)), [x])
    assert exact.run(hessian(tape), [0]) == [2]


def test_a_slot_that_both_branches_need_is_not_guarded():
    shared = exp(x) * x
    tape = lower(Piecewise((shared, x > 0), (2 * shared, True)), [x])
    close(float64.run(gradient(tape), [1.0]), [2 * np.e])


@pytest.mark.parametrize("derive", [gradient, hessian, hvp, value_and_gradient], ids=lambda f: f.__name__)
def test_a_map_is_refused_where_a_scalar_is_needed(derive):
    with pytest.raises(ValueError, match=rf"{derive.__name__} needs a scalar program, .* shape \(2,\). Use jacobian"):
        derive(lower([x, y], [x, y]))


def test_an_unknown_variable_is_reported():
    with pytest.raises(ValueError, match="'u' is not an input of this program, which has x, y"):
        gradient(lower(x * y, [x, y]), ["u"])


def test_differentiating_by_the_order_of_zeta_is_refused():
    builder = TapeBuilder(("s",))
    tape = builder.build([builder.emit("zeta", 0, builder.constant(1))])
    with pytest.raises(ValueError, match="No primitive computes the derivative of zeta"):
        gradient(tape)
