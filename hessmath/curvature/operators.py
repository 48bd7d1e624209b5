"""Hessian, generalised Gauss-Newton and Fisher matrices as symmetric operators.

Each is built from a linearised loss (``network.batch_loss(…).linearise(θ)``), which keeps the passes, or by ``at`` from
a loss and θ.  Products are exact up to rounding; only ``SampledFisher`` has an error of sampling.

References
----------
Martens (2020), New insights and perspectives on the natural gradient method, sections 5, 8 and 11; Kunstner, Balles &
Hennig (2019), Limitations of the empirical Fisher approximation.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError, WrongKind
from hessmath.linear import LinearOperator

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curvature(LinearOperator):
    """A symmetric (n, n) operator of a loss at one θ; ``lin`` is the linearised loss."""

    lin: Any

    @classmethod
    def at(cls, loss: Any, theta: ArrayLike) -> Self:
        """The operator of a loss at θ.

        Parameters
        ----------
        loss : ``network.batch_loss(…)``, or a compiled function (Hessian only)

        Raises
        ------
        WrongKind
            If the loss is neither.
        """
        if hasattr(loss, "linearise"):
            return cls(loss.linearise(theta))
        if hasattr(loss, "hvp"):
            return cls(_CompiledAt(loss, np.array(theta, dtype=np.float64)))
        raise WrongKind(f"A loss such as network.batch_loss(X, Y) or hm.compile(f) is needed, but this is {loss!r}.")

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        n = int(self.lin.theta.size)
        return n, n

    @property
    def T(self) -> Self:
        """The operator itself: it is symmetric."""
        return self

    @abstractmethod
    def block(self, V: Array) -> Array:
        """AV for an (n, k) or (n,) array."""

    def product(self, v: Array) -> Array:
        """Av."""
        return self.block(v)

    def __matmul__(self, other: ArrayLike) -> Array:
        """Av, or AV for a block of vectors at once."""
        V = np.asarray(other, dtype=np.float64)
        n = self.shape[0]
        if V.ndim not in (1, 2) or V.shape[0] != n:
            raise InputError(
                f"A @ v needs v of shape ({n},) or ({n}, k), because A has shape ({n}, {n}), but v has shape {V.shape}."
            )
        return self.block(V)

    def to_dense(self) -> Array:
        """The (n, n) matrix, symmetric to the last bit; costs n products."""
        A = self.block(np.eye(self.shape[0]))
        return 0.5 * (A + A.T)


class Hessian(Curvature):
    """∇²L.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.curvature import Hessian
    >>> from hessmath.networks import Dense, Network
    >>> L = Network(Dense(1, 1)).batch_loss([[1.0], [3.0]], [[0.0], [1.0]])
    >>> Hessian.at(L, [1.0, 0.0]).to_dense()
    array([[10.,  4.],
           [ 4.,  2.]])
    """

    def block(self, V: Array) -> Array:
        """∇²L V."""
        return np.asarray(self.lin.hvp(V))


class GGN(Curvature):
    """Jᵀ H_ℓ J, with the penalty's multiple of I: the Hessian without the curvature of the network."""

    def block(self, V: Array) -> Array:
        """Jᵀ H_ℓ J V."""
        return np.asarray(self.lin.ggn_product(V))


class Fisher(Curvature):
    """The Fisher matrix, the expectation over the model's own labels taken exactly."""

    def block(self, V: Array) -> Array:
        """F V."""
        return np.asarray(self.lin.fisher_product(V))


class EmpiricalFisher(Curvature):
    """The mean of ggᵀ over the samples, g the gradient of a sample's loss at its given target."""

    def block(self, V: Array) -> Array:
        """The product, without the (N, n) matrix of gradients."""
        return np.asarray(self.lin.empirical_fisher_product(V))


class SampledFisher(Curvature):
    """The Fisher matrix by labels drawn from the model: the mean of ssᵀ over samples and draws.

    The draws are made once, so that the operator is one matrix; its mean over draws is the Fisher matrix.
    """

    def __init__(self, lin: Any, draws: int = 1, *, rng: np.random.Generator | int = 0) -> None:
        super().__init__(lin)
        if draws < 1:
            raise InputError(f"draws must be at least 1, but is {draws}.")
        generator = np.random.default_rng(rng)
        loss = lin.loss
        slopes = []
        for _ in range(draws):
            labels = loss.loss.sample(lin.outputs, generator)
            slopes.append(loss.loss.slope(lin.outputs, labels))
        object.__setattr__(self, "slopes", tuple(slopes))

    slopes: tuple[Array, ...]

    def block(self, V: Array) -> Array:
        """The product: for each draw the scores along V, pulled back."""
        columns = V[:, None] if V.ndim == 1 else V
        J = self.lin.jvp(columns)  # (N, m, k)
        total = np.zeros(columns.shape)
        samples = J.shape[0]
        for slope in self.slopes:
            along = np.einsum("nm,nmk->nk", slope, J)
            total += self.lin.vjp(samples * slope[:, :, None] * along[:, None, :])
        total /= len(self.slopes)
        return total[:, 0] if V.ndim == 1 else total


@dataclass(frozen=True, eq=False)
class _CompiledAt:
    """A compiled function at a point, as far as a Hessian needs it."""

    kernel: Any
    theta: Array

    def hvp(self, V: Array) -> Array:
        """∇²f V."""
        if V.ndim == 1:
            return np.asarray(self.kernel.hvp(self.theta, V))
        return np.column_stack([self.kernel.hvp(self.theta, np.ascontiguousarray(v)) for v in V.T])
