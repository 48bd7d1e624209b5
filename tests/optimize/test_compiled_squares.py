"""Least squares in prepared solvers."""

import numpy as np
import pytest
import scipy.optimize
from numpy.testing import assert_allclose

import hessmath as hm
from hessmath.errors import WrongKind
from hessmath.optimize import GaussNewton, GradientDescent, LevenbergMarquardt, Newton, Status

DATA = np.arange(6.0)
DECAY = hm.Function([f"a*exp(-b*{t}) - {float(3.0 * np.exp(-0.7 * t))!r}" for t in DATA], "a b")
ROSENBROCK = hm.Function(["10*(y - x**2)", "1 - x"], "x y")
METHODS = [LevenbergMarquardt(), pytest.param(GaussNewton(), marks=pytest.mark.slow)]


@pytest.mark.parametrize("method", METHODS, ids=repr)
@pytest.mark.parametrize(("residuals", "start"), [(DECAY, [1.0, 1.0]), (ROSENBROCK, [-1.2, 1.0])], ids=["decay", "r"])
def test_a_prepared_fit_does_what_fit_does(method, residuals, start):
    ours = hm.solver(residuals, method)(start)
    theirs = hm.fit(residuals, start, method)
    assert (ours.status, ours.steps, ours.evaluations) == (theirs.status, theirs.steps, theirs.evaluations)
    assert_allclose(ours.x, theirs.x, rtol=1e-7)
    assert ours.status is Status.STATIONARY
    assert ours.kind.nature.value == "minimum"


def test_it_agrees_with_scipy():
    solve = hm.solver(DECAY, LevenbergMarquardt())
    theirs = scipy.optimize.least_squares(
        lambda x: x[0] * np.exp(-x[1] * DATA) - 3.0 * np.exp(-0.7 * DATA), [1.0, 1.0], method="lm"
    )
    assert_allclose(solve([1.0, 1.0]).x, theirs.x, atol=1e-6)
    assert_allclose(solve([1.0, 1.0]).x, [3.0, 0.7], atol=1e-6)


def test_parameters_and_many_starts_in_several_threads():
    """Each run has its own room for residuals and Jacobian."""
    f = hm.Function(["x - a", "x*y - 1", "y - x"], "x y", parameters="a")
    solve = hm.solver(f, LevenbergMarquardt(), parameters=[2.0])
    starts = np.random.default_rng(0).uniform(0.5, 3.0, (60, 2))
    one, three = solve.many(starts), solve.many(starts, threads=3)
    assert one.x.tolist() == three.x.tolist()
    for i in (0, 59):
        assert_allclose(one[i].x, hm.fit(f, starts[i], parameters=[2.0]).x, atol=1e-7)


def test_what_takes_no_residuals_is_refused():
    with pytest.raises(WrongKind, match=r"but got Newton\(.*: use minimize with"):
        hm.solver(ROSENBROCK, Newton())
    assert hm.solver(ROSENBROCK, GradientDescent(), max_steps=5)([-1.2, 1.0]).steps == 5
