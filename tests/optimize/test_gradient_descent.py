"""Gradient descent and line searches: rates that theory gives, and parameters that are checked."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.errors import InputError, WrongKind
from hessmath.optimize import Armijo, ExactStep, FixedStep, GradientDescent, Newton, Status, ValueBelow, minimize


@settings(deadline=None, max_examples=40)
@given(largest=st.floats(1.5, 100.0), start=st.tuples(st.floats(0.5, 2.0), st.floats(-2.0, -0.5)))
def test_exact_steps_contract_as_kantorovich_says(problems, largest, start):
    """f(x₊) ≤ ((κ−1)/(κ+1))² f(x) on a quadratic with minimum 0 (Nocedal & Wright, Theorem 3.3)."""
    solution = minimize(
        problems.quadratic(np.diag([1.0, largest])), start, GradientDescent(step=ExactStep()), max_steps=20, trace=True
    )
    bound = ((largest - 1) / (largest + 1)) ** 2
    for before, after in pairwise(record.value for record in solution.trace):
        assert after <= bound * before * (1 + 1e-9) + 1e-300


def test_the_worst_start_attains_the_bound(problems):
    """From (κ, 1) the factor is (κ−1)/(κ+1) in every step."""
    kappa = 9.0
    solution = minimize(
        problems.quadratic(np.diag([1.0, kappa])),
        [kappa, 1.0],
        GradientDescent(step=ExactStep()),
        max_steps=10,
        trace=True,
    )
    values = [record.value for record in solution.trace]
    assert np.allclose([b / a for a, b in pairwise(values)], 0.8**2, rtol=1e-10)
    assert solution.positive_curvature_seen


@pytest.mark.parametrize(("size", "converges"), [(0.19, True), (0.21, False)])
def test_fixed_steps_converge_exactly_below_two_over_the_largest_eigenvalue(problems, size, converges):
    A = problems.quadratic(np.diag([1.0, 10.0]))
    solution = minimize(A, [1.0, 1.0], GradientDescent(step=FixedStep(size)), max_steps=10_000)
    assert (solution.status is Status.STATIONARY) is converges
    if not converges:
        assert solution.status is Status.NOT_FINITE  # it oscillates away until f overflows
        assert np.isfinite(solution.x).all()


def test_the_exact_step_needs_positive_curvature(problems):
    solution = minimize(problems.downhill, [1.0, 0.0], GradientDescent(step=ExactStep()))
    assert (solution.status, solution.steps) == (Status.NO_MINIMUM_ALONG_LINE, 0)
    assert "Armijo()" in solution.advice


def test_a_gradient_of_the_wrong_sign_fails_the_line_search(problems):
    p = problems.Problem(2, lambda x: x @ x, gradient=lambda x: -2 * x)
    solution = minimize(p, [1.0, 1.0], GradientDescent())
    assert (solution.status, solution.steps) == (Status.LINE_SEARCH_FAILED, 0)
    assert "derivatives do not belong to f" in solution.advice


def test_a_gradient_of_enormous_length_does_no_harm(problems):
    p = problems.build(1, lambda x: 2 * np.cosh(x[0]), lambda x: 2 * np.sinh(x), lambda x: [[2 * np.cosh(x[0])]])
    solution = minimize(p, 400.0, GradientDescent())
    assert solution.status is Status.STATIONARY
    assert abs(solution.x[0]) < 1e-8


def test_armijo_comes_back_from_where_the_gradient_is_not_finite(problems):
    """√|x| has the value 0 but no gradient at 0."""

    def gradient(x):
        return [np.inf] if x[0] == 0 else [np.sign(x[0]) / (2 * np.sqrt(abs(x[0])))]

    p = problems.Problem(1, lambda x: np.sqrt(abs(x[0])), gradient=gradient)
    solution = minimize(p, 0.25, GradientDescent(), stop=ValueBelow(1e-3), max_steps=3)
    assert np.isfinite(solution.gradient).all()


def test_damped_newton_halts_where_its_direction_leads_up(problems):
    solution = minimize(problems.hilltop, [0.1, 0.1], Newton(line_search=Armijo()))
    assert (solution.status, solution.steps) == (Status.NOT_DESCENT, 0)
    assert solution.negative_curvature_seen
    assert "RegularisedNewton()" in solution.advice


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: FixedStep(0.0), r"FixedStep needs a positive finite size, but size = 0\.0"),
        (lambda: FixedStep(float("inf")), "but size = inf"),
        (lambda: Armijo(decrease=0.5), r"Armijo needs decrease in \(0, 1/2\), but decrease = 0\.5"),
        (lambda: Armijo(shrink=1.0), r"Armijo needs shrink in \(0, 1\), but shrink = 1\.0"),
        (lambda: Armijo(max_backtracks=0), "Armijo needs max_backtracks ≥ 1, but max_backtracks = 0"),
    ],
)
def test_line_searches_check_their_parameters(build, message):
    with pytest.raises(InputError, match=message):
        build()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: GradientDescent(step=0.1), r"step must be an object such as FixedStep\(0\.1\).*but is 0\.1"),
        (lambda: GradientDescent(step=Armijo), "but is the class Armijo"),
        (lambda: Newton(line_search="armijo"), "line_search must be an object .*but is 'armijo'"),
    ],
)
def test_line_searches_must_be_objects(build, message):
    with pytest.raises(WrongKind, match=message):
        build()
