"""Random networks of every kind of layer, with batches in eighths, which float64 holds exactly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from hessmath.networks import (
    GELU,
    MSE,
    BatchNorm,
    BinaryCrossEntropy,
    Dense,
    FrozenBatchNorm,
    Identity,
    LeakyReLU,
    Network,
    ReLU,
    Residual,
    Sigmoid,
    SoftmaxCrossEntropy,
    Softplus,
    Tanh,
)

ACTIVATIONS = [Identity(), Tanh(), Sigmoid(), Softplus(), GELU(), ReLU(), LeakyReLU(Fraction(1, 8))]
SMOOTH = ACTIVATIONS[:5]
LOSSES = [
    MSE(),
    MSE(over="batch"),
    BinaryCrossEntropy(),
    BinaryCrossEntropy(over="batch and outputs"),
    SoftmaxCrossEntropy(),
]


@st.composite
def chains(draw, width, *, max_layers=3, activations=ACTIVATIONS, with_norms=True, depth=2):
    """Layers from a width; the list and the width they end with."""
    layers = []
    for _ in range(draw(st.integers(1, max_layers))):
        kinds = ["dense", "activation"] + ["residual"] * depth + ["norm", "frozen"] * with_norms
        kind = draw(st.sampled_from(kinds))
        if kind == "dense":
            new = draw(st.integers(1, 3))
            layers.append(Dense(width, new, bias=draw(st.booleans())))
            width = new
        elif kind == "activation":
            layers.append(draw(st.sampled_from(activations)))
        elif kind == "norm":
            layers.append(BatchNorm(width, eps=Fraction(1, 4)))
        elif kind == "frozen":
            layers.append(FrozenBatchNorm([Fraction(1, 2)] * width, [Fraction(3, 4)] * width, Fraction(1, 4)))
        else:
            inner = draw(chains(width, max_layers=2, activations=activations, with_norms=with_norms, depth=depth - 1))[
                0
            ]
            last = next((layer.outputs for layer in reversed(inner) if isinstance(layer, Dense)), width)
            layers.append(Residual(*inner, Dense(last, width)))
    return layers, width


@st.composite
def architectures(draw, **options):
    """A network that begins or ends with a dense layer."""
    width = draw(st.integers(1, 3))
    layers, last = draw(chains(width, **options))
    if not any(isinstance(layer, Dense) for layer in layers) or draw(st.booleans()):
        layers.append(Dense(last, draw(st.integers(1, 3))))
    return Network(*layers)


@st.composite
def losses_at(draw, *, losses=LOSSES, max_samples=3, **options):
    """A batch loss, its exact twin, and a point."""
    network = draw(architectures(**options))
    loss = draw(st.sampled_from(losses))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    count = draw(st.integers(1, max_samples))
    X = rng.integers(-8, 9, (count, network.inputs)) / 8
    if isinstance(loss, SoftmaxCrossEntropy):
        Y = [int(label) for label in rng.integers(0, network.outputs, count)]
    else:
        Y = rng.integers(0, 9, (count, network.outputs)) / 8
    penalty = draw(st.sampled_from([0.0, 0.25]))
    batch = network.batch_loss(X, Y, loss, penalty=penalty)
    return batch, rng.integers(-16, 17, batch.n) / 8 + 1 / 64


def dense(product, n):
    """The matrix of a product."""
    return np.column_stack([product(e) for e in np.eye(n)])
