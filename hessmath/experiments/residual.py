"""Residual connections against a plain network (CLAIMS B22); measured as ``normalisation`` says."""

from __future__ import annotations

from hessmath.experiments.normalisation import DEPTH, WIDTH, against_plain
from hessmath.networks import Dense, Network, Residual, Tanh


def network() -> Network:
    """Dense, then blocks a + tanh(aW + b)."""
    blocks = [Residual(Dense(WIDTH, WIDTH), Tanh()) for _ in range(DEPTH - 1)]
    return Network(Dense(4, WIDTH), Tanh(), *blocks, Dense(WIDTH, 2))


EXPERIMENT = against_plain("residual", network, "a residual connection in every layer")
