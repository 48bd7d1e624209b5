"""Trust regions, quasi-Newton methods, momentum, Adam, least squares: what is special about each, and in SciPy."""

import itertools

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hessmath as hm
from hessmath.errors import InputError, WrongKind
from hessmath.linear.factors import LapackFactors
from hessmath.optimize import (
    BFGS,
    LBFGS,
    Adam,
    Armijo,
    Direct,
    GaussNewton,
    GradientDescent,
    LevenbergMarquardt,
    Momentum,
    Nesterov,
    Newton,
    NewtonCG,
    RegularisedNewton,
    Status,
    SteihaugCG,
    TrustRegion,
    Wolfe,
    least_squares,
    minimize,
)
from hessmath.optimize.memory import Memory
from hessmath.optimize.trust_region import CLOSE, model_step


@settings(deadline=None, max_examples=150)
@given(data=st.data(), n=st.integers(1, 4), radius=st.floats(0.1, 10.0))
def test_the_direct_step_is_the_best_within_the_radius(data, n, radius):
    """Never worse than 0.9 times the decrease that the exact global minimum within the radius brings."""
    entries = st.integers(-5, 5)
    M = np.array(data.draw(st.lists(entries, min_size=n * n, max_size=n * n)), float).reshape(n, n)
    g = np.array(data.draw(st.lists(entries, min_size=n, max_size=n)), float)
    H = M + M.T
    if not g.any():
        g[0] = 1.0
    memory = Memory.room(n, (n, n), 1, LapackFactors(), False)
    memory.H[:], memory.g[:] = H, g
    predicted = model_step(Direct().numbers, None, memory, radius)
    p = memory.p
    assert np.linalg.norm(p) <= (1 + CLOSE) * radius * (1 + 1e-9)
    assert_allclose(predicted, -(g @ p + 0.5 * p @ H @ p), rtol=1e-9, atol=1e-12)
    assert predicted >= 0.8 * _best_decrease(H, g, 0.9 * radius) - 1e-9


def _best_decrease(H, g, radius):
    """By eigenvectors and bisection on λ, hard case included."""
    eigenvalues, Q = np.linalg.eigh(H)
    c = Q.T @ g

    def step(lam):
        d = eigenvalues + lam
        return np.where(np.abs(d) > 1e-12, -c / np.where(np.abs(d) > 1e-12, d, 1.0), 0.0)

    low = max(0.0, -eigenvalues[0])
    if eigenvalues[0] > 0 and np.linalg.norm(step(0.0)) <= radius:
        p = step(0.0)
    else:
        high = low + np.linalg.norm(g) / radius + 1.0
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if np.linalg.norm(step(middle)) > radius else (low, middle)
        p = step(high)
        p[0] += np.sqrt(max(radius**2 - p @ p, 0.0)) * (-1 if c[0] > 0 else 1) if eigenvalues[0] < 0 else 0.0
    return -(c @ p + 0.5 * p @ (eigenvalues * p))


@pytest.mark.parametrize("method", [TrustRegion(), TrustRegion(subproblem=SteihaugCG())], ids=repr)
def test_with_a_trust_region_f_never_rises(case, method):
    solution = minimize(case.problem, case.start, method, trace=True)
    values = [record.value for record in solution.trace]
    slack = 3e-14 * max(1.0, abs(values[-1]))  # below the rounding of f the gradient decides
    assert all(after <= before + slack for before, after in itertools.pairwise(values))


def test_the_hard_case_leaves_along_the_eigenvector():
    """∇f is orthogonal to the direction of negative curvature."""
    f = hm.Function("-x**2 + y**2 + x**4/100", "x y")
    solution = hm.minimize(f, [0.0, 1.0], TrustRegion())
    assert solution.status is Status.CONVERGED
    assert_allclose(np.abs(solution.x), [50**0.5, 0.0], atol=1e-6)


@pytest.mark.parametrize("method", [BFGS(), LBFGS(), LBFGS(memory=1), BFGS(line_search=Armijo())], ids=repr)
def test_quasi_newton_methods_solve_classical_problems(case, method):
    solution = minimize(case.problem, case.start, method)
    assert solution.status in (Status.STATIONARY, Status.LINE_SEARCH_FAILED, Status.STALLED), solution.advice
    assert case.distance(solution.x) < (5e-2 if case.name == "powell singular" else 1e-5)


def test_bfgs_ends_on_quadratics_about_as_soon_as_theory_says(problems):
    A = np.diag([1.0, 2.0, 3.0, 50.0])
    solution = minimize(problems.quadratic(A, [1.0, 1.0, 1.0, 1.0]), np.ones(4), BFGS())
    assert solution.steps <= 20
    assert_allclose(solution.x, 1 / np.diag(A), atol=1e-7)


def test_momentum_is_faster_than_plain_descent(problems):
    A = problems.quadratic(np.diag([1.0, 100.0]))
    steps = {}
    for method in (Momentum(0.005, 0.9), Nesterov(0.005, 0.9), Momentum(0.005, 0.0)):
        solution = minimize(A, [1.0, 1.0], method, max_steps=10_000)
        assert solution.status is Status.STATIONARY
        steps[type(method).__name__ + str(method.momentum)] = solution.steps
    assert steps["Momentum0.9"] < 0.3 * steps["Momentum0.0"]
    assert steps["Nesterov0.9"] < 0.3 * steps["Momentum0.0"]


def test_adam_begins_with_a_step_of_its_rate(problems):
    """m̂/√v̂ is ±1 in the first step, whatever the scale of f (Kingma & Ba 2015, section 2.1)."""
    p = problems.quadratic(np.diag([1e-3, 1e5]))
    solution = minimize(p, [1.0, -1.0], Adam(rate=0.01), max_steps=1)
    assert_allclose(solution.x, [0.99, -0.99], atol=1e-6)
    assert minimize(p, [1.0, -1.0], Adam(rate=0.01), max_steps=3000).value < 1e-3 * p.f(np.array([1.0, -1.0]))


DATA = np.array([0.0, 1.0, 2.0, 3.0])


def decay():
    y = 3.0 * np.exp(-0.7 * DATA)
    return least_squares(
        2,
        lambda x: x[0] * np.exp(-x[1] * DATA) - y,
        lambda x: np.stack([np.exp(-x[1] * DATA), -x[0] * DATA * np.exp(-x[1] * DATA)], axis=1),
    )


@pytest.mark.parametrize("method", [LevenbergMarquardt(), GaussNewton()], ids=repr)
def test_a_decay_is_fitted(method):
    solution = minimize(decay(), [1.0, 1.0], method)
    assert solution.status is Status.STATIONARY
    assert_allclose(solution.x, [3.0, 0.7], atol=1e-7)
    assert solution.steps < 20


def test_fit_takes_formulas_and_knows_the_kind():
    residuals = ["10*(y - x**2)", "1 - x"]
    solution = hm.fit(residuals, {"x": -1.2, "y": 1.0}, variables="x y")
    theirs = scipy.optimize.least_squares(lambda x: [10 * (x[1] - x[0] ** 2), 1 - x[0]], [-1.2, 1.0], method="lm")
    assert_allclose(solution.x, theirs.x, atol=1e-6)
    assert solution.kind.nature.value == "minimum"
    assert hm.fit(residuals, [2.0, 1.0], GaussNewton(), variables="x y").status is Status.STATIONARY
    assert hm.fit(residuals, [2.0, 1.0], BFGS(), variables="x y").status is Status.STATIONARY
    with pytest.raises(WrongKind, match="for one formula use minimize"):
        hm.fit("x**2", [1.0])
    with pytest.raises(WrongKind, match=r"but got Newton\(.*: use minimize with"):
        hm.fit(residuals, [1.0, 1.0], Newton(), variables="x y")


def test_least_squares_never_calls_a_saddle_a_minimum():
    """½(x² − 1)² has a maximum at 0, where JᵀJ = 0 and r ≠ 0."""
    solution = hm.fit(["x**2 - 1"], [0.0], variables="x")
    assert solution.status is Status.STATIONARY
    assert not solution.success
    assert solution.kind.nature.value == "maximum"


def test_rank_deficient_least_squares():
    residuals = ["x + y - 1", "x + y - 1"]
    solution = hm.fit(residuals, [3.0, 0.0], variables="x y")
    assert_allclose(solution.x, [2.0, -1.0], atol=1e-6)  # the nearest of the minima
    assert hm.fit(residuals, [3.0, 0.0], GaussNewton(), variables="x y").status is Status.SINGULAR_HESSIAN


def test_wrong_shapes_of_residuals_are_named():
    p = least_squares(2, lambda x: [[1.0]], lambda x: np.eye(2))
    with pytest.raises(InputError, match=r"residuals\(x\) must be a vector, but has shape \(1, 1\)"):
        minimize(p, [0.0, 0.0], LevenbergMarquardt())
    p = least_squares(2, lambda x: [1.0], lambda x: np.eye(2))
    with pytest.raises(InputError, match=r"jacobian\(x\) has shape \(2, 2\), but must have shape \(1, 2\)"):
        minimize(p, [0.0, 0.0], LevenbergMarquardt())


SCIPY = [
    Newton(),
    RegularisedNewton(),
    NewtonCG(),
    NewtonCG(inner=hm.MINRES()),
    hm.ConjugateGradient(),
    hm.MINRES(),
    hm.SaddleFreeNewton(),
    hm.CubicNewton(),
    TrustRegion(),
    TrustRegion(subproblem=SteihaugCG()),
    TrustRegion(subproblem=hm.LanczosSubproblem()),
    BFGS(),
    LBFGS(),
]
#: Too slow on Rosenbrock's valley, or for least squares: solved on a bowl, whose JᵀJ is its Hessian.
SCIPY_ON_A_BOWL = [
    GradientDescent(),
    hm.PerturbedGradientDescent(),
    Momentum(0.1, 0.5),
    Nesterov(0.1, 0.5),
    LevenbergMarquardt(),
    GaussNewton(),
]


@pytest.mark.parametrize("method", [*SCIPY, *SCIPY_ON_A_BOWL, Adam(rate=0.01)], ids=repr)
def test_every_method_keeps_to_the_conventions_of_scipy(problems, method):
    """Success only where curvature was seen, StopIteration, args, options, bounds and constraints refused."""
    p = problems.quadratic(np.diag([1.0, 3.0]), [1.0, 1.0])
    derivatives = {"jac": p.gradient, "hess": p.hessian, "hessp": p.hvp}
    seen = []

    def callback(intermediate_result):
        seen.append(intermediate_result)
        if len(seen) == 2:
            raise StopIteration

    if not isinstance(method, Adam):  # which ends near, not at, the minimum
        result = scipy.optimize.minimize(p.f, [5.0, 5.0], method=method, **derivatives)
        assert result.success, result.message
        assert_allclose(result.x, [1.0, 1 / 3], atol=1e-7)
        assert isinstance(result, scipy.optimize.OptimizeResult)
        assert result.fun == pytest.approx(p.f(result.x))
    stopped = scipy.optimize.minimize(p.f, [5.0, 5.0], method=method, callback=callback, **derivatives)
    assert stopped.nit <= 2
    assert (stopped.status is Status.STOPPED_BY_CALLBACK) == (len(seen) == 2)
    assert all(one.x.shape == (2,) and one.fun == pytest.approx(p.f(one.x)) for one in seen)
    few = scipy.optimize.minimize(p.f, [5.0, 5.0], method=method, options={"maxiter": 1}, **derivatives)
    assert few.nit <= 1
    with pytest.raises(InputError, match="does not support bounds"):
        scipy.optimize.minimize(p.f, [5.0, 5.0], method=method, bounds=[(0, 1)] * 2, **derivatives)
    with pytest.raises(InputError, match="take no constraints"):
        constraint = {"type": "eq", "fun": lambda x: x[0]}
        scipy.optimize.minimize(p.f, [5.0, 5.0], method=method, constraints=constraint, **derivatives)


THEIRS = {
    "CG": ("jac",),
    "BFGS": ("jac",),
    "L-BFGS-B": ("jac",),
    "TNC": ("jac",),
    "SLSQP": ("jac",),
    "Newton-CG": ("jac", "hess"),
    "Newton-CG by products": ("jac", "hessp"),
    "dogleg": ("jac", "hess"),
    "trust-exact": ("jac", "hess"),
    "trust-ncg": ("jac", "hess"),
    "trust-ncg by products": ("jac", "hessp"),
    "trust-krylov": ("jac", "hess"),
    "trust-krylov by products": ("jac", "hessp"),
    "trust-constr": ("jac", "hess"),
}


@pytest.mark.parametrize("name", THEIRS)
def test_scipys_own_solvers_take_our_kernels(name):
    k = hm.compile(hm.Function("exp(x**2) - x + (y - x)**2 + z**2*(1 + x**2)", "x y z"))  # convex near its minimum
    kernels = {"jac": k.gradient, "hess": k.hessian, "hessp": k.hvp}
    given = {what: kernels[what] for what in THEIRS[name]}
    theirs = scipy.optimize.minimize(k.f, [0.5, 0.2, 0.3], method=name.split(" ")[0], **given)
    ours = hm.minimize(k, [0.5, 0.2, 0.3], RegularisedNewton())
    assert theirs.success, theirs.message
    assert_allclose(theirs.x, ours.x, atol=2e-3 if name == "TNC" else 1e-3)
    assert theirs.fun == pytest.approx(ours.value, abs=1e-6)


@pytest.mark.parametrize("method", SCIPY, ids=repr)
def test_scipy_takes_every_method(problems, method):
    p = problems.rosenbrock
    seen = []

    def callback(intermediate_result):
        seen.append(intermediate_result.fun)

    result = scipy.optimize.minimize(
        p.f, [-1.2, 1.0], jac=p.gradient, hess=p.hessian, hessp=p.hvp, method=method, callback=callback, tol=1e-9
    )
    assert result.success
    assert_allclose(result.x, 1.0, atol=1e-7)
    assert len(seen) == result.nit
    assert (result.nfev > 0, result.njev > 0) == (True, True)
    assert np.linalg.norm(result.jac) <= 1e-9


def test_scipy_conventions(problems):
    p = problems.rosenbrock
    seen = []

    def stop_at_third(x):
        seen.append(x)
        if len(seen) == 3:
            raise StopIteration

    result = scipy.optimize.minimize(p.f, [-1.2, 1.0], jac=p.gradient, method=BFGS(), callback=stop_at_third)
    assert (result.nit, result.success, result.status) == (3, False, Status.STOPPED_BY_CALLBACK)
    scaled = scipy.optimize.minimize(
        lambda x, a: a * x @ x, [1.0, 2.0], args=(3.0,), jac=lambda x, a: 2 * a * x, method=LBFGS()
    )
    assert_allclose(scaled.x, 0.0, atol=1e-8)
    both = scipy.optimize.minimize(lambda x: (x @ x, 2 * x), [1.0, 2.0], jac=True, method=GradientDescent())
    assert both.status is Status.STATIONARY
    saddle = scipy.optimize.minimize(
        problems.saddle.f, [1.0, 0.0], jac=problems.saddle.gradient, hess=problems.saddle.hessian, method=Newton()
    )
    assert not saddle.success and saddle.status is Status.NOT_A_MINIMUM
    few = scipy.optimize.minimize(p.f, [-1.2, 1.0], jac=p.gradient, method=BFGS(), options={"maxiter": 2, "other": 1})
    assert few.nit == 2 and few.message.startswith("max_steps was reached")
    with pytest.raises(InputError, match="need hess as a function, but hess = '2-point'"):
        scipy.optimize.minimize(p.f, [-1.2, 1.0], jac=p.gradient, hess="2-point", method=Newton())
    with pytest.raises(InputError, match="does not support bounds"):
        scipy.optimize.minimize(p.f, [-1.2, 1.0], jac=p.gradient, method=BFGS(), bounds=[(0, 1), (0, 1)])
    with pytest.raises(InputError, match="take no constraints"):
        scipy.optimize.minimize(
            p.f, [-1.2, 1.0], jac=p.gradient, method=BFGS(), constraints={"type": "eq", "fun": lambda x: x[0]}
        )


def test_scipy_reports_a_first_order_run_at_a_saddle_as_what_it_is(problems):
    """SciPy's nine methods say success there; the message of ours says that it may be a saddle."""
    p = problems.saddle
    result = scipy.optimize.minimize(p.f, [1.0, 0.0], jac=p.gradient, method=BFGS())
    assert not result.success
    assert result.status is Status.STATIONARY
    assert "a saddle or a maximum" in result.message
    looked = scipy.optimize.minimize(p.f, [1.0, 0.0], jac=p.gradient, hess=p.hessian, method=BFGS())
    assert (looked.success, looked.status) == (False, Status.NOT_A_MINIMUM)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: TrustRegion(radius=0.0), InputError, "TrustRegion needs 0 < radius"),
        (lambda: TrustRegion(subproblem=Direct), WrongKind, r"subproblem must be an object, Direct\(\) or"),
        (lambda: SteihaugCG(forcing=1.0), InputError, r"forcing in \(0, 1\)"),
        (lambda: SteihaugCG(cg_steps=0), InputError, "cg_steps ≥ 1"),
        (lambda: LBFGS(memory=0), InputError, "LBFGS needs memory from 1 to 46"),
        (lambda: BFGS(line_search=1.0), WrongKind, "line_search must be an object"),
        (lambda: Momentum(rate=0.0), InputError, "Momentum needs a positive finite rate"),
        (lambda: Nesterov(momentum=1.0), InputError, r"Nesterov needs momentum in \[0, 1\)"),
        (lambda: Adam(rate=-1.0), InputError, "Adam needs a positive finite rate"),
        (lambda: Adam(beta2=1.0), InputError, r"Adam needs beta2 in \[0, 1\)"),
        (lambda: Adam(epsilon=0.0), InputError, "Adam needs epsilon > 0"),
        (lambda: Wolfe(decrease=0.9, rise=0.5), InputError, "Wolfe needs 0 < decrease < rise < 1"),
        (lambda: Wolfe(max_trials=0), InputError, "Wolfe needs max_trials ≥ 1"),
        (lambda: LevenbergMarquardt(damping=0.0), InputError, "positive finite damping"),
        (lambda: GaussNewton(line_search=None), WrongKind, "line_search must be an object"),
    ],
)
def test_parameters_are_checked(build, error, message):
    with pytest.raises(error, match=message):
        build()
