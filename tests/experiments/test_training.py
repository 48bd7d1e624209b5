"""Training runs: what is counted, and that a stopped run is the run itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hessmath.experiments import Notebook, training
from hessmath.experiments.training import (
    GAP,
    PASSES,
    SECONDS,
    SGD,
    UPDATES,
    AdamRule,
    Counted,
    Goal,
    Log,
    NesterovMomentum,
    by_gradients,
    by_hessian_free,
)
from hessmath.networks import BinaryCrossEntropy, Dense, Network, Sigmoid, Sparse, curves, pixel_entropy
from hessmath.optimize import Adam, HessianFree, Problem, SquaredGradients, ValueBelow, minimize

IMAGES = curves(12, 5)
FLOOR = pixel_entropy(IMAGES)
NETWORK = Network(Dense(25, 6), Sigmoid(), Dense(6, 2), Dense(2, 6), Sigmoid(), Dense(6, 25))
LOSS = NETWORK.batch_loss(IMAGES, IMAGES, BinaryCrossEntropy())
START = NETWORK.initial(Sparse(5), rng=0)
METHOD = HessianFree(preconditioner=SquaredGradients())


class Stopped(Exception):
    """In place of a kill."""


class Interrupting(Notebook):
    """A notebook whose run is killed right after it was written for the nth time."""

    left = 0

    def save(self, **arrays):
        super().save(**arrays)
        Interrupting.left -= 1
        if Interrupting.left == 0:
            raise Stopped


def hessian_free(notebook, parts=1):
    return by_hessian_free(LOSS, START, METHOD, Goal(FLOOR, (4.0, 1.0), updates=8), notebook, parts=parts)


def adam(notebook):
    return by_gradients(LOSS, START, AdamRule(0.02), Goal(FLOOR, (5.0,), passes=20), notebook, batch=5, seed=3)


def nesterov(notebook):
    return by_gradients(LOSS, START, NesterovMomentum(0.01), Goal(FLOOR, (5.0,), passes=20), notebook, batch=5, seed=3)


@pytest.mark.parametrize("train", [hessian_free, lambda n: hessian_free(n, parts=3), adam, nesterov])
@pytest.mark.parametrize("stop_at", [1, 5])
def test_a_killed_run_goes_on_bit_by_bit(train, stop_at, tmp_path, monkeypatch):
    whole = train(Notebook())
    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)
    Interrupting.left = stop_at
    with pytest.raises(Stopped):
        train(Interrupting(tmp_path / "n.npz"))
    assert (tmp_path / "n.npz").exists()
    resumed = train(Notebook(tmp_path / "n.npz"))
    assert np.array_equal(resumed.theta, whole.theta)
    others = [UPDATES, PASSES, GAP]
    assert np.array_equal(resumed.curve[:, others], whole.curve[:, others])
    assert [row for row, _ in resumed.snapshots] == [row for row, _ in whole.snapshots]
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(resumed.snapshots, whole.snapshots, strict=True))


def test_a_run_killed_between_two_looks_at_the_loss_goes_on_bit_by_bit(tmp_path, monkeypatch):
    """After 203 epochs; the loss was looked at after 202."""

    def train(notebook):
        return by_gradients(LOSS, START, AdamRule(0.02), Goal(FLOOR, (-1.0,), passes=230), notebook, batch=6, seed=3)

    whole = train(Notebook())
    monkeypatch.setattr(training, "SAVE_EVERY", 0.0)
    Interrupting.left = 203
    with pytest.raises(Stopped):
        train(Interrupting(tmp_path / "n.npz"))
    kept = Notebook(tmp_path / "n.npz").load()
    assert (int(kept["epoch"]), kept["latest"][PASSES]) == (203, 202.0) and kept["seconds"] > kept["latest"][SECONDS]
    resumed = train(Notebook(tmp_path / "n.npz"))
    assert np.array_equal(resumed.theta, whole.theta) and resumed.curve[-1, PASSES] == 230
    assert np.array_equal(resumed.curve[:, [UPDATES, PASSES, GAP]], whole.curve[:, [UPDATES, PASSES, GAP]])
    assert resumed.curve[-1, SECONDS] > kept["seconds"]


@pytest.mark.parametrize(
    "goal", [Goal(FLOOR, (3.0, 1.5)), Goal(FLOOR, (-1.0,), passes=777), Goal(FLOOR, (-1.0,), updates=601)]
)
def test_the_loss_is_looked_at_often_enough_to_know_when_a_gap_is_reached(goal, monkeypatch):
    """Against the run whose loss is looked at after every epoch."""
    looks = []
    real = Log.note

    def note(self, updates, passes, seconds, value, theta):
        looks.append(passes)
        real(self, updates, passes, seconds, value, theta)

    def train():
        return by_gradients(LOSS, START, AdamRule(0.01), goal, Notebook(), batch=6, seed=1)

    monkeypatch.setattr(Log, "note", note)
    found, seen = train(), looks.copy()
    monkeypatch.setattr(Log, "is_due", lambda self, updates, epoch: True)
    every = train()
    assert seen[:101] == list(range(101)) and len(seen) < 0.9 * seen[-1]
    assert all(b <= max(a + 1, 1.01 * a) for a, b in itertools.pairwise(seen))
    if goal.gaps[-1] < 0:
        assert found.curve[-1, PASSES] == every.curve[-1, PASSES] == min(goal.passes, np.ceil(goal.updates / 2))
        return
    for gap in goal.gaps:
        late, exact = found.first_below(gap)[1], every.first_below(gap)[1]
        assert exact <= late <= 1.01 * exact


def test_hessian_free_is_minimize_with_its_evaluations_as_passes():
    """The same run through minimize on plain functions, whose evaluations are counted by hand."""
    passes = [0]

    def once(function):
        def evaluate(*arguments):
            passes[0] += 1
            return function(*arguments)

        return evaluate

    def squares(theta):
        return (LOSS.per_sample_gradients(theta) ** 2).mean(axis=0)

    class Linear:
        def __init__(self, theta):
            self.value, self.gradient = once(LOSS.value_and_gradient)(theta)
            self.ggn_product = once(lambda v: LOSS.ggn_product(theta, v))

    plain = Problem(LOSS.n, once(LOSS.value), linearise=Linear, squared_gradients=squares)
    # Few steps: rounding, which differs, grows from step to step.
    solution = minimize(plain, START, METHOD, stop=ValueBelow(FLOOR + 1.0), max_steps=3)
    trained = by_hessian_free(LOSS, START, METHOD, Goal(FLOOR, (4.0, 1.0), updates=3), Notebook())
    assert_allclose(trained.theta, solution.x, rtol=1e-5, atol=1e-7)
    assert trained.curve[-1, UPDATES] == solution.steps
    assert trained.curve[-1, PASSES] == passes[0]
    assert trained.curve[-1, GAP] == pytest.approx(LOSS.value(trained.theta) - FLOOR)


def test_products_on_a_part_count_as_that_part_and_parts_take_turns():
    counted = Counted(LOSS, parts=3)
    at = counted.linearise(START)
    v = np.random.default_rng(0).standard_normal(LOSS.n)
    assert counted.passes == 1
    products = []
    for step in range(4):
        counted.step = step
        products.append(at.ggn_product(v))
        rows = list(range(step % 3, 12, 3))
        assert_allclose(products[-1], LOSS.subset(rows).ggn_product(START, v), rtol=1e-12)
    assert counted.passes == pytest.approx(1 + 4 / 3)
    assert at.value == pytest.approx(LOSS.value(START)) == pytest.approx(counted.value(START))
    assert_allclose(at.gradient, LOSS.gradient(START), rtol=1e-10, atol=1e-14)
    squares = (LOSS.per_sample_gradients(START) ** 2).mean(axis=0)
    assert_allclose(counted.squared_gradients(START), squares, rtol=1e-10, atol=1e-14)
    assert_allclose(np.mean(products[:3], axis=0), LOSS.ggn_product(START, v), rtol=1e-10)


def test_every_step_of_a_run_takes_the_next_part(monkeypatch):
    used, real = [], training.CountedLinearisation.ggn_product

    def product(self, v):
        used.append(self._counted.step)
        return real(self, v)

    monkeypatch.setattr(training.CountedLinearisation, "ggn_product", product)
    by_hessian_free(LOSS, START, METHOD, Goal(FLOOR, (-1.0,), updates=4), Notebook(), parts=3)
    assert list(dict.fromkeys(used)) == [0, 1, 2, 3] and used == sorted(used)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 100), st.sampled_from([0.001, 0.1]))
def test_adam_on_full_batches_is_the_solver_adam(seed, rate):
    start = NETWORK.initial(Sparse(5), rng=seed)
    goal = Goal(FLOOR, (-1.0,), passes=7)
    ours = by_gradients(LOSS, start, AdamRule(rate), goal, Notebook(), batch=12, seed=0)
    theirs = minimize(Problem(LOSS.n, LOSS.value, LOSS.gradient), start, Adam(rate), max_steps=7)
    assert_allclose(ours.theta, theirs.x, rtol=1e-9, atol=1e-9)


def test_stochastic_gradient_descent_sees_every_image_once_an_epoch():
    """With a tiny rate an epoch of mini-batches is a step along the full gradient, to first order."""
    rate = 1e-7
    trained = by_gradients(LOSS, START, SGD(rate), Goal(FLOOR, (-1.0,), passes=1), Notebook(), batch=4, seed=1)
    assert_allclose((trained.theta - START) / (-3 * rate), LOSS.gradient(START), rtol=1e-3, atol=1e-5)
    assert trained.curve[-1, UPDATES] == 3 and trained.curve[-1, PASSES] == 1


def test_mini_batches_are_those_of_the_shuffled_rows_and_the_data_stay_as_they_are():
    before = LOSS.inputs.copy()
    trained = by_gradients(LOSS, START, SGD(0.05), Goal(FLOOR, (-1.0,), passes=3), Notebook(), batch=5, seed=9)
    theta = START.copy()
    for epoch in range(3):
        order = np.random.default_rng([9, epoch]).permutation(12)
        for rows in (order[:5], order[5:10], order[10:]):
            theta = theta - 0.05 * LOSS.subset(rows).gradient(theta)
    assert_allclose(trained.theta, theta, rtol=1e-12)
    assert np.array_equal(LOSS.inputs, before) and np.array_equal(LOSS.targets, before)


def test_momentum_rises_by_the_schedule_of_its_source():
    rule, memory = NesterovMomentum(0.5, 0.9), np.zeros((2, 1))
    theta, velocity = np.ones(1), 0.0
    for t in range(1, 1600):
        mu = min(1 - 2 ** (-1 - np.log2(t // 250 + 1)), 0.9)
        velocity = mu * velocity - 0.5 * 1e-3 * (theta[0] + mu * velocity)
        expected = theta[0] + velocity
        theta = rule.update(theta, memory, lambda x: 1e-3 * x, t)
        assert theta[0] == pytest.approx(expected, rel=1e-12)


def test_a_run_that_diverges_ends_and_says_so():
    trained = by_gradients(LOSS, START, SGD(1e300), Goal(FLOOR, (5.0,), passes=50), Notebook(), batch=4, seed=0)
    assert not np.isfinite(trained.curve[-1, GAP]) and trained.curve[-1, PASSES] < 50
    assert trained.first_below(5.0) is None


def test_the_curve_keeps_the_first_time_at_every_gap_of_the_goal():
    gaps, goal = 10.0 * 0.999 ** np.arange(3000), Goal(0.0, (5.0, 1.0, 0.6))
    log = Log(Notebook(), goal)
    for k, gap in enumerate(gaps):
        log.note(k, float(k), 0.5, float(gap), np.zeros(1))
        if log.finished:
            break
    trained = log.trained(np.zeros(1))
    for gap in goal.gaps:
        assert trained.first_below(gap) == [float(np.argmax(gaps <= gap))] * 2 + [0.5 * (1 + np.argmax(gaps <= gap))]
    assert len(trained.curve) < 400
    assert np.all(np.diff(trained.curve[:, SECONDS]) > 0)


def test_a_run_without_progress_ends_when_patience_does():
    """The gap falls by 1 each pass until it is 5; 0.4 % less later is no progress."""
    log = Log(Notebook(), Goal(0.0, (1.0,), patience=30))
    passes = 0
    while not log.finished:
        log.note(passes, float(passes), 0.5, max(10.0 - passes, 5.0) - 0.02 * (passes > 20), np.zeros(1))
        passes += 1
    assert log.trained(np.zeros(1)).curve[-1, PASSES] == 5 + 30
