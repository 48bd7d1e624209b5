"""Structural zero modes: what is said of H v holds, with the dense Hessian of exact small networks as the judge."""

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath.networks import BatchNorm, Dense, Network, ReLU, Residual, SoftmaxCrossEntropy, Tanh
from hessmath.networks.zero_modes import CRITICAL, EVERYWHERE, NEARBY, zero_modes


def check(loss, theta):
    modes = zero_modes(loss, theta)
    H = loss.hessian(theta)
    for mode in modes:
        assert np.abs(H @ mode.direction - mode.product).max() <= 1e-12 * max(1.0, np.abs(H).max()), mode.name
        assert np.linalg.norm(mode.direction) > 0
        if mode.where != CRITICAL:
            assert not mode.product.any()
    return modes


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), dead=st.booleans(), double=st.booleans())
def test_the_modes_of_relu_networks(seed, dead, double):
    rng = np.random.default_rng(seed)
    net = Network(Dense(3, 4), ReLU(), Dense(4, 3))
    theta = rng.normal(size=net.size)
    parts = net.unflatten(theta)
    if dead:
        parts["b0"][0] = -100
    if double:
        parts["W0"][:, 3], parts["b0"][3] = parts["W0"][:, 2], parts["b0"][2]
    loss = net.batch_loss(rng.normal(size=(6, 3)), [0, 1, 2, 0, 1, 2], SoftmaxCrossEntropy())
    names = [(mode.name, mode.where) for mode in check(loss, theta)]
    assert ("softmax shift of b1", EVERYWHERE) in names
    assert (("b0[0] of dead unit 0 in layer 0", NEARBY) in names) or not dead
    assert (("units 2 and 3 in layer 0 are the same", CRITICAL) in names) == double


def test_the_rescaling_of_every_living_unit_is_found():
    rng = np.random.default_rng(1)
    net = Network(Dense(2, 2, bias=False), ReLU(), Dense(2, 2), ReLU(), Dense(2, 1))
    theta = np.abs(rng.normal(size=net.size))
    loss = net.batch_loss(np.abs(rng.normal(size=(4, 2))), rng.normal(size=(4, 1)))
    modes = check(loss, theta)
    assert [mode.name for mode in modes] == [f"rescaling of unit {j} in layer {n}" for n in (0, 1) for j in (0, 1)]
    assert all(np.abs(mode.product).max() > 1e-6 for mode in modes)  # θ is no critical point


def test_biases_before_batch_normalisation_do_nothing():
    rng = np.random.default_rng(2)
    net = Network(Residual(Dense(3, 3), Tanh()), Dense(3, 4), BatchNorm(4), Tanh(), Dense(4, 2))
    theta = rng.normal(size=net.size)
    loss = net.batch_loss(rng.normal(size=(6, 3)), rng.normal(size=(6, 2)))
    assert [mode.name for mode in check(loss, theta)] == [f"b1[{j}] before batch normalisation" for j in range(4)]


def test_a_penalty_leaves_no_structural_mode():
    net = Network(Dense(1, 2))
    assert zero_modes(net.batch_loss([[1.0]], [0], SoftmaxCrossEntropy(), penalty=0.1), np.zeros(4)) == []


@pytest.mark.parametrize("at", [(0, 1, 2, 3), (1, -1, 2, 5)])
def test_the_softmax_shift_is_exactly_zero_in_rationals(at):
    net = Network(Dense(1, 2))
    f = net.loss([[1], [3]], [0, 1], SoftmaxCrossEntropy())
    loss = net.batch_loss([[1.0], [3.0]], [0, 1], SoftmaxCrossEntropy())
    H = f.hessian.xreplace(dict(zip(f.variables, map(sympy.Integer, at), strict=True)))
    for mode in zero_modes(loss, np.array(at, float)):
        v = sympy.Matrix([sympy.Rational(c) for c in mode.direction])
        assert (H * v).applyfunc(sympy.simplify) == sympy.zeros(4, 1)
