"""What is special about Newton's method and its two safe variants."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hessmath.errors import InputError, WrongKind
from hessmath.linear import ldlt
from hessmath.optimize import (
    AdaptiveShift,
    Armijo,
    FixedStep,
    GradientBelow,
    ModifiedCholesky,
    Newton,
    NewtonCG,
    RegularisedNewton,
    Status,
    minimize,
)


@st.composite
def symmetric_matrices(draw):
    n = draw(st.integers(1, 5))
    entries = draw(st.lists(st.integers(-4, 4), min_size=n * n, max_size=n * n))
    M = np.array(entries, float).reshape(n, n)
    return M + M.T


def test_newton_solves_a_quadratic_in_one_step_of_whatever_kind(problems):
    for A in (np.diag([1.0, 3.0]), np.diag([1.0, -3.0]), np.diag([-1.0, -3.0])):
        solution = minimize(problems.quadratic(A, [1.0, 3.0]), [5.0, -5.0], Newton())
        assert solution.steps == 1
        assert_allclose(solution.x, np.linalg.solve(A, [1.0, 3.0]))
        assert solution.status is (Status.CONVERGED if A.min() >= 0 else Status.NOT_A_MINIMUM)
        assert solution.positive_curvature_seen == (A.max() > 0)
        assert solution.negative_curvature_seen == (A.min() < 0)


def test_newton_squares_the_error(problems):
    solution = minimize(problems.one_variable, 2.5, Newton(line_search=Armijo()), trace=True)
    errors = [abs(record.x[0] - 2.0) for record in solution.trace]
    # cosh is symmetric about its minimum, so the order is even 3.
    for before, after in itertools.pairwise(errors):
        assert after <= before**2


@settings(deadline=None, max_examples=80)
@given(symmetric_matrices())
@pytest.mark.parametrize("rule", [AdaptiveShift(), ModifiedCholesky()], ids=repr)
def test_a_regularised_matrix_is_positive_definite(rule, H):
    factors, damping = rule.regularise(H, ldlt(H), 0.0)
    regular = factors.to_dense()
    assert np.linalg.eigvalsh(regular)[0] > 0
    assert damping >= 0
    if np.linalg.eigvalsh(H)[0] > 1e-9:
        assert_allclose(regular, H, atol=1e-12)
    elif isinstance(rule, AdaptiveShift):
        assert_allclose(regular, H + damping * np.eye(len(H)), atol=1e-9)


def test_the_shift_remembers_half_of_the_last_one():
    H = np.diag([1.0, -1.0])
    assert AdaptiveShift().regularise(H, ldlt(H), 0.0)[1] == 2.0
    assert AdaptiveShift().regularise(H, ldlt(H), 100.0)[1] == 50.0
    assert AdaptiveShift().regularise(np.eye(2), ldlt(np.eye(2)), 100.0)[1] == 0.0


@pytest.mark.parametrize("method", [RegularisedNewton(), RegularisedNewton(ModifiedCholesky()), NewtonCG()], ids=repr)
@settings(deadline=None, max_examples=25)
@given(start=st.tuples(st.floats(-3, 3), st.floats(-3, 3)))
def test_from_anywhere_the_minimum_of_a_double_well_is_found(method, start, problems):
    solution = minimize(problems.hilltop, start, method)
    assert solution.status is Status.CONVERGED
    assert_allclose(np.abs(solution.x), 1.0, atol=1e-7)


@pytest.mark.parametrize("method", [RegularisedNewton(), NewtonCG()], ids=repr)
def test_negative_curvature_too_slight_for_f_is_called_degenerate(problems, method):
    """10⁶ − 10⁻¹²x² + x⁴: no step from 0 lowers the rounded value."""
    p = problems.build(
        1,
        lambda x: 1e6 - 1e-12 * x[0] ** 2 + x[0] ** 4,
        lambda x: -2e-12 * x + 4 * x**3,
        lambda x: [[-2e-12 + 12 * x[0] ** 2]],
    )
    solution = minimize(p, 0.0, method)
    assert (solution.status, solution.steps) == (Status.DEGENERATE, 0)
    assert solution.negative_curvature_seen


def test_an_escape_that_finds_no_floor_is_unbounded(problems):
    p = problems.build(1, lambda x: -np.inf if abs(x[0]) > 8 else -(x[0] ** 2), lambda x: -2 * x, lambda x: [[-2.0]])
    assert minimize(p, 0.0, RegularisedNewton()).status is Status.UNBOUNDED_BELOW


def test_a_monkey_saddle_is_not_called_a_minimum(problems):
    p = problems.build(
        2,
        lambda x: x[0] ** 3 - 3 * x[0] * x[1] ** 2,
        lambda x: [3 * x[0] ** 2 - 3 * x[1] ** 2, -6 * x[0] * x[1]],
        lambda x: [[6 * x[0], -6 * x[1]], [-6 * x[1], -6 * x[0]]],
    )
    for method in (Newton(), RegularisedNewton(), NewtonCG()):
        assert minimize(p, (0.0, 0.0), method).status is Status.DEGENERATE


def test_newton_cg_needs_no_matrix(problems):
    """A chain of 20,000 coupled springs with a quartic well: 400 million entries if it were dense."""
    n = 20_000

    def gradient(x):
        g = x**3 - 1.0
        d = np.diff(x)
        g[1:] += d
        g[:-1] -= d
        return g

    def hvp(x, v):
        w = 3 * x**2 * v
        d = np.diff(v)
        w[1:] += d
        w[:-1] -= d
        return w

    p = problems.Problem(n, lambda x: np.sum(x**4 / 4 - x) + 0.5 * np.sum(np.diff(x) ** 2), gradient=gradient, hvp=hvp)
    x0 = 1.0 + 0.5 * np.sin(np.arange(n))
    solution = minimize(p, x0, NewtonCG(), stop=GradientBelow(1e-6))
    assert solution.status is Status.CONVERGED
    assert_allclose(solution.x, 1.0, atol=1e-6)
    assert solution.evaluations.hessian == 0 < solution.evaluations.hvp


def test_newton_cg_finds_one_negative_eigenvalue_among_many(problems):
    eigenvalues = np.linspace(1.0, 10.0, 60)
    eigenvalues[17] = -0.01
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((60, 60)))[0]
    A = (Q * eigenvalues) @ Q.T
    A = (A + A.T) / 2
    solution = minimize(problems.quadratic(A), np.zeros(60), NewtonCG())
    assert solution.status is Status.UNBOUNDED_BELOW
    assert solution.negative_curvature_seen


def test_an_undefined_product_is_a_result(problems):
    p = dataclasses.replace(problems.rosenbrock, hvp=lambda x, v: v * np.nan)
    for start in ((-1.2, 1.0), (1.0, 1.0)):
        assert minimize(p, start, NewtonCG()).status is Status.NOT_FINITE


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: AdaptiveShift(factor=1.0), InputError, r"AdaptiveShift needs a factor above 1, but factor = 1\.0"),
        (lambda: AdaptiveShift(smallest=0.0), InputError, r"smallest in \(0, 1\), but smallest = 0\.0"),
        (
            lambda: ModifiedCholesky(floor=2.0),
            InputError,
            r"needs floor in \(0, 1\], but floor = 2\.0",
        ),
        (lambda: RegularisedNewton(0.1), WrongKind, r"shift must be an object, AdaptiveShift\(\) or .*but is 0\.1"),
        (lambda: RegularisedNewton(AdaptiveShift), WrongKind, "shift must be an object"),
        (lambda: RegularisedNewton(line_search=FixedStep()), WrongKind, r"needs line_search=Armijo\(\.\.\.\), but got"),
        (lambda: NewtonCG(line_search=FixedStep()), WrongKind, r"NewtonCG needs line_search=Armijo\(\.\.\.\), but got"),
        (lambda: NewtonCG(forcing=1.0), InputError, r"NewtonCG needs forcing in \(0, 1\), but forcing = 1\.0"),
        (lambda: NewtonCG(cg_steps=0), InputError, "NewtonCG needs cg_steps ≥ 1, but cg_steps = 0"),
        (lambda: NewtonCG(curvature_steps=-1), InputError, "NewtonCG needs curvature_steps ≥ 1"),
    ],
)
def test_methods_check_their_parameters(build, error, message):
    with pytest.raises(error, match=message):
        build()
