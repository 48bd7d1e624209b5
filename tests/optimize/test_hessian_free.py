"""Hessian-free and natural gradient against dense algebra, on problems written by hand."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hessmath as hm
from hessmath.errors import InputError, WrongKind
from hessmath.linear import MatrixOperator, cg_path
from hessmath.optimize import (
    Armijo,
    FixedStep,
    GradientBelow,
    HessianFree,
    NaturalGradient,
    Need,
    Problem,
    Run,
    SquaredGradients,
    Status,
    ValueBelow,
    minimize,
)
from hessmath.optimize.hessian_free import LAMBDA, Candidate, candidates, next_damping, stopped, thinned

METHODS = {
    "hessian-free": HessianFree(),
    "hessian-free, preconditioned": HessianFree(preconditioner=SquaredGradients()),
    "natural gradient": NaturalGradient(),
}
every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())


def least_squares(residuals, jacobian, n, **more):
    """½‖r‖²/N: the Gauss–Newton matrix JᵀJ/N is the Fisher matrix of a unit normal."""

    def ggn(x, v):
        J = jacobian(x)
        return J.T @ (J @ v) / len(J)

    def gradient(x):
        return jacobian(x).T @ residuals(x) / len(jacobian(x))

    def squares(x):
        return ((jacobian(x) * residuals(x)[:, None]) ** 2).mean(axis=0)

    def f(x):
        r = residuals(x)
        return r @ r / 2 / r.size

    return Problem(n, f, gradient, ggn=ggn, fisher=ggn, squared_gradients=squares, **more)


def linear_problem(seed, rows=12, n=5):
    rng = np.random.default_rng(seed)
    A, b = rng.standard_normal((rows, n)), rng.standard_normal(rows)
    return least_squares(lambda x: A @ x - b, lambda x: A, n), A, b


def curve_problem():
    t = np.linspace(0.0, 2.0, 30)
    y = 2.0 * np.exp(-1.5 * t) + 0.5 * np.cos(3.0 * t)

    def residuals(x):
        return x[0] * np.exp(x[1] * t) + x[2] * np.cos(x[3] * t) - y

    def jacobian(x):
        e = np.exp(x[1] * t)
        return np.column_stack([e, x[0] * t * e, np.cos(x[3] * t), -x[2] * t * np.sin(x[3] * t)])

    return least_squares(residuals, jacobian, 4)


START = [1.0, -1.0, 0.3, 2.5]


@every_method
@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_linear_least_squares_are_solved(method, seed):
    problem, A, b = linear_problem(seed)
    solution = minimize(problem, np.zeros(5), method, stop=GradientBelow(1e-9))
    assert solution.status is Status.STATIONARY, solution.advice
    expected = np.linalg.lstsq(A, b)[0]
    smallest = np.linalg.svd(A, compute_uv=False)[-1] ** 2 / 12
    assert np.linalg.norm(solution.x - expected) <= 1e-9 / smallest + 1e-12


@every_method
def test_a_curve_is_fitted_to_its_parameters(method):
    solution = minimize(curve_problem(), START, method, stop=GradientBelow(1e-9))
    assert solution.status is Status.STATIONARY
    assert_allclose(solution.x, [2.0, -1.5, 0.5, 3.0], atol=1e-5)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.floats(1e-3, 10.0))
def test_the_first_step_solves_the_damped_equation(seed, damping):
    """With conjugate gradients run to the end, p = −(JᵀJ/N + λI)⁻¹∇f, on which a full step is taken."""
    problem, A, _ = linear_problem(seed)
    x0 = np.random.default_rng(seed + 1).standard_normal(5)
    G, g = A.T @ A / len(A), problem.gradient(x0)
    expected = x0 - np.linalg.solve(G + damping * np.eye(5), g)
    exact = HessianFree(damping=damping, tolerance=1e-15)
    for method in (exact, NaturalGradient(damping=damping, rtol=1e-12)):
        assert_allclose(minimize(problem, x0, method, max_steps=1).x, expected, rtol=1e-6, atol=1e-9)
    # With a preconditioner an earlier iterate may be longer and lower for f, so look at the last one itself.
    scale = (problem.squared_gradients(x0) + damping) ** -0.75
    last = candidates(exact.numbers, MatrixOperator(G).shifted(damping), g, np.zeros(5), scale)[-1]
    assert_allclose(x0 + last.p, expected, rtol=1e-6, atol=1e-9)


def test_a_natural_step_does_not_depend_on_the_parameters_chosen():
    """Without damping, and for a linear change of variables x = Ty, the steps are the same points."""
    problem, A, b = linear_problem(3)
    T = np.random.default_rng(0).standard_normal((5, 5)) + 3.0 * np.eye(5)
    changed = least_squares(lambda y: A @ T @ y - b, lambda y: A @ T, 5)
    method = NaturalGradient(FixedStep(0.5), damping=1e-12, rtol=1e-14)
    x = minimize(problem, T @ np.ones(5), method, max_steps=4).x
    y = minimize(changed, np.ones(5), method, max_steps=4).x
    assert_allclose(T @ y, x, rtol=1e-6)


@pytest.mark.parametrize("ratio", [-np.inf, -1.0, 0.0, 0.24, 0.25, 0.5, 0.75, 0.76, 5.0, np.nan])
def test_damping_follows_levenberg_and_marquardt(ratio):
    expected = 1.5 if not ratio >= 0.25 else 2 / 3 if ratio > 0.75 else 1.0
    assert next_damping(ratio) == expected


def test_damping_falls_while_the_model_is_right():
    """On linear least squares the model is exact: ratio 1, so λ is multiplied by 2/3 each step."""
    problem, *_ = linear_problem(1)
    method = HessianFree(damping=2.0, tolerance=1e-12)
    solution = minimize(problem, np.ones(5), method, trace=True, max_steps=5)
    assert_allclose([record.damping for record in solution.trace[1:]], 2.0 * (2 / 3) ** np.arange(5))


def test_the_promise_is_that_of_the_model_without_damping():
    """f = ¾x² with G = ½ and λ = 1 from x = 1: p = −1 gives ¾ of 5/4 promised (of ¾ with the damping counted)."""
    problem = Problem(1, lambda x: 0.75 * x[0] ** 2, lambda x: 1.5 * x, ggn=lambda x, v: 0.5 * v)
    solution = minimize(problem, [1.0], HessianFree(damping=1.0), trace=True, max_steps=1, stop=ValueBelow(-1.0))
    assert_allclose(solution.x, [0.0], atol=1e-15)
    again = Run(problem, [1.0], HessianFree(damping=1.0), stop=ValueBelow(-1.0))
    again.advance(1)
    assert again.state()["s"][LAMBDA] == 1.0  # the ratio 3/5 leaves it as it was


@pytest.mark.parametrize("decay", [0.0, 0.5, 1.0])
def test_the_second_step_starts_from_the_first_direction(decay):
    problem, A, _ = linear_problem(4)
    method = HessianFree(damping=1.0, decay=decay, cg_steps=1)
    first = minimize(problem, np.zeros(5), method, max_steps=1).x  # the model is exact: a full step, λ falls by 2/3
    G = MatrixOperator(A.T @ A / len(A)).shifted(2 / 3)
    expected = candidates(method.numbers, G, problem.gradient(first), decay * first, 1.0)[-1].p
    assert_allclose(minimize(problem, np.zeros(5), method, max_steps=2).x, first + expected, rtol=1e-10)


def test_damping_rises_where_the_model_is_wrong():
    """f = log cosh(x), with the Gauss–Newton matrix of a far too small curvature: steps overshoot."""
    wrong = Problem(1, lambda x: np.log(np.cosh(x[0])), np.tanh, ggn=lambda x, v: 1e-3 * v, names=("x",))
    solution = minimize(wrong, [1.0], HessianFree(damping=0.01), trace=True, max_steps=40)
    damping = [record.damping for record in solution.trace[1:]]
    assert damping[1] == pytest.approx(0.015)
    values = [record.value for record in solution.trace]
    assert all(after <= before for before, after in itertools.pairwise(values))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_the_path_of_conjugate_gradients_minimises_over_growing_krylov_spaces(seed, warm, scaled):
    rng = np.random.default_rng(seed)
    R = rng.standard_normal((6, 6))
    A, b = R @ R.T + 0.5 * np.eye(6), rng.standard_normal(6)
    start = rng.standard_normal(6) if warm else np.zeros(6)
    M = rng.uniform(0.5, 2.0, 6) if scaled else 1.0
    basis, r = [], M * (b - A @ start)
    for k, (x, model) in enumerate(itertools.islice(cg_path(MatrixOperator(A), b, start, M), 7)):
        assert model == pytest.approx(0.5 * x @ A @ x - b @ x, rel=1e-8, abs=1e-8)
        if k:
            basis.append(r)
            V = np.linalg.qr(np.column_stack(basis))[0]
            best = start + V @ np.linalg.solve(V.T @ A @ V, V.T @ (b - A @ start))
            assert 0.5 * x @ A @ x - b @ x <= 0.5 * best @ A @ best - b @ best + 1e-7
            r = M * (A @ r)
            r = r / np.linalg.norm(r)
    assert_allclose(x, np.linalg.solve(A, b), rtol=1e-5, atol=1e-6)


def test_the_path_ends_at_curvature_that_is_not_positive():
    assert len(list(cg_path(np.diag([1.0, -1.0]), np.array([0.0, 1.0]), np.zeros(2)))) == 1
    assert len(list(cg_path(np.eye(2), np.zeros(2), np.zeros(2)))) == 1


def test_kept_iterates_are_spaced_by_powers_and_end_with_the_last():
    path = [Candidate(np.array([float(i)]), -float(i)) for i in range(31)]
    kept = [int(each.p[0]) for each in thinned(iter(path), 1.3)]
    assert kept == [1, 2, 3, 4, 5, 7, 9, 11, 14, 18, 24, 30]
    assert [int(each.p[0]) for each in thinned(iter(path[:1]), 1.3)] == [0]


@settings(max_examples=50)
@given(st.floats(0.5, 0.99), st.floats(1e-5, 1e-2), st.integers(0, 1000))
def test_conjugate_gradients_stop_by_relative_progress(rate, tolerance, seed):
    """By the formula of Martens (2010), section 4.4, at the first i where it holds."""
    decreases = rate ** np.arange(300) * np.random.default_rng(seed).uniform(0.0, 1.0, 300)
    phi = -np.cumsum([0.0, 1e-6, *decreases])
    numbers = HessianFree(tolerance=tolerance, cg_steps=1000).numbers
    made = len(list(stopped(((np.zeros(1), model) for model in phi), numbers))) - 1

    def holds(i):
        k = max(10, int(0.1 * i))
        return i > k and phi[i] < 0 and (phi[i] - phi[i - k]) / phi[i] < k * tolerance

    assert made == next((i for i in range(len(phi)) if holds(i)), len(phi) - 1)


def test_a_warm_start_that_leads_uphill_is_forgotten():
    problem, A, _ = linear_problem(2)
    g = problem.gradient(np.zeros(5))
    G = MatrixOperator(A.T @ A / len(A)).shifted(1.0)
    numbers = HessianFree(cg_steps=1).numbers
    uphill = candidates(numbers, G, g, 1e3 * g, 1.0)[-1]
    from_zero = candidates(numbers, G, g, np.zeros(5), 1.0)[-1]
    assert_allclose(uphill.p, from_zero.p)
    assert uphill.model < 0.0


def test_the_step_is_taken_back_to_an_earlier_iterate_if_f_is_lower_there():
    """f has a wall at ‖x‖ = 1 that the model does not see: conjugate gradients run into it."""
    A = np.diag([1.0, 3.0, 9.0, 27.0, 81.0])
    b = np.array([3.0, 1.0, 4.0, 1.0, 5.0])

    def f(x):
        return 0.5 * x @ A @ x - b @ x + 1e4 * max(0.0, x @ x - 1.0) ** 2

    def gradient(x):
        return A @ x - b + 4e4 * max(0.0, x @ x - 1.0) * x

    wall = Problem(5, f, gradient, ggn=lambda x, v: A @ v)
    solution = minimize(wall, np.zeros(5), HessianFree(damping=1e-6, cg_steps=5), max_steps=1)
    path = [x for x, _ in cg_path(A, b, np.zeros(5))]
    full, values = path[-1], [f(x) for x in path]
    assert f(full) > 0.0 and min(values) < -0.5
    chosen = np.argmin([np.abs(solution.x - x).max() for x in path])
    assert_allclose(solution.x, path[chosen], atol=1e-4)
    assert 0 < chosen < len(path) - 1 and values[chosen] <= values[chosen + 1]


@every_method
def test_a_solution_tells_the_truth_about_its_point(method):
    problem = curve_problem()
    solution = minimize(problem, START, method, max_steps=4)
    assert_allclose(solution.value, problem.f(solution.x), rtol=1e-14)
    assert_allclose(solution.gradient, problem.gradient(solution.x), rtol=1e-14)
    assert (solution.status, solution.steps) == (Status.STEPS_EXHAUSTED, 4)
    assert minimize(problem, START, method, max_steps=4) == solution


@every_method
def test_f_never_rises(method):
    solution = minimize(curve_problem(), START, method, trace=True, max_steps=60)
    values = [record.value for record in solution.trace]
    assert all(after <= before + 1e-15 for before, after in itertools.pairwise(values))


@every_method
def test_products_are_counted(method):
    counts = dict.fromkeys(("f", "gradient", "ggn", "squared_gradients"), 0)
    problem = curve_problem()

    def counted(name):
        function = getattr(problem, name)

        def evaluate(*arguments):
            counts[name] += 1
            return function(*arguments)

        return evaluate

    functions = {name: counted(name) for name in counts}
    counting = dataclasses.replace(problem, **functions, fisher=functions["ggn"])
    solution = minimize(counting, START, method, max_steps=5)
    counts.pop("squared_gradients")
    seen = dataclasses.asdict(solution.evaluations)
    assert {name: seen[name] for name in counts} == counts and seen["ggn"] > 5
    assert f"ggn={counts['ggn']}" in repr(solution.evaluations)


@every_method
def test_a_linearised_problem_is_asked_once_at_each_point(method):
    problem, asked = curve_problem(), []

    class At:
        def __init__(self, x):
            asked.append(x.tolist())
            self.x, self.value, self.gradient = x, problem.f(x), problem.gradient(x)

        def ggn_product(self, v):
            return problem.ggn(self.x, v)

        fisher_product = ggn_product

    linearised = Problem(4, problem.f, linearise=At, squared_gradients=problem.squared_gradients)
    assert linearised.gives == ("f", "gradient", "ggn", "squared_gradients")
    solution = minimize(linearised, START, method, max_steps=6)
    assert_allclose(solution.x, minimize(problem, START, method, max_steps=6).x, rtol=1e-12)
    assert len(asked) == solution.evaluations.gradient == 7
    assert len({tuple(x) for x in asked}) == 7


@every_method
def test_a_gradient_that_vanishes_is_stationary_and_no_more(method):
    """Curvature of the Hessian is not looked at, so a minimum is never claimed."""
    flat = Problem(
        2,
        lambda x: x[0] ** 2 - x[1] ** 2,
        lambda x: [2 * x[0], -2 * x[1]],
        ggn=lambda x, v: v,
        fisher=lambda x, v: v,
        squared_gradients=lambda x: np.ones(2),
    )
    solution = minimize(flat, [0.0, 0.0], method)
    assert (solution.status, solution.steps, solution.success) == (Status.STATIONARY, 0, False)


@every_method
def test_products_that_are_not_finite_are_a_result(method):
    broken = Problem(
        1,
        lambda x: x[0] ** 2,
        lambda x: 2 * x,
        ggn=lambda x, v: [np.nan],
        fisher=lambda x, v: [np.nan],
        squared_gradients=lambda x: [1.0],
    )
    solution = minimize(broken, 1.0, method)
    assert not solution.status.stationary
    assert solution.x.tolist() == [1.0]


def test_an_undefined_region_is_not_entered():
    logarithm = Problem(1, lambda x: x[0] - np.log(x[0]), lambda x: 1 - 1 / x, ggn=lambda x, v: v / x[0] ** 2)
    solution = minimize(logarithm, [3.0], HessianFree(damping=1e-9))
    assert solution.status is Status.STATIONARY
    assert_allclose(solution.x, [1.0], atol=1e-7)


def test_unbounded_below_is_said():
    linear = Problem(1, lambda x: x[0], lambda x: np.ones(1), ggn=lambda x, v: 0 * v)
    assert minimize(linear, [0.0], HessianFree(damping=1e-12)).status is Status.UNBOUNDED_BELOW


@pytest.mark.parametrize(
    ("method", "problem", "message"),
    [
        (HessianFree(), {}, r"HessianFree needs more .* \(f\): pass gradient="),
        (HessianFree(), {"gradient": abs}, r"pass ggn=, a function \(x, v\) ↦ G\(x\)v .*, or linearise=, to Problem"),
        (HessianFree(), {"gradient": abs, "hvp": max}, r"Or use NewtonCG\(\), which needs only hvp"),
        (NaturalGradient(), {"gradient": abs}, r"pass fisher=, a function \(x, v\) ↦ F\(x\)v"),
        (
            HessianFree(preconditioner=SquaredGradients()),
            {"gradient": abs, "ggn": max},
            r"pass squared_gradients=.* Or leave the preconditioner out, with preconditioner=None",
        ),
    ],
)
def test_what_a_problem_lacks_is_named(method, problem, message):
    with pytest.raises(InputError, match=message):
        minimize(Problem(1, abs, **problem), [1.0], method)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HessianFree(damping=0.0), "HessianFree needs damping to be positive and finite, but damping = 0.0"),
        (lambda: HessianFree(tolerance=-1.0), "needs tolerance to be positive and finite, but tolerance = -1.0"),
        (lambda: HessianFree(decay=2.0), r"needs decay in \[0, 1\], but decay = 2.0"),
        (lambda: HessianFree(cg_steps=0), "needs cg_steps ≥ 1, but cg_steps = 0"),
        (lambda: HessianFree(spacing=1.0), "needs spacing > 1, but spacing = 1.0"),
        (lambda: SquaredGradients(0.0), r"needs power in \(0, 1\], but power = 0.0"),
        (lambda: NaturalGradient(damping=0.0), "Fisher matrices of networks are singular"),
        (lambda: NaturalGradient(rtol=1.0), r"needs rtol in \(0, 1\), but rtol = 1.0"),
        (lambda: NaturalGradient(cg_steps=0), "needs cg_steps ≥ 1"),
    ],
)
def test_parameters_out_of_range_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HessianFree(preconditioner=0.75), r"preconditioner=SquaredGradients\(\) or None, but got 0.75"),
        (lambda: HessianFree(line_search=FixedStep(1.0)), r"line_search=Armijo\(...\), but got FixedStep"),
        (lambda: NaturalGradient(line_search=1.0), "line_search must be an object such as"),
        (lambda: Problem(1, abs, ggn=3), "ggn must be a function, but is 3"),
    ],
)
def test_the_wrong_kind_is_refused(make, message):
    with pytest.raises(WrongKind, match=message):
        make()


def test_a_linearisation_without_fisher_products_is_named():
    class At:
        def __init__(self, x):
            self.value, self.gradient = x @ x, 2 * x

        def ggn_product(self, v):
            return 2 * v

    with pytest.raises(WrongKind, match=r"linearise\(x\) has no fisher_product: pass fisher="):
        minimize(Problem(1, lambda x: x @ x, linearise=At), [1.0], NaturalGradient())


def test_negative_squares_are_refused():
    problem = dataclasses.replace(linear_problem(0)[0], squared_gradients=lambda x: -np.ones(5))
    with pytest.raises(InputError, match=r"squared_gradients\(x\) must not be negative, but one entry is -1"):
        minimize(problem, np.ones(5), HessianFree(preconditioner=SquaredGradients()))


@every_method
def test_a_method_is_a_value(method):
    assert method == dataclasses.replace(method) and hash(method) == hash(dataclasses.replace(method))
    assert Need.GRADIENT in method.needs
    with pytest.raises(dataclasses.FrozenInstanceError):
        method.damping = 1
    assert isinstance(HessianFree().line_search, Armijo)


@pytest.mark.parametrize("method", [HessianFree(), NaturalGradient()], ids=repr)
def test_formulas_without_a_model_are_refused_in_one_sentence(method):
    """A formula does not say what is output and what is loss, so it has no Gauss–Newton matrix."""
    for call in (
        lambda: hm.minimize("x**2 + y**2", [1.0, 1.0], method),
        lambda: hm.solver("x**2 + y**2", method),
        lambda: scipy.optimize.minimize(lambda x: x @ x, [1.0, 1.0], jac=lambda x: 2 * x, method=method),
    ):
        with pytest.raises(InputError, match=f"{type(method).__name__} needs more than this problem gives"):
            call()
