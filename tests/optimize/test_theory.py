"""Laws beside runs: bounds against dense algebra, orders against closed forms, and traces that break a law."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hessmath as hm
from hessmath.errors import InputError
from hessmath.optimize import Momentum, Nesterov, Problem, Record, Status, minimize
from hessmath.optimize.course import course
from hessmath.optimize.law import Outcome
from hessmath.optimize.oracle import Evaluations
from hessmath.optimize.solution import Solution
from hessmath.optimize.theory import LAWS, theory


def bowl(eigenvalues, seed=0):
    """A quadratic with these eigenvalues and minimum p, and its matrix."""
    rng = np.random.default_rng(seed)
    n = len(eigenvalues)
    Q = np.linalg.qr(rng.standard_normal((n, n)))[0]
    A, p = Q @ np.diag(eigenvalues) @ Q.T, rng.standard_normal(n)
    A = (A + A.T) / 2
    problem = Problem(
        n,
        lambda x: (x - p) @ A @ (x - p) / 2,
        gradient=lambda x: A @ (x - p),
        hessian=lambda x: A,
        hvp=lambda x, v: A @ v,
    )
    return problem, A, p, Q


def as_run(problem, points, method):
    """A solution whose trace consists of these points."""
    records, before = [], None
    for k, x in enumerate(np.asarray(points, dtype=float)):
        step = np.inf if before is None else float(np.linalg.norm(x - before))
        g = float(np.linalg.norm(problem.gradient(x)))
        records.append(Record(k, x, float(problem.f(x)), g, 1.0, step, 0.0, Evaluations()))
        before = x
    last = records[-1]
    return Solution(
        last.x,
        last.value,
        np.asarray(problem.gradient(last.x)),
        last.gradient_norm,
        Status.STATIONARY,
        len(points) - 1,
        Evaluations(),
        method,
        trace=tuple(records),
        problem=problem,
    )


spectra = st.lists(st.floats(0.5, 50.0), min_size=2, max_size=6)


@settings(max_examples=25, deadline=None)
@given(spectra, st.integers(0, 99))
def test_exact_steps_contract_the_energy_as_kantorovich_says(eigenvalues, seed):
    problem, A, p, _ = bowl(eigenvalues, seed)
    s = minimize(
        problem, p + np.random.default_rng(seed).standard_normal(len(p)), hm.GradientDescent(hm.ExactStep()), trace=True
    )
    if len(s.trace) < 3:
        return
    found = theory(s)
    (law,) = found.laws
    assert found.course.condition == pytest.approx(np.linalg.cond(A), rel=1e-9)
    assert found.course.is_quadratic
    assert law.outcome in (Outcome.HOLDS, Outcome.UNMEASURED)
    k = np.linalg.cond(A)
    assert law.bound == pytest.approx((k - 1) / (k + 1), rel=1e-9)
    if law.outcome is Outcome.HOLDS:
        energies = [np.sqrt((r.x - p) @ A @ (r.x - p)) for r in s.trace]
        early = [b / a for a, b in itertools.pairwise(energies) if b > 1e-7 * energies[0]]
        assert law.observed >= max(early, default=0.0) - 1e-6
        gaps = np.array([r.value for r in s.trace])
        clear = gaps > 1e-12 * gaps[0]
        assert (gaps[clear] <= law.gap_bound[clear] * (1 + 1e-6)).all()


@settings(max_examples=25, deadline=None)
@given(spectra, st.floats(0.05, 0.95), st.integers(0, 99))
def test_fixed_steps_contract_by_the_larger_end_of_the_spectrum(eigenvalues, part, seed):
    problem, A, p, Q = bowl(eigenvalues, seed)
    size = part * 2 / max(eigenvalues)
    rate = np.abs(np.linalg.eigvalsh(np.eye(len(p)) - size * A)).max()
    worst = int(np.argmax(np.abs(1 - size * np.array(eigenvalues))))
    s = minimize(problem, p + Q[:, worst], hm.GradientDescent(hm.FixedStep(size)), trace=True, max_steps=3000)
    if len(s.trace) < 3 or rate > 0.995:
        return
    (law,) = theory(s).laws
    assert law.outcome is Outcome.HOLDS
    assert law.bound == pytest.approx(rate, rel=1e-9)
    assert law.observed == pytest.approx(rate, rel=1e-4)  # the start is the worst eigenvector


@pytest.mark.parametrize("method", [Momentum(0.05, 0.6), Nesterov(0.05, 0.6), Momentum(0.01, 0.95)])
def test_the_rate_of_moving_methods_is_the_radius_of_their_matrix(method):
    problem, A, p, _ = bowl([1.0, 4.0, 9.0], 3)
    (law,) = theory(minimize(problem, p + 1.0, method, trace=True, max_steps=5000)).laws
    eye, zero = np.eye(3), np.zeros((3, 3))
    a, b = method.rate, method.momentum
    step = eye - a * A if isinstance(method, Nesterov) else eye
    top = np.hstack([(1 + b) * step - (zero if isinstance(method, Nesterov) else a * A), -b * step])
    radius = np.abs(np.linalg.eigvals(np.vstack([top, np.hstack([eye, zero])]))).max()
    assert law.bound == pytest.approx(radius, rel=1e-6)
    assert law.outcome is Outcome.HOLDS
    assert law.observed == pytest.approx(radius, rel=0.02)


@dataclass(frozen=True)
class ConjugateGradient:
    """Stands for the method whose iterates are made below."""

    preconditioner: object = None


def cg_points(A, b, x, steps):
    points, r = [x], b - A @ x
    d = r
    for _ in range(steps):
        alpha = (r @ r) / (d @ A @ d)
        x = x + alpha * d
        points.append(x)
        new = r - alpha * (A @ d)
        d = new + (new @ new) / (r @ r) * d
        r = new
    return points


def test_conjugate_gradients_are_below_chebyshevs_bound_and_end_with_the_distinct_eigenvalues():
    problem, A, p, _ = bowl([1.0, 1.0, 7.0, 7.0, 30.0, 90.0], 5)
    points = cg_points(A, A @ p, p + np.arange(1.0, 7.0), 4)
    found = theory(as_run(problem, points, ConjugateGradient()))
    chebyshev, ends = found.laws
    assert found.course.distinct == 4
    assert (chebyshev.outcome, ends.outcome) == (Outcome.HOLDS, Outcome.HOLDS)
    assert (ends.bound, ends.observed) == (4.0, 4.0)
    k = 90.0
    step = int(chebyshev.note.rstrip("thndrs").split()[-1])
    assert chebyshev.bound == pytest.approx(min(1.0, 2 * ((k**0.5 - 1) / (k**0.5 + 1)) ** step))
    e = [q - p for q in points]
    assert chebyshev.observed == pytest.approx((e[step] @ A @ e[step] / (e[0] @ A @ e[0])) ** 0.5, rel=1e-6)
    assert theory(as_run(problem, points, ConjugateGradient("ilu"))).laws[0].outcome is Outcome.NO_CLAIM


def test_the_method_itself_is_within_both_bounds():
    problem, _, p, _ = bowl([1.0, 1.0, 7.0, 7.0, 30.0, 90.0], 5)
    found = theory(minimize(problem, p + np.arange(1.0, 7.0), hm.ConjugateGradient(), trace=True))
    assert [law.outcome for law in found.laws] == [Outcome.HOLDS, Outcome.HOLDS]
    assert found.laws[1].observed == 4.0


def test_points_of_another_method_break_the_laws():
    problem, A, p, _ = bowl([1.0, 5.0, 40.0], 7)
    x, slow = p + 1.0, []
    for _ in range(400):
        slow.append(x)
        x = x - 0.01 * (A @ (x - p))
    for method in (ConjugateGradient(), hm.GradientDescent(hm.ExactStep()), hm.Newton()):
        assert theory(as_run(problem, slow, method)).laws[0].outcome is Outcome.MISSED, method
    assert theory(as_run(problem, slow, hm.GradientDescent(hm.FixedStep(0.02)))).laws[0].outcome is Outcome.MISSED
    assert theory(as_run(problem, slow, hm.GradientDescent(hm.FixedStep(0.01)))).laws[0].outcome is Outcome.HOLDS
    assert theory(as_run(problem, slow, hm.GradientDescent(hm.FixedStep(0.06)))).laws[0].outcome is Outcome.NO_CLAIM


def test_newtons_order_on_an_error_that_is_squared_exactly():
    s = hm.minimize("x - log(x)", [0.1], hm.Newton(), trace=True)  # 1 − x′ = (1 − x)²
    each, order = theory(s).laws
    assert order.outcome is Outcome.HOLDS or "full step" in order.note
    assert each.outcome is Outcome.HOLDS
    errors = [1 - r.x[0] for r in s.trace]
    assert errors[3] == pytest.approx(errors[2] ** 2)
    s = hm.minimize("cosh(x) + x**4 + x**3", [0.5], hm.Newton(), trace=True, stop=hm.GradientBelow(1e-15))
    assert theory(s).laws[0].outcome is Outcome.HOLDS


def test_a_linear_sequence_that_calls_itself_newton_has_order_one():
    f = hm.Function("x - log(x) + 0*y**2 + y**2", "x y")
    problem = hm.minimize(f, [1.2, 0.1]).problem
    points = [np.array([1 + 0.04 * 0.5**k, 0.04 * 0.5**k]) for k in range(30)]
    each, order = theory(as_run(problem, points, hm.Newton())).laws
    assert (each.outcome, order.outcome) == (Outcome.MISSED, Outcome.MISSED)
    assert order.observed == pytest.approx(1.0, abs=0.05)


def test_a_singular_hessian_takes_the_order_away():
    laws = theory(hm.minimize("x**4 + y**2", [1.0, 1.0], hm.Newton(), trace=True)).laws
    assert {law.outcome for law in laws} == {Outcome.NO_CLAIM}
    assert "convergence is linear" in laws[0].note


@pytest.mark.parametrize(
    "method", [hm.NewtonCG(), hm.TrustRegion(subproblem=hm.SteihaugCG()), hm.TrustRegion(), hm.SaddleFreeNewton()]
)
def test_methods_with_second_derivatives_keep_their_promises_on_rosenbrocks_chain(method):
    f = hm.Function("100*(y - x**2)**2 + (1 - x)**2 + 100*(z - y**2)**2 + (1 - y)**2", "x y z")
    laws = theory(hm.minimize(f, [-1.2, 1.0, 0.5], method, trace=True)).laws
    assert Outcome.MISSED not in {law.outcome for law in laws}
    assert laws[0].outcome is Outcome.HOLDS
    if isinstance(method, hm.TrustRegion):
        assert laws[-1].name.startswith("actual ÷ predicted")
        assert laws[-1].observed == pytest.approx(1.0, abs=0.1)


def test_bfgs_learns_the_curvature_and_gradient_descent_in_its_place_does_not():
    f = hm.Function("x**2 + 20*y**2 + exp(x - y)", "x y")
    run = hm.minimize(f, [2.0, 1.0], hm.BFGS(), trace=True)
    assert theory(run).laws[0].outcome is Outcome.HOLDS
    assert theory(hm.minimize(f, [2.0, 1.0], hm.LBFGS(), trace=True)).laws[0].observed < 1
    descent = hm.minimize(f, [2.0, 1.0], hm.GradientDescent(hm.FixedStep(0.02)), trace=True, max_steps=4000)
    assert theory(replace(descent, method=hm.BFGS())).laws[0].outcome is Outcome.MISSED


def test_the_rate_of_gauss_newton_is_that_of_its_matrix():
    import sympy

    x, y = sympy.symbols("x y", real=True)
    r = sympy.Matrix([x + y, x * y - 2, x**2 + y - 1])
    s = hm.fit(list(r), [-1.2, 1.0], hm.GaussNewton(), variables="x y", trace=True)
    law = theory(s).laws[0]
    J = r.jacobian([x, y])
    H = sympy.hessian((r.T * r)[0] / 2, [x, y])
    at = dict(zip((x, y), s.x.tolist(), strict=True))
    matrix = np.eye(2) - np.linalg.solve(np.array((J.T * J).subs(at), float), np.array(H.subs(at), float))
    assert law.bound == pytest.approx(np.abs(np.linalg.eigvals(matrix)).max(), rel=1e-6)
    assert law.outcome is Outcome.HOLDS
    assert law.observed == pytest.approx(law.bound, rel=1e-3)
    damped = hm.fit(list(r), [-1.2, 1.0], variables="x y", trace=True)
    assert [law.outcome for law in theory(damped).laws] == [Outcome.HOLDS, Outcome.HOLDS]


def test_what_cannot_be_measured_says_why():
    f = hm.Function("x**2 + y**2", "x y")
    with pytest.raises(InputError, match=r"has no record: solve with minimize\(…, trace=True\)"):
        course(hm.minimize(f, [1.0, 1.0]))
    with pytest.raises(InputError, match="has a single record"):
        course(hm.minimize(f, [0.0, 0.0], trace=True))
    plain = Problem(2, lambda x: x @ x, gradient=lambda x: 2 * x)
    with pytest.raises(InputError, match="needs second derivatives: solve with a Function"):
        course(minimize(plain, [1.0, 1.0], trace=True))
    with pytest.raises(InputError, match="did not end near a critical point"):
        course(hm.minimize("exp(x)", [1.0], hm.GradientDescent(), max_steps=5, trace=True))
    large = Problem(1001, lambda x: x @ x, gradient=lambda x: 2 * x, hvp=lambda x, v: 2 * v)
    with pytest.raises(InputError, match="up to 1000 variables, but the problem has 1001"):
        course(minimize(large, np.ones(1001), trace=True))


def test_every_law_is_about_a_method_that_exists():
    assert set(LAWS) <= set(dir(hm))
