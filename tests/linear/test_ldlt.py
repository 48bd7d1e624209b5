"""LDLᵀ against eigenvalues and dense solves, and the modified Cholesky factorisation."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from hessmath.errors import InputError
from hessmath.linear import FloatInertia, ldlt, modified_cholesky

sizes = st.integers(1, 7)


@st.composite
def symmetric_matrices(draw):
    n = draw(sizes)
    M = draw(arrays(np.int64, (n, n), elements=st.integers(-5, 5)))
    return (M + M.T).astype(float)


@st.composite
def invertible_matrices(draw):
    """QΛQᵀ with |λ| in [1/4, 4]."""
    n = draw(sizes)
    signs = draw(st.lists(st.sampled_from([-1.0, 1.0]), min_size=n, max_size=n))
    sizes_ = draw(st.lists(st.floats(0.25, 4.0), min_size=n, max_size=n))
    Q = np.linalg.qr(np.random.default_rng(draw(st.integers(0, 999))).standard_normal((n, n)))[0]
    A = (Q * (np.array(signs) * np.array(sizes_))) @ Q.T
    return (A + A.T) / 2


def inertia_by_eigenvalues(A, tolerance):
    eigenvalues = np.linalg.eigvalsh(A)
    positive, negative = int((eigenvalues > tolerance).sum()), int((eigenvalues < -tolerance).sum())
    return FloatInertia(positive, negative, len(A) - positive - negative)


@settings(deadline=None, max_examples=80)
@given(symmetric_matrices())
@example(np.zeros((3, 3)))
@example(np.array([[0.0, 1.0], [1.0, 0.0]]))
def test_the_factors_multiply_back(A):
    assert_allclose(ldlt(A).to_dense(), A, atol=1e-12 * max(1.0, np.abs(A).max()))


@settings(deadline=None, max_examples=80)
@given(symmetric_matrices())
@example(np.zeros((3, 3)))
@example(np.ones((4, 4)))
def test_inertia_counts_the_signs_of_eigenvalues(A):
    # Small integers: an eigenvalue that is not zero is far above rounding.
    assert ldlt(A).inertia == inertia_by_eigenvalues(A, 1e-10)


@settings(deadline=None, max_examples=60)
@given(invertible_matrices(), st.integers(0, 99))
def test_solve_agrees_with_the_dense_solver(A, seed):
    B = np.random.default_rng(seed).standard_normal((len(A), 2))
    factors = ldlt(A)
    assert_allclose(factors.solve(B), np.linalg.solve(A, B), rtol=1e-9, atol=1e-9)
    assert_allclose(factors.solve(B[:, 0]), np.linalg.solve(A, B[:, 0]), rtol=1e-9, atol=1e-9)


@settings(deadline=None, max_examples=60)
@given(invertible_matrices(), st.lists(st.integers(-30, 30), min_size=7, max_size=7))
def test_units_of_the_variables_do_not_change_inertia(A, exponents):
    """Sylvester's law: SAS with S a diagonal of powers of two has A's inertia."""
    S = np.ldexp(1.0, np.array(exponents[: len(A)]))
    assert ldlt(A * np.outer(S, S)).inertia == ldlt(A).inertia == inertia_by_eigenvalues(A, 1e-10)


@settings(deadline=None, max_examples=60)
@given(invertible_matrices())
def test_a_direction_of_negative_curvature_is_found_exactly_if_there_is_one(A):
    d = ldlt(A).negative_direction()
    if np.linalg.eigvalsh(A)[0] < 0:
        assert d @ A @ d < 0
        assert_allclose(d @ d, 1.0, rtol=1e-12)
    else:
        assert d is None


def test_a_badly_scaled_positive_definite_matrix_is_not_called_singular():
    factors = ldlt(np.diag([1e12, 1e-12]))
    assert factors.is_positive_definite and not factors.is_singular
    assert_allclose(factors.solve([1.0, 1.0]), [1e-12, 1e12])


def test_a_matrix_without_rows_is_positive_definite():
    factors = ldlt(np.zeros((0, 0)))
    assert factors.is_positive_definite
    assert factors.inertia == FloatInertia(0, 0, 0)


def test_solving_with_a_singular_matrix_says_what_to_do():
    with pytest.raises(InputError, match=r"A is singular to rounding .*shift A, or use modified_cholesky\(A\)"):
        ldlt(np.ones((2, 2))).solve([1.0, 2.0])


def test_a_right_hand_side_of_another_length_is_refused():
    with pytest.raises(InputError, match=r"b has shape \(3,\), but A has 2 rows"):
        ldlt(np.eye(2)).solve(np.ones(3))


@pytest.mark.parametrize(
    ("A", "message"),
    [
        (np.ones((2, 3)), r"needs a square matrix, but A has shape \(2, 3\)"),
        ([[1.0, np.inf], [np.inf, 1.0]], r"needs finite numbers, but A\[0, 1\] = inf"),
        ([[1.0, 2.0], [3.0, 4.0]], r"A\[0, 1\] = 2 and A\[1, 0\] = 3\. For the form vᵀAv, pass \(A \+ A\.T\)/2"),
    ],
)
def test_bad_matrices_are_refused(A, message):
    with pytest.raises(InputError, match=message):
        ldlt(A)


@settings(deadline=None, max_examples=60)
@given(invertible_matrices())
def test_modified_cholesky_leaves_a_positive_definite_matrix_alone(A):
    P = A @ A + np.eye(len(A))
    P = (P + P.T) / 2
    assert_allclose(modified_cholesky(P).to_dense(), P, rtol=0, atol=1e-13 * np.abs(P).max())


@settings(deadline=None, max_examples=80)
@given(symmetric_matrices())
@example(np.zeros((3, 3)))
@example(np.array([[0.0, 1.0], [1.0, 0.0]]))
@example(np.diag([1.0, -1e-9]))
@example(np.full((6, 6), 6.0) - 2.0 * (np.diag([1, 1, 0, 0, 0], 1) + np.diag([1, 1, 0, 0, 0], -1)))
def test_modified_cholesky_is_positive_definite_for_every_symmetric_matrix(A):
    factors = modified_cholesky(A, floor=1e-2)
    assert factors.is_positive_definite
    assert np.linalg.eigvalsh(factors.to_dense())[0] > 0


def test_modified_cholesky_changes_only_what_must_change():
    E = modified_cholesky(np.diag([3.0, 1.0, -2.0]), floor=1e-3).to_dense() - np.diag([3.0, 1.0, -2.0])
    assert_allclose(E[:2, :2], 0.0, atol=1e-15)
    assert E[2, 2] > 2.0


@pytest.mark.parametrize("floor", [0.0, -1.0, 2.0, float("nan")])
def test_the_floor_is_checked(floor):
    with pytest.raises(InputError, match=r"floor must lie in \(0, 1\]"):
        modified_cholesky(np.eye(2), floor=floor)


@pytest.mark.parametrize("rank", [1, 3, 40])
def test_large_matrices_with_pivots_that_are_exactly_zero(rank):
    """SciPy's ldl gives factors of another matrix here, because of LAPACK's blocked code."""
    rng = np.random.default_rng(rank)
    B = rng.integers(-2, 3, (rank, 90)).astype(float)
    signs = np.where(np.arange(rank) % 2 == 0, 1.0, -1.0)
    A = (B.T * signs) @ B
    factors = ldlt(A)
    assert_allclose(factors.to_dense(), A, atol=1e-10 * np.abs(A).max())
    if rank == 1:
        assert (factors.inertia.positive, factors.inertia.negative, factors.inertia.zero) == (1, 0, 89)
    assert ldlt(np.diag(np.r_[np.zeros(70), -1.0, 2.0])).inertia.zero == 70
