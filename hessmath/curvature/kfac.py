"""K-FAC and EK-FAC: the Fisher matrix of each dense layer as a Kronecker product of small matrices.

For a layer with inputs ā (with a one for the bias) and output derivatives δ the block E[āāᵀ ⊗ δδᵀ] is replaced by
A ⊗ G, A = E[āāᵀ] (input factor), G = E[δδᵀ] (output factor), the expectation over the model's labels taken exactly
(for these losses G comes from the Hessian in the outputs).

References
----------
Martens & Grosse (2015), Optimizing neural networks with Kronecker-factored approximate curvature, sections 3 and 6.3
(factored damping with π); George et al. (2018), Fast approximate natural gradient descent in a Kronecker-factored
eigenbasis, section 3 (EK-FAC).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.curvature.diagonals import curvature_factors, require_dense
from hessmath.errors import InputError
from hessmath.linear import LinearOperator

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KFAC(LinearOperator):
    """The block-diagonal approximation with blocks A ⊗ G, plus ``damping``·I where it is inverted.

    ``input_factors`` and ``output_factors`` hold A (d_in + 1, d_in + 1) and G (d_out, d_out) of every dense layer.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.curvature import GGN, KFAC
    >>> from hessmath.networks import Dense, Network
    >>> L = Network(Dense(2, 2)).batch_loss([[1.0, 2.0]], [[0.0, 0.0]])
    >>> K = KFAC.at(L, np.zeros(6))
    >>> bool(np.allclose(K.to_dense(), GGN.at(L, np.zeros(6)).to_dense()))  # exact for one layer and one sample
    True
    """

    input_factors: tuple[Array, ...]
    output_factors: tuple[Array, ...]

    @staticmethod
    def at(loss: Any, theta: ArrayLike) -> KFAC:
        """The approximation for a network's loss at θ.

        Raises
        ------
        InputError
            If the network has batch normalisation.
        """
        lin = loss.linearise(theta)
        require_dense(lin, "KFAC")
        samples = lin.outputs.shape[0]
        inputs = tuple(a.T @ a / samples for a in lin.layer_inputs)
        outputs = [np.zeros((d.shape[1], d.shape[1])) for d in lin.layer_deltas_of(lin.outputs)]
        for factor in curvature_factors(lin):
            for G, delta in zip(outputs, lin.layer_deltas_of(factor), strict=True):
                G += delta.T @ delta
        return KFAC(inputs, tuple(outputs))

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        n = sum(A.shape[0] * G.shape[0] for A, G in self.factors)
        return n, n

    @property
    def T(self) -> KFAC:
        """The operator itself: it is symmetric."""
        return self

    @property
    def factors(self) -> tuple[tuple[Array, Array], ...]:
        """(A, G) of every dense layer."""
        return tuple(zip(self.input_factors, self.output_factors, strict=True))

    def product(self, v: Array) -> Array:
        """(A ⊗ G)v for every layer: A V G for V of shape (d_in + 1, d_out)."""
        found, start = np.empty(v.size), 0
        for A, G in self.factors:
            stop = start + A.shape[0] * G.shape[0]
            found[start:stop] = (A @ v[start:stop].reshape(A.shape[0], G.shape[0]) @ G).ravel()
            start = stop
        return found

    def inverse(self, damping: float) -> LinearOperator:
        """The inverse of (A + π√λ I) ⊗ (G + √λ/π I), with π² the ratio of the factors' mean eigenvalues.

        Raises
        ------
        InputError
            If the damping is not positive.
        """
        if not damping > 0:
            raise InputError(f"damping must be positive, but is {damping}.")
        inverses = []
        for A, G in self.factors:
            pi = _ratio(A, G)
            root = math.sqrt(damping)
            inverses.append(
                (
                    np.asarray(np.linalg.inv(A + pi * root * np.eye(len(A))), dtype=np.float64),
                    np.asarray(np.linalg.inv(G + root / pi * np.eye(len(G))), dtype=np.float64),
                )
            )
        return KFAC(tuple(a for a, _ in inverses), tuple(g for _, g in inverses))


def _ratio(A: Array, G: Array) -> float:
    """π of Martens & Grosse (2015), section 6.3; 1 where a factor is 0."""
    a, g = np.trace(A) / len(A), np.trace(G) / len(G)
    return math.sqrt(a / g) if a > 0 and g > 0 else 1.0


@dataclass(frozen=True, eq=False)
class EKFAC(LinearOperator):
    """In the eigenbasis of K-FAC's factors the diagonal that is closest to the Fisher matrix.

    ``bases`` holds (U_A, U_G) of every layer, ``scales`` the second moments in that basis, (d_in + 1, d_out).
    """

    bases: tuple[tuple[Array, Array], ...]
    scales: tuple[Array, ...]

    @staticmethod
    def at(loss: Any, theta: ArrayLike) -> EKFAC:
        """The approximation for a network's loss at θ.

        Raises
        ------
        InputError
            If the network has batch normalisation.
        """
        lin = loss.linearise(theta)
        require_dense(lin, "EKFAC")
        factors = KFAC.at(loss, theta)
        bases = tuple((np.linalg.eigh(A)[1], np.linalg.eigh(G)[1]) for A, G in factors.factors)
        rotated = [(a @ U) ** 2 for a, (U, _) in zip(lin.layer_inputs, bases, strict=True)]
        scales = [np.zeros((len(U), len(W))) for U, W in bases]
        for factor in curvature_factors(lin):
            deltas = lin.layer_deltas_of(factor)
            for scale, squares, delta, (_, W) in zip(scales, rotated, deltas, bases, strict=True):
                scale += squares.T @ (delta @ W) ** 2
        return EKFAC(bases, tuple(scales))

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        n = sum(scale.size for scale in self.scales)
        return n, n

    @property
    def T(self) -> EKFAC:
        """The operator itself: it is symmetric."""
        return self

    def product(self, v: Array) -> Array:
        """U S Uᵀ v for every layer."""
        found, start = np.empty(v.size), 0
        for (U, W), scale in zip(self.bases, self.scales, strict=True):
            stop = start + scale.size
            V = U.T @ v[start:stop].reshape(scale.shape) @ W
            found[start:stop] = (U @ (scale * V) @ W.T).ravel()
            start = stop
        return found

    def inverse(self, damping: float) -> EKFAC:
        """The inverse of U (S + λ) Uᵀ.

        Raises
        ------
        InputError
            If the damping is not positive.
        """
        if not damping > 0:
            raise InputError(f"damping must be positive, but is {damping}.")
        return EKFAC(self.bases, tuple(1.0 / (scale + damping) for scale in self.scales))
