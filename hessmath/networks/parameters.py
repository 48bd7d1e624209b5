"""Parameters: one flat vector, its named views, and how it is drawn at the start.

The order is layer by layer: W0, b0, W1, b1, …, each by rows; batch normalisation has gamma0, beta0, gamma1, … in its
place among the layers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError, WrongKind
from hessmath.networks.activations import Activation
from hessmath.networks.layers import Dense, Layer, leaves

Array = NDArray[np.float64]


def shapes(layers: Sequence[Layer]) -> dict[str, tuple[int, ...]]:
    """The views by name with their shapes, in the order of the flat vector."""
    found: dict[str, tuple[int, ...]] = {}
    dense = norms = 0
    for layer in leaves(layers):
        if isinstance(layer, Activation):
            continue
        if isinstance(layer, Dense):
            found[f"W{dense}"] = (layer.inputs, layer.outputs)
            if layer.bias:
                found[f"b{dense}"] = (layer.outputs,)
            dense += 1
        else:
            found[f"gamma{norms}"] = found[f"beta{norms}"] = (layer.width,)
            norms += 1
    return found


def parameter_names(views: Mapping[str, tuple[int, ...]]) -> tuple[str, ...]:
    """The names of single parameters in the order of the flat vector: W0_0_0, W0_0_1, …, b0_0, …

    Examples
    --------
    >>> parameter_names({"W0": (1, 2), "b0": (2,)})
    ('W0_0_0', 'W0_0_1', 'b0_0', 'b0_1')
    """
    return tuple(
        "_".join((name, *map(str, place)))
        for name, shape in views.items()
        for place in itertools.product(*map(range, shape))
    )


def unflatten(theta: ArrayLike, views: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """The parts of a flat vector by name; no numbers are copied.

    Raises
    ------
    InputError
        If the vector has another length.
    """
    vector = flat_vector("theta", theta, sum(map(math.prod, views.values())))
    found, start = {}, 0
    for name, shape in views.items():
        size = math.prod(shape)
        found[name] = vector[start : start + size].reshape(shape)
        start += size
    return found


def flatten(parts: Mapping[str, Any], views: Mapping[str, tuple[int, ...]]) -> Array:
    """One new flat vector of named parts.

    Raises
    ------
    InputError
        If a part is missing, unknown, or has another shape.
    """
    unknown = [name for name in parts if name not in views]
    if unknown:
        raise InputError(f"The parameters are {', '.join(views)}, but not {unknown[0]}.")
    pieces = []
    for name, shape in views.items():
        if name not in parts:
            raise InputError(f"The parameters are {', '.join(views)}, but {name} is missing.")
        part = np.asarray(parts[name], dtype=np.float64)
        if part.shape != shape:
            raise InputError(f"{name} has shape {part.shape}, but the network needs {shape}.")
        pieces.append(part.ravel())
    return np.concatenate(pieces)


def flat_vector(what: str, value: ArrayLike, size: int) -> Array:
    """A float64 vector of the given length; the array itself where it is one already.

    Raises
    ------
    InputError
        If it has another shape.
    """
    vector = np.ascontiguousarray(value, dtype=np.float64)
    if vector.shape != (size,):
        raise InputError(f"{what} has shape {vector.shape}, but the network has {size} parameters.")
    return vector


@dataclass(frozen=True)
class Glorot:
    """W uniform on ±√(6/(d_in + d_out)), b = 0 (Glorot & Bengio 2010, equation 16)."""

    def weights(self, inputs: int, outputs: int, rng: np.random.Generator) -> Array:
        """W, shape (inputs, outputs)."""
        bound = math.sqrt(6 / (inputs + outputs))
        return rng.uniform(-bound, bound, (inputs, outputs))


@dataclass(frozen=True)
class He:
    """W normal with variance 2/d_in, b = 0; meant for ReLU (He et al. 2015, equation 10)."""

    def weights(self, inputs: int, outputs: int, rng: np.random.Generator) -> Array:
        """W, shape (inputs, outputs)."""
        return rng.normal(0, math.sqrt(2 / inputs), (inputs, outputs))


@dataclass(frozen=True)
class Sparse:
    """Each unit gets ``links`` weights from other units, standard normal times ``scale``; all else 0 (Martens 2010)."""

    links: int = 15
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.links, int) or isinstance(self.links, bool) or self.links < 1:
            raise InputError(f"Sparse needs links to be a positive integer, but it is {self.links!r}.")

    def weights(self, inputs: int, outputs: int, rng: np.random.Generator) -> Array:
        """W, shape (inputs, outputs)."""
        W = np.zeros((inputs, outputs))
        count = min(self.links, inputs)
        for unit in range(outputs):
            W[rng.choice(inputs, count, replace=False), unit] = self.scale * rng.standard_normal(count)
        return W


@dataclass(frozen=True)
class Orthogonal:
    """W with orthonormal rows or columns, whichever are fewer, times ``gain``; uniformly drawn (Saxe et al. 2014)."""

    gain: float = 1.0

    def weights(self, inputs: int, outputs: int, rng: np.random.Generator) -> Array:
        """W, shape (inputs, outputs)."""
        Q, R = np.linalg.qr(rng.standard_normal((max(inputs, outputs), min(inputs, outputs))))
        Q *= np.where(np.diag(R) < 0, -1.0, 1.0)  # makes the draw uniform (Haar)
        return self.gain * (Q if inputs >= outputs else Q.T)


Initialiser = Glorot | He | Sparse | Orthogonal


def initial(layers: Sequence[Layer], how: Initialiser, rng: np.random.Generator | int) -> Array:
    """A flat vector: weights as ``how`` draws them, biases 0, γ = 1, β = 0.

    Raises
    ------
    WrongKind
        If ``how`` is no initialiser.
    """
    if not isinstance(how, Initialiser):
        raise WrongKind(f"initial needs an initialiser such as Glorot() or Sparse(15), but got {how!r}.")
    generator = np.random.default_rng(rng)
    views = shapes(layers)
    parts: dict[str, Array] = {}
    for name, shape in views.items():
        if name.startswith("W"):
            parts[name] = how.weights(shape[0], shape[1], generator)
        else:
            parts[name] = np.ones(shape) if name.startswith("gamma") else np.zeros(shape)
    return flatten(parts, views)
