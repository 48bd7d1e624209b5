"""The layers as numbered steps in float64: forward, tangent, backward, and the tangent of backward.

Step k reads slot ``source`` and writes slot k + 1; slot 0 is the batch X, (N, d).  A step keeps in ``State`` what its
derivatives need.  Dots are tangents (the R-operator: derivatives along a direction v of θ), bars adjoints.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hessmath.networks.activations import Activation
from hessmath.networks.layers import BatchNorm, Dense, FrozenBatchNorm, Layer, Residual

Array = NDArray[np.float64]
Dot = Array | None  # None: zero, which costs nothing
Room = Callable[[str, tuple[int, ...]], Array]  # a buffer that the step may write to, by name


@dataclass
class State:
    """What a step keeps: f′ and f″ of an activation, statistics of a batch."""

    source: Array
    target: Array
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DenseStep:
    """z = aW + b; the parameters start at ``start``."""

    source: int
    inputs: int
    outputs: int
    bias: bool
    start: int

    @property
    def stop(self) -> int:
        """Where the next step's parameters start."""
        return self.start + self.inputs * self.outputs + (self.outputs if self.bias else 0)

    def parts(self, flat: Array) -> tuple[Array, Array]:
        """Views of W and b; b is empty where there is none."""
        middle = self.start + self.inputs * self.outputs
        return flat[self.start : middle].reshape(self.inputs, self.outputs), flat[middle : self.stop]

    def forward(self, theta: Array, a: Array, room: Room) -> State:
        """z, shape (N, outputs)."""
        W, b = self.parts(theta)
        z = np.matmul(a, W, out=room("z", (a.shape[0], self.outputs)))
        if self.bias:
            z += b
        return State(a, z)

    def tangent(self, theta: Array, v: Array, state: State, a_dot: Dot, room: Room) -> Array:
        """ż = ȧW + aV + c, where v holds V and c."""
        V, c = self.parts(v)
        shape = (state.source.shape[0], self.outputs)
        z_dot = np.matmul(state.source, V, out=room("ż", shape))
        if a_dot is not None:
            z_dot += np.matmul(a_dot, self.parts(theta)[0], out=room("ȧW", shape))
        if self.bias:
            z_dot += c
        return z_dot

    def backward(self, theta: Array, state: State, z_bar: Array, out: Array, room: Room, wants: bool) -> Array | None:
        """∂L/∂W = aᵀδ and ∂L/∂b = Σδ into ``out``; δWᵀ for the layer below, if it is wanted."""
        W_bar, b_bar = self.parts(out)
        np.matmul(state.source.T, z_bar, out=W_bar)
        if self.bias:
            np.sum(z_bar, axis=0, out=b_bar)
        return np.matmul(z_bar, self.parts(theta)[0].T, out=room("ā", state.source.shape)) if wants else None

    def backward_tangent(
        self,
        theta: Array,
        v: Array,
        state: State,
        dots: tuple[Dot, Array],
        bars: tuple[Array, Array],
        out: Array,
        room: Room,
        wants: bool,
    ) -> Array | None:
        """The tangent of ``backward``: δ̇ᵀ products with the product rule."""
        (a_dot, _), (z_bar, z_bar_dot) = dots, bars
        W_bar_dot, b_bar_dot = self.parts(out)
        np.matmul(state.source.T, z_bar_dot, out=W_bar_dot)
        if a_dot is not None:
            W_bar_dot += np.matmul(a_dot.T, z_bar, out=room("ȧᵀδ", W_bar_dot.shape))
        if self.bias:
            np.sum(z_bar_dot, axis=0, out=b_bar_dot)
        if not wants:
            return None
        a_bar_dot = np.matmul(z_bar_dot, self.parts(theta)[0].T, out=room("ā̇", state.source.shape))
        a_bar_dot += np.matmul(z_bar, self.parts(v)[0].T, out=room("δVᵀ", state.source.shape))
        return a_bar_dot


@dataclass(frozen=True)
class ActivationStep:
    """a = f(z), entry by entry."""

    source: int
    activation: Activation
    start: int

    @property
    def stop(self) -> int:
        """No parameters."""
        return self.start

    def forward(self, theta: Array, z: Array, room: Room) -> State:
        """a; f′ and f″ are computed when they are first needed."""
        return State(z, self.activation.value(z))

    def _first(self, state: State) -> Array:
        if "f′" not in state.kept:
            state.kept["f′"] = self.activation.first(state.source, state.target)
        return state.kept["f′"]

    def tangent(self, theta: Array, v: Array, state: State, z_dot: Dot, room: Room) -> Dot:
        """f′(z) ⊙ ż."""
        if z_dot is None:
            return None
        return np.multiply(self._first(state), z_dot, out=room("ȧ", z_dot.shape))

    def backward(self, theta: Array, state: State, a_bar: Array, out: Array, room: Room, wants: bool) -> Array | None:
        """f′(z) ⊙ ā."""
        return np.multiply(self._first(state), a_bar, out=room("z̄", a_bar.shape)) if wants else None

    def backward_tangent(
        self,
        theta: Array,
        v: Array,
        state: State,
        dots: tuple[Dot, Dot],
        bars: tuple[Array, Array],
        out: Array,
        room: Room,
        wants: bool,
    ) -> Array | None:
        """f′(z) ⊙ ā̇ + ā ⊙ f″(z) ⊙ ż."""
        if not wants:
            return None
        first, curvature, (z_dot, _), (a_bar, a_bar_dot) = self._first(state), self.activation.curvature, dots, bars
        z_bar_dot = np.multiply(first, a_bar_dot, out=room("z̄̇", a_bar.shape))
        if curvature is not None and z_dot is not None:
            if "ā f″" not in state.kept:
                state.kept["ā f″"] = a_bar * curvature(state.source, state.target, first)
            z_bar_dot += np.multiply(state.kept["ā f″"], z_dot, out=room("f″ż", a_bar.shape))
        return z_bar_dot


@dataclass(frozen=True)
class AddStep:
    """The end of a residual connection: its input, in slot ``skip``, is added."""

    source: int
    skip: int
    start: int

    @property
    def stop(self) -> int:
        """No parameters."""
        return self.start


@dataclass(frozen=True)
class NormStep:
    """y = γ ⊙ n + β with n = (z − μ)s, s = (σ² + ε)^(−1/2), statistics of the batch, differentiated.

    ∂n/∂z is the symmetric map P: u ↦ s(u − mean(u) − n mean(n u)), means over the batch.
    """

    source: int
    width: int
    eps: float
    start: int

    @property
    def stop(self) -> int:
        """Where the next step's parameters start."""
        return self.start + 2 * self.width

    def parts(self, flat: Array) -> tuple[Array, Array]:
        """Views of γ and β."""
        return flat[self.start : self.start + self.width], flat[self.start + self.width : self.stop]

    def statistics(self, z: Array) -> tuple[Any, Any]:
        """n and s."""
        centred = z - z.mean(axis=0)
        scale = 1.0 / np.sqrt((centred * centred).mean(axis=0) + self.eps)
        return centred * scale, scale

    def project(self, u: Array, n: Array, scale: Array) -> Array:
        """P u."""
        projected: Array = scale * (u - u.mean(axis=0) - n * (n * u).mean(axis=0))
        return projected

    def forward(self, theta: Array, z: Array, room: Room) -> State:
        """y, shape (N, width)."""
        gamma, beta = self.parts(theta)
        n, scale = self.statistics(z)
        return State(z, gamma * n + beta, {"n": n, "s": scale})

    def tangent(self, theta: Array, v: Array, state: State, z_dot: Dot, room: Room) -> Array:
        """γ̇ n + γ P ż + β̇."""
        gamma_dot, beta_dot = self.parts(v)
        n = state.kept["n"]
        y_dot: Array = gamma_dot * n + beta_dot
        if z_dot is not None:
            y_dot += self.parts(theta)[0] * self.project(z_dot, n, state.kept["s"])
        return y_dot

    def backward(self, theta: Array, state: State, y_bar: Array, out: Array, room: Room, wants: bool) -> Array | None:
        """∂L/∂γ = Σ ȳ n, ∂L/∂β = Σ ȳ; P(γȳ)."""
        gamma_bar, beta_bar = self.parts(out)
        n = state.kept["n"]
        np.sum(y_bar * n, axis=0, out=gamma_bar)
        np.sum(y_bar, axis=0, out=beta_bar)
        return self.project(self.parts(theta)[0] * y_bar, n, state.kept["s"]) if wants else None

    def backward_tangent(
        self,
        theta: Array,
        v: Array,
        state: State,
        dots: tuple[Dot, Array],
        bars: tuple[Array, Array],
        out: Array,
        room: Room,
        wants: bool,
    ) -> Array | None:
        """The product rule through γȳ, n and s; ṡ = −s² mean(n ż)."""
        gamma, gamma_dot = self.parts(theta)[0], self.parts(v)[0]
        (z_dot, _), (y_bar, y_bar_dot), n, scale = dots, bars, state.kept["n"], state.kept["s"]
        gamma_bar_dot, beta_bar_dot = self.parts(out)
        n_dot = np.zeros_like(n) if z_dot is None else self.n_dot(z_dot, n, scale)
        np.sum(y_bar_dot * n + y_bar * n_dot, axis=0, out=gamma_bar_dot)
        np.sum(y_bar_dot, axis=0, out=beta_bar_dot)
        if not wants:
            return None
        g, g_dot = gamma * y_bar, gamma_dot * y_bar + gamma * y_bar_dot
        z_bar_dot = self.project(g_dot, n, scale)
        if z_dot is not None:
            z_bar_dot += self.bent(g, z_dot, n_dot, n, scale)
        return z_bar_dot

    def n_dot(self, z_dot: Array, n: Array, scale: Array) -> Array:
        """ṅ = P ż."""
        return self.project(z_dot, n, scale)

    def bent(self, g: Array, z_dot: Array, n_dot: Array, n: Array, scale: Array) -> Array:
        """Ṗ g: the change of P along ż."""
        ratio = -scale * (n * z_dot).mean(axis=0)  # ṡ / s
        change = n_dot * (n * g).mean(axis=0) + n * (n_dot * g).mean(axis=0)
        bent: Array = ratio * self.project(g, n, scale) - scale * change
        return bent


@dataclass(frozen=True)
class FrozenNormStep(NormStep):
    """The same with statistics that are numbers: P u = s u, and P does not change."""

    mean: Array = field(default_factory=lambda: np.zeros(0), compare=False)
    scale: Array = field(default_factory=lambda: np.zeros(0), compare=False)

    def statistics(self, z: Array) -> tuple[Any, Any]:
        """n and s."""
        return (z - self.mean) * self.scale, self.scale

    def project(self, u: Array, n: Array, scale: Array) -> Array:
        """s u."""
        return scale * u

    def bent(self, g: Array, z_dot: Array, n_dot: Array, n: Array, scale: Array) -> Array:
        """Zero."""
        return np.zeros_like(g)


Step = DenseStep | ActivationStep | AddStep | NormStep


def steps_of(layers: Sequence[Layer]) -> tuple[Step, ...]:
    """The steps of a network."""
    found: list[Step] = []

    def add(layers: Sequence[Layer]) -> None:
        for layer in layers:
            source, start = len(found), found[-1].stop if found else 0
            match layer:
                case Dense():
                    found.append(DenseStep(source, layer.inputs, layer.outputs, layer.bias, start))
                case Activation():
                    found.append(ActivationStep(source, layer, start))
                case BatchNorm():
                    found.append(NormStep(source, layer.width, float(layer.eps), start))
                case FrozenBatchNorm():
                    mean = np.array([float(m) for m in layer.mean])
                    variances = (float(v) + float(layer.eps) for v in layer.variance)
                    scale = np.array([1 / math.sqrt(v) for v in variances])
                    found.append(FrozenNormStep(source, layer.width, float(layer.eps), start, mean, scale))
                case Residual():
                    add(layer.layers)
                    found.append(AddStep(len(found), source, found[-1].stop))

    add(layers)
    return tuple(found)
