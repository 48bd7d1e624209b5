"""Solutions, statuses and stopping tests as values."""

import dataclasses

import numpy as np
import pytest

from hessmath.errors import InputError
from hessmath.optimize import (
    GradientBelow,
    GradientDescent,
    Newton,
    RegularisedNewton,
    Status,
    StepBelow,
    ValueBelow,
    minimize,
)


def test_the_kind_is_found_out_when_it_is_asked_for_and_only_once(problems):
    asked = []

    def classify(x):
        asked.append(x.tolist())
        return "saddle"

    p = dataclasses.replace(problems.saddle, classify=classify)
    solution = minimize(p, (0.0, 0.0), GradientDescent())
    assert asked == []
    assert (solution.kind, solution.kind) == ("saddle", "saddle")
    assert asked == [[0.0, 0.0]]
    assert solution == minimize(problems.saddle, (0.0, 0.0), GradientDescent())  # classify is not compared


def test_a_kind_that_cannot_be_known_says_why(problems):
    with pytest.raises(InputError, match=r"kind of this point is not known.*pass classify="):
        _ = minimize(problems.saddle, (0.0, 0.0), Newton()).kind


def test_the_repr_is_short(problems):
    solution = minimize(problems.rosenbrock, (1, 1), Newton())
    assert repr(solution) == "Solution(CONVERGED after 0 steps: x = [x=1, y=1], f = 0, ‖∇f‖ = 0)"
    one = minimize(problems.quadratic(np.eye(9)), np.ones(9), Newton())
    assert repr(one) == "Solution(CONVERGED after 1 step: x = [0, 0, 0, 0, 0, 0, … 9 numbers], f = 0, ‖∇f‖ = 0)"


def test_solutions_are_compared_by_what_they_found(problems):
    one = minimize(problems.rosenbrock, (-1.2, 1), Newton())
    assert one == minimize(problems.rosenbrock, (-1.2, 1), Newton())
    assert one != minimize(problems.rosenbrock, (-1.2, 1), RegularisedNewton())
    assert one != "a solution"
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.value = 0.0


@pytest.mark.parametrize("status", Status, ids=lambda status: status.name)
def test_every_status_is_advice(status):
    assert status.advice[-1] == "."
    assert len(status.advice) > 30 and "  " not in status.advice
    assert repr(status) == f"Status.{status.name}"
    assert status.stationary or not status.success


def test_no_two_statuses_share_their_text():
    assert len({status.value for status in Status}) == len(Status.__members__)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: GradientBelow(-1.0), r"GradientBelow needs atol ≥ 0 and finite, but atol = -1\.0"),
        (lambda: GradientBelow(rtol=float("nan")), "GradientBelow needs rtol ≥ 0 and finite, but rtol = nan"),
        (lambda: ValueBelow(float("nan")), "ValueBelow needs a number as target, but got nan"),
        (lambda: StepBelow(-1.0), r"StepBelow needs length ≥ 0, but length = -1\.0"),
    ],
)
def test_stopping_tests_check_their_parameters(build, message):
    with pytest.raises(InputError, match=message):
        build()
