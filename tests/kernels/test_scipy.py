"""Kernels handed to scipy.optimize as they are."""

import numpy as np
import pytest
import sympy
from scipy import optimize

import hessmath as hm

x, y = sympy.symbols("x y")
START = np.array([-1.2, 1.0])


@pytest.fixture(scope="module")
def rosenbrock():
    return hm.compile(hm.Function("100*(y - x**2)**2 + (1 - x)**2", "x y"))


@pytest.fixture(scope="module")
def residuals():
    return hm.compile(hm.Function(["10*(y - x**2)", "1 - x"], "x y"))


@pytest.mark.parametrize(
    ("method", "second"),
    [
        ("BFGS", None),
        ("L-BFGS-B", None),
        ("Newton-CG", "hess"),
        ("Newton-CG", "hessp"),
        ("trust-exact", "hess"),
        ("trust-ncg", "hess"),
        ("trust-ncg", "hessp"),
        ("trust-krylov", "hessp"),
        ("trust-constr", "hess"),
    ],
)
def test_minimize_takes_the_functions_of_a_kernel(rosenbrock, method, second):
    more = {"hess": {"hess": rosenbrock.hessian}, "hessp": {"hessp": rosenbrock.hvp}, None: {}}[second]
    result = optimize.minimize(rosenbrock.f, START, jac=rosenbrock.gradient, method=method, **more)
    assert result.success
    assert np.allclose(result.x, 1, atol=1e-3)


def test_minimize_takes_value_and_gradient_together(rosenbrock):
    result = optimize.minimize(rosenbrock.value_and_gradient, START, jac=True)
    assert result.success
    assert np.allclose(result.x, 1, atol=1e-4)


def test_a_parameter_is_bound_before():
    k = hm.compile(hm.Function("a*(y - x**2)**2 + (1 - x)**2", "x y", parameters="a"))
    result = optimize.minimize(
        lambda p: k.f(p, parameters=[5.0]), START, jac=lambda p: k.gradient(p, parameters=[5.0]), method="BFGS"
    )
    assert np.allclose(result.x, 1, atol=1e-4)


@pytest.mark.parametrize("method", ["lm", "trf", "dogbox"])
def test_least_squares(residuals, method):
    result = optimize.least_squares(residuals.f, START, jac=residuals.jacobian, method=method)
    assert result.success
    assert np.allclose(result.x, 1)


@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_root(residuals, method):
    result = optimize.root(residuals.f, START, jac=residuals.jacobian, method=method)
    assert result.success
    assert np.allclose(result.x, 1)


def test_root_of_a_gradient(rosenbrock):
    result = optimize.root(rosenbrock.gradient, [0.8, 0.7], jac=rosenbrock.hessian)
    assert result.success
    assert np.allclose(result.x, 1)


def test_bounds_and_a_nonlinear_constraint(rosenbrock):
    disc = hm.compile(hm.Function("x**2 + y**2", "x y"))
    constraint = optimize.NonlinearConstraint(
        disc.f, -np.inf, 1.5, jac=disc.gradient, hess=lambda p, v: v[0] * disc.hessian(p)
    )
    result = optimize.minimize(
        rosenbrock.f,
        [0.0, 0.0],
        jac=rosenbrock.gradient,
        hess=rosenbrock.hessian,
        method="trust-constr",
        constraints=[constraint],
        bounds=[(-2, 2)] * 2,
    )
    assert disc.f(result.x) == pytest.approx(1.5, abs=1e-4)
