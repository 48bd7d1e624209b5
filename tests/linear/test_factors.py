"""Factorisations by loops agree with LAPACK's; a banded matrix is factorised as the whole one would be."""

import math

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hessmath.linear import ldlt
from hessmath.linear.bunch_kaufman import _exponent_by_bits, _power_by_bits
from hessmath.linear.factors import (
    BandFactors,
    DenseFactors,
    LapackFactors,
    factorise,
    negative_direction,
    quadratic_form,
    raise_eigenvalues,
    signs,
    solve,
)
from hessmath.symbolic import inertia


@st.composite
def symmetric_matrices(draw, scaled=True):
    n = draw(st.integers(1, 6))
    entries = draw(st.lists(st.integers(-3, 3), min_size=n * n, max_size=n * n))
    M = np.array(entries, float).reshape(n, n)
    A = M @ M.T if draw(st.booleans()) else M + M.T
    if scaled and draw(st.booleans()):
        s = 2.0 ** np.array(draw(st.lists(st.integers(-20, 20), min_size=n, max_size=n)))
        A = A * s * s[:, None]
    return A


@settings(deadline=None, max_examples=300)
@given(A=symmetric_matrices(), shift=st.sampled_from([0.0, 0.0, 1.5]))
def test_dense_factors_agree_with_lapack(A, shift):
    n = len(A)
    ours, theirs = DenseFactors.room(n), LapackFactors()
    factorise(ours, A, shift)
    factorise(theirs, A, shift)
    shifted = A + shift * np.eye(n)
    exact = inertia(sympy.Matrix(n, n, lambda i, j: sympy.Rational(shifted[i, j])))
    if exact.zero:  # rounding may take a zero eigenvalue for one of either sign, but no other
        for found in (signs(ours), signs(theirs)):
            assert found[0] >= exact.positive
            assert found[1] >= exact.negative
    else:
        assert signs(ours) == signs(theirs)
    d = np.empty(n)
    if signs(ours)[1]:
        assert negative_direction(ours, d)
        assert d @ shifted @ d < (1e-12 * np.abs(shifted).max() if exact.zero else 0)
        assert_allclose(np.linalg.norm(d), 1.0)
        assert_allclose(quadratic_form(ours, shifted, d), d @ shifted @ d, atol=1e-9 * np.abs(shifted).max())
    else:
        assert not negative_direction(ours, d)


@settings(deadline=None, max_examples=200)
@given(A=symmetric_matrices(scaled=False))
def test_dense_factors_solve(A):
    n = len(A)
    factors = DenseFactors.room(n)
    factorise(factors, A, 0.0)
    if signs(factors)[2] == 0 and np.linalg.cond(A) < 1e8:
        b, x = np.arange(1.0, n + 1), np.empty(n)
        solve(factors, -1.0, b, x)
        assert_allclose(A @ x, -b, atol=1e-6)


@settings(deadline=None, max_examples=100)
@given(A=symmetric_matrices(scaled=False))
def test_raised_eigenvalues_make_a_positive_matrix(A):
    n = len(A)
    ours, theirs = DenseFactors.room(n), LapackFactors()
    x, y = np.empty(n), np.empty(n)
    b = np.ones(n)
    for factors, out in ((ours, x), (theirs, y)):
        factorise(factors, A, 0.0)
        if sum(signs(factors)[1:]) > 0:
            raise_eigenvalues(factors, 1e-3)
        solve(factors, 1.0, b, out)
        assert b @ out > 0
    if ours.permutation.tolist() == theirs.ldlt.permutation.tolist():  # where pivots tie, the next may differ
        assert_allclose(x, y, rtol=1e-6, atol=1e-6 * np.abs(y).max())


@settings(deadline=None, max_examples=300)
@given(A=symmetric_matrices(), width=st.integers(0, 5), lift=st.sampled_from([0.0, 20.0]))
def test_band_factors_say_what_the_whole_matrix_says(A, width, lift):
    n = len(A)
    width = min(width, n - 1)
    A = np.triu(np.tril(A, width), -width) + lift * np.eye(n)
    band = np.zeros((width + 1, n))
    for k in range(width + 1):
        band[width - k, k:] = np.diagonal(A, k)
    factors = BandFactors.room(width + 1, n)
    factorise(factors, band, 0.0)
    whole = ldlt(A)
    assert (signs(factors) == (n, 0, 0)) == whole.is_positive_definite
    d = np.empty(n)
    if signs(factors)[1]:
        assert negative_direction(factors, d)
        assert d @ A @ d < 0
        assert_allclose(quadratic_form(factors, band, d), d @ A @ d, atol=1e-9 * np.abs(A).max())
    else:
        assert not negative_direction(factors, d)
    if whole.is_positive_definite and np.linalg.cond(A) < 1e8:
        b, x = np.arange(1.0, n + 1), np.empty(n)
        solve(factors, -1.0, b, x)
        assert_allclose(A @ x, -b, atol=1e-5 * np.abs(b).max())


def test_a_shift_does_not_change_the_matrix():
    A = np.diag([1.0, -1.0])
    factors = DenseFactors.room(2)
    factorise(factors, A, 3.0)
    assert signs(factors) == (2, 0, 0)
    assert A.tolist() == [[1.0, 0.0], [0.0, -1.0]]


@pytest.mark.parametrize("entry", [np.nan, -0.0, -1.0])
def test_a_diagonal_that_is_not_positive_stops_cholesky(entry):
    factors = DenseFactors.room(1)
    factorise(factors, np.array([[entry]]), 0.0)
    assert signs(factors)[0] == 0


def entries():
    return st.floats(-1e3, 1e3).map(lambda v: v if abs(v) > 1e-3 else 0.0)


@settings(deadline=None, max_examples=300)
@given(a=entries(), b=entries(), d=entries(), power=st.integers(-400, 400))
def test_two_rows_without_loops_are_factorised_as_by_lapack(a, b, d, power):
    A = np.array([[a, b], [b, d]]) * 2.0**power
    if np.linalg.cond(A) > 1e12:
        return
    ours, theirs, rhs = DenseFactors.room(2), LapackFactors(), np.array([1.0, -2.0])
    factorise(ours, A, 0.0)
    factorise(theirs, A, 0.0)
    assert signs(ours) == signs(theirs)
    x, direction, reference = np.empty(2), np.empty(2), np.empty(2)
    solve(ours, -1.0, rhs, x)
    exact = np.linalg.solve(A / 2.0**power, -rhs) / 2.0**power
    assert_allclose(x, exact, atol=1e-13 * np.linalg.cond(A) * np.abs(exact).max())
    if negative_direction(ours, direction):
        assert negative_direction(theirs, reference)
        assert_allclose(np.abs(direction @ reference), 1.0, atol=1e-9)


@given(number=st.floats(5e-324, 1.7e308), e=st.integers(-1022, 1023))
def test_exponents_by_bits_are_those_of_frexp(number, e):
    assert _exponent_by_bits(number) == math.frexp(number)[1]
    assert _power_by_bits(e) == math.ldexp(1.0, e)
