"""Products with the Hessian one after another at the same θ, as an inner loop of conjugate gradients asks for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from hessmath.networks.batch_loss import BatchLoss
    from hessmath.networks.linearisation import Linearisation

Array = NDArray[np.float64]


class _Kept(threading.local):
    """The last linearisation of this thread."""

    at: Linearisation | None = None


def kept_hvp(loss: BatchLoss) -> Callable[[Array, Array], Array]:
    """(θ, v) ↦ ∇²L v, with the forward and the backward pass done once for calls at the same θ.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.networks import Dense, Network
    >>> hvp = kept_hvp(Network(Dense(1, 1)).batch_loss([[1.0], [3.0]], [[0.0], [1.0]]))
    >>> hvp(np.zeros(2), np.array([1.0, 0.0])), hvp(np.zeros(2), np.array([0.0, 1.0]))
    (array([10.,  4.]), array([4., 2.]))
    """
    kept = _Kept()

    def hvp(theta: Array, v: Array) -> Array:
        if kept.at is None or not np.array_equal(kept.at.theta, theta):
            kept.at = loss.linearise(theta)
        return kept.at.hvp(v)

    return hvp
