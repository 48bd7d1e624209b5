"""Every experiment at its short size: rows, effects and verdicts follow their rules; what is a theorem comes out."""

import math

import numpy as np
import pytest

from hessmath.experiments import EXPERIMENTS, Effect, Finding, Notebook, Result, Size, ensembles, find, run, saturation
from hessmath.experiments.intervals import mean_effect

ENSEMBLES = [
    "saturation", "depth", "width", "residual", "batch-normalisation", "sgd-noise", "adam-against-sgd",
    "over-parameterisation", "batch-norm-batch", "relu-kinks", "regularisation", "cost-per-step", "approximations",
]  # fmt: skip


@pytest.fixture(scope="module")
def results():
    return {name: run(find(name), Size.SHORT) for name in ENSEMBLES}


def test_every_experiment_is_here(results):
    assert set(ENSEMBLES) <= EXPERIMENTS.keys()


@pytest.mark.parametrize("name", ENSEMBLES)
def test_results_are_finite_and_survive_json(results, name):
    result = results[name]
    assert Result.from_dict(result.to_dict()) == result
    assert result.rows and result.conclusion.text.endswith(".")
    for effect in result.conclusion.effects:
        assert effect.low <= effect.estimate <= effect.high
        assert all(map(math.isfinite, (effect.low, effect.high)))


@pytest.mark.parametrize("name", ["depth", "sgd-noise", "adam-against-sgd"])
def test_the_same_seed_gives_the_same_result(results, name):
    experiment = find(name)
    case = experiment.cases(Size.SHORT, 0)[0]
    again = experiment.measure(case, Notebook())
    kept = {key: value for key, value in results[name].rows[0].items() if key not in case}
    assert again == kept


def test_theorems_come_out(results):
    # full batches stay at an exact saddle; noise that vanishes there does not help
    for row in results["sgd-noise"].rows:
        assert row["full_batch"] is None
        if row["noise"] == "only curvatures differ":
            assert row["single"] is None
    assert results["sgd-noise"].conclusion.finding is Finding.DEPENDS
    # the Hessian of a mean over independent samples is the mean of their Hessians
    assert all(row["plain"] < 1e-12 for row in results["batch-norm-batch"].rows)
    # the Gauss-Newton matrix has the rank of the Jacobian at most
    assert all(rank <= 16 for row in results["over-parameterisation"].rows for rank in row["rank"])
    # Eckart and Young
    assert all(abs(row["low_rank"] - row["eckart_young"]) < 1e-12 for row in results["approximations"].rows)
    # a dead ReLU unit has no curvature at all
    dead = [row for row in results["saturation"].rows if row["activation"] == "relu, dying"]
    assert all(row["incoming"][-1] == row["outgoing"][-1] == 0 for row in dead)
    # tanh is smooth: no jump
    assert all(row["tanh"][-1] < 1e-5 for row in results["relu-kinks"].rows)


def test_counts_of_operations_are_those_of_the_programs(results):
    for row in results["cost-per-step"].rows:
        assert row["sgd"] < row["adam"] < row["newton_cg"]
        assert row["memory"] == row["n"] ** 2


@pytest.mark.parametrize(
    ("low", "high", "positive", "finding"),
    [
        (0.1, 0.2, True, Finding.SUPPORTED),
        (-0.2, -0.1, True, Finding.NOT_SUPPORTED),
        (-0.1, 0.2, True, Finding.DEPENDS),
        (0.1, 0.2, False, Finding.NOT_SUPPORTED),
        (-0.2, -0.1, False, Finding.SUPPORTED),
    ],
)
def test_a_verdict_is_the_sign_of_the_interval(low, high, positive, finding):
    assert ensembles.by_sign(Effect("x", (low + high) / 2, low, high), positive) is finding


def test_findings_that_disagree_depend():
    assert ensembles.together(Finding.SUPPORTED, Finding.SUPPORTED) is Finding.SUPPORTED
    assert ensembles.together(Finding.SUPPORTED, Finding.NOT_SUPPORTED) is Finding.DEPENDS


@pytest.mark.parametrize(
    ("incoming", "outgoing", "finding"),
    [(0.01, 0.9, Finding.SUPPORTED), (0.9, 0.9, Finding.NOT_SUPPORTED), (0.01, 0.01, Finding.DEPENDS)],
)
def test_the_rule_of_saturation_can_come_out_every_way(incoming, outgoing, finding):
    rows = [
        {"activation": name, "seed": k, "incoming": [1.0, incoming], "outgoing": [1.0, outgoing]}
        for name in saturation.ACTIVATIONS
        for k in range(3)
    ]
    assert saturation.conclude(rows, Size.SHORT).finding is finding


def test_measures_of_spectra():
    values = np.array([-2.0, 0.0, 1e-14, 1.0, 4.0, 100.0])
    assert ensembles.log_condition(values) == 2.0
    assert ensembles.flat_share(values) == 1 / 3
    assert ensembles.spread(np.array([1.0, 10.0, 1000.0])) == 2.0


def test_the_slope_over_seeds_is_that_of_lines():
    effect = ensembles.slope_effect("s", [1, 2, 3], [[0, 2, 4], [1, 2, 3]], "2 seeds")
    expected = mean_effect("s", [2.0, 1.0], basis="2 seeds")
    assert effect.estimate == pytest.approx(expected.estimate) and effect.low == pytest.approx(expected.low)
