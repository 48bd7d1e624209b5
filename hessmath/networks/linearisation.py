"""A network's loss at one θ: forward and backward pass kept, products with vectors from them.

The Hessian times v is the R-operator (Pearlmutter 1994, Fast exact multiplication by the Hessian): a tangent pass along
v, then the tangent of the backward pass.  The generalised Gauss-Newton product Jᵀ(H_ℓ(J v)) is a tangent pass and a
backward pass (Schraudolph 2002, section 3).
"""

from __future__ import annotations

from functools import cached_property
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
    Loops,
)
from hessmath.networks.steps import AddStep, DenseStep, Dot, Room, State

if TYPE_CHECKING:
    from hessmath.networks.batch_loss import BatchLoss

Array = NDArray[np.float64]


class Buffers:
    """Arrays to write to, by name; each is made once."""

    def __init__(self) -> None:
        self._arrays: dict[tuple[Any, ...], Array] = {}

    def room(self, number: int) -> Room:
        """The buffers of one step."""
        arrays = self._arrays

        def find(name: str, shape: tuple[int, ...]) -> Array:
            key = (number, name)
            found = arrays.get(key)
            if found is None or found.shape != shape:
                found = arrays[key] = np.empty(shape)
            return found

        return find


class Linearisation:
    """A loss at θ; see ``BatchLoss.linearise``.

    Products take v of shape (n,) or a block V of shape (n, k).  One object serves one thread at a time.

    Attributes
    ----------
    theta : (n,) array
    outputs : (N, m) array
    """

    def __init__(self, loss: BatchLoss, theta: Array, buffers: Buffers) -> None:
        self.loss, self.theta = loss, theta
        self._rooms = [buffers.room(number) for number in range(len(loss.steps))]
        self._workspace: Array | None = None
        self._values, self._states = [loss.inputs], []
        for step, room in zip(loss.steps, self._rooms, strict=True):
            a = self._values[step.source]
            state = State(a, a + self._values[step.skip]) if isinstance(step, AddStep) else step.forward(theta, a, room)
            self._states.append(state)
            self._values.append(state.target)
        self.outputs = self._values[-1]

    @cached_property
    def value(self) -> float:
        """L(θ)."""
        data = self.loss.loss.number(self.outputs, self.loss.targets)
        return data + 0.5 * self.loss.penalty * float(self.theta @ self.theta)

    @cached_property
    def means(self) -> Array:
        """What the model expects of the targets: outputs, or probabilities; shape (N, m)."""
        return self.loss.loss.means(self.outputs)

    @cached_property
    def slope(self) -> Array:
        """∂L/∂outputs, shape (N, m)."""
        return self.loss.loss.slope_at(self.means, self.loss.targets)

    @cached_property
    def _backward(self) -> tuple[Array, list[Dot]]:
        """The gradient without the penalty, and the adjoint of every slot."""
        return self._pull(self.slope, "")

    @cached_property
    def gradient(self) -> Array:
        """∇L, shape (n,)."""
        return self._backward[0] + self.loss.penalty * self.theta

    def jvp(self, v: ArrayLike) -> Array:
        """J v, shape (N, m), or (N, m, k) for a block: how the outputs change along v."""
        return self._columns(v, lambda one: self._push(one)[-1].copy())

    def vjp(self, cotangent: ArrayLike) -> Array:
        """Jᵀu, shape (n,), for u of shape (N, m); (n, k) for u of shape (N, m, k)."""
        U = np.ascontiguousarray(cotangent, dtype=np.float64)
        if U.shape[:2] != self.outputs.shape or U.ndim > 3:
            raise InputError(f"vjp needs an array of the outputs' shape {self.outputs.shape}, but got {U.shape}.")
        if U.ndim == 3:
            pulled = [self._pull(np.ascontiguousarray(U[:, :, k]), "u")[0] for k in range(U.shape[2])]
            return np.stack(pulled, axis=1) if pulled else np.zeros((self.loss.n, 0))
        return self._pull(U, "u")[0]

    def hvp(self, v: ArrayLike) -> Array:
        """∇²L v, shape (n,), or ∇²L V."""
        loops = self.loss._loops(1)
        if loops is not None:
            return self._columns(v, lambda one: loops.run(HESSIAN_PRODUCT, self.theta, one, self._work(loops))[1])
        return self._columns(v, self._hessian_times)

    def hessian(self) -> Array:
        """∇²L, shape (n, n), symmetric."""
        loops = self.loss._blocks()
        if loops is not None:
            return loops.hessian(self.theta, self._work(loops))
        H = self.hvp(np.eye(self.loss.n))
        return 0.5 * (H + H.T)

    def ggn(self) -> Array:
        """Jᵀ H_ℓ J + penalty I, shape (n, n), symmetric."""
        G = self.ggn_product(np.eye(self.loss.n))
        return 0.5 * (G + G.T)

    def ggn_product(self, v: ArrayLike) -> Array:
        """(Jᵀ H_ℓ J + penalty I) v."""

        loops = self.loss._loops(1)
        if loops is not None:
            work = self._work(loops)
            return self._columns(v, lambda one: loops.run(GAUSS_NEWTON_PRODUCT, self.theta, one, work)[1])

        def product(one: Array) -> Array:
            curved = self.loss.loss.curvature_at(self.means, self._push(one)[-1])
            return self._pull(curved, "u")[0] + self.loss.penalty * one

        return self._columns(v, product)

    def fisher_product(self, v: ArrayLike) -> Array:
        """The mean over samples of E[s sᵀ] v, s = ∇ log p(y | x), y drawn from the model; without the penalty."""
        return self._columns(
            v, lambda one: self._pull(self.loss.loss.fisher_at(self.means, self._push(one)[-1]), "u")[0]
        )

    def empirical_fisher_product(self, v: ArrayLike) -> Array:
        """The mean over samples of g gᵀ v, g the gradient of a sample's own loss at its own target."""
        self._require_separate("The empirical Fisher matrix")
        samples = self.loss.samples

        def product(one: Array) -> Array:
            along = (self.slope * self._push(one)[-1]).sum(axis=1, keepdims=True)
            return self._pull(samples * self.slope * along, "u")[0]

        return self._columns(v, product)

    def per_sample_gradients(self) -> Array:
        """Row i is the gradient of sample i's own loss, shape (N, n); without the penalty."""
        self._require_separate("per_sample_gradients")
        samples = self.loss.samples
        found = np.empty((samples, self.loss.n))
        _, bars = self._backward
        for number, (step, state) in enumerate(zip(self.loss.steps, self._states, strict=True)):
            if isinstance(step, AddStep) or step.start == step.stop:
                continue
            delta = _known(bars[number + 1]) * samples
            rows = found[:, step.start : step.stop]
            if isinstance(step, DenseStep):
                size = step.inputs * step.outputs
                products = state.source[:, :, None] * delta[:, None, :]
                rows[:, :size] = products.reshape(samples, size)
                rows[:, size:] = delta[:, : rows.shape[1] - size]
            else:
                rows[:, : step.width] = delta * state.kept["n"]  # type: ignore[union-attr]
                rows[:, step.width :] = delta  # type: ignore[union-attr]
        return found

    @cached_property
    def layer_inputs(self) -> tuple[Array, ...]:
        """For each dense layer its inputs (N, d_in), with a last column of ones where it has a bias."""
        found = []
        for step, state in zip(self.loss.steps, self._states, strict=True):
            if isinstance(step, DenseStep):
                ones = np.ones((self.loss.samples, int(step.bias)))
                found.append(np.hstack([state.source, ones]))
        return tuple(found)

    @cached_property
    def layer_deltas(self) -> tuple[Array, ...]:
        """For each dense layer the gradient of each sample's own loss in its outputs z, (N, d_out)."""
        self._require_separate("layer_deltas")
        return self.layer_deltas_of(self.slope * self.loss.samples)

    def layer_deltas_of(self, cotangent: ArrayLike) -> tuple[Array, ...]:
        """For each dense layer Jᵀ of one row of ``cotangent`` (N, m) for each sample, in its outputs z, (N, d_out)."""
        U = np.ascontiguousarray(cotangent, dtype=np.float64)
        if U.shape != self.outputs.shape:
            raise InputError(f"layer_deltas_of needs an array of shape {self.outputs.shape}, but got {U.shape}.")
        _, bars = self._pull(U, "δ")
        return tuple(
            _known(bars[number + 1]).copy()
            for number, step in enumerate(self.loss.steps)
            if isinstance(step, DenseStep)
        )

    def _work(self, loops: Loops) -> Array:
        """The workspace of the loops after the forward and the backward pass."""
        if self._workspace is None:
            self._workspace = loops.workspace()
            loops.run(FORWARD | BACKWARD | CURVED_BARS, self.theta, self.theta, self._workspace)
        return self._workspace

    # ---- the passes ---------------------------------------------------------------------------------------

    def _push(self, v: Array) -> list[Any]:
        """The tangent of every slot along v."""
        dots: list[Dot] = [None]
        for step, state, room in zip(self.loss.steps, self._states, self._rooms, strict=True):
            a_dot = dots[step.source]
            if not isinstance(step, AddStep):
                dots.append(step.tangent(self.theta, v, state, a_dot, room))
            else:
                dots.append(_sum(a_dot, dots[step.skip]))
        if dots[-1] is None:
            dots[-1] = np.zeros_like(self.outputs)
        return dots

    def _pull(self, cotangent: Array, key: str) -> tuple[Array, list[Dot]]:
        """Jᵀ of the cotangent, and the adjoint of every slot."""
        out = np.empty(self.loss.n)
        bars: list[Dot] = [None] * len(self._values)
        bars[-1] = cotangent
        for number in reversed(range(len(self.loss.steps))):
            step, bar = self.loss.steps[number], _known(bars[number + 1])
            if isinstance(step, AddStep):
                bars[step.source] = _sum(bars[step.source], bar)
                bars[step.skip] = _sum(bars[step.skip], bar)
                continue
            room = _renamed(self._rooms[number], key)
            below = step.backward(self.theta, self._states[number], bar, out, room, step.source > 0)
            bars[step.source] = _sum(bars[step.source], below)
        return out, bars

    def _hessian_times(self, v: Array) -> Array:
        dots = self._push(v)
        _, bars = self._backward
        out = np.empty(self.loss.n)
        bar_dots: list[Dot] = [None] * len(bars)
        bar_dots[-1] = self.loss.loss.curvature_at(self.means, dots[-1])
        for number in reversed(range(len(self.loss.steps))):
            step, bar_dot = self.loss.steps[number], _known(bar_dots[number + 1])
            if isinstance(step, AddStep):
                bar_dots[step.source] = _sum(bar_dots[step.source], bar_dot)
                bar_dots[step.skip] = _sum(bar_dots[step.skip], bar_dot)
                continue
            below = step.backward_tangent(
                self.theta,
                v,
                self._states[number],
                (dots[step.source], dots[number + 1]),
                (_known(bars[number + 1]), bar_dot),
                out,
                self._rooms[number],
                step.source > 0,
            )
            bar_dots[step.source] = _sum(bar_dots[step.source], below)
        return out + self.loss.penalty * v

    def _columns(self, v: ArrayLike, product: Any) -> Array:
        """The product with a vector, or with each column of a block."""
        V = np.asarray(v, dtype=np.float64)
        if V.shape[:1] != (self.loss.n,) or V.ndim > 2:
            raise InputError(f"v has shape {V.shape}, but needs ({self.loss.n},) or ({self.loss.n}, k).")
        if V.ndim == 1:
            return product(np.ascontiguousarray(V))
        columns = [product(np.ascontiguousarray(V[:, k])) for k in range(V.shape[1])]
        if columns:
            return np.stack(columns, axis=-1)
        return np.zeros((*product(np.zeros(self.loss.n)).shape, 0))

    def _require_separate(self, what: str) -> None:
        from hessmath.networks.batch_loss import require_separate

        require_separate(self.loss, what)


def _known(bar: Dot) -> Array:
    if bar is None:
        raise AssertionError("every slot above a parameter has an adjoint")
    return bar


def _sum(first: Dot, second: Dot) -> Dot:
    """A new array, or the only one there is."""
    if first is None or second is None:
        return second if first is None else first
    return first + second


def _renamed(room: Room, key: str) -> Room:
    return lambda name, shape: room(name + key, shape)
