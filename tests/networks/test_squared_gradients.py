"""Squared gradients against the rows of every sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import hessmath as hm
from hessmath.errors import InputError
from hessmath.networks import BatchNorm, Dense, Network, Tanh, squared_gradients


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=3),
    st.integers(1, 6),
    st.integers(0, 999),
)
def test_they_are_the_mean_of_squared_rows(layers, samples, seed):
    rng = np.random.default_rng(seed)
    widths = [2, *(width for width, _ in layers)]
    parts = zip(widths, widths[1:], layers, strict=False)
    network = Network(*(each for a, b, (_, bias) in parts for each in (Dense(a, b, bias=bias), Tanh())))
    loss = network.batch_loss(rng.standard_normal((samples, 2)), rng.standard_normal((samples, widths[-1])))
    theta = rng.standard_normal(loss.n)
    expected = np.mean([loss.subset([i]).gradient(theta) ** 2 for i in range(samples)], axis=0)
    assert_allclose(squared_gradients(loss.linearise(theta)), expected, rtol=1e-10, atol=1e-14)
    assert_allclose(hm.problem(loss).squared_gradients(theta), expected, rtol=1e-10, atol=1e-14)


def test_frozen_normalisation_has_them_and_training_mode_not():
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((5, 2)), rng.standard_normal((5, 1))
    norm = BatchNorm(3)
    loss = Network(Dense(2, 3), norm.frozen([0.1] * 3, [1.5] * 3), Tanh(), Dense(3, 1)).batch_loss(X, Y)
    theta = rng.standard_normal(loss.n)
    expected = np.mean([loss.subset([i]).gradient(theta) ** 2 for i in range(5)], axis=0)
    assert_allclose(squared_gradients(loss.linearise(theta)), expected, rtol=1e-10)
    coupled = Network(Dense(2, 3), norm, Tanh(), Dense(3, 1)).batch_loss(X, Y)
    assert hm.problem(coupled).squared_gradients is None
    with pytest.raises(InputError, match="samples with losses of their own"):
        squared_gradients(coupled.linearise(theta))


def test_a_network_is_trained_by_hessian_free_and_natural_gradient():
    X = np.linspace(-1.0, 1.0, 12)[:, None]
    loss = Network(Dense(1, 4), Tanh(), Dense(4, 1)).batch_loss(X, np.sin(2.0 * X))
    start = loss.network.initial(hm.Glorot(), rng=1)
    for method in (hm.HessianFree(preconditioner=hm.SquaredGradients()), hm.HessianFree(), hm.NaturalGradient()):
        solution = hm.minimize(loss, start, method, max_steps=60)
        assert solution.value < 1e-4 * loss.value(start), method
        assert solution.value == pytest.approx(loss.value(solution.x))
