"""Mini-batches: against closed forms and full gradients, schedules, statuses that claim no more than is known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hessmath as hm
from hessmath.errors import InputError, WrongKind
from hessmath.optimize import (
    LBFGS,
    SGD,
    Adam,
    Constant,
    Cosine,
    Every,
    FiniteSum,
    FixedStep,
    GradientBelow,
    GradientDescent,
    InverseTime,
    Momentum,
    Nesterov,
    NoProgress,
    Status,
    StepDecay,
    minimize,
    minimize_sum,
)


def regression(noise=0.0, count=120, n=3, seed=0):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((count, n))
    y = A @ np.arange(1.0, n + 1) + noise * rng.standard_normal(count)
    problem = FiniteSum(
        n,
        count,
        lambda x, rows: 0.5 * np.mean((A[rows] @ x - y[rows]) ** 2),
        lambda x, rows: A[rows].T @ (A[rows] @ x - y[rows]) / len(rows),
    )
    return problem, A, y


@settings(deadline=None, max_examples=30)
@given(count=st.integers(1, 50), size=st.integers(1, 60), seed=st.integers(0, 99))
def test_batches_are_a_partition_and_their_gradients_have_the_right_mean(count, size, seed):
    problem, *_ = regression(noise=1.0, count=count)
    batches = list(problem.batches(size, np.random.default_rng(seed)))
    assert sorted(np.concatenate(batches)) == list(range(count))
    assert all(len(rows) == size for rows in batches[:-1])
    x = np.ones(3)
    mean = sum(len(rows) * problem.gradient(x, rows) for rows in batches) / count
    assert_allclose(mean, problem.whole.gradient(x), atol=1e-12)


@pytest.mark.parametrize("rule", [Momentum(momentum=0.0), Momentum(momentum=0.5), Nesterov(momentum=0.5)], ids=repr)
def test_without_noise_the_solution_is_reached_and_the_whole_gradient_says_so(rule):
    problem, *_ = regression()
    s = minimize_sum(problem, np.zeros(3), SGD(0.1, batch=10, rule=rule), epochs=200)
    assert s.status is Status.STATIONARY
    assert not s.success
    assert_allclose(s.x, [1.0, 2.0, 3.0], atol=1e-7)
    assert_allclose(s.gradient, problem.whole.gradient(s.x))
    assert s.value == pytest.approx(problem.whole.f(s.x))
    assert s.gradient_norm <= 1e-8


def test_one_batch_of_all_rows_is_gradient_descent():
    """The order of the rows in the batch is random, so sums differ by rounding."""
    problem, *_ = regression(noise=1.0)
    ours = minimize_sum(problem, np.zeros(3), SGD(0.1, batch=120), epochs=25)
    theirs = minimize(problem.whole, np.zeros(3), GradientDescent(step=FixedStep(0.1)), max_steps=25)
    assert_allclose(ours.x, theirs.x, rtol=1e-12)
    assert ours.status is theirs.status is Status.STEPS_EXHAUSTED


def test_steps_are_those_of_the_formula():
    """x ← x − rate(k)·∇f_batch(x), by hand with the same batches."""
    problem, *_ = regression(noise=1.0)
    schedule = InverseTime(0.2, scale=5.0)
    ours = minimize_sum(problem, np.zeros(3), SGD(schedule, batch=50), epochs=3, rng=7)
    seen, original = [], FiniteSum.batches

    def recording(self, size, rng):
        for rows in original(self, size, rng):
            seen.append(rows)
            yield rows

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FiniteSum, "batches", recording)
        again = minimize_sum(problem, np.zeros(3), SGD(schedule, batch=50), epochs=3, rng=7)
    assert again == ours
    x = np.zeros(3)
    for k, rows in enumerate(seen[1:10]):  # the first batch is only asked how it is
        x = x - schedule(k) * problem.gradient(x, rows)
    assert_allclose(ours.x, x, rtol=1e-12)


def test_noise_is_not_taken_for_a_solution():
    """Batches of one row on which the residual vanishes have gradient 0; the whole gradient is looked at."""
    A = np.array([[1.0], [1.0]])
    y = np.array([0.0, 2.0])
    problem = FiniteSum(
        1,
        2,
        lambda x, rows: 0.5 * np.mean((A[rows] @ x - y[rows]) ** 2),
        lambda x, rows: A[rows].T @ (A[rows] @ x - y[rows]) / len(rows),
    )
    s = minimize_sum(problem, [0.0], SGD(0.1, batch=1), epochs=30)
    assert s.status is Status.STEPS_EXHAUSTED
    assert s.gradient_norm == pytest.approx(abs(s.x[0] - 1.0))
    assert s.gradient_norm > 1e-4
    better = minimize_sum(problem, [0.0], SGD(InverseTime(0.5, scale=2.0), batch=1), epochs=2000)
    assert better.gradient_norm < 0.1 * s.gradient_norm


def test_a_plateau_is_called_one():
    problem, *_ = regression(noise=1.0)
    s = minimize_sum(problem, np.zeros(3), SGD(0.1, batch=1), epochs=500, stop=GradientBelow() | NoProgress(4))
    assert s.status is Status.PLATEAU
    assert s.steps < 100
    assert not s.status.stationary
    assert "Lower the rate" in s.advice


def test_adam_and_momentum_beat_plain_steps_where_scales_differ():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((200, 4)) * np.array([0.05, 1.0, 1.0, 3.0])
    y = A @ np.ones(4)
    problem = FiniteSum(
        4,
        200,
        lambda x, rows: 0.5 * np.mean((A[rows] @ x - y[rows]) ** 2),
        lambda x, rows: A[rows].T @ (A[rows] @ x - y[rows]) / len(rows),
    )
    plain, momentum, adam = (
        minimize_sum(problem, np.zeros(4), SGD(rate, 20, rule), epochs=40).value
        for rate, rule in ((0.05, Momentum(momentum=0.0)), (0.05, Momentum(momentum=0.9)), (0.05, Adam()))
    )
    assert momentum < 0.5 * plain
    assert adam < 0.5 * plain


def test_callbacks_traces_and_evaluations_count_epochs():
    problem, *_ = regression(noise=1.0)
    seen = []
    s = minimize_sum(
        problem,
        np.zeros(3),
        SGD(0.1, batch=50),
        epochs=7,
        callback=Every(3, lambda r: seen.append(r.steps)),
        trace=True,
    )
    assert seen == [3, 6, 7]
    assert [record.steps for record in s.trace] == list(range(8))
    values = [problem.whole.f(record.x) for record in s.trace]
    assert_allclose([record.value for record in s.trace], values)
    # Three batches an epoch, one look at all rows after each epoch; both once more at the start.
    assert s.evaluations.gradient == 7 * 3 + 1 + 8

    def stop(record):
        raise StopIteration

    assert minimize_sum(problem, np.zeros(3), epochs=5, callback=stop).status is Status.STOPPED_BY_CALLBACK


def test_the_seed_decides():
    problem, *_ = regression(noise=1.0)
    one, same, other = (minimize_sum(problem, np.zeros(3), SGD(0.1), epochs=2, rng=rng) for rng in (1, 1, 2))
    assert one == same
    assert one != other


def test_what_is_not_finite_ends_the_run():
    problem, *_ = regression()
    s = minimize_sum(problem, np.zeros(3), SGD(1e200, batch=10), epochs=5)
    assert s.status is Status.NOT_FINITE
    down = FiniteSum(1, 10, lambda x, rows: -(x[0] ** 2), lambda x, rows: -2 * x)
    assert minimize_sum(down, [1.0], SGD(10.0, batch=1), epochs=50).status is Status.UNBOUNDED_BELOW


def test_other_methods_take_the_whole():
    problem, A, y = regression(noise=1.0)
    s = hm.minimize(problem.whole, np.zeros(3), LBFGS())
    assert_allclose(s.x, np.linalg.lstsq(A, y, rcond=None)[0], atol=1e-7)


def test_schedules_are_their_formulas():
    assert [Constant(0.3)(k) for k in (0, 9)] == [0.3, 0.3]
    assert_allclose([InverseTime(2.0, 10.0)(k) for k in (0, 10, 30)], [2.0, 1.0, 0.5])
    assert_allclose([StepDecay(1.0, 10, 0.5)(k) for k in (0, 9, 10, 25)], [1.0, 1.0, 0.5, 0.25])
    cosine = Cosine(1.0, 8, last=0.2)
    assert_allclose([cosine(k) for k in (0, 4, 8, 80)], [1.0, 0.6, 0.2, 0.2])
    assert_allclose(cosine(2), 0.2 + 0.4 * (1 + math.cos(math.pi / 4)))


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: SGD(0.0), InputError, "Constant needs a positive finite rate"),
        (lambda: SGD(batch=0), InputError, "SGD needs batch ≥ 1"),
        (lambda: SGD(batch=1.5), WrongKind, "batch must be an integer"),
        (lambda: SGD(rule=GradientDescent()), WrongKind, r"rule must be an object, Momentum\(\), Nesterov\(\)"),
        (lambda: InverseTime(1.0, 0.0), InputError, "InverseTime needs a positive finite scale"),
        (lambda: StepDecay(1.0, 0), InputError, "StepDecay needs a positive finite every"),
        (lambda: Cosine(1.0, 10, last=2.0), InputError, r"Cosine needs last in \[0, rate\]"),
        (lambda: NoProgress(0), InputError, "NoProgress needs patience ≥ 1"),
        (lambda: NoProgress(rtol=1.0), InputError, r"NoProgress needs rtol in \[0, 1\)"),
        (lambda: FiniteSum(1, 0, max, max), InputError, "FiniteSum needs count ≥ 1"),
        (lambda: FiniteSum(1, 1.5, max, max), WrongKind, "count must be an integer"),
        (lambda: FiniteSum(0, 1, max, max), InputError, "dimension must be at least 1"),
        (lambda: FiniteSum(1, 1, max, None), WrongKind, "gradient must be a function of x and rows"),
        (lambda: minimize_sum(regression()[0].whole, [0.0] * 3), WrongKind, "minimize_sum needs a FiniteSum"),
        (lambda: hm.minimize(regression()[0], [0.0] * 3), WrongKind, r"use minimize_sum\(f, x0, SGD\(…\), epochs=…\)"),
        (lambda: minimize_sum(regression()[0], [0.0] * 3, LBFGS()), WrongKind, "minimize problem.whole"),
        (lambda: minimize_sum(regression()[0], [0.0] * 3, epochs=-1), InputError, "epochs must be at least 0"),
        (lambda: minimize_sum(regression()[0], [0.0]), InputError, "x0 has length 1, but f takes 3 variables"),
    ],
)
def test_what_is_wrong_is_named(build, error, message):
    with pytest.raises(error, match=message):
        build()
