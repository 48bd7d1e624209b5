"""Products from mini-batches, and how far they are from those of the whole batch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.curvature.operators import Curvature
from hessmath.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class VectorEstimate:
    """The mean of products from ``draws`` mini-batches, and the standard error of every entry."""

    mean: Array
    standard_error: Array
    draws: int


def minibatch_product(
    kind: type[Curvature],
    loss: Any,
    theta: ArrayLike,
    v: ArrayLike,
    size: int,
    draws: int = 10,
    *,
    rng: np.random.Generator | int = 0,
) -> VectorEstimate:
    """A v by mini-batches drawn without replacement, each independently of the others.

    Unbiased for losses that are means over samples.  The standard error is √(variance of the draws / draws).

    Parameters
    ----------
    kind : ``Hessian``, ``GGN``, ``Fisher`` or ``EmpiricalFisher``
    size : samples of a mini-batch

    Raises
    ------
    InputError
        If there are fewer than two draws, the size is not from 1 to N, or batch normalisation couples samples.
    """
    if draws < 2:
        raise InputError(f"At least two draws are needed for a standard error, but draws is {draws}.")
    if not 1 <= size <= loss.samples:
        raise InputError(f"size must be from 1 to the {loss.samples} samples, but is {size}.")
    if loss.couples_samples:
        raise InputError("Mini-batches give no unbiased product where BatchNorm in training mode couples the samples.")
    generator = np.random.default_rng(rng)
    products = []
    for _ in range(draws):
        rows = generator.choice(loss.samples, size, replace=False)
        products.append(kind.at(loss.subset(rows), theta) @ np.asarray(v, dtype=np.float64))
    stack = np.array(products)
    return VectorEstimate(stack.mean(axis=0), stack.std(axis=0, ddof=1) / math.sqrt(draws), draws)
