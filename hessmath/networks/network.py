"""Networks of dense layers and activations: exact loss, exact backpropagation.

For small sizes everything here is a SymPy expression in named weights, so that Hessians, spectra and claims about
them are exact.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy

from hessmath.errors import InputError, WrongKind
from hessmath.function import Function
from hessmath.networks.layers import Activation, Dense, Layer
from hessmath.networks.losses import MSE, Loss

MAX_WORK = 100_000
"""Most products of a weight and a number that are written as exact expressions: some ten seconds of SymPy."""


@dataclass(frozen=True, init=False, repr=False)
class Network:
    """Layers applied one after another to a batch of rows.

    Parameters
    ----------
    *layers : Dense or Activation
        The outputs of one dense layer are the inputs of the next.

    Raises
    ------
    InputError
        If there is no dense layer, or widths do not fit.

    References
    ----------
    Goodfellow, Bengio & Courville (2016), Deep Learning, section 6.5 (backpropagation).

    Examples
    --------
    >>> from hessmath.networks import Dense, Network, Tanh
    >>> net = Network(Dense(1, 1), Tanh())
    >>> net.loss([[2]], [[1]]).expr
    (tanh(2*W0_0_0 + b0_0) - 1)**2
    """

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer) -> None:
        width = None
        for number, layer in enumerate(layers):
            if not isinstance(layer, Dense | Activation):
                raise WrongKind(f"Layer {number} must be a layer such as Dense(2, 3) or Tanh(), but is {layer!r}.")
            if isinstance(layer, Dense):
                if width is not None and layer.inputs != width:
                    raise InputError(
                        f"Layer {number} takes {layer.inputs} inputs, but the layer before it gives {width} outputs."
                    )
                width = layer.outputs
        if width is None:
            raise InputError("A network needs at least one dense layer, such as Dense(2, 1).")
        object.__setattr__(self, "layers", layers)

    def __repr__(self) -> str:
        return f"Network({', '.join(map(repr, self.layers))})"

    @property
    def inputs(self) -> int:
        """The width of a sample."""
        return self._dense[0].inputs

    @property
    def outputs(self) -> int:
        """The width of an output."""
        return self._dense[-1].outputs

    @property
    def _dense(self) -> tuple[Dense, ...]:
        return tuple(layer for layer in self.layers if isinstance(layer, Dense))

    @cached_property
    def views(self) -> Mapping[str, sympy.Matrix]:
        """The parameters by name: W0 of shape (d_in, d_out), b0 of shape (1, d_out), W1, …"""
        found: dict[str, sympy.Matrix] = {}
        for number, layer in enumerate(self._dense):
            found[f"W{number}"] = sympy.Matrix(
                layer.inputs, layer.outputs, lambda i, j, n=number: sympy.Symbol(f"W{n}_{i}_{j}", real=True)
            )
            if layer.bias:
                found[f"b{number}"] = sympy.Matrix(
                    1, layer.outputs, lambda i, j, n=number: sympy.Symbol(f"b{n}_{j}", real=True)
                )
        return found

    @cached_property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """All parameters as one flat vector: each view by rows, in order."""
        return tuple(symbol for view in self.views.values() for symbol in view)

    def forward(self, inputs: Sequence[Sequence[Any]] | sympy.Matrix) -> sympy.Matrix:
        """The outputs (N, m) of a batch (N, d), as exact expressions in the parameters.

        Raises
        ------
        InputError
            If the batch does not fit the network, or the two are too large to be written out.
        """
        return self._run(self._batch(inputs, self.inputs, "inputs"))[-1]

    def loss(self, inputs: Any, targets: Any, loss: Loss | None = None) -> Function:
        """The loss of a batch as a Function of the parameters.

        Parameters
        ----------
        inputs : (N, d) exact numbers or expressions
        targets : (N, m)
        loss : ``MSE()`` when none is given

        Raises
        ------
        InputError
            If the batch does not fit the network.
        """
        measure = loss if loss is not None else MSE()
        outputs = self.forward(inputs)
        value = measure.value(outputs, self._targets(targets, outputs.rows))
        return Function(value, self.parameters)

    def backpropagation(self, inputs: Any, targets: Any, loss: Loss | None = None) -> dict[str, sympy.Matrix]:
        """The gradient of the loss by backpropagation, one matrix for each view.

        δ at the output is ∂L/∂a ⊙ f′(z); going down a dense layer multiplies by Wᵀ; ∂L/∂W = aᵀδ and ∂L/∂b is the
        sum of δ over the batch.  It shares nothing with ``loss(…).gradient`` but the forward values.
        """
        measure = loss if loss is not None else MSE()
        values = self._run(self._batch(inputs, self.inputs, "inputs"))
        delta = measure.derivative(values[-1], self._targets(targets, values[-1].rows))
        found: dict[str, sympy.Matrix] = {}
        number = len(self._dense)
        for layer, before in zip(reversed(self.layers), reversed(values[:-1]), strict=True):
            if isinstance(layer, Activation):
                delta = delta.multiply_elementwise(before.applyfunc(layer.derivative))
                continue
            number -= 1
            found[f"W{number}"] = before.T * delta
            if layer.bias:
                found[f"b{number}"] = sympy.ones(1, delta.rows) * delta
            delta = delta * self.views[f"W{number}"].T
        return {name: found[name] for name in self.views}

    def _run(self, batch: sympy.Matrix) -> list[sympy.Matrix]:
        """The batch and the value after every layer."""
        count = sum(layer.parameters for layer in self._dense)
        if batch.rows * count > MAX_WORK:
            raise InputError(
                f"Exact expressions are for small networks: {batch.rows} samples times {count} parameters "
                f"should be at most {MAX_WORK:,}. Take a part of the batch or a smaller network."
            )
        values, number = [batch], 0
        for layer in self.layers:
            a = values[-1]
            if isinstance(layer, Activation):
                values.append(a.applyfunc(layer.function))
                continue
            z = a * self.views[f"W{number}"]
            if layer.bias:
                z += sympy.ones(a.rows, 1) * self.views[f"b{number}"]
            values.append(z)
            number += 1
        return values

    def _targets(self, targets: Any, rows: int) -> sympy.Matrix:
        found = self._batch(targets, self.outputs, "targets")
        if found.rows != rows:
            raise InputError(f"Every sample needs a target, but inputs has length {rows} and targets {found.rows}.")
        return found

    def _batch(self, data: Any, width: int, what: str) -> sympy.Matrix:
        rows = data.tolist() if hasattr(data, "tolist") else data
        if not isinstance(rows, list | tuple) or not rows or not all(isinstance(row, list | tuple) for row in rows):
            raise InputError(f"{what} must be a list of rows, one for each sample, such as [[1, 2], [3, 4]].")
        for number, row in enumerate(rows):
            if len(row) != width:
                raise InputError(f"Row {number} of {what} has length {len(row)}, but the network needs {width}.")
        return sympy.Matrix([[_exact(value, what) for value in row] for row in rows])


def _exact(value: Any, what: str) -> sympy.Expr:
    """An exact number; a float is read by its shortest decimal, as everywhere in hessmath."""
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
