"""Lanczos, eigenpairs with bounds, traces and spectral densities against dense eigenvalues."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hessmath.errors import InputError
from hessmath.linear import FunctionOperator
from hessmath.linear.estimates import spectral_density, trace, trace_plus_plus
from hessmath.linear.lanczos import condition_number, eigenpairs, lanczos, tridiagonal_eigen


def symmetric(n, seed, rank=None):
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.standard_normal((n, n)))
    values = rng.standard_normal(n) * 10.0 ** rng.uniform(-3, 3, n)
    if rank is not None:
        values[rank:] = 0
    A = (Q * values) @ Q.T
    return (A + A.T) / 2


@settings(deadline=None, max_examples=30)
@given(n=st.integers(1, 30), seed=st.integers(0, 1000), steps=st.integers(1, 30))
def test_lanczos_gives_an_orthonormal_basis_that_makes_the_operator_tridiagonal(n, seed, steps):
    A = symmetric(n, seed)
    run = lanczos(A, np.ones(n), steps)
    V, k = run.basis, run.alpha.size
    T = np.diag(run.alpha) + np.diag(run.beta, 1) + np.diag(run.beta, -1)
    assert_allclose(V.T @ V, np.eye(k), atol=1e-12)
    assert_allclose(V.T @ A @ V, T, atol=1e-11 * np.abs(A).max() * n)
    residual = np.linalg.norm(A @ V - V @ T)
    assert_allclose(residual, run.remainder, atol=1e-11 * np.abs(A).max() * n)


def test_lanczos_stops_at_an_invariant_subspace():
    run = lanczos(np.diag([2.0, 2.0, 2.0, 5.0]), np.array([1.0, 1.0, 0.0, 1.0]), 4)
    assert (run.alpha.size, run.remainder) == (2, 0.0)
    assert_allclose(run.ritz[0], [2.0, 5.0])


@pytest.mark.parametrize("n", [1, 5, 64, 65, 200])
@pytest.mark.parametrize("which", ["largest", "smallest", "magnitude"])
def test_an_eigenvalue_lies_within_every_bound(n, which):
    A = symmetric(n, n)
    exact = np.linalg.eigvalsh(A)
    k = min(3, n)
    found = eigenpairs(A, k, which)
    for value, bound in zip(found.values, found.bounds, strict=True):
        assert np.abs(exact - value).min() <= bound + 1e-10 * np.abs(exact).max()
    order = {"largest": exact, "smallest": -exact, "magnitude": np.abs(exact)}[which]
    assert_allclose(found.values, np.sort(exact[np.argsort(order)[-k:]]), atol=1e-9 * np.abs(exact).max())


def test_what_was_reached_within_the_products_comes_with_bounds_that_hold():
    A = np.diag(np.concatenate([1.0 + 1e-6 * np.arange(300), [1.5]]))
    found = eigenpairs(FunctionOperator(A.shape, lambda v: A @ v), 3, max_products=25)
    exact = np.diag(A)
    for value, bound in zip(found.values, found.bounds, strict=True):
        assert np.abs(exact - value).min() <= bound + 1e-12


def test_tridiagonal_matrices_are_those_of_numpy():
    alpha, beta = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.25])
    values, vectors = tridiagonal_eigen(alpha, beta)
    T = np.diag(alpha) + np.diag(beta, 1) + np.diag(beta, -1)
    assert_allclose(T @ vectors, vectors * values, atol=1e-14)


@pytest.mark.parametrize("n", [3, 150])
def test_the_condition_number_is_that_of_numpy(n):
    A = symmetric(n, n)
    B = A @ A / np.linalg.norm(A) ** 2 + 0.01 * np.eye(n)
    assert_allclose(condition_number(B), np.linalg.cond(B), rtol=1e-8)
    assert condition_number(-B) == np.inf


@pytest.mark.parametrize("estimate", [trace, trace_plus_plus])
def test_the_trace_is_in_the_interval_as_often_as_it_says(estimate):
    inside = 0
    for seed in range(200):
        A = symmetric(20, seed)
        low, high = estimate(A, 30, rng=seed, confidence=0.9).interval
        inside += low <= np.trace(A) <= high
    assert inside >= 160  # 180 on average, standard deviation 4.2; the tails of zᵀAz are no normal ones


def test_hutch_plus_plus_is_exact_for_low_rank():
    A = symmetric(60, 3, rank=5)
    found = trace_plus_plus(A, 30)
    assert_allclose(found.value, np.trace(A), rtol=1e-9)
    assert found.margin <= 1e-9 * abs(found.value)
    assert trace_plus_plus(np.eye(4), 90).margin == 0


def test_hutch_plus_plus_has_the_smaller_margin_where_few_eigenvalues_rule():
    Q, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((100, 100)))
    A = (Q * np.r_[1000.0, 500.0, np.ones(98)]) @ Q.T
    plain, better = trace(A, 60, rng=5), trace_plus_plus(A, 60, rng=5)
    assert better.margin < plain.margin / 3


def test_the_spectral_density_has_the_moments_of_the_spectrum():
    A = symmetric(80, 7)
    found = spectral_density(A, samples=30, steps=80, rng=1)
    exact = np.linalg.eigvalsh(A)
    for power in (1, 2):
        low, high = found.mean(lambda x, p=power: x**p, confidence=0.999).interval
        assert low <= (exact**power).mean() <= high
    low, high = found.below(0.0, confidence=0.999).interval
    assert low <= (exact < 0).mean() <= high
    grid = np.linspace(exact[0] - 50, exact[-1] + 50, 4000)
    assert_allclose(np.trapezoid(found.density(grid, 5.0), grid), 1.0, rtol=1e-3)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: lanczos(np.eye(3), np.zeros(3), 2), "start must be finite and not 0"),
        (lambda: lanczos(np.eye(3), np.ones(2), 2), r"start must have shape \(3,\)"),
        (lambda: lanczos(np.eye(3), np.ones(3), 0), "steps must be at least 1"),
        (lambda: eigenpairs(np.eye(3), 4), "k must be from 1 to 3"),
        (lambda: eigenpairs(np.eye(3), 1, "middle"), "which must be one of"),
        (lambda: eigenpairs(np.ones((2, 3)), 1), "A square operator is needed"),
        (lambda: trace(np.eye(3), 1), "At least two samples"),
        (lambda: trace(np.eye(3), 5, confidence=1.0), "confidence must be between 0 and 1"),
        (lambda: spectral_density(np.eye(3)).mean(3), "mean needs a function"),
    ],
)
def test_what_makes_no_sense_is_refused(call, said):
    with pytest.raises(InputError, match=said):
        call()
