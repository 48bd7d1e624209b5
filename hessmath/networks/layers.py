"""Layers: affine maps, activations, residual connections and batch normalisation.

Samples are rows, as in the sources: a layer with inputs a (batch, d_in) gives z = aW + b with W (d_in, d_out) and
b (d_out,), and an activation (``activations.py``) acts entry by entry.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hessmath.errors import InputError, WrongKind
from hessmath.networks.activations import Activation


@dataclass(frozen=True)
class Dense:
    """The affine map z = aW + b; ``bias=False`` leaves b out.

    Raises
    ------
    InputError
        If a width is not a positive integer.
    """

    inputs: int
    outputs: int
    bias: bool = True

    def __post_init__(self) -> None:
        for name in ("inputs", "outputs"):
            _require_width("Dense", name, getattr(self, name))

    @property
    def parameters(self) -> int:
        """How many numbers the layer has."""
        return self.inputs * self.outputs + (self.outputs if self.bias else 0)


@dataclass(frozen=True, init=False)
class Residual:
    """The map a ↦ a + F(a), with F the layers one after another; F keeps the width.

    Raises
    ------
    InputError
        If there are no layers, or F changes the width.

    Examples
    --------
    >>> from hessmath.networks import Dense, Residual, Tanh
    >>> Residual(Dense(2, 3), Tanh(), Dense(3, 2)).parameters
    17
    """

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer) -> None:
        if not layers:
            raise InputError("Residual needs layers, such as Residual(Dense(2, 2), Tanh()).")
        first, last = width_through(layers, None)
        if first != last:
            raise InputError(f"Residual adds its input, so widths must agree, but its layers map {first} to {last}.")
        object.__setattr__(self, "layers", layers)

    def __repr__(self) -> str:
        return f"Residual({', '.join(map(repr, self.layers))})"

    @property
    def parameters(self) -> int:
        """How many numbers the layers have."""
        return sum(layer.parameters for layer in self.layers if not isinstance(layer, Activation))


@dataclass(frozen=True)
class BatchNorm:
    """γ ⊙ (z − μ)/√(σ² + ε) + β in training mode: μ and σ² are the batch's mean and (biased) variance.

    The statistics depend on the parameters below, and are differentiated.  Every sample's output depends on the
    whole batch, so samples have no gradients of their own.

    References
    ----------
    Ioffe & Szegedy (2015), Batch normalization, algorithm 1.
    """

    width: int
    eps: Fraction | float = Fraction(1, 100_000)

    def __post_init__(self) -> None:
        _require_width("BatchNorm", "width", self.width)
        _require_eps("BatchNorm", self.eps)

    @property
    def parameters(self) -> int:
        """γ and β."""
        return 2 * self.width

    def frozen(self, mean: Sequence[Any], variance: Sequence[Any]) -> FrozenBatchNorm:
        """The layer in evaluation mode, with statistics that are numbers."""
        return FrozenBatchNorm(tuple(mean), tuple(variance), self.eps)


@dataclass(frozen=True)
class FrozenBatchNorm:
    """γ ⊙ (z − m)/√(v + ε) + β in evaluation mode: m and v are given numbers."""

    mean: tuple[Any, ...]
    variance: tuple[Any, ...]
    eps: Fraction | float = Fraction(1, 100_000)

    def __post_init__(self) -> None:
        for name in ("mean", "variance"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not self.mean or len(self.mean) != len(self.variance):
            raise InputError(
                f"FrozenBatchNorm needs a mean and a variance for each unit, but got {len(self.mean)} "
                f"and {len(self.variance)}."
            )
        if not all(float(v) >= 0 for v in self.variance):
            raise InputError(f"variance must not be negative, but is {self.variance}.")
        _require_eps("FrozenBatchNorm", self.eps)

    @property
    def width(self) -> int:
        """The number of units."""
        return len(self.mean)

    @property
    def parameters(self) -> int:
        """γ and β."""
        return 2 * self.width


Layer = Dense | Activation | Residual | BatchNorm | FrozenBatchNorm


def width_through(layers: Sequence[Layer], width: int | None) -> tuple[int | None, int | None]:
    """The widths before and after layers; None where no layer says.

    Raises
    ------
    InputError, WrongKind
        If widths do not fit, or something is no layer.
    """
    first = width
    for number, layer in enumerate(layers):
        match layer:
            case Dense():
                needed, given = layer.inputs, layer.outputs
            case BatchNorm() | FrozenBatchNorm():
                needed = given = layer.width
            case Residual():
                inner, _ = width_through(layer.layers, None)
                if inner is None:
                    continue
                needed = given = inner
            case Activation():
                continue
            case _:
                raise WrongKind(f"Layer {number} must be a layer such as Dense(2, 3) or Tanh(), but is {layer!r}.")
        if width is not None and needed != width:
            raise InputError(f"Layer {number} takes {needed} inputs, but the layer before it gives {width} outputs.")
        if first is None:
            first = needed
        width = given
    return first, width


def leaves(layers: Sequence[Layer]) -> Iterator[Dense | Activation | BatchNorm | FrozenBatchNorm]:
    """The layers in order, with those of residual connections in their place."""
    for layer in layers:
        if isinstance(layer, Residual):
            yield from leaves(layer.layers)
        else:
            yield layer


def _require_width(kind: str, name: str, width: Any) -> None:
    if not isinstance(width, int) or isinstance(width, bool) or width < 1:
        raise InputError(f"{kind} needs {name} to be a positive integer, but it is {width!r}.")


def _require_eps(kind: str, eps: Any) -> None:
    if not isinstance(eps, int | float | Fraction) or not math.isfinite(eps) or eps <= 0:
        raise InputError(f"{kind} needs eps to be a positive number, but it is {eps!r}.")
