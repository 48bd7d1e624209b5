"""Layers: affine maps and activations, as exact expressions.

Samples are rows, as in the sources: a layer with inputs a (batch, d_in) gives z = aW + b with W (d_in, d_out) and
b (d_out,), and an activation acts entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy

from hessmath.errors import InputError


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
            width = getattr(self, name)
            if not isinstance(width, int) or isinstance(width, bool) or width < 1:
                raise InputError(f"Dense needs {name} to be a positive integer, but it is {width!r}.")

    @property
    def parameters(self) -> int:
        """How many numbers the layer has."""
        return self.inputs * self.outputs + (self.outputs if self.bias else 0)


@dataclass(frozen=True)
class Activation:
    """A function applied entry by entry, with its derivative.

    Examples
    --------
    >>> z = sympy.Symbol("z", real=True)
    >>> Tanh().derivative(z)
    1 - tanh(z)**2
    """

    name: str
    function: Callable[[sympy.Expr], sympy.Expr]
    derivative: Callable[[sympy.Expr], sympy.Expr]

    def __repr__(self) -> str:
        return f"{self.name}()"


def Identity() -> Activation:
    """f(z) = z."""
    return Activation("Identity", _itself, _one)


def ReLU() -> Activation:
    """f(z) = max(z, 0); the derivative is Heaviside(z), not defined at the kink."""
    return Activation("ReLU", _relu, sympy.Heaviside)


def Sigmoid() -> Activation:
    """f(z) = 1/(1 + e⁻ᶻ), f′ = f(1 − f)."""
    return Activation("Sigmoid", _sigmoid, _sigmoid_derivative)


def Tanh() -> Activation:
    """f(z) = tanh z, f′ = 1 − f²."""
    return Activation("Tanh", sympy.tanh, _tanh_derivative)


def Softplus() -> Activation:
    """f(z) = log(1 + eᶻ), f′ the sigmoid."""
    return Activation("Softplus", _softplus, _sigmoid)


def _itself(z: sympy.Expr) -> sympy.Expr:
    return z


def _one(z: sympy.Expr) -> sympy.Expr:
    return sympy.Integer(1)


def _relu(z: sympy.Expr) -> sympy.Expr:
    return sympy.Max(z, 0)


def _sigmoid(z: sympy.Expr) -> sympy.Expr:
    return 1 / (1 + sympy.exp(-z))


def _sigmoid_derivative(z: sympy.Expr) -> sympy.Expr:
    return _sigmoid(z) * (1 - _sigmoid(z))


def _tanh_derivative(z: sympy.Expr) -> sympy.Expr:
    return 1 - sympy.tanh(z) ** 2


def _softplus(z: sympy.Expr) -> sympy.Expr:
    return sympy.log(1 + sympy.exp(z))


Layer = Dense | Activation
