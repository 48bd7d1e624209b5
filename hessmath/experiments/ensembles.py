"""Small networks on data of a random teacher, and what their spectra say.

Spectra are eigenvalues of dense Hessians in float64: LAPACK's are within about 1e-15 n‖H‖ of the true ones, and
numbers below ``FLAT`` times the largest are counted as zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hessmath.experiments.experiment import Case, Effect, Finding, Size
from hessmath.experiments.intervals import mean_effect
from hessmath.networks import Dense, Glorot, Network, Tanh
from hessmath.networks.batch_loss import BatchLoss

Array = NDArray[np.float64]

FLAT = 1e-10
"""Eigenvalues below this times the largest count as zero."""

SEEDS = {Size.SHORT: 4, Size.STANDARD: 30}


def seeds(size: Size, seed: int) -> list[int]:
    """The seeds of an ensemble: 4 for the suite, 30 for a result."""
    return [1000 * seed + k for k in range(SEEDS[size])]


def each_seed(size: Size, seed: int) -> Sequence[Case]:
    """One case for each seed."""
    return [{"seed": k} for k in seeds(size, seed)]


def plain(inputs: int, width: int, depth: int, outputs: int, activation: Any = None) -> Network:
    """``depth`` hidden layers of one width."""
    layers: list[Any] = []
    for k in range(depth):
        layers += [Dense(inputs if k == 0 else width, width), Tanh() if activation is None else activation]
    return Network(*layers, Dense(width, outputs))


def data(rng: np.random.Generator, samples: int, inputs: int, outputs: int) -> tuple[Array, Array]:
    """Normal inputs, and the outputs of a random teacher with one hidden layer of 8 tanh units plus noise of 0.1."""
    X = rng.standard_normal((samples, inputs))
    hidden = np.tanh(X @ rng.standard_normal((inputs, 8)) / np.sqrt(inputs))
    Y = hidden @ rng.standard_normal((8, outputs)) / np.sqrt(8)
    return X, Y + 0.1 * rng.standard_normal(Y.shape)


def start(network: Network, rng: np.random.Generator) -> Array:
    """Glorot's initial parameters."""
    return network.initial(Glorot(), rng=rng)


def descended(loss: BatchLoss, theta: Array, steps: int) -> Array:
    """Parameters after so many steps of L-BFGS."""
    from hessmath.optimize import LBFGS, GradientBelow, Problem, minimize

    problem = Problem(loss.n, loss.value, loss.gradient, value_and_gradient=loss.value_and_gradient)
    return minimize(problem, theta, LBFGS(), stop=GradientBelow(1e-9), max_steps=steps).x


def spectrum(H: Array) -> Array:
    """Eigenvalues, ascending."""
    return np.asarray(np.linalg.eigvalsh(H), dtype=np.float64)


def spread(values: Array) -> float:
    """log₁₀ of the largest over the median of |λ|: how wide a spectrum is."""
    sizes = np.sort(np.abs(values))
    return float(np.log10(sizes[-1] / max(float(np.median(sizes)), FLAT * sizes[-1])))


def log_condition(values: Array) -> float:
    """log₁₀ of the condition number on the range: the largest over the smallest |λ| that is not zero."""
    sizes = np.sort(np.abs(values))
    sizes = sizes[sizes > FLAT * sizes[-1]]
    return float(np.log10(sizes[-1] / sizes[0]))


def flat_share(values: Array, below: float = 1e-3) -> float:
    """The share of eigenvalues smaller in size than ``below`` times the largest."""
    sizes = np.abs(values)
    return float((sizes < below * sizes.max()).mean())


def slope_effect(name: str, at: Sequence[float], rows: Sequence[Sequence[float]], basis: str) -> Effect:
    """The mean over seeds of the least-squares slope of a quantity in ``at``."""
    slopes = [float(np.polyfit(np.asarray(at, dtype=float), row, 1)[0]) for row in rows]
    return mean_effect(name, slopes, basis=basis)


def by_sign(effect: Effect, positive: bool = True) -> Finding:
    """SUPPORTED if the whole interval has the claimed sign, NOT_SUPPORTED if the other one, DEPENDS if it holds 0."""
    low, high = (effect.low, effect.high) if positive else (-effect.high, -effect.low)
    return Finding.SUPPORTED if low > 0 else Finding.NOT_SUPPORTED if high < 0 else Finding.DEPENDS


def together(*findings: Finding) -> Finding:
    """One finding if all agree, DEPENDS otherwise."""
    return findings[0] if len(set(findings)) == 1 else Finding.DEPENDS
