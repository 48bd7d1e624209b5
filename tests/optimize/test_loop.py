"""The loop: how a run ends, what is recorded, what is refused."""

import dataclasses

import numpy as np
import pytest

from hessmath.errors import InputError, WrongKind
from hessmath.optimize import (
    Evaluations,
    FixedStep,
    GradientBelow,
    GradientDescent,
    Newton,
    NewtonCG,
    RegularisedNewton,
    Status,
    StepBelow,
    TrustRegion,
    ValueBelow,
    default_method,
    minimize,
)

SLOW = GradientDescent(step=FixedStep(1e-3))


def test_pure_newton_solves_rosenbrock_from_the_standard_start(problems):
    solution = minimize(problems.rosenbrock, (-1.2, 1), Newton())
    assert solution.status is Status.CONVERGED
    assert np.abs(solution.x - 1).max() < 1e-9
    assert solution.steps == 6
    assert solution.evaluations == Evaluations(f=7, gradient=7, hessian=7, hvp=0)


def test_a_callback_sees_every_step_and_may_stop_the_run(problems):
    seen = []

    def callback(record):
        seen.append((record.steps, record.value))
        if record.steps == 3:
            raise StopIteration

    solution = minimize(problems.rosenbrock, (-1.2, 1), SLOW, callback=callback)
    assert [steps for steps, _ in seen] == [1, 2, 3]
    assert (solution.status, solution.steps, solution.value) == (Status.STOPPED_BY_CALLBACK, 3, seen[-1][1])


def test_other_exceptions_of_a_callback_are_not_swallowed(problems):
    def callback(record):
        raise ZeroDivisionError("in the callback")

    with pytest.raises(ZeroDivisionError, match="in the callback"):
        minimize(problems.rosenbrock, (-1.2, 1), SLOW, callback=callback)


def test_stop_iteration_from_the_function_itself_is_not_swallowed(problems):
    p = problems.Problem(1, lambda x: next(iter(())), gradient=lambda x: x)
    with pytest.raises(StopIteration):
        minimize(p, 1.0)


def test_the_keyboard_leaves_a_usable_solution(problems):
    calls = 0

    def gradient(x):
        nonlocal calls
        calls += 1
        if calls == 5:
            raise KeyboardInterrupt
        return problems.rosenbrock.gradient(x)

    p = dataclasses.replace(problems.rosenbrock, gradient=gradient)
    solution = minimize(p, (-1.2, 1), SLOW)
    assert (solution.status, solution.steps) == (Status.INTERRUPTED, 3)
    assert solution.value == p.f(solution.x) < p.f(np.array([-1.2, 1.0]))
    resumed = minimize(problems.rosenbrock, solution.x, Newton())
    assert resumed.success


def test_an_interruption_in_the_callback_keeps_the_step(problems):
    def callback(record):
        raise KeyboardInterrupt

    solution = minimize(problems.rosenbrock, (-1.2, 1), SLOW, callback=callback)
    assert (solution.status, solution.steps) == (Status.INTERRUPTED, 1)


def test_the_trace_has_the_start_and_every_step(problems):
    solution = minimize(problems.rosenbrock, (-1.2, 1), Newton(), trace=True)
    assert [record.steps for record in solution.trace] == list(range(solution.steps + 1))
    first, last = solution.trace[0], solution.trace[-1]
    assert first.x.tolist() == [-1.2, 1.0]
    assert first.step_norm == np.inf
    assert last.x.tolist() == solution.x.tolist()
    assert last.step_norm == pytest.approx(np.linalg.norm(last.x - solution.trace[-2].x))
    assert last.step_size == 1.0
    assert last.evaluations.hessian == solution.steps  # the look at curvature comes after
    assert minimize(problems.rosenbrock, (-1.2, 1), Newton()).trace == ()


def test_damping_is_recorded(problems):
    solution = minimize(problems.saddle, (1.0, 0.1), RegularisedNewton(), trace=True)
    assert solution.trace[1].damping > 2.0  # the Hessian there has the eigenvalue −1.97
    assert solution.trace[-1].damping == 0.0


def test_a_saddle_without_a_step_left_is_called_one(problems):
    solution = minimize(problems.saddle, (0.0, 0.0), RegularisedNewton(), max_steps=0)
    assert (solution.status, solution.steps) == (Status.NOT_A_MINIMUM, 0)
    assert solution.x.tolist() == [0.0, 0.0]
    assert solution.negative_curvature_seen


def test_other_stopping_tests_have_their_own_statuses(problems):
    p, start = problems.rosenbrock, (-1.2, 1)
    by_value = minimize(p, start, SLOW, stop=GradientBelow() | ValueBelow(4.0))
    assert by_value.status is Status.TARGET_REACHED
    assert by_value.value <= 4.0
    by_step = minimize(p, start, RegularisedNewton(), stop=StepBelow(1e-3))
    assert by_step.status is Status.SMALL_STEP
    both = minimize(p, start, Newton(), stop=GradientBelow(1e-2) & ValueBelow(1e-9))
    assert both.status is Status.CONVERGED
    assert both.value <= 1e-9
    relative = minimize(p, start, Newton(), stop=GradientBelow(0.0, rtol=1e-3))
    assert relative.gradient_norm <= 1e-3 * np.linalg.norm(p.gradient(start))


def test_a_run_that_can_get_no_closer_ends(problems):
    """√2 is not a float: the gradient of (x² − 2)² cannot vanish, but the steps do."""
    p = problems.build(
        1, lambda x: (x[0] ** 2 - 2) ** 2, lambda x: 4 * x * (x * x - 2), lambda x: [[12 * x[0] ** 2 - 8]]
    )
    solution = minimize(p, 1.0, Newton(), stop=GradientBelow(0.0))
    assert solution.status is Status.STALLED
    assert solution.steps < 20
    assert abs(solution.x[0] - 2**0.5) < 1e-15
    assert "as accurate as rounding allows" in solution.advice


def test_minus_infinity_is_unbounded_below(problems):
    p = problems.Problem(1, lambda x: -np.inf if x[0] > 1 else -x[0], gradient=lambda x: [-1.0])
    assert minimize(p, 0.0, GradientDescent(step=FixedStep(2.0))).status is Status.UNBOUNDED_BELOW
    assert minimize(p, 0.5, GradientDescent()).status is Status.UNBOUNDED_BELOW


def test_value_and_gradient_are_asked_for_together(problems):
    together = []
    p = problems.Problem(
        2,
        problems.rosenbrock.f,
        value_and_gradient=lambda x: together.append(1) or (problems.rosenbrock.f(x), problems.rosenbrock.gradient(x)),
    )
    assert p.gives == ("f", "gradient")
    solution = minimize(p, (-1.2, 1), SLOW, max_steps=10)
    assert len(together) == 11 == solution.evaluations.gradient == solution.evaluations.f
    one, other = (minimize(q, (-1.2, 1), GradientDescent(), max_steps=10) for q in (p, problems.rosenbrock))
    assert one.x.tolist() == other.x.tolist()
    assert one.evaluations.f == other.evaluations.f + 10  # a gradient alone is asked for with its value


def test_a_buffer_that_is_reused_does_no_harm(problems):
    g, H = np.empty(2), np.empty((2, 2))

    def gradient(x):
        g[:] = problems.rosenbrock.gradient(x)
        return g

    def hessian(x):
        H[:] = problems.rosenbrock.hessian(x)
        return H

    p = problems.build(2, problems.rosenbrock.f, gradient, hessian)
    for method in (Newton(), RegularisedNewton(), NewtonCG()):
        assert minimize(p, (-1.2, 1), method) == minimize(problems.rosenbrock, (-1.2, 1), method)


def test_the_seed_decides_the_random_direction(problems):
    one, same, generator, other = (
        minimize(problems.saddle, (0, 0), NewtonCG(), rng=rng) for rng in (1, 1, np.random.default_rng(1), 2)
    )
    assert one == same == generator
    assert one != other


def test_the_default_method_suits_the_problem(problems):
    p = problems.rosenbrock
    assert default_method(p) == TrustRegion()
    assert default_method(dataclasses.replace(p, hessian=None)) == NewtonCG()
    assert default_method(dataclasses.replace(p, hessian=None, hvp=None)) == GradientDescent()
    large = problems.quadratic(np.eye(501))
    assert default_method(large) == NewtonCG()
    assert default_method(dataclasses.replace(large, hvp=None)) == RegularisedNewton()
    assert minimize(p, (-1.2, 1)).method == TrustRegion()


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ([1.0, np.nan], r"x0\[1\] \(y\) is nan: every coordinate of the start must be a finite number"),
        ([-np.inf, 1.0], r"x0\[0\] \(x\) is -inf"),
        ([1.0, 2.0, 3.0], r"x0 has length 3, but f takes 2 variables \(x, y\)\."),
        ([[1.0, 2.0]], r"x0 has shape \(1, 2\), but f takes 2 variables"),
        (5.0, r"x0 has shape \(\), but f takes 2 variables"),
        (["1", "2"], r"x0 must consist of real numbers, but is"),
        ([1j, 2], r"x0 must be real, but is complex"),
        ([None, 1], r"x0 must consist of real numbers, but is \[None, 1\]"),
        ([object(), 1], r"x0 must consist of real numbers, but is .*object"),
    ],
)
def test_a_bad_start_is_named(problems, start, message):
    with pytest.raises(InputError, match=message):
        minimize(problems.rosenbrock, start, Newton())


def test_a_variable_without_a_name_is_numbered(problems):
    with pytest.raises(InputError, match=r"x0\[1\] is nan:"):
        minimize(problems.saddle, [1.0, np.nan], Newton())
    with pytest.raises(InputError, match=r"x0 has length 2, but f takes 1 variable\."):
        minimize(problems.one_variable, [1.0, 2.0], Newton())


def test_bounds_are_refused_clearly(problems):
    with pytest.raises(InputError, match=r"does not support bounds: leave them out, and substitute variables"):
        minimize(problems.rosenbrock, (-1.2, 1), Newton(), bounds=[(0, 1), (0, 1)])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"max_steps": -1}, InputError, "max_steps must be at least 0, but is -1"),
        ({"max_steps": 2.5}, WrongKind, r"max_steps must be an integer, but is 2\.5"),
        (
            {"method": "newton"},
            WrongKind,
            r"must be an object such as Newton\(\) .* but is 'newton'",
        ),
        ({"stop": 1e-8}, WrongKind, r"stop must be an object such as GradientBelow\(1e-8\), but is 1e-08"),
        ({"stop": GradientBelow}, WrongKind, "stop must be an object"),
        ({"problem": lambda x: x @ x}, WrongKind, "minimize needs a Problem, but got <function"),
    ],
)
def test_bad_arguments_are_refused(problems, change, error, message):
    arguments = {"problem": problems.rosenbrock, "x0": (-1.2, 1)} | change
    with pytest.raises(error, match=message):
        minimize(**arguments)


def test_what_newton_lacks_is_named_with_a_way_out(problems):
    p = dataclasses.replace(problems.rosenbrock, hessian=None)
    with pytest.raises(
        InputError,
        match=r"Newton needs more than this problem gives \(f, gradient, hvp\): pass hessian=, a function .* to "
        r"Problem\. Or use NewtonCG\(\), which needs only hvp\.",
    ):
        minimize(p, (-1.2, 1), Newton())
    p = dataclasses.replace(p, hvp=None)
    with pytest.raises(InputError, match=r"pass hvp=, .* or hessian=.*Or use GradientDescent\(\), which needs only"):
        minimize(p, (-1.2, 1), NewtonCG())
