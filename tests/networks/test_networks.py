"""Networks: exact losses, and backpropagation against the gradient of the loss."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from hessmath import program
from hessmath.errors import InputError, WrongKind
from hessmath.networks import MSE, BatchMSE, Dense, Identity, Network, ReLU, Sigmoid, Softplus, Tanh
from hessmath.program.arithmetic import float64
from hessmath.strategies import batches, networks, points

NETWORKS = {
    "linear": Network(Dense(2, 1)),
    "tanh": Network(Dense(2, 2), Tanh(), Dense(2, 1)),
    "sigmoid output": Network(Dense(1, 2), Sigmoid(), Dense(2, 1), Sigmoid()),
    "softplus without bias": Network(Dense(2, 1, bias=False), Softplus(), Dense(1, 2)),
    "identity": Network(Dense(1, 1), Identity(), Dense(1, 1)),
    "relu": Network(Dense(2, 2), ReLU(), Dense(2, 1)),
}


def _batch(net):
    inputs = [[Fraction(i + 2 * j + 1, 3) for j in range(net.inputs)] for i in range(2)]
    targets = [[Fraction(i - j, 2) for j in range(net.outputs)] for i in range(2)]
    return inputs, targets


@pytest.mark.parametrize("loss", [MSE(), BatchMSE()], ids=["mse", "batch mse"])
@pytest.mark.parametrize("name", NETWORKS)
def test_backpropagation_is_the_gradient_of_the_loss(name, loss):
    net = NETWORKS[name]
    inputs, targets = _batch(net)
    value = net.loss(inputs, targets, loss).expr
    by_layers = net.backpropagation(inputs, targets, loss)
    point = {p: sympy.Rational(k % 5 - 2, 3) + sympy.Rational(1, 7) for k, p in enumerate(net.parameters)}
    for view, entries in by_layers.items():
        for parameter, entry in zip(net.views[view], entries, strict=True):
            difference = (sympy.diff(value, parameter) - entry).subs(point)
            assert abs(difference.evalf(40)) < 1e-35


def test_the_loss_of_a_linear_network_is_least_squares():
    net = Network(Dense(1, 1, bias=False))
    (w,) = net.parameters
    loss = net.loss([[1], [2], [3]], [[2], [4], [7]]).expr
    assert sympy.expand(loss - ((w - 2) ** 2 + (2 * w - 4) ** 2 + (3 * w - 7) ** 2) / 3) == 0


def test_the_two_means_differ_by_the_number_of_outputs():
    net = Network(Dense(1, 3))
    both = net.loss([[1]], [[1, 2, 3]], MSE()).expr
    batch = net.loss([[1]], [[1, 2, 3]], BatchMSE()).expr
    assert sympy.expand(batch - 3 * both) == 0


def test_parameters_are_the_views_by_rows():
    net = Network(Dense(2, 2), Tanh(), Dense(2, 1))
    names = [str(p) for p in net.parameters]
    assert names == ["W0_0_0", "W0_0_1", "W0_1_0", "W0_1_1", "b0_0", "b0_1", "W1_0_0", "W1_1_0", "b1_0"]
    assert net.views["W1"].shape == (2, 1)
    assert sum(layer.parameters for layer in net.layers if isinstance(layer, Dense)) == len(names)


def test_numbers_of_numpy_are_read_by_their_decimals():
    net = Network(Dense(2, 1, bias=False))
    exact = net.forward([[Fraction(1, 10), 2]])
    assert net.forward(np.array([[0.1, 2.0]])) == exact
    assert net.forward([[np.float64(0.1), np.int64(2)]]) == exact
    assert net.forward(sympy.Matrix([[sympy.Rational(1, 10), 2]])) == exact


def test_a_network_prints_as_it_is_built():
    net = Network(Dense(2, 3), Tanh(), Dense(3, 1, bias=False))
    shown = "Network(Dense(inputs=2, outputs=3, bias=True), Tanh(), Dense(inputs=3, outputs=1, bias=False))"
    assert repr(net) == shown
    assert net == Network(Dense(2, 3), Tanh(), Dense(3, 1, bias=False))
    assert net != Network(Dense(2, 3), Sigmoid(), Dense(3, 1, bias=False))


@settings(deadline=None, max_examples=15)
@given(st.data())
def test_backpropagation_agrees_with_the_tape_of_the_loss(data):
    net = data.draw(networks())
    inputs, targets = data.draw(batches(net))
    loss = net.loss(inputs, targets)
    tape = program.gradient(loss.tape)
    at = data.draw(points(dimension=len(net.parameters)))
    by_tape = float64.run(tape, [float(q) for q in at])
    by_layers = [entry for view in net.backpropagation(inputs, targets).values() for entry in view]
    point = {p: sympy.Rational(q.numerator, q.denominator) for p, q in zip(net.parameters, at, strict=True)}
    expected = [float(entry.subs(point).evalf(30)) for entry in by_layers]
    assert np.allclose(by_tape, expected, rtol=1e-9, atol=1e-9)  # about 10⁴ roundings of numbers up to 10³


ACTIVATIONS = [Identity(), Sigmoid(), Tanh(), Softplus(), ReLU()]


@settings(deadline=None, max_examples=20)
@given(st.fractions(min_value=-3, max_value=3, max_denominator=8).filter(bool))
def test_the_derivative_of_an_activation_is_its_derivative(q):
    z = sympy.Symbol("z", real=True)
    at = sympy.Rational(q.numerator, q.denominator)
    for activation in ACTIVATIONS:
        by_sympy = sympy.diff(activation.function(z), z).subs(z, at)
        assert abs((by_sympy - activation.derivative(at)).evalf(30)) < 1e-25


MISFITS = [
    (Network, InputError, "at least one dense layer"),
    (lambda: Network(Tanh()), InputError, "at least one dense layer"),
    (lambda: Network(Dense(2, 3), Dense(2, 1)), InputError, "Layer 1 takes 2 inputs, but the layer before it gives 3"),
    (lambda: Network(Dense(2, 3), "tanh"), WrongKind, "Layer 1 must be a layer"),
    (lambda: Dense(0, 1), InputError, "inputs to be a positive integer, but it is 0"),
    (lambda: Network(Dense(2, 1)).forward([[1]]), InputError, "Row 0 of inputs has length 1, but the network needs 2"),
    (lambda: Network(Dense(1, 1)).forward([1]), InputError, "inputs must be a list of rows"),
    (lambda: Network(Dense(1, 1)).loss([[1]], [[1], [2]]), InputError, "inputs has length 1 and targets 2"),
    (lambda: Network(Dense(1, 1)).forward([["1"]]), InputError, "inputs must hold numbers, but '1' is none"),
    (
        lambda: Network(Dense(1, 1)).forward([[float("nan")]]),
        InputError,
        "must hold finite real numbers, but one is nan",
    ),
    (lambda: Network(Dense(1, 1)).forward([[sympy.oo]]), InputError, "must hold finite real numbers, but one is oo"),
    (lambda: Network(Dense(1, 1)).forward([[sympy.I]]), InputError, "must hold finite real numbers, but one is I"),
    (lambda: Network(Dense(1, 1)).forward([[1j]]), InputError, "inputs must hold numbers, but 1j is none"),
    (lambda: Network(Dense(100, 100)).forward([[1] * 100] * 11), InputError, "11 samples times 10100 parameters"),
]


@pytest.mark.parametrize(("build", "error", "message"), MISFITS)
def test_what_does_not_fit_is_said(build, error, message):
    with pytest.raises(error, match=message):
        build()
