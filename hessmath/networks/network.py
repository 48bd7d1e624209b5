"""Networks: layers one after another, as exact formulas at small sizes and as a float64 loss at any size.

For small sizes everything here is a SymPy expression in named weights, so that Hessians, spectra and claims about
them are exact; ``batch_loss`` is the same network on float64 arrays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError
from hessmath.networks import exact, notation, parameters
from hessmath.networks.batch_loss import BatchLoss
from hessmath.networks.layers import Layer, width_through
from hessmath.networks.lazily import Lazily
from hessmath.networks.losses import Loss, require_loss
from hessmath.networks.parameters import Initialiser

if TYPE_CHECKING:
    import sympy

    from hessmath.array_function import ArrayFunction
    from hessmath.function import Function
else:
    sympy = Lazily("sympy")

MAX_WORK = 100_000
"""Most products of a weight and a number that are written as exact expressions: some ten seconds of SymPy."""


@dataclass(frozen=True, init=False, repr=False)
class Network:
    """Layers applied one after another to a batch of rows.

    Parameters
    ----------
    *layers : Dense, an activation, Residual, BatchNorm or FrozenBatchNorm
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
    inputs: int
    outputs: int

    def __init__(self, *layers: Layer) -> None:
        inputs, outputs = width_through(layers, None)
        if inputs is None or outputs is None:
            raise InputError("A network needs at least one dense layer, such as Dense(2, 1).")
        object.__setattr__(self, "layers", layers)
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "outputs", outputs)

    def __repr__(self) -> str:
        return f"Network({', '.join(map(repr, self.layers))})"

    # ---- parameters ---------------------------------------------------------------------------------------

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The parameters by name with the shapes of their arrays: W0 (d_in, d_out), b0 (d_out,), W1, …"""
        return parameters.shapes(self.layers)

    @property
    def size(self) -> int:
        """The number of parameters."""
        return sum(map(math.prod, self.shapes.values()))

    @cached_property
    def views(self) -> Mapping[str, sympy.Matrix]:
        """The parameters by name as symbols: W0 of shape (d_in, d_out), b0 of shape (1, d_out), W1, …"""
        found: dict[str, sympy.Matrix] = {}
        for name, shape in self.shapes.items():
            if len(shape) == 2:
                found[name] = sympy.Matrix(*shape, lambda i, j, n=name: sympy.Symbol(f"{n}_{i}_{j}", real=True))
            else:
                found[name] = sympy.Matrix(1, *shape, lambda i, j, n=name: sympy.Symbol(f"{n}_{j}", real=True))
        return found

    @cached_property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """All parameters as one flat vector: each view by rows, in order."""
        return tuple(symbol for view in self.views.values() for symbol in view)

    def initial(self, how: Initialiser, *, rng: np.random.Generator | int = 0) -> NDArray[np.float64]:
        """A flat parameter vector: weights as ``how`` draws them, biases 0, γ = 1, β = 0.

        Examples
        --------
        >>> from hessmath.networks import Dense, Glorot, Network
        >>> Network(Dense(1, 1)).initial(Glorot(), rng=0).round(3)
        array([0.474, 0.   ])
        """
        return parameters.initial(self.layers, how, rng)

    def unflatten(self, theta: ArrayLike) -> dict[str, NDArray[np.float64]]:
        """The parts of a flat vector by name: views of it, nothing is copied."""
        return parameters.unflatten(theta, self.shapes)

    def flatten(self, parts: Mapping[str, Any]) -> NDArray[np.float64]:
        """A new flat vector of parts by name."""
        return parameters.flatten(parts, self.shapes)

    # ---- in float64 ---------------------------------------------------------------------------------------

    def batch_loss(
        self, inputs: ArrayLike, targets: Any, loss: Loss | None = None, *, penalty: float = 0.0
    ) -> BatchLoss:
        """The loss of a batch as a function of the flat parameter vector, in float64, at any size.

        Parameters
        ----------
        inputs : (N, d) array
        targets : (N, m) array; labels for ``SoftmaxCrossEntropy``
        loss : ``MSE()`` when none is given
        penalty : λ of the term ½ λ ‖θ‖²

        Raises
        ------
        InputError
            If the batch does not fit the network, or a number is not finite.
        """
        measure = require_loss(loss)
        X = _array(inputs, self.inputs, "inputs")
        Y = _array(measure.targets(targets, self.outputs), self.outputs, "targets")
        if len(X) != len(Y):
            raise InputError(f"Every sample needs a target, but inputs has length {len(X)} and targets {len(Y)}.")
        if not 0 <= penalty < math.inf:
            raise InputError(f"penalty must be a finite number of at least 0, but is {penalty!r}.")
        return BatchLoss(self, X, Y, measure, float(penalty))

    def array_function(self, loss: Loss | None = None) -> ArrayFunction:
        """The loss as one formula in matrices, for any number N of samples and any widths d0, d1, …

        ``hm.compile(…).bind(X=X, Y=Y, sizes=network.sizes)`` runs at this network's sizes, with one-hot rows for
        ``SoftmaxCrossEntropy``; frozen normalisations add mean0, variance0, …  The variables in their order are the
        flat parameter vector.

        Raises
        ------
        InputError
            If layers that name their input several times make it too long.

        Examples
        --------
        >>> from hessmath.networks import Dense, Network, Tanh
        >>> Network(Dense(2, 3, bias=False), Tanh()).array_function()
        <ArrayFunction loss(W0: d0 × d1; X: N × d0, Y: N × d1) = sum((tanh(X @ W0) - Y)**2)/(N*d1)>
        """
        from hessmath.array_function import array_function

        formula = notation.matrix_formula(self.layers, require_loss(loss))
        return array_function(formula.text, formula.variables, parameters=formula.data, name="loss")

    @property
    def sizes(self) -> dict[str, int]:
        """The widths d0, d1, … of ``array_function`` in this network."""
        return notation.matrix_formula(self.layers, require_loss(None)).sizes

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {notation.latex(self.layers)}$"

    # ---- exact --------------------------------------------------------------------------------------------

    def forward(self, inputs: Sequence[Sequence[Any]] | sympy.Matrix) -> sympy.Matrix:
        """The outputs (N, m) of a batch (N, d), as exact expressions in the parameters.

        Raises
        ------
        InputError
            If the batch does not fit the network, or the two are too large to be written out.
        """
        return self._run(self._batch(inputs, self.inputs, "inputs"))[0]

    def loss(self, inputs: Any, targets: Any, loss: Loss | None = None, *, penalty: Any = 0) -> Function:
        """The loss of a batch as a Function of the parameters.

        Parameters
        ----------
        inputs : (N, d) exact numbers or expressions
        targets : (N, m)
        loss : ``MSE()`` when none is given
        penalty : λ of the term ½ λ ‖θ‖²

        Raises
        ------
        InputError
            If the batch does not fit the network.
        """
        measure = require_loss(loss)
        outputs = self.forward(inputs)
        value = measure.value(outputs, self._targets(targets, outputs.rows, measure))
        if penalty:
            value += exact.exact_number(penalty, "penalty") * sympy.Add(*(p**2 for p in self.parameters)) / 2
        from hessmath.function import Function

        return Function(value, self.parameters)

    def backpropagation(self, inputs: Any, targets: Any, loss: Loss | None = None) -> dict[str, sympy.Matrix]:
        """The gradient of the loss by backpropagation, one matrix for each view.

        δ at the output is ∂L/∂a ⊙ f′(z); going down a dense layer multiplies by Wᵀ; ∂L/∂W = aᵀδ and ∂L/∂b is the
        sum of δ over the batch; a residual connection adds δ to what comes down its layers.  It shares nothing with
        ``loss(…).gradient`` but the forward values.
        """
        measure = require_loss(loss)
        outputs, back = self._run(self._batch(inputs, self.inputs, "inputs"))
        found: dict[str, sympy.Matrix] = {}
        back(measure.derivative(outputs, self._targets(targets, outputs.rows, measure)), found)
        return {name: found[name] for name in self.views}

    def _run(self, batch: sympy.Matrix) -> tuple[sympy.Matrix, exact.Back]:
        """The outputs, and the way back from them."""
        if batch.rows * self.size > MAX_WORK:
            raise InputError(
                f"Exact expressions are for small networks: {batch.rows} samples times {self.size} parameters "
                f"should be at most {MAX_WORK:,}. Take a part of the batch or a smaller network."
            )
        return exact.run(self.layers, batch, self.views, exact.Names())

    def _targets(self, targets: Any, rows: int, loss: Loss) -> sympy.Matrix:
        found = self._batch(loss.targets(targets, self.outputs), self.outputs, "targets")
        if found.rows != rows:
            raise InputError(f"Every sample needs a target, but inputs has length {rows} and targets {found.rows}.")
        return found

    def _batch(self, data: Any, width: int, what: str) -> sympy.Matrix:
        return exact.exact_rows(data, width, what)


def _array(data: Any, width: int, what: str) -> NDArray[np.float64]:
    """A batch as a C-contiguous float64 array."""
    try:
        array = np.array(data, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise InputError(f"{what} must be an array of numbers, one row for each sample ({error}).") from error
    if array.ndim != 2 or array.shape[1] != width or not len(array):
        raise InputError(f"{what} has shape {array.shape}, but the network needs (samples, {width}).")
    if not np.isfinite(array).all():
        wrong = array[~np.isfinite(array)][0]
        raise InputError(f"{what} must hold finite real numbers, but one is {wrong}.")
    return array
