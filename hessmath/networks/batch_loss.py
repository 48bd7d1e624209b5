"""The loss of a network on a batch in float64, with its derivatives, at any size.

``BatchLoss`` is a function of the flat parameter vector θ; ``linearise(θ)`` keeps what forward and backward pass
computed, and multiplies by the Hessian, the generalised Gauss-Newton matrix and the Fisher matrices.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError
from hessmath.networks.engine import (
    BACKWARD,
    CURVED_BARS,
    FORWARD,
    GAUSS_NEWTON_PRODUCT,
    HESSIAN_PRODUCT,
    LOSS_VALUE,
    Loops,
    has_blocks,
    is_small,
    wants_loops,
)
from hessmath.networks.linearisation import Buffers, Linearisation
from hessmath.networks.losses import Loss
from hessmath.networks.parameters import flat_vector, parameter_names
from hessmath.networks.steps import NormStep, steps_of

if TYPE_CHECKING:
    from hessmath.function import Function
    from hessmath.networks.network import Network

Array = NDArray[np.float64]


class BatchLoss:
    """θ ↦ the loss of a network on a batch, plus ½ penalty ‖θ‖².

    Made by ``network.batch_loss(X, Y, …)``.

    Attributes
    ----------
    n : the number of parameters
    network, loss, penalty : what it is the loss of
    inputs : (N, d) array
    targets : (N, m) array

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.networks import Dense, Network
    >>> L = Network(Dense(1, 1)).batch_loss([[1.0], [3.0]], [[0.0], [1.0]])
    >>> L.value(np.array([1.0, 0.0])), L.gradient(np.array([1.0, 0.0]))
    (2.5, array([7., 3.]))
    """

    def __init__(self, network: Network, inputs: Array, targets: Array, loss: Loss, penalty: float) -> None:
        self.network, self.loss, self.penalty = network, loss, penalty
        self.inputs, self.targets = inputs, targets
        self.steps = steps_of(network.layers)
        self.n = self.steps[-1].stop
        self._free: list[Buffers] = []
        self._free_of_subsets: list[Buffers] = []
        self._workspaces: list[Array] = []
        self._made: Loops | None = None
        self._is_small = is_small(self.steps, self.samples)

    def __repr__(self) -> str:
        penalty = f", penalty={self.penalty}" if self.penalty else ""
        return f"<BatchLoss of {self.network!r} on {self.samples} samples, {self.loss!r}{penalty}>"

    @property
    def dimension(self) -> int:
        """The number of parameters."""
        return self.n

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters, as in the exact formula."""
        return parameter_names(self.network.shapes)

    @property
    def samples(self) -> int:
        """The number N of samples."""
        return int(self.inputs.shape[0])

    @property
    def couples_samples(self) -> bool:
        """Whether a sample's output depends on the others: batch normalisation in training mode."""
        return any(type(step) is NormStep for step in self.steps)

    def value(self, theta: ArrayLike) -> float:
        """The loss at θ."""
        loops = self._loops(1)
        if loops is not None:
            return self._compiled(loops, FORWARD | LOSS_VALUE, theta)[0]
        return self._once(theta, lambda at: at.value)

    def gradient(self, theta: ArrayLike) -> Array:
        """∇L, shape (n,), by backpropagation."""
        loops = self._loops(1)
        if loops is not None:
            return self._compiled(loops, FORWARD | BACKWARD, theta)[1]
        return self._once(theta, lambda at: at.gradient)

    def value_and_gradient(self, theta: ArrayLike) -> tuple[float, Array]:
        """L and ∇L from one pass."""
        loops = self._loops(1)
        if loops is not None:
            return self._compiled(loops, FORWARD | LOSS_VALUE | BACKWARD, theta)
        return self._once(theta, lambda at: (at.value, at.gradient))

    def hessian(self, theta: ArrayLike) -> Array:
        """∇²L, shape (n, n), symmetric."""
        loops = self._blocks()
        if loops is None:
            return self._once(theta, lambda at: at.hessian())
        at = self._theta(theta)
        work = self._workspace(loops)
        loops.run(FORWARD | BACKWARD | CURVED_BARS, at, at, work)
        H = loops.hessian(at, work)
        self._workspaces.append(work)
        return H

    def hvp(self, theta: ArrayLike, v: ArrayLike) -> Array:
        """∇²L v, shape (n,); several products at one θ cost less with ``linearise``."""
        loops = self._loops(1)
        if loops is not None and _is_vector(v):
            return self._compiled(loops, FORWARD | BACKWARD | HESSIAN_PRODUCT, theta, v)[1]
        return self._once(theta, lambda at: at.hvp(v))

    def ggn_product(self, theta: ArrayLike, v: ArrayLike) -> Array:
        """Jᵀ H_ℓ J v, shape (n,), plus penalty · v."""
        loops = self._loops(1)
        if loops is not None and _is_vector(v):
            return self._compiled(loops, FORWARD | GAUSS_NEWTON_PRODUCT, theta, v)[1]
        return self._once(theta, lambda at: at.ggn_product(v))

    def per_sample_gradients(self, theta: ArrayLike) -> Array:
        """Row i is the gradient of sample i's own loss, without the penalty; their mean is that of the batch."""
        return self._once(theta, lambda at: at.per_sample_gradients())

    def linearise(self, theta: ArrayLike) -> Linearisation:
        """Everything at θ that products with vectors need."""
        return Linearisation(self, self._theta(theta).copy(), Buffers())

    def subset(self, rows: Sequence[int] | NDArray[Any] | slice) -> BatchLoss:
        """The loss of some of the samples, with the same penalty.

        One after another, as mini-batches of one size are, they work in the same memory.
        """
        inputs, targets = self.inputs[rows], self.targets[rows]
        if inputs.ndim != 2 or not inputs.shape[0]:
            raise InputError(f"subset needs at least one row as a list, a slice or a mask, but got {rows!r}.")
        part = copy.copy(self)
        part.inputs, part.targets = np.ascontiguousarray(inputs), np.ascontiguousarray(targets)
        part._free, part._free_of_subsets = self._free_of_subsets, []
        part._workspaces, part._made = [], None
        part._is_small = is_small(part.steps, part.samples)
        return part

    def function(self) -> Function:
        """The loss as an exact formula of the parameters; for small networks.

        Numbers of the batch are read by their shortest decimals, as everywhere.
        """
        return self.network.loss(self.inputs, self.targets, self.loss, penalty=self.penalty)

    def exact_eigenvalues(self, theta: ArrayLike, digits: int = 30) -> tuple[Decimal, ...]:
        """The eigenvalues of ∇²L at θ to any number of digits, with proof; see ``spectra.exact_eigenvalues``."""
        from hessmath.networks.spectra import exact_eigenvalues

        return exact_eigenvalues(self, theta, digits)

    def _theta(self, theta: ArrayLike, what: str = "theta") -> Array:
        return flat_vector(what, theta, self.n)

    def _loops(self, passes: int) -> Loops | None:
        """The compiled loops of a small network, once they are there."""
        return self._any_loops(passes) if self._is_small else None

    def _blocks(self) -> Loops | None:
        """The compiled loops where they make the Hessian by blocks."""
        return self._any_loops(self.n) if has_blocks(self.steps, self.samples) else None

    def _any_loops(self, passes: int) -> Loops | None:
        if self._made is None and wants_loops(self.steps, passes):
            self._made = Loops(self.steps, self.inputs, self.targets, self.loss, self.penalty)
        return self._made

    def _compiled(self, loops: Loops, what: int, theta: ArrayLike, v: ArrayLike | None = None) -> tuple[float, Array]:
        """What the loops give."""
        at = flat_vector("theta", theta, self.n)
        along = at if v is None else flat_vector("v", v, self.n)
        work = self._workspace(loops)
        found = loops.run(what, at, along, work)
        self._workspaces.append(work)
        return found

    def _workspace(self, loops: Loops) -> Array:
        """A workspace of an earlier call that no other thread is using; to be put back."""
        try:
            return self._workspaces.pop()
        except IndexError:
            return loops.workspace()

    def _once(self, theta: ArrayLike, read: Callable[[Linearisation], Any]) -> Any:
        """Something at θ, in buffers of an earlier call that no other thread is using."""
        try:
            buffers = self._free.pop()
        except IndexError:
            buffers = Buffers()
        try:
            return read(Linearisation(self, self._theta(theta), buffers))
        finally:
            self._free.append(buffers)


def _is_vector(v: ArrayLike) -> bool:
    return v.ndim == 1 if isinstance(v, np.ndarray) else np.ndim(v) == 1  # np.ndim alone takes 0.1 µs


def require_separate(loss: BatchLoss, what: str) -> None:
    """Raise where samples have no gradients of their own.

    Raises
    ------
    InputError
        If batch statistics couple the samples.
    """
    if loss.couples_samples:
        raise InputError(
            f"{what} needs samples with losses of their own, but BatchNorm in training mode makes every output depend "
            "on the whole batch. Freeze its statistics with BatchNorm(…).frozen(mean, variance)."
        )
