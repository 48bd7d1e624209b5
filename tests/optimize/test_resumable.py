"""Runs in pieces: every method goes on, bit by bit, from what was saved."""

from __future__ import annotations

import io

import numpy as np
import pytest

from hessmath.errors import InputError
from hessmath.optimize import (
    BFGS,
    LBFGS,
    Adam,
    GradientBelow,
    GradientDescent,
    HessianFree,
    Momentum,
    NaturalGradient,
    Nesterov,
    Newton,
    NewtonCG,
    Problem,
    RegularisedNewton,
    Run,
    Status,
    SteihaugCG,
    TrustRegion,
    ValueBelow,
    minimize,
)

METHODS = [
    GradientDescent(),
    Newton(),
    RegularisedNewton(),
    NewtonCG(),
    TrustRegion(),
    TrustRegion(subproblem=SteihaugCG()),
    BFGS(),
    LBFGS(),
    Momentum(1e-4),
    Nesterov(1e-4),
    Adam(0.01),
    HessianFree(),
    NaturalGradient(),
]


def rosenbrock():
    def residuals(x):
        return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])

    def jacobian(x):
        return np.array([[-20 * x[0], 10.0], [-1.0, 0.0]])

    def hessian(x):
        return [[1200 * x[0] ** 2 - 400 * x[1] + 2, -400 * x[0]], [-400 * x[0], 200]]

    def ggn(x, v):
        return 2 * jacobian(x).T @ (jacobian(x) @ v)

    return Problem(
        2,
        lambda x: residuals(x) @ residuals(x),
        lambda x: 2 * jacobian(x).T @ residuals(x),
        hessian,
        lambda x, v: np.array(hessian(x)) @ v,
        ggn=ggn,
        fisher=ggn,
    )


def through_a_file(state):
    file = io.BytesIO()
    np.savez(file, **state)
    file.seek(0)
    with np.load(file) as kept:
        return {name: kept[name] for name in kept.files}


@pytest.mark.parametrize("method", METHODS, ids=repr)
@pytest.mark.parametrize("cut", [0, 1, 7])
def test_a_resumed_run_is_the_run_itself(method, cut):
    start = [-1.2, 1.0]
    whole = minimize(rosenbrock(), start, method, max_steps=30)
    first = Run(rosenbrock(), start, method)
    first.advance(cut)
    second = Run(rosenbrock(), start, method).resumed(through_a_file(first.state()))
    while second.going and second.steps < 30:
        second.advance(min(4, 30 - second.steps))
    assert second.solution() == whole
    assert second.evaluations == whole.evaluations


def test_a_run_ends_by_its_stopping_test():
    run = Run(rosenbrock(), [-1.2, 1.0], RegularisedNewton(), stop=ValueBelow(1.0) | GradientBelow(1e-8))
    run.advance(100)
    assert run.solution().status is Status.TARGET_REACHED and not run.going
    steps = run.steps
    run.advance(5)
    assert run.steps == steps and run.now.value <= 1.0


def test_a_state_of_another_problem_is_refused():
    run = Run(rosenbrock(), [-1.2, 1.0], LBFGS())
    run.advance(2)
    with pytest.raises(InputError, match=r"another problem or method: store has shape .*, but needs shape"):
        Run(rosenbrock(), [-1.2, 1.0], Adam()).resumed(run.state())
    with pytest.raises(InputError, match="another problem or method: x is missing, but needs shape"):
        Run(rosenbrock(), [-1.2, 1.0], Adam()).resumed({})
