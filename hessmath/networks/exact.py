"""Networks written out: the forward pass on SymPy matrices, and the way back for gradients.

Each layer gives its output and a function that takes δ = ∂L/∂output, notes ∂L/∂parameters, and returns ∂L/∂input.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from hessmath.errors import InputError
from hessmath.networks.activations import Activation
from hessmath.networks.layers import BatchNorm, Dense, FrozenBatchNorm, Layer, Residual
from hessmath.networks.lazily import Lazily

if TYPE_CHECKING:
    import sympy

    Views = Mapping[str, sympy.Matrix]
    Found = dict[str, sympy.Matrix]
    Back = Callable[[sympy.Matrix, Found], sympy.Matrix]
else:
    sympy = Lazily("sympy")


class Names:
    """W0, b0, W1, … and gamma0, beta0, … in the order in which layers ask."""

    def __init__(self) -> None:
        self._dense = self._norms = -1

    def dense(self) -> tuple[str, str]:
        """The next dense layer's names."""
        self._dense += 1
        return f"W{self._dense}", f"b{self._dense}"

    def norm(self) -> tuple[str, str]:
        """The next normalisation's names."""
        self._norms += 1
        return f"gamma{self._norms}", f"beta{self._norms}"


def run(layers: Sequence[Layer], a: sympy.Matrix, views: Views, names: Names) -> tuple[sympy.Matrix, Back]:
    """The output of layers, and their way back."""
    backs: list[Back] = []
    for layer in layers:
        match layer:
            case Dense():
                a, back = _dense(layer, a, views, names.dense())
            case Activation():
                back = partial(_activation_back, layer, a)
                a = a.applyfunc(layer.function)
            case BatchNorm() | FrozenBatchNorm():
                a, back = _norm(layer, a, views, names.norm())
            case Residual():
                inner, inner_back = run(layer.layers, a, views, names)
                a, back = a + inner, partial(_residual_back, inner_back)
        backs.append(back)
    return a, partial(_all_back, backs)


def _all_back(backs: list[Back], delta: sympy.Matrix, found: Found) -> sympy.Matrix:
    for back in reversed(backs):
        delta = back(delta, found)
    return delta


def _residual_back(inner: Back, delta: sympy.Matrix, found: Found) -> sympy.Matrix:
    return delta + inner(delta, found)


def _activation_back(layer: Activation, z: sympy.Matrix, delta: sympy.Matrix, found: Found) -> sympy.Matrix:
    return delta.multiply_elementwise(z.applyfunc(layer.derivative))


def _dense(layer: Dense, a: sympy.Matrix, views: Views, names: tuple[str, str]) -> tuple[sympy.Matrix, Back]:
    W = views[names[0]]
    z = a * W
    if layer.bias:
        z += _ones(a.rows) * views[names[1]]

    def back(delta: sympy.Matrix, found: Found) -> sympy.Matrix:
        found[names[0]] = a.T * delta
        if layer.bias:
            found[names[1]] = _ones(a.rows).T * delta
        return delta * W.T

    return z, back


def _norm(
    layer: BatchNorm | FrozenBatchNorm, z: sympy.Matrix, views: Views, names: tuple[str, str]
) -> tuple[sympy.Matrix, Back]:
    eps = exact_number(layer.eps, "eps")
    gamma, beta = views[names[0]], views[names[1]]
    trained = isinstance(layer, BatchNorm)
    if isinstance(layer, FrozenBatchNorm):
        mean = sympy.Matrix([[exact_number(m, "mean") for m in layer.mean]])
        variance = sympy.Matrix([[exact_number(v, "variance") for v in layer.variance]])
    else:
        mean = _mean(z)
        variance = _mean((z - _ones(z.rows) * mean).applyfunc(lambda c: c**2))
    scale = variance.applyfunc(lambda v: 1 / sympy.sqrt(v + eps))
    n = _times(z - _ones(z.rows) * mean, scale)
    y = _times(n, gamma) + _ones(z.rows) * beta

    def back(delta: sympy.Matrix, found: Found) -> sympy.Matrix:
        found[names[0]] = _ones(z.rows).T * delta.multiply_elementwise(n)
        found[names[1]] = _ones(z.rows).T * delta
        u = _times(delta, gamma)
        if trained:  # what the statistics pass on: s(u − mean(u) − n mean(n u))
            u = u - _ones(z.rows) * _mean(u) - _times(n, _mean(n.multiply_elementwise(u)))
        return _times(u, scale)

    return y, back


def _ones(rows: int) -> sympy.Matrix:
    return sympy.ones(rows, 1)


def _mean(A: sympy.Matrix) -> sympy.Matrix:
    """The mean of the rows, shape (1, m)."""
    return _ones(A.rows).T * A / A.rows


def _times(A: sympy.Matrix, row: sympy.Matrix) -> sympy.Matrix:
    """Every row times a row, entry by entry."""
    return A.multiply_elementwise(_ones(A.rows) * row)


def exact_rows(data: Any, width: int, what: str) -> sympy.Matrix:
    """A batch as a matrix of exact numbers or expressions.

    Raises
    ------
    InputError
        If it is not a list of rows of that width, or an entry is no finite real number.
    """
    rows = data.tolist() if hasattr(data, "tolist") else data
    if not isinstance(rows, list | tuple) or not rows or not all(isinstance(row, list | tuple) for row in rows):
        raise InputError(f"{what} must be a list of rows, one for each sample, such as [[1, 2], [3, 4]].")
    for number, row in enumerate(rows):
        if len(row) != width:
            raise InputError(f"Row {number} of {what} has length {len(row)}, but the network needs {width}.")
    return sympy.Matrix([[exact_number(value, what) for value in row] for row in rows])


def exact_number(value: Any, what: str) -> sympy.Expr:
    """An exact number; a float is read by its shortest decimal, as everywhere in hessmath.

    Raises
    ------
    InputError
        If it is no finite real number.
    """
    if isinstance(value, sympy.Expr):
        if value.has(sympy.oo, -sympy.oo, sympy.zoo, sympy.nan) or value.is_real is False:
            raise InputError(f"{what} must hold finite real numbers, but one is {value}.")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InputError(f"{what} must hold finite real numbers, but one is {value}.")
        value = Fraction(float.__repr__(value))
    if not isinstance(value, Fraction):
        try:
            value = Fraction(operator.index(value))
        except TypeError:
            raise InputError(f"{what} must hold numbers, but {value!r} is none.") from None
    return sympy.Rational(value.numerator, value.denominator)
