"""Factors by LAPACK in compiled loops do what the plain loops and NumPy do."""

import numba
import numpy as np
import pytest
from numpy.testing import assert_allclose

from hessmath.linear import lapack
from hessmath.linear.bunch_kaufman import arrays
from hessmath.linear.eigen import eigen, from_eigenbasis, to_eigenbasis
from hessmath.linear.factors import DenseFactors, LapackFactors, factorise, negative_direction, signs, solve
from hessmath.linear.lapack import LargeFactors
from hessmath.linear.twofold import enable

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def compiled():
    """One function that asks for everything, so that there is one compilation."""
    enable()

    @numba.njit(error_model="numpy")
    def ask(L, vectors, notes, space, dpotrf, dsytrf, dsyevd, H, shift, b, out):
        small = DenseFactors(
            L, vectors[0], vectors[1], vectors[2], vectors[3], vectors[4], vectors[5], vectors[6], notes
        )
        factors = LargeFactors(small, dpotrf, dsytrf, dsyevd, space)
        factorise(factors, H, shift)
        positive, negative, zero = signs(factors)
        if zero == 0:
            solve(factors, -1.0, b, out[0])
        found = negative_direction(factors, out[1])
        eigen(factors, H, out[2])
        to_eigenbasis(factors, b, out[3])
        from_eigenbasis(factors, out[3], out[4])
        return positive, negative, zero, found

    def run(H, b, shift=0.0):
        n = len(H)
        out = np.zeros((5, n))
        L = arrays(n)[0]
        space = np.zeros(lapack.workspace(n))
        found = ask(L, np.zeros((7, n)), np.zeros(4), space, *lapack.addresses(), H, shift, b, out)
        return found, out

    return run


@pytest.mark.parametrize("n", [1, 3, 7, 65, 130])
@pytest.mark.parametrize("kind", ["positive", "indefinite", "zero diagonal", "badly scaled"])
def test_solutions_signs_and_eigenvalues_are_those_of_numpy(compiled, n, kind):
    rng = np.random.default_rng(n)
    M = rng.standard_normal((n, n))
    H = M @ M.T + np.eye(n) if kind == "positive" else M + M.T
    if kind == "zero diagonal" and n > 1:  # pivots of two rows, and exchanges
        np.fill_diagonal(H, 0.0)
    if kind == "badly scaled":
        scale = 10.0 ** rng.uniform(-6, 6, n)
        H = H * scale * scale[:, None]
    b = rng.standard_normal(n)
    (positive, negative, zero, found), out = compiled(H, b)
    reference = LapackFactors()
    factorise(reference, H, 0.0)
    assert (positive, negative, zero) == signs(reference)
    x = np.zeros(n)
    solve(reference, -1.0, b, x)
    assert_allclose(out[0], x, rtol=1e-6, atol=1e-6 * np.abs(x).max())
    assert_allclose(H @ out[0], -b, atol=1e-7 * np.abs(H).max() * np.abs(x).max())
    eigenvalues = np.linalg.eigvalsh(H)
    assert_allclose(out[2], eigenvalues, atol=1e-13 * n * np.abs(eigenvalues).max())
    assert_allclose(np.linalg.norm(out[3]), np.linalg.norm(b))
    assert_allclose(out[4], b, atol=1e-12)  # QQᵀb = b
    assert found == (negative > 0)
    if found:
        d = out[1]
        assert np.linalg.norm(d) == pytest.approx(1.0)
        assert d @ H @ d < 0


def test_singular_matrices_are_seen_and_a_shift_is_added(compiled):
    H = np.ones((80, 80))
    (positive, negative, zero, found), _ = compiled(H, np.ones(80))
    assert (positive, negative, zero, found) == (1, 0, 79, False)
    (positive, negative, zero, _), out = compiled(H, np.ones(80), 1.0)
    assert (positive, negative, zero) == (80, 0, 0)
    assert_allclose(out[0], -np.ones(80) / 81)
