"""A loss in float64 against the exact formula of the same network, and laws of its products."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hessmath import program
from hessmath.errors import InputError, WrongKind
from hessmath.networks import (
    MSE,
    BatchNorm,
    BinaryCrossEntropy,
    Dense,
    Glorot,
    He,
    Network,
    Orthogonal,
    Residual,
    SoftmaxCrossEntropy,
    Sparse,
    Tanh,
)
from hessmath.program.arithmetic import float64
from tests.networks.architectures import dense, losses_at

SLOW = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
FAST = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def close(found, expected, rtol=1e-11):
    """Norm-wise: some hundred roundings, in formulas that cancel a little."""
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    scale = np.abs(expected).max(initial=0) + 1e-300
    assert np.abs(found - expected).max(initial=0) <= rtol * max(scale, 1)


@SLOW
@given(losses_at())
def test_value_gradient_and_hessian_are_those_of_the_exact_formula(case):
    batch, theta = case
    tape, at = batch.function().tape, theta.tolist()
    linearised = batch.linearise(theta)
    close(linearised.value, float64.run(tape, at)[0])
    close(linearised.gradient, float64.run(program.gradient(tape), at))
    hessian = np.array(float64.run(program.hessian(tape), at), dtype=float).reshape(batch.n, batch.n)
    close(dense(linearised.hvp, batch.n), hessian)


@SLOW
@given(losses_at())
def test_jacobian_products_are_those_of_the_exact_outputs(case):
    batch, theta = case
    from hessmath.function import Function

    outputs = Function(list(batch.network.forward(batch.inputs)), batch.network.parameters)
    flat = float64.run(program.jacobian(outputs.tape), theta.tolist())
    jacobian = np.array(flat, dtype=float).reshape(batch.samples * batch.network.outputs, batch.n)
    linearised = batch.linearise(theta)
    close(dense(lambda v: linearised.jvp(v).ravel(), batch.n), jacobian)
    shape = linearised.outputs.shape
    close(dense(lambda u: linearised.vjp(u.reshape(shape)), jacobian.shape[0]), jacobian.T)


def loss_hessian(batch, outputs):
    """∂²L/∂outputs² from the exact loss of symbols for outputs."""
    symbols = sympy.Matrix(*outputs.shape, lambda i, j: sympy.Symbol(f"z_{i}_{j}", real=True))
    targets = sympy.Matrix(batch.targets.tolist()).applyfunc(sympy.nsimplify)
    H = sympy.hessian(batch.loss.value(symbols, targets), list(symbols)).tolist()
    return np.array(sympy.lambdify(list(symbols), H, "math")(*outputs.ravel().tolist()), dtype=float)


@SLOW
@given(losses_at(max_samples=2))
def test_the_gauss_newton_matrix_is_jacobian_loss_hessian_jacobian(case):
    batch, theta = case
    linearised = batch.linearise(theta)
    J = dense(lambda v: linearised.jvp(v).ravel(), batch.n)
    H = loss_hessian(batch, linearised.outputs)
    close(dense(linearised.ggn_product, batch.n), J.T @ H @ J + batch.penalty * np.eye(batch.n))


@FAST
@given(losses_at(max_samples=4))
def test_the_matrices_are_symmetric_and_the_fisher_matrix_is_the_gauss_newton_one(case):
    batch, theta = case
    linearised = batch.linearise(theta)
    for product in (linearised.hvp, linearised.ggn_product, linearised.fisher_product):
        matrix = dense(product, batch.n)
        close(matrix, matrix.T)
    without_penalty = linearised.ggn_product(np.eye(batch.n)) - batch.penalty * np.eye(batch.n)
    close(linearised.fisher_product(np.eye(batch.n)), without_penalty)
    assert np.linalg.eigvalsh(without_penalty).min() >= -1e-10 * (1 + np.abs(without_penalty).max())


@FAST
@given(losses_at(max_samples=4, with_norms=False))
def test_samples_have_gradients_of_their_own(case):
    batch, theta = case
    linearised = batch.linearise(theta)
    rows = batch.per_sample_gradients(theta)
    bare = [batch.network.batch_loss(batch.inputs[[i]], batch.targets[[i]], batch.loss) for i in range(batch.samples)]
    close(rows, [one.gradient(theta) for one in bare])
    close(rows.mean(axis=0) + batch.penalty * theta, linearised.gradient)
    close(linearised.empirical_fisher_product(np.eye(batch.n)), rows.T @ rows / batch.samples)
    parts = []
    denses = [layer for layer in batch.network.layers if isinstance(layer, Dense)]
    if len(denses) == len(linearised.layer_inputs):  # no residual connections: the layers' order is that of θ
        for a, delta in zip(linearised.layer_inputs, linearised.layer_deltas, strict=True):
            parts.append((a.T @ delta / batch.samples).ravel())
        close(np.concatenate(parts) + batch.penalty * theta, linearised.gradient)


@FAST
@given(losses_at(max_samples=4))
def test_a_block_of_vectors_gives_the_products_side_by_side(case):
    batch, theta = case
    linearised = batch.linearise(theta)
    V = np.random.default_rng(0).standard_normal((batch.n, 3))
    for product in (linearised.hvp, linearised.ggn_product, linearised.fisher_product, linearised.jvp):
        close(product(V), np.stack([product(V[:, k]) for k in range(3)], axis=-1))
    U = linearised.jvp(V)
    close(linearised.vjp(U), np.stack([linearised.vjp(U[:, :, k]) for k in range(3)], axis=-1))
    assert linearised.hvp(np.zeros((batch.n, 0))).shape == (batch.n, 0)
    close(batch.hvp(theta, V[:, 0]), linearised.hvp(V[:, 0]))
    close(batch.value_and_gradient(theta)[1], linearised.gradient)


def test_results_are_not_overwritten_by_later_calls():
    batch = Network(Dense(2, 3), Tanh(), Dense(3, 2)).batch_loss([[1, 2], [3, 4]], [[0, 1], [1, 0]])
    rng = np.random.default_rng(0)
    theta, v, w = rng.standard_normal((3, batch.n))
    linearised = batch.linearise(theta)
    for product in (linearised.hvp, linearised.ggn_product, linearised.fisher_product, linearised.jvp):
        first = product(v)
        kept = first.copy()
        product(w)
        linearised.vjp(np.ones((2, 2)))
        assert np.array_equal(first, kept)
    kept = linearised.hvp(v)
    linearised.layer_deltas_of(np.ones((2, 2)))
    linearised.vjp(np.ones((2, 2)))
    linearised.ggn_product(w)
    assert np.array_equal(linearised.hvp(v), kept)
    theta[:] = 0  # the point was copied
    assert np.array_equal(linearised.hvp(v), kept)


def test_a_subset_has_its_samples():
    batch = Network(Dense(1, 1)).batch_loss([[1], [2], [3]], [[0], [0], [1]], penalty=0.5)
    theta = np.array([1.0, 0.0])
    part = batch.subset([0, 2])
    assert part.samples == 2 and part.penalty == 0.5
    assert part.value(theta) == (1 + 4) / 2 + 0.25
    assert batch.subset(np.array([True, False, False])).value(theta) == 1.25
    with pytest.raises(InputError, match="subset needs at least one row"):
        batch.subset([])


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_initial_weights_are_as_their_authors_say(d, m, seed):
    net = Network(Dense(d, m), Tanh(), Dense(m, m))
    glorot = net.unflatten(net.initial(Glorot(), rng=seed))
    assert np.abs(glorot["W0"]).max() <= np.sqrt(6 / (d + m)) and not glorot["b0"].any()
    W = net.unflatten(net.initial(Orthogonal(), rng=seed))["W0"]
    gram = W.T @ W if d >= m else W @ W.T
    close(gram, np.eye(min(d, m)), 1e-13)
    links = net.unflatten(net.initial(Sparse(2), rng=seed))["W0"]
    assert ((links != 0).sum(axis=0) == min(2, d)).all()
    assert np.array_equal(net.initial(He(), rng=seed), net.initial(He(), rng=np.random.default_rng(seed)))


def test_the_variance_of_drawn_weights():
    net = Network(Dense(300, 200))
    for how, variance in ((Glorot(), 2 / 500), (He(), 2 / 300), (Sparse(15), 15 / 300), (Orthogonal(), 1 / 300)):
        W = net.unflatten(net.initial(how, rng=1))["W0"]
        assert abs(W.var() / variance - 1) < 0.05  # 60,000 draws, the fewest 3,000: 5 % is 2.0 standard deviations


def test_views_are_views_and_parts_make_a_vector():
    net = Network(Dense(2, 3), BatchNorm(3), Dense(3, 1, bias=False))
    theta = np.arange(net.size, dtype=float)
    parts = net.unflatten(theta)
    assert {name: part.shape for name, part in parts.items()} == {
        "W0": (2, 3), "b0": (3,), "gamma0": (3,), "beta0": (3,), "W1": (3, 1)
    }  # fmt: skip
    assert np.array_equal(net.flatten(parts), theta)
    parts["W1"][2, 0] = -1
    assert theta[-1] == -1
    assert [str(p) for p in net.parameters][9:12] == ["gamma0_0", "gamma0_1", "gamma0_2"]


NET = Network(Dense(2, 2))
MISFITS = [
    (lambda: NET.batch_loss([[1]], [[1, 2]]), InputError, r"inputs has shape \(1, 1\), but the network needs \(sampl"),
    (lambda: NET.batch_loss([[1, 2]], [[1, 2], [3, 4]]), InputError, "inputs has length 1 and targets 2"),
    (lambda: NET.batch_loss([[1, float("nan")]], [[1, 2]]), InputError, "finite real numbers, but one is nan"),
    (lambda: NET.batch_loss([["a", 1]], [[1, 2]]), InputError, "inputs must be an array of numbers"),
    (lambda: NET.batch_loss([[1, 2]], [[1, 2]], penalty=-1), InputError, "penalty must be a finite number of at least"),
    (lambda: NET.batch_loss([[1, 2]], [[1, 2]], "mse"), WrongKind, "loss must be a loss such as MSE"),
    (lambda: NET.batch_loss([[1, 2]], [[1, 2]], BinaryCrossEntropy()), InputError, "targets from 0 to 1, but one is 2"),
    (lambda: NET.batch_loss([[1, 2]], [2], SoftmaxCrossEntropy()), InputError, "integers from 0 to 1, but label 0 is"),
    (lambda: NET.batch_loss([[1, 2]], [[1, 1]], SoftmaxCrossEntropy()), InputError, "row 0 of targets is"),
    (
        lambda: NET.batch_loss([[1, 2]], [[1, 2]]).value([1.0]),
        InputError,
        r"theta has shape \(1,\), but the network has",
    ),
    (lambda: MSE(over="all"), InputError, "MSE is a mean over 'batch' or over 'batch and outputs', but over is 'all'"),
    (lambda: NET.initial("glorot"), WrongKind, "initial needs an initialiser"),
    (lambda: Sparse(0), InputError, "links to be a positive integer"),
    (lambda: NET.unflatten([1.0]), InputError, "the network has 6 parameters"),
    (lambda: NET.flatten({"W0": np.zeros((2, 2))}), InputError, "b0 is missing"),
    (lambda: NET.flatten({"W9": 1}), InputError, "but not W9"),
    (lambda: NET.flatten({"W0": np.zeros(4), "b0": np.zeros(2)}), InputError, r"W0 has shape \(4,\)"),
]


@pytest.mark.parametrize(("build", "error", "message"), MISFITS)
def test_what_does_not_fit_is_said(build, error, message):
    with pytest.raises(error, match=message):
        build()


def test_products_say_what_shapes_they_need():
    at = NET.batch_loss([[1, 2]], [[1, 2]]).linearise(np.zeros(6))
    for call, message in (
        (lambda: at.hvp(np.zeros(5)), r"v has shape \(5,\), but needs \(6,\)"),
        (lambda: at.vjp(np.zeros(2)), "vjp needs an array of the outputs' shape"),
        (lambda: at.layer_deltas_of(np.zeros(2)), "layer_deltas_of needs an array of shape"),
    ):
        with pytest.raises(InputError, match=message):
            call()


def test_batch_statistics_leave_samples_no_gradients_of_their_own():
    batch = Network(Dense(1, 2), BatchNorm(2)).batch_loss([[1], [2]], [[1, 0], [0, 1]])
    at = batch.linearise(np.ones(batch.n))
    for call in (at.per_sample_gradients, lambda: at.layer_deltas, lambda: at.empirical_fisher_product(np.ones(8))):
        with pytest.raises(InputError, match="BatchNorm in training mode makes every output depend"):
            call()


def test_a_loss_is_minimised_as_it_is():
    import hessmath as hm

    X = [[1.0], [3.0], [4.0]]
    batch = Network(Dense(1, 1)).batch_loss(X, [[0.0], [1.0], [5.0]], penalty=0.1)
    A = np.hstack([X, np.ones((3, 1))])
    expected = np.linalg.solve(2 * A.T @ A / 3 + 0.1 * np.eye(2), 2 * A.T @ [0, 1, 5] / 3)
    for solution in (hm.minimize(batch, [0.0, 0.0], hm.Newton()), hm.minimize(hm.problem(batch), [0.0, 0.0])):
        close(solution.x, expected, 1e-6)
    assert hm.problem(batch).names == ("W0_0_0", "b0_0")
    assert batch.names == tuple(map(str, batch.function().variables))


def test_a_residual_connection_in_a_residual_connection_that_begin_together():
    inner = Residual(Dense(2, 2), Tanh())
    batch = Network(Dense(2, 2), Residual(inner, Dense(2, 2), Tanh())).batch_loss([[1, 2], [3, -1]], [[0, 1], [1, 0]])
    theta = np.linspace(-1, 1, batch.n)
    tape = batch.function().tape
    close(batch.gradient(theta), float64.run(program.gradient(tape), theta.tolist()), 1e-14)
    hessian = np.array(float64.run(program.hessian(tape), theta.tolist()), dtype=float)
    close(batch.hessian(theta), hessian.reshape(batch.n, batch.n), 1e-13)


def test_products_of_a_problem_share_the_passes_at_a_point(monkeypatch):
    import hessmath as hm
    from hessmath.networks import BatchLoss
    from hessmath.optimize.oracle import Oracle

    batch = Network(Dense(2, 3), Tanh(), Dense(3, 2)).batch_loss([[1, 2], [3, 4]], [[0, 1], [1, 0]])
    made, linearise = [], BatchLoss.linearise
    monkeypatch.setattr(BatchLoss, "linearise", lambda loss, theta: made.append(1) or linearise(loss, theta))
    problem = hm.problem(batch)
    rng = np.random.default_rng(0)
    points, directions = rng.standard_normal((2, batch.n)), rng.standard_normal((3, batch.n))
    for theta in points:
        exact = batch.linearise(theta)
        made.clear()
        for v in directions:
            close(problem.hvp(theta, v), exact.hvp(v), 1e-14)
        assert len(made) == 1
        G = Oracle(problem, np.random.default_rng(0)).gauss_newton(theta)
        made.clear()
        for v in directions:
            close(G @ v, exact.ggn_product(v), 1e-14)
        assert len(made) <= 1
