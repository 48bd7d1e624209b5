"""check_derivatives: right derivatives pass, slips are found and named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hessmath as hm
from hessmath.errors import InputError


def rosenbrock(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def gradient(x):
    return np.array([-400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0]), 200 * (x[1] - x[0] ** 2)])


def hessian(x):
    return np.array([[1200 * x[0] ** 2 - 400 * x[1] + 2, -400 * x[0]], [-400 * x[0], 200.0]])


def product(x, v):
    return hessian(x) @ v


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=2, max_size=2), st.integers(0, 9))
def test_right_derivatives_pass_everywhere(x, seed):
    found = hm.check_derivatives(rosenbrock, gradient, hessian, x, hessp=product, rng=seed)
    assert found.passed, str(found)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=2, max_size=2), st.integers(0, 1))
def test_an_entry_that_is_wrong_by_a_thousandth_is_named(x, k):
    def wrong(x):
        g = gradient(x)
        g[k] = g[k] * 1.001 + 0.01
        return g

    found = hm.check_derivatives(rosenbrock, wrong, x=x)
    right = gradient(np.array(x))[k]
    if abs(right * 1.001 + 0.01 - right) > 1e-4 * (abs(right) + np.abs(gradient(np.array(x))).max()):
        assert not found.passed
    if not found.findings[1].passed:
        assert f"jac[{k}]" in found.findings[1].words


def test_a_wrong_hessian_is_found_with_and_without_the_gradient():
    def wrong(x):
        return hessian(x) + np.diag([0.0, 1.0])

    for jac in (gradient, None):
        found = hm.check_derivatives(rosenbrock, jac, wrong, x=[-1.2, 1.0])
        entries = next(f for f in found.findings if f.test == "entries of hess")
        assert not entries.passed and "hess[1, 1] = 201" in entries.words and "it is 200" in entries.words
        right = hm.check_derivatives(rosenbrock, jac, hessian, x=[-1.2, 1.0])
        assert right.passed, str(right)


def test_orders_are_fitted():
    found = hm.check_derivatives(rosenbrock, gradient, x=[-1.2, 1.0])
    assert found.findings[0].figure == pytest.approx(2, abs=0.1)
    wrong = hm.check_derivatives(rosenbrock, lambda x: 2 * gradient(x), x=[-1.2, 1.0])
    assert wrong.findings[0].figure == pytest.approx(1, abs=0.1)
    assert "but t^2 is needed" in wrong.findings[0].words
    third = hm.check_derivatives(
        lambda x: np.exp(x[0]) * x[1], None, lambda x: np.exp(x[0]) * np.array([[x[1], 1], [1, 0]]), [0.5, 2]
    )
    assert third.findings[0].figure == pytest.approx(3, abs=0.2)


def test_a_linear_function_leaves_nothing_but_rounding():
    found = hm.check_derivatives(lambda x: 3 * x[0] - x[1], lambda x: np.array([3.0, -1.0]), x=[1.0, 2.0])
    assert found.passed and found.findings[0].words == "the remainder is nothing but rounding"


def test_an_unsymmetric_hessian_and_a_crooked_product_are_found():
    found = hm.check_derivatives(
        rosenbrock,
        gradient,
        lambda x: hessian(x) + np.array([[0, 1.0], [0, 0]]),
        [-1.2, 1.0],
        hessp=lambda x, v: hessian(x) @ v + np.array([v[1], 0.0]) + v**2,
    )
    failed = {f.test: f.words for f in found.findings if not f.passed}
    assert failed["symmetry of hess"] == "hess[0, 1] = 481, but hess[1, 0] = 480"
    assert {"linearity of hessp", "symmetry of hessp", "entries of hessp(v)"} <= set(failed)


def test_a_jacobian_of_residuals():
    def residuals(x):
        return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0], x[0] * x[1]])

    def jacobian(x):
        return np.array([[-20 * x[0], 10], [-1, 0], [x[1], x[0]]])

    assert hm.check_derivatives(residuals, jacobian, x=[-1.2, 1.0]).passed
    found = hm.check_derivatives(residuals, lambda x: jacobian(x) * [[1, 1], [1, 1], [1, -1]], x=[-1.2, 1.0])
    assert "jac[2, 1] = 1.2, but by" in found.findings[1].words


def test_functions_without_complex_arguments_fall_back_to_differences():
    found = hm.check_derivatives(lambda x: abs(float(x[0])) ** 3, lambda x: np.array([3 * x[0] * abs(x[0])]), x=[0.7])
    assert found.passed and "central differences" in found.findings[1].words
    assert "complex steps" in hm.check_derivatives(rosenbrock, gradient, x=[1.0, 2.0]).findings[1].words


def test_the_formula_is_the_truth():
    f = hm.Function("exp(x)*sin(y)", "x y")

    def slope(p):
        return np.exp(p[0]) * np.array([np.sin(p[1]), np.cos(p[1])])

    assert hm.check_derivatives(f, x=[0.3, 0.7]).passed
    almost = hm.check_derivatives(f, lambda p: slope(p) * (1 + 1e-8), x=[0.3, 0.7])
    assert [finding.passed for finding in almost.findings] == [True, True, False]
    assert "exactly it is" in almost.findings[2].words
    plain = hm.check_derivatives(lambda p: np.exp(p[0]) * np.sin(p[1]), slope, x=[0.3, 0.7], formula=f)
    assert plain.passed and len(plain.findings) == 3
    with pytest.raises(InputError, match="has parameters"):
        hm.check_derivatives(hm.Function("a*x", "x", parameters="a"), np.sin, x=[1.0])


def test_the_result_reads_as_lines_and_as_a_table():
    found = hm.check_derivatives(rosenbrock, gradient, x=[1.0, 2.0])
    assert str(found).count("\n") == 1 and str(found).startswith("right  slope test of jac")
    assert found._repr_html_().count("<tr>") == 2
    assert found.errors["jac"].shape == (2,) and found.errors["jac"].max() < 1e-12


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((rosenbrock,), "needs a point x= and at least one of"),
        ((rosenbrock, gradient), "needs a point x="),
        ((rosenbrock, gradient, None, [[1.0, 2.0]]), "x should be a vector of finite numbers"),
        ((rosenbrock, lambda x: x[:1], None, [1.0, 2.0]), r"jac should give shape \(2,\) at x, but gives \(1,\)"),
        ((rosenbrock, lambda x: x * np.nan, None, [1.0, 2.0]), "jac should give finite numbers"),
        ((lambda x: np.log(-x[0]), gradient, None, [1.0, 2.0]), "fun should give a finite number"),
        ((lambda x: x, None, hessian, [1.0, 2.0]), "tested for a scalar fun"),
    ],
)
def test_wrong_calls_are_refused_with_a_reason(arguments, message):
    with pytest.raises(InputError, match=message):
        hm.check_derivatives(*arguments)


@pytest.mark.parametrize(
    ("name", "hessp", "passes"),
    [
        ("right", lambda H, v: H @ v, True),
        ("the other sign", lambda H, v: -(H @ v), False),
        ("a factor", lambda H, v: 1.001 * (H @ v), False),
        ("the diagonal only", lambda H, v: np.diag(H) * v, False),
        ("Gauss-Newton", lambda H, v: (H - np.diag([3.0, 0.0])) @ v, False),
        ("affine", lambda H, v: H @ v + 1, False),
        ("unsymmetric", lambda H, v: (H + np.array([[0, 0.1], [0, 0]])) @ v, False),
    ],
)
def test_a_product_is_tested_against_f_itself_where_there_is_no_gradient(name, hessp, passes):
    def f(x):
        return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2

    def H(x):
        return np.array([[1200 * x[0] ** 2 - 400 * x[1] + 2, -400 * x[0]], [-400 * x[0], 200]])

    x = [0.7, -0.4]
    assert hm.check_derivatives(f, x=x, hessp=lambda x, v: hessp(H(x), v)).passed == passes
    formula = hm.Function("100*(y - x**2)**2 + (1 - x)**2", "x y")
    against = hm.check_derivatives(f, x=x, hessp=lambda x, v: hessp(H(x), v), formula=formula)
    assert [finding.passed for finding in against.findings if "against the formula" in finding.test] == [passes]
