"""Conjugate gradients: finite termination, conjugacy, and honest ends."""

import numpy as np
import pytest
import scipy.sparse.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hessmath.errors import InputError
from hessmath.linear import CGStatus, DiagonalOperator, FunctionOperator, MatrixOperator, conjugate_gradient


def with_eigenvalues(eigenvalues, seed=0):
    n = len(eigenvalues)
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]
    return (Q * np.asarray(eigenvalues)) @ Q.T


def recording(M):
    """M as an operator that keeps the directions it was multiplied by."""
    directions = []

    def product(v):
        directions.append(v.copy())
        return M @ v

    return FunctionOperator(M.shape, product), directions


@pytest.mark.parametrize("distinct", [1, 2, 3, 5])
def test_it_ends_after_as_many_steps_as_there_are_distinct_eigenvalues(distinct):
    A = with_eigenvalues(np.resize(np.arange(1.0, distinct + 1), 12))
    result = conjugate_gradient(A, np.random.default_rng(1).standard_normal(12), rtol=1e-11)
    assert result.status is CGStatus.CONVERGED
    assert result.steps == distinct


def test_directions_are_conjugate_and_residuals_orthogonal():
    M = with_eigenvalues(np.linspace(1.0, 4.0, 8))
    A, directions = recording(M)
    b = np.random.default_rng(2).standard_normal(8)
    assert conjugate_gradient(A, b, rtol=1e-12).converged
    D = np.array(directions)
    gram = D @ M @ D.T
    scale = np.sqrt(np.outer(np.diag(gram), np.diag(gram)))
    assert_allclose(gram / scale, np.eye(len(D)), atol=1e-9)  # rounding grows along the run


def test_it_solves_what_scipy_solves():
    A = with_eigenvalues(np.linspace(0.5, 50.0, 40))
    b = np.random.default_rng(3).standard_normal(40)
    ours = conjugate_gradient(A, b, rtol=1e-10)
    theirs, info = scipy.sparse.linalg.cg(A, b, rtol=1e-10)
    assert info == 0
    assert_allclose(ours.x, theirs, rtol=1e-7)
    assert_allclose(ours.x, np.linalg.solve(A, b), rtol=1e-7)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.floats(0.1, 10.0), min_size=1, max_size=8),
    st.integers(0, 1000),
)
def test_the_residual_it_reports_is_true(eigenvalues, seed):
    A = with_eigenvalues(eigenvalues, seed)
    b = np.random.default_rng(seed + 1).standard_normal(len(eigenvalues))
    result = conjugate_gradient(A, b, rtol=1e-9)
    assert result.converged
    assert np.linalg.norm(b - A @ result.x) <= 1.01e-9 * np.linalg.norm(b)
    assert min(eigenvalues) * (1 - 1e-9) <= result.smallest_curvature <= max(eigenvalues) * (1 + 1e-9)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.floats(0.1, 10.0), min_size=1, max_size=6),
    st.lists(st.floats(-10.0, -0.1), min_size=1, max_size=3),
    st.integers(0, 1000),
)
def test_an_indefinite_matrix_is_shown_by_a_direction(positive, negative, seed):
    A = with_eigenvalues(positive + negative, seed)
    b = np.random.default_rng(seed + 1).standard_normal(len(A))
    result = conjugate_gradient(A, b, rtol=1e-12)
    assert result.status is CGStatus.NEGATIVE_CURVATURE
    d = result.curvature_direction
    assert d @ A @ d < 0
    assert_allclose(result.curvature, d @ A @ d / (d @ d), rtol=1e-9)


def test_a_singular_matrix_is_not_called_indefinite():
    result = conjugate_gradient(np.diag([1.0, 0.0]), [1.0, 1.0])
    assert result.status is CGStatus.ZERO_CURVATURE
    assert_allclose(np.diag([1.0, 0.0]) @ result.curvature_direction, 0.0, atol=1e-15)


def test_a_consistent_singular_system_is_solved():
    result = conjugate_gradient(np.diag([1.0, 2.0, 0.0]), [1.0, 4.0, 0.0])
    assert result.converged
    assert_allclose(result.x, [1.0, 2.0, 0.0])


def test_a_preconditioner_saves_steps():
    d = np.logspace(0, 6, 60)
    b = np.ones(60)
    plain = conjugate_gradient(np.diag(d), b, rtol=1e-10)
    jacobi = conjugate_gradient(MatrixOperator(np.diag(d)), b, rtol=1e-10, preconditioner=DiagonalOperator(1 / d))
    assert jacobi.steps == 1 < plain.steps
    assert_allclose(jacobi.x, 1 / d, rtol=1e-9)


def test_a_bad_preconditioner_is_reported():
    result = conjugate_gradient(np.eye(2), [1.0, 2.0], preconditioner=-np.eye(2))
    assert result.status is CGStatus.BAD_PRECONDITIONER
    assert "symmetric positive definite" in result.status.value


def test_steps_can_run_out():
    result = conjugate_gradient(np.diag([1.0, 2.0, 3.0]), np.ones(3), max_steps=2)
    assert (result.status, result.steps) == (CGStatus.STEPS_EXHAUSTED, 2)
    assert repr(result).startswith("CGResult(STEPS_EXHAUSTED, steps=2")


def test_convergence_is_not_claimed_where_rounding_forbids_it():
    A = with_eigenvalues(np.logspace(-10, 0, 30))
    b = np.random.default_rng(5).standard_normal(30)
    result = conjugate_gradient(A, b, rtol=1e-14, max_steps=20_000)
    true_residual = np.linalg.norm(b - A @ result.x)
    assert not result.converged
    assert true_residual > 1e-14 * np.linalg.norm(b)
    if result.status is CGStatus.ROUNDING:
        assert_allclose(result.residual_norm, true_residual, rtol=1e-6)


def test_rounding_is_a_status_of_its_own():
    A = with_eigenvalues(np.logspace(-3, 0, 20))
    result = conjugate_gradient(A, np.random.default_rng(6).standard_normal(20), rtol=1e-17, max_steps=100_000)
    assert result.status is CGStatus.ROUNDING
    assert result.residual_norm < 1e-11


def test_starting_at_the_solution_takes_no_step():
    result = conjugate_gradient(np.diag([1.0, 2.0]), [1.0, 2.0], x0=[1, 1])
    assert (result.status, result.steps) == (CGStatus.CONVERGED, 0)


def test_zero_on_the_right_gives_zero():
    result = conjugate_gradient(np.diag([1.0, -2.0]), [0.0, 0.0])
    assert result.converged
    assert result.x.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("unit", [1e-200, 1e-100, 1e100, 1e200])
def test_extreme_right_hand_sides_lose_nothing(unit):
    result = conjugate_gradient(np.diag([1.0, 4.0]), np.array([1.0, 2.0]) * unit, x0=np.ones(2) * unit)
    assert result.converged
    assert_allclose(result.x, np.array([1.0, 0.5]) * unit, rtol=1e-9)


@pytest.mark.parametrize("x0", [None, [1.0, 1.0]])
def test_a_matrix_with_nan_is_reported(x0):
    result = conjugate_gradient(np.diag([1.0, np.nan]), [1.0, 2.0], x0=x0)
    assert result.status is CGStatus.NOT_FINITE
    assert np.isfinite(result.x).all()


def test_a_step_that_overflows_is_taken_back():
    result = conjugate_gradient(np.array([[5e-324]]) * 4, [1.0])
    assert result.status is CGStatus.NOT_FINITE
    assert np.isfinite(result.x).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"A": np.ones((2, 3)), "b": [1, 2]}, r"A has shape \(2, 3\) and b has shape \(2,\)"),
        ({"A": np.eye(2), "b": [1, 2, 3]}, r"A has shape \(2, 2\) and b has shape \(3,\)"),
        ({"A": np.eye(2), "b": [1, np.nan]}, r"b\[1\] is nan: conjugate_gradient needs finite numbers"),
        ({"A": np.eye(2), "b": [1, 2], "x0": [np.inf, 0]}, r"x0\[0\] is inf"),
        ({"A": np.eye(2), "b": [1, 2], "x0": [1]}, r"x0 has shape \(1,\), but A has 2 columns"),
        ({"A": np.eye(2), "b": [1, 2], "rtol": -1.0}, r"rtol and atol must be at least 0, but rtol = -1.0"),
        ({"A": np.eye(2), "b": [1, 2], "max_steps": -1}, "max_steps must be at least 0, but is -1"),
        (
            {"A": np.eye(2), "b": [1, 2], "preconditioner": np.eye(3)},
            r"\(2, 2\), but has shape \(3, 3\)",
        ),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        conjugate_gradient(**arguments)
