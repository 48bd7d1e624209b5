"""Critical points enclosed in balls: never more than is proved."""

import math

import flint
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Heaviside, Max, Piecewise, Rational, cos, exp, log, pi, sin, symbols

from hessmath.program import gradient, hessian, lower
from hessmath.verify.enclosure import Nature, PointKind, _inertia_signs, _rounded_down, critical_point_kind

x, y, z, w = symbols("x y z w", real=True)
ROSENBROCK = 100 * (y - x**2) ** 2 + (1 - x) ** 2
POWELL = (x + 10 * y) ** 2 + 5 * (z - w) ** 2 + (y - 2 * z) ** 4 + 10 * (x - w) ** 4


def kind(formula, variables, point, **keywords):
    tape = lower(formula, variables)
    names = [str(v) for v in variables]
    wrt = names[: len(point)]
    return critical_point_kind(gradient(tape, wrt), hessian(tape, wrt), point, value_tape=tape, **keywords)


@pytest.mark.parametrize(
    ("formula", "variables", "point", "nature"),
    [
        (ROSENBROCK, [x, y], [1, 1], Nature.MINIMUM),
        (ROSENBROCK, [x, y], [1 + 1e-7, 1 - 1e-8], Nature.MINIMUM),
        (x**4 - x**2, [x], [0], Nature.MAXIMUM),
        (x**4 - x**2, [x], [math.sqrt(0.5)], Nature.MINIMUM),
        (exp(x) - x, [x], [1e-9], Nature.MINIMUM),
        (sin(x) * cos(y), [x, y], [math.pi / 2, 0], Nature.MAXIMUM),
        (x * y * z + x**2 + y**2 - z**2, [x, y, z], [0, 0, 0], Nature.SADDLE),
        (x**3 - 3 * x * y**2 + x**2 + y**2, [x, y], [0, 0], Nature.MINIMUM),
        (log(x) ** 2, [x], [1], Nature.MINIMUM),
        (Max(0, x) ** 2 + (x - 1) ** 2 + y**2, [x, y], [0.5, 0], Nature.MINIMUM),
        # eigenvalues 60 orders of magnitude apart, and two that nearly cancel
        (x**2 * Rational(1, 10**30) - y**2 * 10**30, [x, y], [0, 0], Nature.SADDLE),
        (y**2 - 2 * x * y + x**2 * (1 + Rational(1, 10**14)), [x, y], [0, 0], Nature.MINIMUM),
        (y**2 - 2 * x * y + x**2 * (1 - Rational(1, 10**14)), [x, y], [0, 0], Nature.SADDLE),
    ],
)
def test_the_nature_of_a_regular_critical_point_is_proved(formula, variables, point, nature):
    found = kind(formula, variables, point)
    assert found.nature is nature
    assert found.hessian_singular is False
    assert found.radius > 0
    assert "exactly one critical point within" in found.reason


def test_the_reason_counts_eigenvalues():
    assert kind(ROSENBROCK, [x, y], [1, 1]).reason == (
        "exactly one critical point within 0.0001 of x; all 2 eigenvalues of its Hessian proved positive"
    )
    assert kind(-(x**2), [x], [0]).reason.endswith("the eigenvalue of its Hessian proved negative")
    saddle = kind(x**2 - y**2 - z**2 + x * y * z, [x, y, z], [0, 0, 0])
    assert saddle.reason.endswith("1 positive and 2 negative eigenvalues of its Hessian proved")


def test_the_claimed_box_holds_the_true_point_and_no_other():
    # cos(10x) − 1 has critical points at every multiple of π/10
    f = cos(10 * x)
    for k in (0, 1, 2):
        near = k * math.pi / 10 + 1e-5
        found = kind(f, [x], [near])
        assert abs(near - k * math.pi / 10) <= found.radius < math.pi / 10
        assert found.nature is (Nature.MINIMUM if k % 2 else Nature.MAXIMUM)


def test_a_point_far_from_every_critical_point_is_undecided():
    found = kind(ROSENBROCK, [x, y], [2, 1])
    assert (found.nature, found.hessian_singular, found.radius) == (Nature.UNDECIDED, None, None)
    assert "no critical point was found within" in found.reason
    assert kind(x + y**2, [x, y], [1, 0]).nature is Nature.UNDECIDED


@pytest.mark.parametrize("point", [[0, 0, 0, 0], [1e-4, -1e-5, 5e-5, 5e-5]])
def test_powells_singular_function_is_undecided_with_its_reason(point):
    found = kind(POWELL, [x, y, z, w], point)
    assert found == PointKind(
        Nature.UNDECIDED,
        True,
        None,
        "exactly at the critical point (0, 0, 0, 0) the Hessian is singular: "
        "2 positive, 0 negative and 2 zero eigenvalues of the Hessian",
    )


@pytest.mark.parametrize("formula", [x**3, x**4, -(x**4), x**5 - x**6], ids=str)
def test_higher_order_points_are_undecided_whatever_they_are(formula):
    found = kind(formula, [x], [0])
    assert (found.nature, found.hessian_singular) == (Nature.UNDECIDED, True)


def test_a_singular_hessian_with_irrational_entries_is_not_called_singular():
    found = kind((x - sympy.sqrt(2)) ** 4, [x], [math.sqrt(2)])
    assert (found.nature, found.hessian_singular) == (Nature.UNDECIDED, None)
    assert "singular" in found.reason


def test_flat_quadratics_are_decided_in_rational_arithmetic():
    assert kind(x**2, [x, y], [0, 0]).nature is Nature.MINIMUM
    assert kind(x**2, [x, y], [0, 0]).hessian_singular is True
    assert kind(-((x + y - Rational(1, 3)) ** 2), [x, y], [0.1, 0.2333]).nature is Nature.MAXIMUM
    assert kind(x**2 - y**2, [x, y, z], [0, 0, 1]).nature is Nature.SADDLE
    assert "constant along 1 direction" in kind(x**2, [x, y], [1e-9, 3.1]).reason
    assert kind(x**2 + y, [x, y], [0, 0]).nature is Nature.UNDECIDED
    assert kind(pi * x**2 + y * 0, [x, y], [0, 0]).nature is Nature.UNDECIDED


def test_a_constant_function_is_not_called_a_minimum():
    found = kind(sympy.Integer(3), [x], [1])
    assert (found.nature, found.hessian_singular) == (Nature.UNDECIDED, True)


def test_a_singular_saddle_is_a_saddle_when_both_signs_are_proved():
    found = kind(x**2 - y**2 + z**4, [x, y, z], [0, 0, 0])
    assert (found.nature, found.hessian_singular) == (Nature.SADDLE, True)


@pytest.mark.parametrize(
    "formula",
    [
        Abs(x) + x**2,
        Max(x, -x) + x**2,
        Heaviside(x) + x**2,
        Piecewise((x**2, x < 0), (2 * x**2, True)),
    ],
    ids=str,
)
def test_kinks_and_jumps_at_the_point_leave_it_undecided(formula):
    found = kind(formula, [x], [0])
    assert found.nature is Nature.UNDECIDED
    assert "kink within" in found.reason


def test_a_point_where_only_the_value_jumps_is_undecided():
    assert kind(Piecewise((x**2, sympy.Ne(x, 0)), (5, True)), [x], [0]).nature is Nature.UNDECIDED


def test_kinks_that_the_parameters_decide_do_not_matter():
    a = sympy.Symbol("a", real=True)
    f = Piecewise((x**2, a >= 1), (-(x**2), True))
    assert kind(f, [x, a], [0], parameters=[1.0]).nature is Nature.MINIMUM
    assert kind(f, [x, a], [0], parameters=[0.5]).nature is Nature.MAXIMUM


def test_the_gradients_domain_is_not_taken_for_the_functions():
    # x + log x has the derivative 1 + 1/x, which is 0 at −1, where f is undefined
    found = kind(x + log(x), [x], [-1])
    assert found.nature is Nature.UNDECIDED
    assert "undefined" in found.reason
    assert kind(log(x) ** 2, [x], [-1]).nature is Nature.UNDECIDED
    # √(x³) is 0 at 0 and undefined to its left
    assert kind(x ** Rational(3, 2), [x], [0]).nature is Nature.UNDECIDED


def test_fifty_variables_are_decided():
    xs = symbols("x:50", real=True)
    chain = sum(100 * (xs[i + 1] - xs[i] ** 2) ** 2 + (1 - xs[i]) ** 2 for i in range(49))
    assert kind(chain, xs, np.ones(50) + 1e-10).nature is Nature.MINIMUM
    waves = sum(sin(xs[i] * xs[i + 1]) for i in range(49))
    assert kind(waves, xs, np.zeros(50)).reason.endswith(
        "25 positive and 25 negative eigenvalues of its Hessian proved"
    )


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(-5, 5), min_size=9, max_size=9), st.lists(st.integers(-2, 2), min_size=3, max_size=3))
def test_the_nature_agrees_with_the_exact_inertia(entries, point):
    matrix = sympy.Matrix(3, 3, entries)
    symmetric = matrix + matrix.T
    v = sympy.Matrix([x, y, z]) - sympy.Matrix(point)
    # the cubic leaves the Hessian at the point alone
    f = (v.T * symmetric * v)[0] + v[0] ** 3 + v[0] * v[1] * v[2]
    found = kind(f, [x, y, z], point)
    eigenvalues = np.linalg.eigvalsh(np.array(symmetric, dtype=float))  # integers ≤ 10: gaps far above rounding
    singular = symmetric.det() == 0
    assert found.hessian_singular is bool(singular)
    positive, negative = (eigenvalues > 1e-9).any(), (eigenvalues < -1e-9).any()
    if positive and negative:
        assert found.nature is Nature.SADDLE
    elif singular:
        assert found.nature is Nature.UNDECIDED
    else:
        assert found.nature is (Nature.MINIMUM if positive else Nature.MAXIMUM)


def test_inertia_signs_need_decided_pivots_and_finite_entries():
    assert _inertia_signs(flint.arb_mat([[2, 1], [1, -3]])) == [-1, 1]
    assert _inertia_signs(flint.arb_mat([[flint.arb(0, 1), 0], [0, 1]])) is None
    assert _inertia_signs(flint.arb_mat([[flint.arb("inf")]])) is None


def test_radii_are_rounded_down():
    assert _rounded_down(0.00019999) == 0.0001
    assert _rounded_down(0.1) <= 0.1
    assert _rounded_down(3e-7) <= 3e-7
    assert _rounded_down(0.95) == 0.9


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ([1.0], r"x should be 2 numbers, but has shape \(1,\)"),
        ([[1.0, 2.0]], r"x should be 2 numbers, but has shape \(1, 2\)"),
        ([1.0, math.nan], r"x should be finite, but is \[1.0, nan\]"),
    ],
)
def test_wrong_points_are_reported(point, message):
    tape = lower(ROSENBROCK, [x, y])
    with pytest.raises(ValueError, match=message):
        critical_point_kind(gradient(tape), hessian(tape), point)


def test_programs_that_do_not_fit_are_reported():
    tape = lower(ROSENBROCK, [x, y])
    with pytest.raises(ValueError, match=r"The Hessian of 2 variables has 4 entries, but this program has \(2,\)"):
        critical_point_kind(gradient(tape), gradient(tape), [1, 1])
    with pytest.raises(ValueError, match=r"parameters should be 1 numbers, but has shape \(0,\)"):
        critical_point_kind(gradient(tape, ["x"]), hessian(tape, ["x"]), [1])
