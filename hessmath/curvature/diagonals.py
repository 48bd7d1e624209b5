"""Exact diagonals.

The diagonal of any operator costs n products.  That of the Gauss-Newton matrix of dense layers costs m backward passes
for m outputs: for each sample the square of the derivative in a weight is the square of its input times the square of
its output's derivative (Martens & Sutskever 2012, section 20.11.2; Dangel et al. 2020, BackPACK).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError
from hessmath.linear import LinearOperator

Array = NDArray[np.float64]

BLOCK = 64
"""Vectors multiplied at a time."""


def diagonal(A: LinearOperator) -> Array:
    """The n diagonal entries of an operator, by n products."""
    n = A.shape[0]
    found = np.empty(n)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        E = np.zeros((n, stop - start))
        E[np.arange(start, stop), np.arange(stop - start)] = 1.0
        found[start:stop] = (A @ E)[np.arange(start, stop), np.arange(stop - start)]
    return found


def ggn_diagonal(lin: Any) -> Array:
    """The diagonal of the Gauss-Newton matrix, penalty included, of a network of dense layers and activations.

    Raises
    ------
    InputError
        If the network has batch normalisation: use ``diagonal(GGN(…))``.
    """
    require_dense(lin, "ggn_diagonal")
    parts = [np.zeros((a.shape[1], d.shape[1])) for a, d in _layers(lin, np.zeros_like(lin.outputs))]
    for factor in curvature_factors(lin):
        for part, (inputs, deltas) in zip(parts, _layers(lin, factor), strict=True):
            part += (inputs**2).T @ deltas**2
    return np.concatenate([part.ravel() for part in parts]) + lin.loss.penalty


def _layers(lin: Any, cotangent: Array) -> Iterator[tuple[Array, Array]]:
    return zip(lin.layer_inputs, lin.layer_deltas_of(cotangent), strict=True)


def curvature_factors(lin: Any) -> list[Array]:
    """Arrays S₁, …, S_m of shape (N, m) with Σ_c S_c[i] S_c[i]ᵀ = the Hessian of the loss in sample i's outputs."""
    samples, m = lin.outputs.shape
    H = np.empty((samples, m, m))
    for c in range(m):
        direction = np.zeros((samples, m))
        direction[:, c] = 1.0
        H[:, :, c] = lin.loss.loss.curvature(lin.outputs, lin.loss.targets, direction)
    values, vectors = np.linalg.eigh(0.5 * (H + H.transpose(0, 2, 1)))
    roots = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    return [np.ascontiguousarray(roots[:, :, c]) for c in range(m)]


def require_dense(lin: Any, what: str) -> None:
    """Raise where parameters are not those of dense layers.

    Raises
    ------
    InputError
        If there are parameters of batch normalisation.
    """
    counted = sum(a.shape[1] * d.shape[1] for a, d in _layers(lin, np.zeros_like(lin.outputs)))
    if counted != lin.theta.size:
        raise InputError(
            f"{what} knows dense layers and activations only, but this network has batch normalisation: "
            "use the operators, such as GGN(…), instead."
        )
