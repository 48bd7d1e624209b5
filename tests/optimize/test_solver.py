"""Prepared solvers: the compiled loop does what the loop in Python does."""

import os
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose

import hessmath as hm
from hessmath.errors import InputError, WrongKind
from hessmath.optimize import (
    BFGS,
    LBFGS,
    MINRES,
    Adam,
    AllOf,
    Armijo,
    ConjugateGradient,
    CubicNewton,
    ExactStep,
    FixedStep,
    GradientBelow,
    GradientDescent,
    LanczosSubproblem,
    ModifiedCholesky,
    Momentum,
    Nesterov,
    Newton,
    NewtonCG,
    PerturbedGradientDescent,
    Problem,
    RegularisedNewton,
    SaddleFreeNewton,
    Solution,
    Status,
    SteihaugCG,
    StepBelow,
    StoppingTest,
    TrustRegion,
    ValueBelow,
)

METHODS = {
    "gradient descent": GradientDescent(),
    "newton": Newton(),
    "newton, exact steps": Newton(line_search=ExactStep()),
    "shifted newton": RegularisedNewton(),
    "modified newton": RegularisedNewton(ModifiedCholesky()),
    "newton-cg": NewtonCG(),
    "trust region": TrustRegion(),
    "trust region, conjugate gradients": TrustRegion(subproblem=SteihaugCG()),
    "bfgs": BFGS(),
    "l-bfgs": LBFGS(memory=3),
    "momentum": Momentum(),
    "nesterov": Nesterov(),
    "adam": Adam(rate=0.01),
    "trust region, lanczos": TrustRegion(subproblem=LanczosSubproblem()),
    "newton-cg by minres": NewtonCG(inner=MINRES()),
    "linear cg": ConjugateGradient(),
    "minres": MINRES(),
    "saddle-free newton": SaddleFreeNewton(),
    "cubic newton": CubicNewton(),
    "perturbed gradient descent": PerturbedGradientDescent(),
}
USUAL = ("gradient descent", "newton", "shifted newton", "newton-cg", "trust region", "l-bfgs")
LONG = ("trust region, lanczos", "newton-cg by minres", "linear cg", "minres", "saddle-free newton")
on_request = pytest.mark.skipif(
    "HESSMATH_ALL_LOOPS" not in os.environ, reason="compiles for a minute: set HESSMATH_ALL_LOOPS=1 to run it"
)


def marks(name):
    """The first solver of a method compiles its loop for some seconds."""
    return () if name in USUAL else (on_request, pytest.mark.slow) if name in LONG else pytest.mark.slow


every_method = pytest.mark.parametrize(
    "method", [pytest.param(m, id=name, marks=marks(name)) for name, m in METHODS.items()]
)

ROSENBROCK = "100*(y - x**2)**2 + (1 - x)**2"
FORMULAS = {
    "rosenbrock": (ROSENBROCK, [-1.2, 1.0]),
    "at a saddle": ("x**2 - y**2 + y**4/4", [0.0, 0.0]),
    "beside a saddle": ("x**2 - y**2 + y**4/4", [1.0, 1.2]),
    "at a maximum": ("x**4/4 - x**2/2 + y**4/4 - y**2/2", [0.0, 0.0]),
    "logarithm": ("x - log(x) + y**2", [3.0, 1.0]),
    "outside": ("x - log(x) + y**2", [-3.0, 1.0]),
    "flat": ("x**2 + 0*y", [1.0, 1.0]),
    "linear": ("-x + 0*y", [1.0, 1.0]),
    "downhill": ("y**2 - x**2", [0.0, 1.0]),
    "badly scaled": ("(x - 1e6)**2 + (y - 2e-6)**2 + (x*y - 2)**2", [1.0, 1.0]),
    "himmelblau": ("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", [0.0, 0.0]),
}


def function(text):
    return hm.Function(text, "x y")


@every_method
@pytest.mark.parametrize("name", FORMULAS)
def test_it_does_what_the_loop_in_python_does(method, name):
    if name == "badly scaled" and isinstance(method, Newton | MINRES):
        pytest.skip("full steps wander about there, and rounding decides where to")
    text, start = FORMULAS[name]
    f = function(text)
    ours = hm.solver(f, method, max_steps=200)(start)
    theirs = hm.minimize(f, start, method, max_steps=200)
    assert ours.status is theirs.status
    if ours.status.success:
        assert_allclose(ours.x, theirs.x, rtol=1e-6, atol=1e-6)
    if name in ("rosenbrock", "himmelblau", "logarithm"):
        assert (ours.steps, ours.evaluations) == (theirs.steps, theirs.evaluations)
        assert_allclose(ours.x, theirs.x, rtol=1e-9, atol=1e-9)
    assert ours.negative_curvature_seen == theirs.negative_curvature_seen
    assert ours.positive_curvature_seen == theirs.positive_curvature_seen


def test_a_solution_of_a_solver_is_a_solution():
    f = function(ROSENBROCK)
    s = hm.solver(f, Newton())([-1.2, 1.0])
    assert isinstance(s, Solution)
    assert s == hm.minimize(f, [-1.2, 1.0], Newton())
    assert repr(s).startswith("Solution(CONVERGED after 6 steps: x = [x=1, y=1]")
    assert s.kind.nature.value == "minimum"
    assert (s.success, s.trace, s.names) == (True, (), ("x", "y"))
    assert s.gradient_norm == pytest.approx(np.linalg.norm(s.gradient))
    assert not hasattr(s, "hessian")


def test_any_kind_of_start_is_taken_or_explained():
    solve = hm.solver(function(ROSENBROCK), Newton())
    expected = solve(np.array([2.0, 1.0]))
    for start in ([2, 1], (2.0, 1.0), np.array([2, 1]), np.array([2.0, 9.0, 1.0])[::2], np.float32([2, 1])):
        assert solve(start) == expected
    with pytest.raises(InputError, match=r"x0\[0\] \(x\) is nan"):
        solve(np.array([np.nan, 1.0]))
    with pytest.raises(InputError, match="x0 has length 3, but f takes 2 variables"):
        solve(np.zeros(3))


def test_earlier_solutions_keep_their_numbers():
    solve = hm.solver(function(ROSENBROCK), Newton())
    first = solve([-1.2, 1.0])
    x = first.x.copy()
    solve([7.0, 3.0])
    assert first.x.tolist() == x.tolist()


def test_parameters_and_stopping_tests():
    f = hm.Function("a*(x - 1)**2 + y**2", "x y", parameters="a")
    solve = hm.solver(f, GradientDescent(), parameters=[3.0], stop=GradientBelow(1e-3) | ValueBelow(1e-1))
    assert solve([5.0, 5.0]).status is Status.TARGET_REACHED
    both = AllOf(GradientBelow(1e-2), StepBelow(1e-3))
    assert hm.solver(f, GradientDescent(), parameters=[3.0], stop=both)([5.0, 5.0]).status is Status.STATIONARY
    with pytest.raises(InputError, match="f has 1 parameter"):
        hm.solver(f, Newton())


def test_what_a_solver_cannot_do_is_said():
    with pytest.raises(WrongKind, match=r"needs a formula or a Kernel, but got Problem.*: use minimize"):
        hm.solver(Problem(1, lambda x: x[0]), Newton())
    with pytest.raises(WrongKind, match=r"is the class Newton: pass Newton\(\)"):
        hm.solver(ROSENBROCK, Newton)


def test_a_stopping_test_of_ones_own_sees_the_state():
    seen = []

    class Third(StoppingTest):
        def __call__(self, state):
            seen.append((state.value, state.gradient_norm, state.step_norm, state.x.tolist()))
            return Status.SMALL_STEP if len(seen) == 3 else None

    solution = hm.minimize(ROSENBROCK, [-1.2, 1.0], Newton(), stop=Third())
    assert (solution.status, solution.steps) == (Status.SMALL_STEP, 2)
    assert seen[0][3] == [-1.2, 1.0]
    assert seen[-1][0] == solution.value


def test_many_starts_give_what_one_after_the_other_gives():
    f = function(FORMULAS["himmelblau"][0])
    starts = np.random.default_rng(0).uniform(-5, 5, (300, 2))
    solve = hm.solver(f)
    one, two = solve.many(starts), solve.many(starts, threads=3)
    for i in (0, 7, 299):
        assert one[i] == two[i] == solve(starts[i])
    assert len(one) == 300
    assert one.x.tolist() == two.x.tolist()
    assert one.statuses == {Status.CONVERGED: 300}
    assert sum(reached.starts for reached in one.points) == 300
    minima = sorted(tuple(reached.solution.x.round(4)) for reached in one.points)
    assert_allclose(minima, [(-3.7793, -3.2832), (-2.8051, 3.1313), (3.0, 2.0), (3.5844, -1.8481)], atol=1e-4)
    assert repr(one) == "<300 solutions: CONVERGED 300; 4 distinct critical points>"
    assert "from " in repr(one.points[0])


def test_many_starts_are_checked():
    with pytest.raises(InputError, match=r"X0\[1, 0\] is inf"):
        hm.minimize_many(ROSENBROCK, [[1, 2], [np.inf, 0]], Newton())
    with pytest.raises(InputError, match=r"pass shape \(N, 2\)"):
        hm.minimize_many(ROSENBROCK, [1, 2], Newton())
    with pytest.raises(InputError, match="threads must be at least 1"):
        hm.minimize_many(ROSENBROCK, [[1, 2]], Newton(), threads=0)
    assert len(hm.minimize_many(ROSENBROCK, np.zeros((0, 2)), Newton())) == 0


def test_a_solver_may_be_used_from_several_threads():
    solve = hm.solver(function(ROSENBROCK), RegularisedNewton())
    starts = np.random.default_rng(1).uniform(-2, 2, (40, 2))
    expected = [solve(x) for x in starts]
    found = {}

    def work(part):
        for i in range(part, 40, 4):
            found[i] = solve(starts[i])

    threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[i] for i in range(40)] == expected


def chain(n):
    import sympy

    x = sympy.symbols(f"x0:{n}")
    return hm.Function(sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(n - 1)), x)


def test_a_banded_hessian_is_factorised_as_a_band():
    f = chain(20)
    start = np.tile([-1.2, 1.0], 10)
    banded = hm.solver(f, RegularisedNewton())
    assert banded.banded and "banded, 2 diagonals" in repr(banded)
    dense = hm.solver(f, RegularisedNewton(ModifiedCholesky()))
    assert not dense.banded
    one, other = banded(start), dense(start)
    assert one.status is other.status is Status.CONVERGED
    reference = hm.minimize(f, start, RegularisedNewton())
    assert_allclose(one.x, reference.x, atol=1e-7)


def test_without_a_method_a_banded_hessian_is_kept_as_a_band_and_others_get_the_trust_region():
    banded, dense = hm.solver(chain(20)), hm.solver("x**4 + y**2 + x*y")
    assert banded.banded and banded.method == RegularisedNewton()
    assert not dense.banded and dense.method == TrustRegion()


def test_a_saddle_with_a_banded_hessian_is_left():
    import sympy

    x = sympy.symbols("x0:8")
    f = hm.Function(sum(v**4 / 4 - v**2 / 2 for v in x) + sum((a - b) ** 2 / 10 for a, b in zip(x, x[1:])), x)  # noqa: B905, RUF007
    solve = hm.solver(f, RegularisedNewton())
    assert solve.banded
    solution = solve(np.zeros(8))
    assert solution.status is Status.CONVERGED
    assert solution.negative_curvature_seen
    assert solution.value < 0
    assert solution.kind.nature.value == "minimum"


def test_fixed_steps_need_no_line_search():
    f = function("x**2 + 2*y**2")
    method = GradientDescent(step=FixedStep(0.25))
    assert hm.solver(f, method)([1.0, 1.0]) == hm.minimize(f, [1.0, 1.0], method)
    damped = Newton(line_search=Armijo())
    assert hm.solver(f, damped)([1.0, 1.0]).success
