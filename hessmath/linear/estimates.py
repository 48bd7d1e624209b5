"""Traces and spectral densities from products with random vectors, with the error that comes from the randomness.

References
----------
Hutchinson (1990), A stochastic estimator of the trace; Meyer, Musco, Musco & Woodruff (2021), Hutch++: optimal
stochastic trace estimation, algorithm 1; Ubaru, Chen & Saad (2017), Fast estimation of tr(f(A)) via stochastic Lanczos
quadrature, section 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError
from hessmath.linear.lanczos import lanczos, order_of
from hessmath.linear.operators import SupportsProduct

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A number from random samples: ``value`` ± ``margin`` at ``confidence``, by Student's t over ``samples`` draws.

    The margin is that of a normal distribution of the samples; it is 0 when the number is exact.
    """

    value: float
    margin: float
    confidence: float
    samples: int
    products: int

    @property
    def interval(self) -> tuple[float, float]:
        """(value − margin, value + margin)."""
        return self.value - self.margin, self.value + self.margin


def trace(
    A: SupportsProduct, samples: int = 30, *, confidence: float = 0.95, rng: np.random.Generator | int = 0
) -> Estimate:
    """tr A by Hutchinson: the mean of zᵀAz for random signs z; ``samples`` products.

    Raises
    ------
    InputError
        If there are fewer than two samples, or the confidence is not between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> trace(np.diag([1.0, 2.0, 3.0]), 4).interval
    (6.0, 6.0)
    """
    n = order_of(A)
    rng = _checked(samples, confidence, rng)
    values = np.empty(samples)
    for k in range(samples):
        z = rng.choice((-1.0, 1.0), n)
        values[k] = z @ np.asarray(A @ z)
    return _estimate(values, confidence, samples)


def trace_plus_plus(
    A: SupportsProduct, products: int = 90, *, confidence: float = 0.95, rng: np.random.Generator | int = 0
) -> Estimate:
    """tr A by Hutch++: exact on a subspace of a third of the products, Hutchinson on what is left of it.

    Exact when 2n/… products span everything, that is when A has rank at most products/3.

    Raises
    ------
    InputError
        If there are fewer than six products, or the confidence is not between 0 and 1.
    """
    n = order_of(A)
    third = products // 3
    rng = _checked(third, confidence, rng)
    S = rng.choice((-1.0, 1.0), (n, min(third, n)))
    Q, _ = np.linalg.qr(_columns(A, S))
    on_subspace = float(np.sum(Q * _columns(A, Q)))
    if Q.shape[1] == n:
        return Estimate(on_subspace, 0.0, confidence, 0, 2 * n)
    values = np.empty(third)
    for k in range(third):
        z = rng.choice((-1.0, 1.0), n)
        z -= Q @ (Q.T @ z)
        values[k] = z @ np.asarray(A @ z)
    rest = _estimate(values, confidence, third)
    return Estimate(on_subspace + rest.value, rest.margin, confidence, third, 2 * Q.shape[1] + third)


@dataclass(frozen=True, eq=False)
class SpectralDensity:
    """How eigenvalues are distributed, from stochastic Lanczos quadrature.

    ``nodes`` and ``weights`` (sum 1) have one row for each random start; a function's mean over the spectrum is
    estimated by ``mean``.
    """

    nodes: tuple[Array, ...]
    weights: tuple[Array, ...]
    n: int

    def mean(self, function: object, confidence: float = 0.95) -> Estimate:
        """tr f(A)/n for a function of arrays."""
        if not callable(function):
            raise InputError(f"mean needs a function of an array, but got {function!r}.")
        values = np.array([float(w @ function(x)) for x, w in zip(self.nodes, self.weights, strict=True)])
        return _estimate(values, confidence, sum(map(len, self.nodes)))

    def density(self, grid: ArrayLike, width: float | None = None) -> Array:
        """The density on a grid, every node widened to a normal curve of standard deviation ``width``."""
        x = np.asarray(grid, dtype=np.float64)
        nodes, weights = np.concatenate(self.nodes), np.concatenate(self.weights) / len(self.nodes)
        if width is None:
            width = max(float(np.ptp(nodes)), 1e-12) / 100
        curves = np.exp(-0.5 * ((x[:, None] - nodes) / width) ** 2) / (width * math.sqrt(2 * math.pi))
        return np.asarray(curves @ weights)

    def below(self, bound: float, confidence: float = 0.95) -> Estimate:
        """The share of eigenvalues below a number."""
        return self.mean(lambda x: (x < bound).astype(float), confidence)


def spectral_density(
    A: SupportsProduct, samples: int = 10, steps: int = 50, *, rng: np.random.Generator | int = 0
) -> SpectralDensity:
    """The distribution of eigenvalues: ``samples`` runs of ``steps`` of Lanczos from random signs.

    Raises
    ------
    InputError
        If there are fewer than two samples or no steps.

    Examples
    --------
    >>> import numpy as np
    >>> A = np.diag(np.linspace(0, 1, 50))
    >>> found = spectral_density(A, samples=4, steps=50)
    >>> round(found.mean(lambda x: x**2).value, 6) == round(float((np.diag(A) ** 2).mean()), 6)
    True
    """
    n = order_of(A)
    rng = _checked(samples, 0.95, rng)
    nodes, weights = [], []
    for _ in range(samples):
        run = lanczos(A, rng.choice((-1.0, 1.0), n), steps)
        values, first = run.ritz
        nodes.append(values)
        weights.append(first**2)
    return SpectralDensity(tuple(nodes), tuple(weights), n)


def _checked(samples: int, confidence: float, rng: np.random.Generator | int) -> np.random.Generator:
    if samples < 2:
        raise InputError(f"At least two samples are needed for an interval, but there are {samples}.")
    if not 0 < confidence < 1:
        raise InputError(f"confidence must be between 0 and 1, but is {confidence}.")
    return np.random.default_rng(rng)


def _columns(A: SupportsProduct, V: Array) -> Array:
    return np.asarray(A @ V, dtype=np.float64)


def _estimate(values: Array, confidence: float, products: int) -> Estimate:
    from scipy.stats import t  # 0.3 s, so on first use

    spread = float(values.std(ddof=1))
    margin = float(t.ppf(0.5 + confidence / 2, values.size - 1)) * spread / math.sqrt(values.size)
    return Estimate(float(values.mean()), margin, confidence, values.size, products)
