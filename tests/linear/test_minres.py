"""MINRES: against SciPy and dense solves, monotone residuals, curvature seen, honest ends."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hessmath.errors import InputError
from hessmath.linear import FunctionOperator, IncompleteCholesky, MINRESStatus, conjugate_gradient, jacobi, minres
from hessmath.linear import minres as minres_function
from hessmath.linear.cg import Applied
from hessmath.linear.minres import MINRESWork, iterate


def with_eigenvalues(eigenvalues, seed=0):
    n = len(eigenvalues)
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]
    A = (Q * np.asarray(eigenvalues)) @ Q.T
    return (A + A.T) / 2


nonzero = st.floats(0.1, 10.0).flatmap(lambda a: st.sampled_from([a, -a]))


@settings(deadline=None, max_examples=60)
@given(eigenvalues=st.lists(nonzero, min_size=1, max_size=8), seed=st.integers(0, 999))
def test_it_solves_definite_and_indefinite_systems(eigenvalues, seed):
    A = with_eigenvalues(eigenvalues, seed)
    b = np.random.default_rng(seed).standard_normal(len(A))
    result = minres(A, b)
    assert result.converged
    assert result.residual_norm == pytest.approx(np.linalg.norm(b - A @ result.x), rel=1e-6, abs=1e-15)
    assert result.residual_norm <= 1e-10 * np.linalg.norm(b)
    assert_allclose(result.x, np.linalg.solve(A, b), atol=1e-8 * np.linalg.norm(b))
    assert min(np.linalg.eigvalsh(A)) - 1e-9 <= result.smallest_curvature


@settings(deadline=None, max_examples=40)
@given(n=st.integers(2, 9), k=st.integers(1, 9), seed=st.integers(0, 999))
def test_the_residual_is_the_smallest_in_the_krylov_space(n, k, seed):
    rng = np.random.default_rng(seed)
    A = with_eigenvalues(rng.uniform(-2, 2, n), seed)
    b = rng.standard_normal(n)
    k = min(k, n)
    result = minres(A, b, max_steps=k, rtol=0.0)
    K = [b / np.linalg.norm(b)]
    for _ in range(k - 1):
        v = A @ K[-1]
        for _ in range(2):
            for u in K:
                v = v - (u @ v) * u
        K.append(v / np.linalg.norm(v))
    K = np.array(K).T
    best = np.linalg.norm(b - A @ K @ np.linalg.lstsq(A @ K, b, rcond=None)[0])
    assert result.residual_norm <= best + 1e-6 * np.linalg.norm(b)
    assert result.residual_norm >= best - 1e-9 * np.linalg.norm(b)


@settings(deadline=None, max_examples=60)
@given(eigenvalues=st.lists(nonzero, min_size=2, max_size=8), seed=st.integers(0, 999))
def test_curvature_that_is_seen_is_there(eigenvalues, seed):
    """The run ends at the first residual with rᵀAr ≤ 0, which is in work.r."""
    A = with_eigenvalues(eigenvalues, seed)
    b = np.random.default_rng(seed).standard_normal(len(A))
    work, x = MINRESWork.room(len(A)), np.zeros(len(A))
    product = Applied(A)
    code = iterate(product, b, x, work, 1e-10 * np.linalg.norm(b), 100, False, product, True)
    if code == 6:
        r = work.r
        assert_allclose(r, b - A @ x, atol=1e-6)
        assert r @ A @ r / (r @ r) == pytest.approx(work.notes[3], abs=1e-6)
        assert work.notes[3] <= 1e-12
    else:
        assert code == 0
    if min(eigenvalues) > 0:
        assert code == 0
    if max(eigenvalues) < 0:
        assert code == 6


def test_it_does_what_scipy_does():
    A = with_eigenvalues(np.r_[np.linspace(-3, -1, 20), np.linspace(1, 10, 60)])
    b = np.random.default_rng(3).standard_normal(80)
    theirs, info = scipy.sparse.linalg.minres(A, b, rtol=1e-12)
    assert info == 0
    assert_allclose(minres(A, b).x, theirs, atol=1e-7)


def test_singular_systems():
    A = with_eigenvalues([0.0, 0.0, 1.0, -2.0, 3.0])
    inside = A @ np.ones(5)
    result = minres(A, inside)
    assert result.converged
    assert_allclose(result.x, np.linalg.lstsq(A, inside, rcond=1e-10)[0], atol=1e-8)  # the shortest solution
    result = minres(A, np.ones(5))
    assert result.status is MINRESStatus.LEAST_SQUARES
    best = np.linalg.lstsq(A, np.ones(5), rcond=1e-10)[0]
    assert result.residual_norm == pytest.approx(np.linalg.norm(A @ best - 1), rel=1e-8)


def laplacian(k):
    T = scipy.sparse.diags([-np.ones(k - 1), 2 * np.ones(k), -np.ones(k - 1)], [-1, 0, 1])
    return scipy.sparse.csr_array(scipy.sparse.kronsum(T, T))


@pytest.mark.parametrize("solve", [conjugate_gradient, minres_function], ids=["cg", "minres"])
def test_preconditioners_save_steps_and_change_no_solution(solve):
    A = laplacian(20)
    scale = scipy.sparse.diags(10.0 ** np.random.default_rng(0).uniform(-2, 2, 400))
    A = scipy.sparse.csr_array(scale @ A @ scale)
    b = np.random.default_rng(1).standard_normal(400)
    reference = scipy.sparse.linalg.spsolve(A.tocsc(), b)
    steps = {}
    for name, M in (("none", None), ("jacobi", jacobi(A)), ("incomplete", IncompleteCholesky(A))):
        result = solve(A, b, preconditioner=M, rtol=1e-9, max_steps=20000)
        steps[name] = result.steps
        if name != "none":
            assert result.converged
            assert_allclose(result.x, reference, rtol=1e-4, atol=1e-6 * np.abs(reference).max())
    assert steps["incomplete"] < 0.6 * steps["jacobi"] < 0.3 * steps["none"]


def test_incomplete_cholesky_is_exact_where_nothing_fills_in():
    T = scipy.sparse.diags([-np.ones(9), 3 * np.ones(10), -np.ones(9)], [-1, 0, 1])
    M = IncompleteCholesky(T)
    assert M.shift == 0.0
    b = np.arange(10.0)
    assert_allclose(M @ b, np.linalg.solve(T.toarray(), b))
    assert_allclose(M.T @ b, M @ b)


@settings(deadline=None, max_examples=30)
@given(n=st.integers(1, 8), seed=st.integers(0, 999))
def test_incomplete_cholesky_agrees_with_a_on_its_pattern(n, seed):
    """(LLᵀ)ᵢⱼ = aᵢⱼ wherever A has an entry, the diagonal scaled by 1 + shift (Saad 2003, Proposition 10.4)."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, n)) * (rng.random((n, n)) < 0.4)
    A = A + A.T + np.diag(rng.uniform(0.1, 4.0, n) + np.abs(np.diag(A)) * 2)
    M = IncompleteCholesky(scipy.sparse.csr_matrix(A))
    LLt = np.linalg.inv(M.to_dense())
    wanted = A + M.shift * np.diag(np.diag(A))
    assert_allclose(LLt[A != 0], wanted[A != 0], atol=1e-7 * np.abs(LLt).max())
    assert (np.linalg.eigvalsh(M.to_dense()) > 0).all()


def test_bad_input_is_named():
    with pytest.raises(InputError, match=r"minres needs A of shape \(n, n\) and b of shape \(n,\)"):
        minres(np.eye(2), [1.0, 2.0, 3.0])
    with pytest.raises(InputError, match=r"b\[1\] is nan: minres needs finite numbers"):
        minres(np.eye(2), [1.0, np.nan])
    assert minres(np.eye(2), [1.0, 1.0], preconditioner=-np.eye(2)).status is MINRESStatus.BAD_PRECONDITIONER
    nan = FunctionOperator((2, 2), lambda v: v * np.nan)
    assert minres(nan, [1.0, 1.0]).status is MINRESStatus.NOT_FINITE
    assert minres(np.diag([1.0, 2.0]), [1.0, 1.0], max_steps=1).status is MINRESStatus.STEPS_EXHAUSTED
    with pytest.raises(InputError, match="needs a SciPy sparse matrix, but got ndarray"):
        IncompleteCholesky(np.eye(2))
    with pytest.raises(InputError, match=r"needs a positive diagonal, but A\[1, 1\] is -1\.0"):
        IncompleteCholesky(scipy.sparse.csr_matrix(np.diag([1.0, -1.0])))
    with pytest.raises(InputError, match=r"jacobi needs a square matrix, but A has shape \(2, 3\)"):
        jacobi(np.ones((2, 3)))
    with pytest.raises(InputError, match=r"jacobi needs a finite diagonal, but A\[0, 0\] is inf"):
        jacobi(np.diag([np.inf, 1.0]))
