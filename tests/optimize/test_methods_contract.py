"""Every method through the same laws."""

import dataclasses
import itertools
import math
import re

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hessmath.errors import InputError, WrongKind
from hessmath.optimize import (
    BFGS,
    LBFGS,
    MINRES,
    Armijo,
    ConjugateGradient,
    CubicNewton,
    ExactStep,
    FixedStep,
    GradientBelow,
    GradientDescent,
    LanczosSubproblem,
    ModifiedCholesky,
    Newton,
    NewtonCG,
    PerturbedGradientDescent,
    RegularisedNewton,
    SaddleFreeNewton,
    Status,
    SteihaugCG,
    TrustRegion,
    minimize,
)

METHODS = {
    "gradient descent": GradientDescent(),
    "gradient descent, short fixed steps": GradientDescent(step=FixedStep(1e-3)),
    "gradient descent, exact steps": GradientDescent(step=ExactStep()),
    "newton": Newton(),
    "newton, damped": Newton(line_search=Armijo()),
    "newton, exact steps": Newton(line_search=ExactStep()),
    "shifted newton": RegularisedNewton(),
    "modified newton": RegularisedNewton(ModifiedCholesky()),
    "newton-cg": NewtonCG(),
    "trust region": TrustRegion(),
    "trust region, conjugate gradients": TrustRegion(subproblem=SteihaugCG()),
    "trust region, lanczos": TrustRegion(subproblem=LanczosSubproblem()),
    "newton-cg by minres": NewtonCG(inner=MINRES()),
    "linear cg": ConjugateGradient(),
    "minres": MINRES(),
    "saddle-free newton": SaddleFreeNewton(),
    "cubic newton": CubicNewton(),
    "perturbed gradient descent": PerturbedGradientDescent(),
    "bfgs, learning from gradients": BFGS(),
    "l-bfgs, learning from gradients": LBFGS(),
}
SECOND_ORDER = {name: method for name, method in METHODS.items() if "gradient" not in name}
ESCAPING_NAMES = (
    "shifted newton",
    "modified newton",
    "newton-cg",
    "newton-cg by minres",
    "linear cg",
    "trust region",
    "trust region, conjugate gradients",
    "trust region, lanczos",
    "saddle-free newton",
    "cubic newton",
)
ESCAPING = {name: METHODS[name] for name in ESCAPING_NAMES}

every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
second_order = pytest.mark.parametrize("method", SECOND_ORDER.values(), ids=SECOND_ORDER.keys())
escaping = pytest.mark.parametrize("method", ESCAPING.values(), ids=ESCAPING.keys())


def assert_consistent(problem, solution):
    """What a solution says about its point is true, whatever the status."""
    assert_allclose(solution.value, problem.f(solution.x), rtol=1e-14)
    assert_allclose(solution.gradient, problem.gradient(solution.x), rtol=1e-14)
    assert_allclose(solution.gradient_norm, math.hypot(*solution.gradient), rtol=1e-14)
    assert solution.status.stationary == (solution.gradient_norm <= 1e-8)
    assert solution.x.dtype == np.float64


@every_method
def test_a_solution_tells_the_truth_about_its_point(case, method):
    assert_consistent(case.problem, minimize(case.problem, case.start, method, max_steps=300))


@escaping
def test_methods_that_use_curvature_reach_a_minimum(case, method):
    if isinstance(method, ConjugateGradient) and case.name == "powell singular":
        pytest.skip("made for quadratics: where the Hessian is singular it takes more than 1000 steps")
    solution = minimize(case.problem, case.start, method)
    assert solution.status is Status.CONVERGED, solution.advice
    assert solution.positive_curvature_seen
    # At Powell's singular minimum a gradient of 1e-8 leaves an error of about its cube root.
    assert case.distance(solution.x) < (1e-2 if case.name == "powell singular" else 1e-6)


@second_order
def test_second_order_methods_agree_with_scipy_on_rosenbrock(problems, method):
    p = problems.rosenbrock
    theirs = scipy.optimize.minimize(
        p.f,
        [1.2, 1.2],
        jac=lambda x: np.array(p.gradient(x)),
        hess=lambda x: np.array(p.hessian(x)),
        method="trust-exact",
    )
    ours = minimize(p, [1.2, 1.2], method)
    assert ours.success
    assert_allclose(ours.x, theirs.x, atol=1e-6)


@every_method
@settings(deadline=None, max_examples=25)
@given(
    eigenvalues=st.lists(st.floats(0.5, 2.0), min_size=1, max_size=5),
    seed=st.integers(0, 999),
)
def test_convex_quadratics_are_solved(method, eigenvalues, seed, problems):
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.standard_normal((len(eigenvalues),) * 2))[0]
    A = (Q * eigenvalues) @ Q.T
    A = (A + A.T) / 2
    b, x0 = rng.standard_normal((2, len(eigenvalues)))
    if method == GradientDescent(step=FixedStep(1e-3)):
        method = GradientDescent(step=FixedStep(0.5))  # below 2/λmax, and quick enough to wait for
    solution = minimize(problems.quadratic(A, b), x0, method)
    assert solution.status in (Status.CONVERGED, Status.STATIONARY)
    # ‖x − A⁻¹b‖ ≤ ‖∇f‖/λmin
    assert np.linalg.norm(solution.x - np.linalg.solve(A, b)) <= 2.1e-8


@every_method
def test_an_optimal_start_takes_no_step(problems, method):
    solution = minimize(problems.rosenbrock, [1, 1], method)
    assert solution.steps == 0
    assert solution.x.tolist() == [1.0, 1.0]
    if not isinstance(method, PerturbedGradientDescent):  # which looks around, and comes back
        assert (solution.evaluations.f, solution.evaluations.gradient) == (1, 1)
    assert solution.status in (Status.CONVERGED, Status.STATIONARY)


@every_method
@pytest.mark.parametrize("start", [(1.0, 0.0), (0.0, 0.0)], ids=["beside it", "on it"])
def test_a_saddle_never_passes_as_a_minimum(problems, method, start):
    solution = minimize(problems.saddle, start, method, max_steps=20_000)
    assert_consistent(problems.saddle, solution)
    at_the_saddle = abs(solution.x[1]) < 1e-3
    if at_the_saddle:
        assert not solution.success
        assert solution.status in (Status.STATIONARY, Status.NOT_A_MINIMUM)


@escaping
@pytest.mark.parametrize("start", [(1.0, 0.0), (0.0, 0.0), (1e-9, 1e-12)])
def test_a_saddle_is_left_downhill(problems, method, start):
    solution = minimize(problems.saddle, start, method)
    assert solution.status is Status.CONVERGED
    assert_allclose(np.abs(solution.x), [0.0, 2**0.5], atol=1e-8)
    assert solution.negative_curvature_seen


@escaping
def test_a_maximum_is_left_downhill(problems, method):
    solution = minimize(problems.hilltop, [0.0, 0.0], method)
    assert solution.status is Status.CONVERGED
    assert_allclose(np.abs(solution.x), [1.0, 1.0], atol=1e-8)


@every_method
def test_an_undefined_region_is_not_entered(problems, method):
    """From x = 3 the full Newton step on x − log x leads to x = −3."""
    solution = minimize(problems.logarithm, [3.0, 1.0], method, max_steps=25_000)
    assert np.isfinite(solution.x).all() and np.isfinite(solution.value)
    if method in (Newton(), MINRES()):
        assert solution.status is Status.NOT_FINITE
        assert solution.x.tolist() == [3.0, 1.0]
        assert "Armijo()" in solution.advice
    elif "ExactStep" not in repr(method):
        assert solution.status in (Status.CONVERGED, Status.STATIONARY)
        assert_allclose(solution.x, [1.0, 0.0], atol=1e-7)


@every_method
def test_a_start_outside_the_domain_is_a_result(problems, method):
    solution = minimize(problems.logarithm, [-1.0, 1.0], method)
    assert (solution.status, solution.steps) == (Status.NOT_FINITE, 0)
    assert np.isnan(solution.value)


@every_method
def test_a_constant_is_stationary_everywhere(problems, method):
    solution = minimize(problems.constant, [5, 6], method)
    assert solution.status in (Status.STATIONARY, Status.DEGENERATE)
    assert (solution.steps, solution.value) == (0, 3.0)


@every_method
def test_a_linear_function_does_not_converge(problems, method):
    solution = minimize(problems.linear, [0.0, 0.0], method)
    assert not solution.status.stationary
    if method in ESCAPING.values() or method == GradientDescent():
        assert solution.status is Status.UNBOUNDED_BELOW


@escaping
def test_a_quadratic_without_minimum_is_unbounded_below(problems, method):
    solution = minimize(problems.downhill, [0.0, 1.0], method)
    assert solution.status is Status.UNBOUNDED_BELOW
    assert "check the sign" in solution.advice.lower()


@second_order
def test_a_singular_hessian_is_a_result(problems, method):
    solution = minimize(problems.flat, [1.0, 1.0], method)
    if isinstance(method, Newton):
        assert solution.status is Status.SINGULAR_HESSIAN
        assert "RegularisedNewton()" in solution.advice
        assert (solution.steps, solution.x.tolist()) == (0, [1.0, 1.0])
    else:
        assert solution.status is Status.DEGENERATE
        assert_allclose(solution.x[0], 0.0, atol=1e-8)


@every_method
@pytest.mark.parametrize("dtype", [int, np.float32, object])
def test_the_type_of_the_start_does_not_matter(problems, method, dtype):
    start = np.array([2, 1]).astype(dtype)
    expected = minimize(problems.logarithm, [2.0, 1.0], method, max_steps=50)
    assert minimize(problems.logarithm, start, method, max_steps=50) == expected
    assert start.tolist() == [2, 1]


@every_method
def test_the_same_run_gives_the_same_solution(problems, method):
    first, second = (minimize(problems.saddle, [0.0, 0.0], method, max_steps=50) for _ in range(2))
    assert first == second


@every_method
def test_evaluations_are_those_that_were_made(problems, method):
    counts = dict.fromkeys(("f", "gradient", "hessian", "hvp"), 0)

    def counted(name):
        function = getattr(problems.rosenbrock, name)

        def evaluate(*arguments):
            counts[name] += 1
            return function(*arguments)

        return evaluate

    problem = dataclasses.replace(problems.rosenbrock, **{name: counted(name) for name in counts})
    solution = minimize(problem, [-1.2, 1.0], method, max_steps=20)
    assert dataclasses.asdict(solution.evaluations) == {**counts, "ggn": 0}


@every_method
def test_the_run_stops_at_max_steps(problems, method):
    solution = minimize(problems.rosenbrock, [-1.2, 1.0], method, max_steps=2)
    assert (solution.status, solution.steps) == (Status.STEPS_EXHAUSTED, 2)
    assert minimize(problems.rosenbrock, [-1.2, 1.0], method, max_steps=0).steps == 0


@every_method
@pytest.mark.parametrize("bad", [[np.nan, 1.0], [1.0, np.inf], [1.0], [1.0, 2.0, 3.0], 1.0])
def test_a_bad_start_is_refused(problems, method, bad):
    with pytest.raises(InputError, match="x0"):
        minimize(problems.rosenbrock, bad, method)


@every_method
def test_one_number_is_a_start_in_one_variable(problems, method):
    solution = minimize(problems.one_variable, 1.5, method, max_steps=20_000)
    assert_allclose(solution.x, [2.0], atol=1e-7)


@every_method
def test_derivatives_of_one_variable_may_be_numbers(problems, method):
    p = problems.Problem(
        1, lambda x: x[0] ** 2, lambda x: 2 * x[0], hessian=lambda x: 2, hvp=lambda x, v: 2 * v[0], names=("x",)
    )
    assert minimize(p, 1, method, stop=GradientBelow(1e-2), max_steps=3000).status.stationary


@every_method
def test_a_method_is_a_value(method):
    assert method == dataclasses.replace(method)
    assert len({method, dataclasses.replace(method)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        method.anything = 1


@every_method
def test_what_a_problem_lacks_is_named(problems, method):
    bare = problems.Problem(2, problems.rosenbrock.f)
    needed = re.escape(type(method).__name__) + r" needs more than this problem gives \(f\): pass gradient="
    with pytest.raises(InputError, match=needed):
        minimize(bare, [0, 0], method)


@every_method
def test_the_class_is_not_the_method(problems, method):
    name = type(method).__name__
    with pytest.raises(WrongKind, match=rf"is the class {name}: pass {name}\(\)"):
        minimize(problems.rosenbrock, [0, 0], type(method))


@second_order
def test_a_hessian_that_is_not_finite_is_a_result(problems, method):
    p = problems.build(1, lambda x: x[0] ** 2, lambda x: 2 * x, lambda x: [[np.nan]])
    for start in (1.0, 0.0):
        assert minimize(p, start, method).status is Status.NOT_FINITE


@pytest.mark.parametrize("method", [m for m in METHODS.values() if "Armijo" in repr(m)], ids=repr)
def test_with_armijo_the_value_never_rises(case, method):
    solution = minimize(case.problem, case.start, method, max_steps=200, trace=True)
    values = [record.value for record in solution.trace]
    slack = 1e-14 * max(1.0, abs(values[-1]))  # steps at the rounding of f are accepted by slope
    assert all(after <= before + slack for before, after in itertools.pairwise(values))
