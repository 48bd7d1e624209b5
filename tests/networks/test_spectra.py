"""Eigenvalues of losses to thirty digits and more, against mpmath at fifty."""

from __future__ import annotations

from decimal import Decimal

import mpmath
import numpy as np
import pytest
import sympy

from hessmath.errors import InputError
from hessmath.networks import (
    GELU,
    MSE,
    BatchNorm,
    BinaryCrossEntropy,
    Dense,
    Network,
    Residual,
    Sigmoid,
    SoftmaxCrossEntropy,
    Softplus,
    Tanh,
)

CASES = {
    "2-3-1": (Network(Dense(2, 3), Tanh(), Dense(3, 1)), MSE()),
    "sigmoid": (Network(Dense(2, 1), Sigmoid(), Dense(1, 2)), BinaryCrossEntropy()),
    "softmax": (Network(Dense(2, 2), Softplus(), Dense(2, 2, bias=False)), SoftmaxCrossEntropy()),
    "residual": (Network(Dense(2, 1), Residual(GELU(), Dense(1, 1))), MSE(over="batch")),
    "normalised": (Network(Dense(2, 1, bias=False), BatchNorm(1), Tanh(), Dense(1, 1)), MSE()),
}


def by_mpmath(batch, theta):
    """Second differences of the loss at 160 digits with steps of 10⁻³⁰: 60 digits; mpmath's eigenvalues of them."""
    f = batch.function()
    loss = sympy.lambdify(f.variables, f.expr, "mpmath", cse=True)
    with mpmath.workdps(160):
        x, h, n = [mpmath.mpf(t) for t in theta.tolist()], mpmath.mpf(10) ** -30, len(theta)
        H = mpmath.matrix(n, n)
        for i in range(n):
            for j in range(i + 1):

                def at(a, b, i=i, j=j):
                    return loss(*(t + h * (a * (k == i) + b * (k == j)) for k, t in enumerate(x)))

                H[i, j] = H[j, i] = (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * h * h)
    with mpmath.workdps(50):
        return sorted(mpmath.eigsy(H, eigvals_only=True))


@pytest.mark.parametrize("name", CASES)
def test_every_digit_is_that_of_mpmath(name):
    net, loss = CASES[name]
    rng = np.random.default_rng(2)
    X = rng.integers(-8, 9, (3, 2)) / 8
    Y = [0, 1, 1] if isinstance(loss, SoftmaxCrossEntropy) else rng.integers(0, 9, (3, net.outputs)) / 8
    batch = net.batch_loss(X, Y, loss)
    theta = rng.integers(-16, 17, batch.n) / 16
    found, expected = batch.exact_eigenvalues(theta, digits=30), by_mpmath(batch, theta)
    largest = max(map(abs, expected))
    with mpmath.workdps(60):
        for one, other in zip(found, expected, strict=True):
            if one == 0:
                assert abs(other) < mpmath.mpf(10) ** -48 * largest
            else:
                assert abs(mpmath.mpf(str(one)) / other - 1) <= mpmath.mpf(10) ** -29
    in_float64 = np.linalg.eigvalsh(batch.hessian(theta))
    assert np.abs(in_float64 - np.array(found, dtype=float)).max() <= 1e-13 * float(largest)


def test_structural_zeros_are_zero():
    batch = Network(Dense(1, 2)).batch_loss([[1], [2]], [0, 1], SoftmaxCrossEntropy())
    values = batch.exact_eigenvalues(np.array([0.5, 0.25, 0, 1]))
    assert values[:2] == (Decimal(0), Decimal(0)) and values[2] > 0  # adding one number to both logits changes nothing


def test_too_few_digits_are_refused():
    with pytest.raises(InputError, match="digits must be at least 1, but is 0"):
        Network(Dense(1, 1)).batch_loss([[1]], [[1]]).exact_eigenvalues([0, 0], digits=0)
