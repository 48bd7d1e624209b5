"""Directions along which a network's Hessian vanishes because of its structure.

Each mode comes with what is true of it everywhere: H v = (a known combination of the gradient), which is 0 where the
mode is exact and vanishes at critical points for the others.  The proofs are one line each; what they need about
softmax, batch statistics, duplicates and ReLU is claimed and checked in ``proofs/zero_modes.py``:

- shift: L(θ + t v) = L(θ) for all θ and t, so ∇L is constant along v and H v = 0.
- dead unit: the same for small t, because a unit that is off at every sample stays off.
- rescaling: L(S_t θ) = L(θ) for S_t = exp(t D) with D = +1 on what comes in, −1 on what goes out of a ReLU unit;
  differentiating S_tᵀ ∇L(S_t θ) = ∇L(θ) at t = 0 gives H D θ = −D ∇L(θ).  Here v = D θ.
- duplicates: two units with the same incoming weights can pass outgoing weight u to each other without changing any
  output, so only the derivatives in their own incoming weights change: for u the outgoing weights of the first,
  (H v) is ∇L of its incoming weights there, and the opposite at the second.

References
----------
Dinh, Pascanu, Bengio & Bengio (2017), Sharp minima can generalize, section 3 (rescaling); Fukumizu & Amari (2000),
Local minima and plateaus, section 3 (duplicated units); Sagun, Bottou & LeCun (2016), Eigenvalues of the Hessian.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.networks.activations import Activation, ReLU
from hessmath.networks.batch_loss import BatchLoss
from hessmath.networks.layers import BatchNorm, Dense, leaves
from hessmath.networks.losses import SoftmaxCrossEntropy
from hessmath.networks.network import Network

Array = NDArray[np.float64]

EVERYWHERE, NEARBY, CRITICAL = "everywhere", "near this point", "at critical points"


@dataclass(frozen=True, eq=False)
class ZeroMode:
    """A direction v with a known product H v.

    ``where`` says where H v = 0: everywhere, near this point, or at critical points; ``product`` is H v at θ, exactly,
    from the gradient alone.
    """

    name: str
    where: str
    direction: Array
    product: Array


def zero_modes(loss: BatchLoss, theta: ArrayLike) -> list[ZeroMode]:
    """The structural zero modes of a loss without penalty, at θ.

    Chains of layers only: inside ``Residual`` nothing is looked for.  There may be other zero eigenvalues.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.networks import Dense, Network, SoftmaxCrossEntropy
    >>> L = Network(Dense(1, 2)).batch_loss([[1.0], [2.0]], [0, 1], SoftmaxCrossEntropy())
    >>> [(mode.name, mode.where, mode.direction.tolist()) for mode in zero_modes(L, np.zeros(4))][0]
    ('softmax shift of b0', 'everywhere', [0.0, 0.0, 1.0, 1.0])
    """
    if loss.penalty:
        return []
    theta = np.asarray(theta, dtype=np.float64)
    gradient = loss.gradient(theta)
    return [
        *_softmax_shifts(loss),
        *_before_batch_norm(loss),
        *_of_units(loss, theta, gradient),
    ]


def _softmax_shifts(loss: BatchLoss) -> Iterator[ZeroMode]:
    dense = [layer for layer in leaves(loss.network.layers) if isinstance(layer, Dense)]
    last = loss.network.layers[-1]
    if not isinstance(loss.loss, SoftmaxCrossEntropy) or not isinstance(last, Dense):
        return
    number = len(dense) - 1
    if last.bias:
        yield _exact(loss.network, f"softmax shift of b{number}", EVERYWHERE, {f"b{number}": np.ones(last.outputs)})
    for i in range(last.inputs):
        W = np.zeros((last.inputs, last.outputs))
        W[i] = 1.0
        yield _exact(loss.network, f"softmax shift of W{number}[{i}, :]", EVERYWHERE, {f"W{number}": W})


def _before_batch_norm(loss: BatchLoss) -> Iterator[ZeroMode]:
    layers = loss.network.layers
    for number, place, layer in _numbered(layers):
        if place + 1 < len(layers) and isinstance(layers[place + 1], BatchNorm) and layer.bias:
            for j in range(layer.outputs):
                name = f"b{number}[{j}] before batch normalisation"
                yield _exact(loss.network, name, EVERYWHERE, {f"b{number}": np.eye(layer.outputs)[j]})


def _numbered(layers: Sequence[Any]) -> Iterator[tuple[int, int, Dense]]:
    """(number among all dense layers, place, layer) of the dense layers that stand outside Residual."""
    number = 0
    for place, layer in enumerate(layers):
        if isinstance(layer, Dense):
            yield number, place, layer
        number += sum(isinstance(leaf, Dense) for leaf in leaves([layer]))


def _of_units(loss: BatchLoss, theta: Array, gradient: Array) -> Iterator[ZeroMode]:
    """Modes of hidden units: Dense, activation, Dense in a row."""
    network = loss.network
    layers = network.layers
    parts, slopes = network.unflatten(theta), network.unflatten(gradient)
    for number, place, layer in _numbered(layers):
        above = layers[place + 1 : place + 3]
        if len(above) < 2 or not isinstance(above[0], Activation) or not isinstance(above[1], Dense):
            continue
        unit = _Units(network, number, layer.bias, parts, slopes)
        if above[0] == ReLU():
            z = _preactivations(loss, theta, number)
            for j in range(layer.outputs):
                if z[:, j].max() < 0:
                    yield from unit.dead(j)
                elif (z[:, j] != 0).all():
                    yield unit.rescaled(j)
        for j in range(layer.outputs):
            for k in range(j + 1, layer.outputs):
                if unit.same(j, k):
                    yield unit.duplicated(j, k)
                    yield unit.duplicated(k, j)


def _preactivations(loss: BatchLoss, theta: Array, number: int) -> Array:
    """z of a dense layer over the batch, from its inputs."""
    lin = loss.linearise(theta)
    parts = loss.network.unflatten(theta)
    W = parts[f"W{number}"]
    inputs = lin.layer_inputs[number]
    return np.asarray(inputs[:, : W.shape[0]] @ W + parts.get(f"b{number}", np.zeros(W.shape[1])))


@dataclass(frozen=True)
class _Units:
    """The units between dense layers ``number`` and ``number + 1``."""

    network: Network
    number: int
    bias: bool
    parts: dict[str, Array]
    slopes: dict[str, Array]

    def _vector(self, incoming: dict[int, tuple[Any, Any]], outgoing: dict[int, Any]) -> Array:
        """A direction by units: what it does to (weights, bias) that come in, and to weights that go out."""
        W, b, V = (f"W{self.number}", f"b{self.number}", f"W{self.number + 1}")
        pieces = {name: np.zeros_like(part) for name, part in self.parts.items()}
        for j, (weights, bias) in incoming.items():
            pieces[W][:, j] = weights
            if self.bias:
                pieces[b][j] = bias
        for j, weights in outgoing.items():
            pieces[V][j] = weights
        return self.network.flatten(pieces)

    def _incoming(self, source: dict[str, Array], j: int) -> tuple[Array, Any]:
        return source[f"W{self.number}"][:, j], source[f"b{self.number}"][j] if self.bias else 0.0

    def _outgoing(self, source: dict[str, Array], j: int) -> Array:
        return source[f"W{self.number + 1}"][j]

    def same(self, j: int, k: int) -> bool:
        """Whether two units have the same incoming weights."""
        (w, b), (u, c) = self._incoming(self.parts, j), self._incoming(self.parts, k)
        return bool((w == u).all()) and b == c

    def dead(self, j: int) -> Iterator[ZeroMode]:
        """Every weight in and out of a unit that is off at every sample."""
        d_in, d_out = self.parts[f"W{self.number}"].shape[0], self.parts[f"W{self.number + 1}"].shape[1]
        where = f"of dead unit {j} in layer {self.number}"
        zero = np.zeros(self.network.size)
        for i in range(d_in):
            v = self._vector({j: (np.eye(d_in)[i], 0.0)}, {})
            yield ZeroMode(f"W{self.number}[{i}, {j}] {where}", NEARBY, v, zero)
        if self.bias:
            yield ZeroMode(f"b{self.number}[{j}] {where}", NEARBY, self._vector({j: (0.0, 1.0)}, {}), zero)
        for i in range(d_out):
            v = self._vector({}, {j: np.eye(d_out)[i]})
            yield ZeroMode(f"W{self.number + 1}[{j}, {i}] {where}", NEARBY, v, zero)

    def rescaled(self, j: int) -> ZeroMode:
        """Incoming weights up, outgoing weights down."""
        v = self._vector({j: self._incoming(self.parts, j)}, {j: -self._outgoing(self.parts, j)})
        w, b = self._incoming(self.slopes, j)
        product = self._vector({j: (-w, -b)}, {j: self._outgoing(self.slopes, j)})
        return ZeroMode(f"rescaling of unit {j} in layer {self.number}", CRITICAL, v, product)

    def duplicated(self, j: int, k: int) -> ZeroMode:
        """Outgoing weight passed from unit k to its double j."""
        u = self._outgoing(self.parts, j)
        v = self._vector({}, {j: u, k: -u})
        w, b = self._incoming(self.slopes, j)
        product = self._vector({j: (w, b), k: (-w, -b)}, {})
        return ZeroMode(f"units {j} and {k} in layer {self.number} are the same", CRITICAL, v, product)


def _exact(network: Network, name: str, where: str, pieces: dict[str, Array]) -> ZeroMode:
    whole = {part: np.zeros(shape) for part, shape in network.shapes.items()} | pieces
    return ZeroMode(name, where, network.flatten(whole), np.zeros(network.size))
