"""Networks as formulas in matrices: compiled for any size, against the batch loss; and as LaTeX."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import hessmath as hm
from hessmath.errors import InputError
from hessmath.networks import GELU, BatchNorm, Dense, LeakyReLU, Network, Residual, Softplus, Tanh
from hessmath.networks.losses import MSE, BinaryCrossEntropy, SoftmaxCrossEntropy
from tests.networks.architectures import losses_at
from tests.networks.test_batch_loss import close

NETS = {
    "deep": (Network(Dense(3, 4), Tanh(), Dense(4, 2, bias=False), Softplus(), Dense(2, 2)), BinaryCrossEntropy()),
    "residual": (Network(Dense(3, 2), Residual(GELU(), Dense(2, 3), LeakyReLU(0.1), Dense(3, 2))), MSE(over="batch")),
    "normalised": (Network(Dense(3, 2), BatchNorm(2, eps=Fraction(1, 8)), Tanh(), Dense(2, 2)), SoftmaxCrossEntropy()),
    "frozen": (Network(Dense(3, 2), BatchNorm(2).frozen([0.5, -1], [2, 3]), Dense(2, 2)), MSE()),
}


@pytest.mark.parametrize("name", NETS)
def test_the_matrix_formula_is_the_batch_loss_with_all_its_derivatives(name):
    net, loss = NETS[name]
    rng = np.random.default_rng(5)
    theta, v = 0.7 * rng.standard_normal((2, net.size))
    f = net.array_function(loss)
    frozen = {"mean0": [0.5, -1.0], "variance0": [2.0, 3.0]} if name == "frozen" else {}
    kernel = hm.compile(f)
    for samples in (2, 5):  # one compiled formula for both
        X = rng.standard_normal((samples, 3))
        Y = np.eye(2)[rng.integers(0, 2, samples)]
        at = kernel.bind(X=X, Y=Y, sizes=net.sizes, **{key: np.array(value) for key, value in frozen.items()})
        batch = net.batch_loss(X, Y, loss)
        close(at.f(theta), batch.value(theta), 1e-13)
        close(at.gradient(theta), batch.gradient(theta), 1e-13)
        close(at.hvp(theta, v), batch.hvp(theta, v), 1e-12)


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(losses_at(with_norms=False, depth=1, max_layers=2))
def test_networks_of_few_layers_can_be_written_as_a_matrix_formula(case):
    batch, _ = case
    f = batch.network.array_function(batch.loss)
    assert f.variables == tuple(batch.network.shapes)
    assert [len(f.shape(name)) for name in f.variables] == [len(shape) for shape in batch.network.shapes.values()]
    assert batch.network._repr_latex_().count(r"\\") >= len(batch.network.layers)


def test_latex_is_that_of_the_sources():
    net = Network(Dense(2, 3), Residual(Dense(3, 3, bias=False), Tanh()), BatchNorm(3))
    lines = net._repr_latex_()
    for line in (
        r"z_{1} &= a_{0} W_{0} + b_{0}",
        r"z_{2} &= z_{1} W_{1}",
        r"a_{2} &= \tanh\left(z_{2}\right)",
        r"a_{3} &= z_{1} + a_{2}",
        r"z_{4} &= \gamma_{0} \odot \frac{a_{3} - \operatorname{mean}\left(a_{3}\right)}",
    ):
        assert line in lines


def test_a_formula_that_would_be_too_long_is_refused():
    with pytest.raises(InputError, match="more than 20,000 characters"):
        Network(Dense(1, 1), *[BatchNorm(1)] * 9).array_function()
