"""Stencils are the matrices that they stand for, and compiled loops do what conjugate gradients do in Python."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hessmath.errors import InputError
from hessmath.linear import CGStatus, MatrixOperator, Stencil, cg, conjugate_gradient, fused, poisson


def kronecker(stencil):
    """The matrix of a stencil, from products of matrices on the axes."""
    n = stencil.shape[0]
    A = scipy.sparse.csr_array(stencil.centre * scipy.sparse.eye_array(n))
    for axis, weight in enumerate(stencil.sides):
        parts = [scipy.sparse.eye_array(points) for points in stencil.grid]
        points = stencil.grid[axis]
        parts[axis] = scipy.sparse.diags_array(
            [np.ones(points - 1), np.ones(points - 1)], offsets=[-1, 1], shape=(points, points)
        )
        product = parts[0]
        for part in parts[1:]:
            product = scipy.sparse.kron(product, part)
        A = A + weight * product
    A = scipy.sparse.csr_array(A)
    A.indices, A.indptr = A.indices.astype(np.int32), A.indptr.astype(np.int32)
    return A


grids = st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple)


@settings(deadline=None, max_examples=50)
@given(grid=grids, seed=st.integers(0, 100))
def test_a_stencil_is_its_matrix(grid, seed):
    rng = np.random.default_rng(seed)
    A = Stencil(grid, 3.5, tuple(rng.integers(-3, 4, len(grid)).astype(float)))
    v = rng.standard_normal(A.shape[0])
    assert_allclose(A @ v, kronecker(A) @ v, atol=1e-12)
    assert A.T is A


@settings(deadline=None, max_examples=50)
@given(grid=grids, seed=st.integers(0, 100))
def test_compiled_products_are_those_of_the_matrix(grid, seed):
    rng = np.random.default_rng(seed)
    A = Stencil(grid, 3.5, tuple(rng.integers(-3, 4, len(grid)).astype(float)))
    planes, lines, points = (1, 1, *grid)[-3:]
    M = kronecker(A)
    n = A.shape[0]
    symmetric = scipy.sparse.csr_array(M)
    kinds = [
        fused.GridRows(planes, lines, points, A.centre, *(0.0, 0.0, *A.sides)[-3:]),
        fused.structured(symmetric.indptr, symmetric.indices, symmetric.data),
        fused.SparseRows(M.indptr, M.indices, M.data),
    ]
    z, before, beta = rng.standard_normal(n), rng.standard_normal(n), 0.7
    for rows in kinds:
        d, Ad = before.copy(), np.empty(n)
        found = fused.TURNS[type(rows)](rows, z, beta, d, Ad)
        expected = z + beta * before
        assert_allclose(d, expected, atol=1e-15)  # machine code may round z + βd once instead of twice
        assert_allclose(Ad, M @ expected, atol=1e-11)
        assert_allclose(found, [expected @ M @ expected, expected @ expected, np.sum((M @ expected) ** 2)], atol=1e-9)


def test_large_problems_end_where_small_steps_of_numpy_end():
    stencil = poisson(150, 140)
    A = kronecker(stencil)
    b = np.random.default_rng(0).standard_normal(A.shape[0])
    reference = conjugate_gradient(_Plain(A), b, rtol=1e-8)
    uneven = scipy.sparse.csr_array(A + scipy.sparse.random_array(A.shape, density=1e-9, rng=0) * 0)
    for operator in (stencil, A, MatrixOperator(A), uneven):
        assert isinstance(cg._operator(operator), cg.Fused)
        result = conjugate_gradient(operator, b, rtol=1e-8)
        assert result.status is CGStatus.CONVERGED
        assert abs(result.steps - reference.steps) <= 2
        assert_allclose(result.x, reference.x, atol=1e-6 * np.abs(reference.x).max())
        assert np.linalg.norm(b - A @ result.x) <= 2e-8 * np.linalg.norm(b)
        assert result.smallest_curvature == pytest.approx(reference.smallest_curvature, rel=1e-6)


class _Plain:
    """A matrix that is known by its products only."""

    def __init__(self, A):
        self.A, self.shape = A, A.shape

    def __matmul__(self, v):
        return self.A @ v


def test_negative_curvature_and_preconditioners_are_seen_by_compiled_loops():
    A = Stencil((200, 200), 1.0, (-1.0, -1.0))
    result = conjugate_gradient(A, np.ones(40_000))
    d = result.curvature_direction
    assert result.status is CGStatus.NEGATIVE_CURVATURE
    assert d @ (kronecker(A) @ d) < 0.0
    B, b = poisson(200, 200), np.arange(40_000.0)
    half = conjugate_gradient(B, b, rtol=1e-6, preconditioner=_Plain(scipy.sparse.eye_array(40_000) * 0.5))
    assert half.converged
    assert_allclose(kronecker(B) @ half.x, b, atol=1e-5 * np.linalg.norm(b))
    huge = conjugate_gradient(Stencil((40_000,), 1e300, (1e-300,)), np.full(40_000, 1e200))
    assert huge.status is CGStatus.NOT_FINITE or np.isfinite(huge.x).all()


def test_matrices_with_many_diagonals_or_no_symmetry_stay_as_they_are():
    rng = np.random.default_rng(0)
    scattered = scipy.sparse.csr_array(scipy.sparse.random_array((500, 500), density=0.01, rng=rng))
    lopsided = scipy.sparse.csr_array(scipy.sparse.diags_array([np.ones(9), np.full(10, 3.0)], offsets=[1, 0]))
    for A in (scattered, lopsided):
        A.indices, A.indptr = A.indices.astype(np.int32), A.indptr.astype(np.int32)
        assert isinstance(fused.structured(A.indptr, A.indices, A.data), fused.SparseRows)


def test_a_run_that_is_asked_to_stop_stops():
    asked = cg.CGWork.room(3)
    asked.notes[cg.ASKED] = 1.0
    x, A = np.zeros(3), cg.Applied(np.diag([1.0, 2.0, 3.0]))
    assert cg.iterate(A, np.ones(3), x, asked, 1e-10, 0.0, 10, False, A) == cg.STEPS_EXHAUSTED
    assert x.tolist() == [0.0, 0.0, 0.0]


def test_a_wrong_grid_is_explained():
    with pytest.raises(InputError, match=r"one to three axes with points on each, but got \(2, 0\)"):
        Stencil((2, 0), 1.0, (1.0, 1.0))
    with pytest.raises(InputError, match=r"on 2 axes needs as many sides, .* but sides = \(1.0,\)"):
        Stencil((2, 2), 1.0, (1.0,))
    with pytest.raises(InputError, match="must be finite, but are nan"):
        Stencil((2,), np.nan, (1.0,))
