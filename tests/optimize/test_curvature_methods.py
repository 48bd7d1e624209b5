"""Saddle-free Newton, cubic regularisation, perturbed descent, Lanczos' subproblem, linear solvers: what is special."""

import itertools

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize
import scipy.sparse
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hessmath as hm
from hessmath.errors import InputError, WrongKind
from hessmath.linear import IncompleteCholesky, conjugate_gradient, jacobi
from hessmath.linear.eigen import _by_rotations, tridiagonal_eigen
from hessmath.linear.factors import LapackFactors
from hessmath.optimize import (
    MINRES,
    Armijo,
    ConjugateGradient,
    CubicNewton,
    GradientBelow,
    GradientDescent,
    LanczosSubproblem,
    NewtonCG,
    PerturbedGradientDescent,
    Problem,
    SaddleFreeNewton,
    Status,
    SteihaugCG,
    TrustRegion,
    minimize,
)
from hessmath.optimize.cubic_newton import CubicNumbers
from hessmath.optimize.memory import Memory
from hessmath.optimize.method import advance
from hessmath.optimize.oracle import Oracle
from hessmath.optimize.random_directions import seed_of, uniform_in_ball
from hessmath.optimize.secular import secular_step
from hessmath.optimize.trust_region import model_step

eigenvalue_lists = st.lists(st.integers(-4, 4), min_size=1, max_size=5).map(lambda xs: np.array(sorted(xs), float))


@settings(deadline=None, max_examples=150)
@given(eigenvalues=eigenvalue_lists, data=st.data(), radius=st.floats(0.01, 10.0), cubic=st.booleans())
def test_the_secular_step_satisfies_the_conditions_of_a_global_minimum(eigenvalues, data, radius, cubic):
    """(Λ + λ)h = −c, Λ + λ ≥ 0, and ‖h‖ = radius or λ/σ unless λ = 0: necessary and sufficient (Moré & Sorensen)."""
    n = len(eigenvalues)
    c = np.array(data.draw(st.lists(st.integers(-3, 3), min_size=n, max_size=n)), float)
    assume(c.any())
    h, sigma = np.zeros(n), 1.0 / radius if cubic else 0.0
    lam = secular_step(n, eigenvalues, c, radius, sigma, h)
    length = np.linalg.norm(h)
    assert lam >= max(0.0, -eigenvalues[0])
    assert_allclose((eigenvalues + lam) * h, -c, atol=1e-6 * (1 + abs(lam)) * (1 + length))
    if cubic:
        assert length == pytest.approx(lam / sigma, rel=1e-6)
    else:
        assert length <= radius * (1 + 1e-9)
        assert lam == 0.0 or length == pytest.approx(radius, rel=1e-6)


def _cubic_model(H, g, sigma, p):
    return g @ p + 0.5 * p @ H @ p + sigma / 3 * np.linalg.norm(p) ** 3


@settings(deadline=None, max_examples=40)
@given(n=st.integers(1, 4), seed=st.integers(0, 10_000), sigma=st.sampled_from([0.1, 1.0, 10.0]))
def test_no_point_lies_below_the_cubic_step(n, seed, sigma):
    """Against SciPy's local minimisers of the same model from many starts."""
    rng = np.random.default_rng(seed)
    M, g = rng.standard_normal((n, n)), rng.standard_normal(n)
    H = M + M.T
    problem = Problem(n, lambda x: _cubic_model(H, g, 0.0, x), lambda x: g + H @ x, hessian=lambda x: H)
    memory = Memory.room(n, (n, n), 3, LapackFactors(), False)
    memory.g[:] = g
    memory.s[1] = np.linalg.norm(g)
    advance(CubicNumbers(sigma, 1e-60, Armijo().numbers), Oracle(problem, rng), memory)
    ours = _cubic_model(H, g, sigma, memory.p)
    for start in rng.standard_normal((4, n)):
        theirs = scipy.optimize.minimize(lambda p: _cubic_model(H, g, sigma, p), start, method="BFGS")
        assert ours <= theirs.fun + 1e-6 * (1 + abs(theirs.fun))


def test_saddle_free_steps_use_absolute_eigenvalues(problems):
    """One full step from a point of a quadratic: p = −|A|⁻¹(Ax), computed by NumPy's matrix functions."""
    A = np.array([[2.0, 1.0, 0.0], [1.0, -3.0, 0.5], [0.0, 0.5, 1.0]])
    x = np.array([1.0, 0.2, -1.0])
    absolute = scipy.linalg.sqrtm(A @ A).real
    memory = Memory.room(3, (3, 3), 2, LapackFactors(), False)
    memory.x[:], memory.g[:] = x, A @ x
    memory.s[0] = 0.5 * x @ A @ x
    advance(SaddleFreeNewton().numbers, Oracle(problems.quadratic(A), np.random.default_rng(0)), memory)
    assert_allclose(memory.p, -np.linalg.solve(absolute, A @ x), rtol=1e-10)


def test_saddle_free_newton_is_repelled_where_newton_is_drawn():
    saddle = "x**2 - y**2 + y**4/4"
    assert hm.minimize(saddle, [0.3, 1e-3], hm.Newton()).status is Status.NOT_A_MINIMUM
    s = hm.minimize(saddle, [0.3, 1e-3], SaddleFreeNewton())
    assert s.status is Status.CONVERGED
    assert s.steps < 15


@settings(deadline=None, max_examples=100)
@given(n=st.integers(1, 6), seed=st.integers(0, 10_000), radius=st.floats(0.05, 10.0))
def test_on_the_whole_space_the_lanczos_step_is_the_direct_one(n, seed, radius):
    """The global minimum within the radius by eigenvectors and bisection; random g: no hard case."""
    rng = np.random.default_rng(seed)
    M, g = rng.standard_normal((n, n)), rng.standard_normal(n)
    H = M + M.T
    problem = Problem(n, lambda x: 0.0, lambda x: g, hessian=lambda x: H)
    subproblem = LanczosSubproblem(forcing=1e-12)
    memory = Memory.room(n, (0, 0), subproblem.rows(n), LapackFactors(), True)
    memory.g[:] = g
    predicted = model_step(subproblem.numbers, Oracle(problem, rng), memory, radius)
    p = memory.p
    assert np.linalg.norm(p) <= radius * (1 + 1e-9)
    assert_allclose(predicted, -(g @ p + 0.5 * p @ H @ p), rtol=1e-8, atol=1e-10)
    eigenvalues, Q = np.linalg.eigh(H)
    h = np.zeros(n)
    secular_step(n, eigenvalues, Q.T @ g, radius, 0.0, h)
    best = -(g @ (Q @ h) + 0.5 * h @ (eigenvalues * h))
    assert predicted >= best - 1e-6 * (1 + abs(best))


def test_lanczos_goes_on_where_steihaug_stops():
    """With negative curvature the model's fall is larger over the whole Krylov space."""
    rng = np.random.default_rng(0)
    eigenvalues = np.linspace(-1.0, 10.0, 40)
    Q = np.linalg.qr(rng.standard_normal((40, 40)))[0]
    H = (Q * eigenvalues) @ Q.T
    g = rng.standard_normal(40)
    problem = Problem(40, lambda x: 0.0, lambda x: g, hessian=lambda x: (H + H.T) / 2)
    falls = {}
    for subproblem in (SteihaugCG(), LanczosSubproblem()):
        memory = Memory.room(40, (0, 0), subproblem.rows(40), LapackFactors(), True)
        memory.g[:] = g
        falls[type(subproblem).__name__] = model_step(subproblem.numbers, Oracle(problem, rng), memory, 3.0)
    assert falls["LanczosSubproblem"] > 1.1 * falls["SteihaugCG"]


@settings(deadline=None, max_examples=80)
@given(k=st.integers(1, 8), data=st.data())
def test_the_loops_find_the_eigenvalues_of_tridiagonal_matrices(k, data):
    """The loop that is compiled, run as Python, against NumPy; zeros off the diagonal and equal entries included."""
    numbers = st.lists(st.integers(-3, 3).map(float), min_size=k, max_size=k)
    alpha, beta = np.array(data.draw(numbers)), np.array(data.draw(numbers))
    T = np.diag(alpha) + np.diag(beta[: k - 1], 1) + np.diag(beta[: k - 1], -1)
    for function in (_by_rotations, tridiagonal_eigen):
        values, work, Z = np.zeros(k), np.zeros(k), np.zeros((k, k))
        function(k, alpha, beta, values, work, Z)
        assert_allclose(values, np.linalg.eigvalsh(T), atol=1e-13 * max(1.0, np.abs(T).max()))
        assert_allclose(Z @ Z.T, np.eye(k), atol=1e-12)
        assert_allclose(Z @ T @ Z.T, np.diag(values), atol=1e-12 * max(1.0, np.abs(T).max()))


@pytest.mark.parametrize("start", [(1.0, 0.0), (0.0, 0.0)])
@pytest.mark.parametrize("seed", range(5))
def test_perturbed_descent_leaves_a_saddle_and_claims_nothing(problems, start, seed):
    plain = minimize(problems.saddle, start, GradientDescent())
    s = minimize(problems.saddle, start, PerturbedGradientDescent(), rng=seed)
    assert abs(plain.x[1]) < 1e-8
    assert_allclose(np.abs(s.x), [0.0, 2**0.5], atol=1e-7)
    assert s.status is Status.STATIONARY
    assert not (s.positive_curvature_seen or s.negative_curvature_seen)


def test_perturbed_descent_comes_back_to_a_minimum(problems):
    s = minimize(problems.rosenbrock, [1, 1], PerturbedGradientDescent())
    assert (s.status, s.steps, s.x.tolist()) == (Status.STATIONARY, 0, [1.0, 1.0])
    assert s.evaluations.gradient > 2  # it looked around


def test_random_pushes_are_uniform_in_the_ball():
    seed, n = seed_of(np.random.default_rng(0).standard_normal(3)), 3
    points = np.zeros((4000, n))
    for row in points:
        seed = uniform_in_ball(seed, 2.0, row)
    radii = np.linalg.norm(points, axis=1)
    assert radii.max() <= 2.0
    # Moments of the uniform distribution: E‖x‖ = 2·3/4, E xᵢ = 0, E xᵢ² = 4/5; 4000 points, four standard errors.
    assert radii.mean() == pytest.approx(1.5, abs=4 * 0.39 / 4000**0.5)
    assert_allclose(points.mean(axis=0), 0.0, atol=4 * 0.9 / 4000**0.5)
    assert_allclose((points**2).mean(axis=0), 0.8, atol=4 * 0.75 / 4000**0.5)


@settings(deadline=None, max_examples=40)
@given(n=st.integers(1, 12), seed=st.integers(0, 999))
def test_conjugate_gradients_as_a_method_take_the_steps_of_the_linear_solver(n, seed, problems):
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.standard_normal((n, n)))[0]
    A = (Q * rng.uniform(0.5, 20.0, n)) @ Q.T
    A = (A + A.T) / 2
    b = rng.standard_normal(n)
    k = int(rng.integers(1, n + 1))
    for M in (None, jacobi(A)):
        theirs = conjugate_gradient(A, b, max_steps=k, rtol=0.0, preconditioner=M)
        ours = minimize(
            problems.quadratic(A, b),
            np.zeros(n),
            ConjugateGradient(preconditioner=M),
            max_steps=k,
            stop=GradientBelow(1e-14),
        )
        assert_allclose(ours.x, theirs.x, atol=1e-9)
        assert ours.evaluations.hvp >= ours.steps


def test_minres_finds_the_critical_point_of_any_quadratic_in_one_step(problems):
    A = np.diag([1.0, -2.0, 3.0, 0.5])
    b = np.array([1.0, 1.0, 1.0, -1.0])
    s = minimize(problems.quadratic(A, b), np.zeros(4), MINRES())
    assert (s.status, s.steps) == (Status.NOT_A_MINIMUM, 1)
    assert s.negative_curvature_seen
    assert_allclose(s.x, b / np.diag(A), atol=1e-9)
    assert minimize(problems.quadratic(np.abs(A), b), np.zeros(4), MINRES()).status is Status.CONVERGED
    assert minimize(problems.linear, [0.0, 0.0], MINRES()).status is Status.SINGULAR_HESSIAN


def chained(n):
    """Σ (xᵢ₊₁ − xᵢ)²·1000/i + Σ (xᵢ² − 1)²/4 as products, and its Hessian as a sparse matrix."""
    weights = 1000.0 / np.arange(1, n)
    D = scipy.sparse.diags([-np.ones(n - 1), np.ones(n - 1)], [0, 1], shape=(n - 1, n))
    K = scipy.sparse.csr_array(2 * D.T @ scipy.sparse.diags(weights) @ D)
    hessian = lambda x: scipy.sparse.csr_array(K + scipy.sparse.diags(3 * x**2 - 1))  # noqa: E731
    problem = Problem(
        n,
        lambda x: 0.5 * x @ (K @ x) + np.sum((x**2 - 1) ** 2) / 4,
        lambda x: K @ x + x**3 - x,
        hvp=lambda x, v: hessian(x) @ v,
    )
    return problem, K, hessian


def test_preconditioners_inside_newton_cg_save_products():
    problem, K, hessian = chained(300)
    x0 = 1.0 + 0.3 * np.random.default_rng(0).standard_normal(300)
    shifted = scipy.sparse.csr_array(K + 2 * scipy.sparse.eye(300))
    plain = minimize(problem, x0, NewtonCG())
    products = {"plain": plain.evaluations.hvp}
    for name, inner in {
        "jacobi at x": ConjugateGradient(preconditioner=lambda x: jacobi(hessian(x))),
        "incomplete": ConjugateGradient(preconditioner=IncompleteCholesky(shifted)),
        "minres, incomplete": MINRES(preconditioner=IncompleteCholesky(shifted)),
    }.items():
        s = minimize(problem, x0, NewtonCG(inner=inner))
        assert s.status is Status.CONVERGED
        assert_allclose(s.x, plain.x, atol=1e-6)
        products[name] = s.evaluations.hvp
    # What the last look at curvature takes is the same for all.
    assert products["incomplete"] < 0.7 * products["plain"]
    assert products["minres, incomplete"] < 0.7 * products["plain"]


def test_newton_cg_with_minres_leaves_saddles_by_residuals(problems):
    s = minimize(problems.saddle, [0.5, 0.3], NewtonCG(inner=MINRES()), trace=True)
    assert s.status is Status.CONVERGED
    assert s.negative_curvature_seen
    assert all(b.value < a.value for a, b in itertools.pairwise(s.trace[:-1]))


def test_a_preconditioner_needs_the_loop_in_python():
    f = hm.Function("x**2 + y**2", "x y")
    with pytest.raises(InputError, match="cannot take a preconditioner, a Python object: use minimize"):
        hm.solver(f, ConjugateGradient(preconditioner=np.eye(2)))
    with pytest.raises(InputError, match=r"must have shape \(2, 2\), but has shape \(3, 3\)"):
        hm.minimize(f, [1.0, 1.0], ConjugateGradient(preconditioner=np.eye(3)))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: SaddleFreeNewton(floor=0.0), InputError, r"SaddleFreeNewton needs floor in \(0, 1\)"),
        (lambda: SaddleFreeNewton(line_search=None), WrongKind, "SaddleFreeNewton needs line_search=Armijo"),
        (lambda: CubicNewton(sigma=0.0), InputError, "CubicNewton needs 0 < smallest ≤ sigma"),
        (lambda: PerturbedGradientDescent(radius=0.0), InputError, "needs a positive finite radius"),
        (lambda: PerturbedGradientDescent(fall=-1.0), InputError, "needs a positive finite fall"),
        (lambda: PerturbedGradientDescent(patience=0), InputError, "needs patience ≥ 1"),
        (lambda: PerturbedGradientDescent(patience=1.5), WrongKind, "patience must be an integer"),
        (lambda: LanczosSubproblem(forcing=0.0), InputError, r"LanczosSubproblem needs forcing in \(0, 1\)"),
        (lambda: LanczosSubproblem(dimension=0), InputError, "LanczosSubproblem needs dimension ≥ 1"),
        (lambda: TrustRegion(subproblem=LanczosSubproblem), WrongKind, "subproblem must be an object"),
        (lambda: MINRES(rtol=1.0), InputError, r"MINRES needs rtol in \(0, 1\)"),
        (lambda: MINRES(preconditioner=3), WrongKind, "preconditioner must be a matrix, an operator or a function"),
        (lambda: NewtonCG(inner=MINRES), WrongKind, r"inner must be an object, ConjugateGradient\(\) or MINRES\(\)"),
    ],
)
def test_parameters_are_checked(build, error, message):
    with pytest.raises(error, match=message):
        build()
