"""Callbacks, traces and stopping tests of one's own: the same in prepared solvers as in minimize."""

import dataclasses
import signal

import numpy as np
import pytest
from numpy.testing import assert_allclose

import hessmath as hm
from hessmath.errors import InputError, WrongKind
from hessmath.optimize import (
    GradientDescent,
    Newton,
    RegularisedNewton,
    Status,
    StoppingTest,
    TrustRegion,
)
from hessmath.optimize.following import Every

ROSENBROCK = hm.Function("100*(y - x**2)**2 + (1 - x)**2", "x y")
SADDLE = hm.Function("x**2 - y**2 + y**4/4", "x y")
START = [-1.2, 1.0]
METHODS = [GradientDescent(), Newton(), RegularisedNewton(), TrustRegion()]
every_method = pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)


@every_method
def test_the_trace_is_that_of_minimize(method):
    ours = hm.solver(ROSENBROCK, method, trace=True, max_steps=60)(START)
    theirs = hm.minimize(ROSENBROCK, START, method, trace=True, max_steps=60)
    plain = hm.solver(ROSENBROCK, method, max_steps=60)(START)
    assert ours == theirs == plain
    assert len(ours.trace) == len(theirs.trace) == ours.steps + 1
    for one, other in zip(ours.trace, theirs.trace, strict=True):
        assert (one.steps, one.evaluations) == (other.steps, other.evaluations)
        assert_allclose(one.x, other.x, rtol=1e-9, atol=1e-12)  # two ways to factorise, and rounding grows
        for name in ("value", "gradient_norm", "step_size", "step_norm", "damping", "smallest_curvature"):
            assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-12)
        assert (one.radius is None) == (other.radius is None)


@every_method
@pytest.mark.parametrize("k", [1, 3, 7, 1000])
def test_a_callback_is_called_every_so_many_steps_and_at_the_end(method, k):
    seen = {"solver": [], "minimize": [], "minimize with a trace": []}

    def into(name):
        return Every(k, lambda record: seen[name].append(record.steps))

    s = hm.solver(ROSENBROCK, method, callback=into("solver"), max_steps=60)(START)
    hm.minimize(ROSENBROCK, START, method, callback=into("minimize"), max_steps=60)
    hm.minimize(ROSENBROCK, START, method, callback=into("minimize with a trace"), max_steps=60, trace=True)
    expected = sorted({*range(k, s.steps + 1, k), s.steps})
    assert seen == dict.fromkeys(seen, expected)


def test_without_a_callback_python_is_not_entered():
    """A run with a callback for every 10 steps enters the compiled loop once for each, and once to begin."""
    calls = []
    solve = hm.solver(ROSENBROCK, GradientDescent(), callback=Every(10, lambda record: calls.append(1)), max_steps=100)
    assert solve(START).steps == 100
    assert len(calls) == 10
    assert type(hm.solver(ROSENBROCK, GradientDescent())).__name__ == "Solver"


def test_a_callback_may_stop_the_run():
    def stop(record):
        raise StopIteration

    s = hm.solver(ROSENBROCK, Newton(), callback=Every(3, stop))(START)
    assert (s.status, s.steps) == (Status.STOPPED_BY_CALLBACK, 3)
    assert s.value == pytest.approx(100 * (s.x[1] - s.x[0] ** 2) ** 2 + (1 - s.x[0]) ** 2)
    again = hm.solver(ROSENBROCK, Newton())(s.x)
    assert again.steps == 3


def test_the_keyboard_between_chunks_leaves_a_usable_solution():
    def interrupt(record):
        if record.steps == 20:
            signal.raise_signal(signal.SIGINT)

    s = hm.solver(ROSENBROCK, GradientDescent(), callback=Every(10, interrupt))(START)
    assert (s.status, s.steps) == (Status.INTERRUPTED, 20)
    assert s.value < 24.2
    assert hm.minimize(ROSENBROCK, s.x, Newton()).success


class SmallValue(StoppingTest):
    """f ≤ 1 counts as stationary, so that the method must look at the point."""

    def __call__(self, state):
        return Status.STATIONARY if state.value <= self.bound else None

    bound = 1.0


class ThirdPoint(StoppingTest):
    def __init__(self):
        self.seen = []

    def __call__(self, state):
        self.seen.append(state.x.tolist())
        return Status.SMALL_STEP if len(self.seen) == 3 else None


@every_method
@pytest.mark.parametrize("make", [SmallValue, ThirdPoint])
def test_a_stopping_test_of_ones_own_is_asked_as_in_minimize(method, make):
    ours = hm.solver(ROSENBROCK, method, stop=make())(START)
    theirs = hm.minimize(ROSENBROCK, START, method, stop=make())
    assert ours.status is theirs.status
    assert (ours.steps, ours.evaluations) == (theirs.steps, theirs.evaluations)
    assert_allclose(ours.x, theirs.x)


def test_a_stopping_test_of_ones_own_does_not_hide_a_saddle():
    class Small(StoppingTest):
        def __call__(self, state):
            return Status.STATIONARY if state.gradient_norm <= 1e-6 else None

    assert hm.solver(SADDLE, Newton(), stop=Small())([1.0, 0.0]).status is Status.NOT_A_MINIMUM
    left = hm.solver(SADDLE, RegularisedNewton(), stop=Small())([1.0, 0.0])
    assert left.status is Status.CONVERGED
    assert left.value == pytest.approx(-1.0)


def test_the_trace_says_radius_and_smallest_curvature():
    s = hm.minimize(SADDLE, [1.0, 0.1], TrustRegion(), trace=True)
    assert s.trace[0].radius is None
    assert all(record.radius > 0 for record in s.trace[1:])
    lowest = min(np.linalg.eigvalsh(np.diag([2.0, 3 * r.x[1] ** 2 - 2]))[0] for r in s.trace)
    curvatures = [record.smallest_curvature for record in s.trace]
    assert curvatures == sorted(curvatures, reverse=True)
    assert lowest - 1e-12 <= curvatures[-1] < 0  # a Rayleigh quotient at one of the points
    for method in (RegularisedNewton(), hm.NewtonCG(), hm.CubicNewton(), hm.SaddleFreeNewton()):
        s = hm.minimize(SADDLE, [1.0, 0.1], method, trace=True)
        assert -2.0 - 1e-9 <= s.trace[-1].smallest_curvature < 0, method
    assert hm.minimize(SADDLE, [1.0, 0.1], GradientDescent(), trace=True).trace[-1].smallest_curvature == np.inf


def test_many_starts_take_nobody_who_looks_on():
    with pytest.raises(InputError, match="Many starts take no callback"):
        hm.minimize_many(ROSENBROCK, [START], Newton(), trace=True)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: Every(0, print), InputError, "Every needs steps ≥ 1, but steps = 0"),
        (lambda: Every(2.5, print), WrongKind, "Every needs a whole number of steps"),
        (lambda: Every(2, None), WrongKind, "Every needs a function of a Record"),
    ],
)
def test_every_is_checked(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_every_is_a_value():
    assert Every(2, print) == dataclasses.replace(Every(2, print))
