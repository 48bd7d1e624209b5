"""The mean over samples of their squared gradients: the diagonal of the empirical Fisher matrix, without forming rows.

For a dense layer sample s has the gradient aₛδₛᵀ in W, so the mean of squares is (a∘a)ᵀ(δ∘δ)/N: one matrix product.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hessmath.networks.linearisation import Linearisation


def squared_gradients(at: Linearisation) -> NDArray[np.float64]:
    """Σₛ (∂ℓₛ/∂θᵢ)²/N for every parameter, (n,), with the gradient of each sample's own loss, without the penalty.

    Raises
    ------
    InputError
        If batch normalisation in training mode makes samples depend on each other.

    References
    ----------
    Martens (2010), Deep learning via Hessian-free optimization, section 4.7.

    Examples
    --------
    >>> from hessmath.networks import Dense, Network
    >>> at = Network(Dense(1, 1)).batch_loss([[1.0], [3.0]], [[0.0], [1.0]]).linearise([1.0, 0.0])
    >>> squared_gradients(at), (at.per_sample_gradients() ** 2).mean(axis=0)
    (array([74., 10.]), array([74., 10.]))
    """
    if any(name.startswith("gamma") for name in at.loss.network.shapes):
        return np.asarray((at.per_sample_gradients() ** 2).mean(axis=0))
    pairs = zip(at.layer_inputs, at.layer_deltas, strict=True)
    # Weights by rows, then the biases, whose inputs are the last column, of ones.
    return np.concatenate([((a * a).T @ (delta * delta)).ravel() for a, delta in pairs]) / at.loss.samples
