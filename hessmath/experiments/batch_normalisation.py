"""Batch normalisation against a plain network (CLAIMS B22); measured as ``normalisation`` says."""

from __future__ import annotations

from hessmath.experiments.normalisation import DEPTH, WIDTH, against_plain
from hessmath.networks import BatchNorm, Dense, Layer, Network, Tanh


def network() -> Network:
    """Batch normalisation, with differentiated batch statistics, before every activation."""
    layers: list[Layer] = []
    for k in range(DEPTH):
        layers += [Dense(4 if k == 0 else WIDTH, WIDTH, bias=False), BatchNorm(WIDTH), Tanh()]
    return Network(*layers, Dense(WIDTH, 2))


EXPERIMENT = against_plain("batch-normalisation", network, "batch normalisation before every activation")
