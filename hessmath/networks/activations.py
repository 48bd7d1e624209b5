"""Activations: one row each, with the exact expressions and the float64 arithmetic of f, f′ and f″.

The exact expressions are for SymPy; in float64 a row gives a = f(z), f′ from (z, a), and f″ from (z, a, f′), so that
nothing is computed twice.  At a kink f′ is taken from the left in float64 (0 for ReLU), as deep-learning systems do;
the exact derivative leaves it to SymPy's Heaviside function.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hessmath.errors import InputError
from hessmath.networks.lazily import Lazily

if TYPE_CHECKING:
    import sympy
else:
    sympy = Lazily("sympy")

Array = NDArray[np.float64]
Exact = Callable[[Any], Any]


@dataclass(frozen=True)
class Activation:
    """A function applied entry by entry, with its first two derivatives.

    Attributes
    ----------
    name : as it is built, such as "Tanh"
    function, derivative, second : exact expressions of z
    value, first, curvature : the same in float64, of z, of (z, a) and of (z, a, f′)
    code : the row's number in compiled loops
    text : the function in the language of matrix formulas, with {} for its argument
    slope : the slope below zero, for LeakyReLU

    Examples
    --------
    >>> z = sympy.Symbol("z", real=True)
    >>> Tanh().derivative(z)
    1 - tanh(z)**2
    """

    name: str
    function: Exact = field(repr=False)
    derivative: Exact = field(repr=False)
    second: Exact = field(repr=False)
    value: Callable[[Array], Array] = field(repr=False)
    first: Callable[[Array, Array], Array] = field(repr=False)
    curvature: Callable[[Array, Array, Array], Array] | None = field(repr=False)
    code: int = field(repr=False)
    text: str = field(repr=False)
    latex: str = field(repr=False)
    slope: float = field(default=0.0, repr=False)

    def __repr__(self) -> str:
        return self.name if self.name.endswith(")") else f"{self.name}()"

    @property
    def parameters(self) -> int:
        """None: an activation has no parameters."""
        return 0

    @property
    def is_piecewise_linear(self) -> bool:
        """Whether f″ = 0 wherever it exists."""
        return self.curvature is None


def Identity() -> Activation:
    """f(z) = z."""
    return _IDENTITY


def ReLU() -> Activation:
    """f(z) = max(z, 0); the derivative is Heaviside(z), not defined at the kink."""
    return _RELU


def LeakyReLU(slope: float | Fraction = Fraction(1, 100)) -> Activation:
    """f(z) = z for z > 0 and slope·z elsewhere.

    Raises
    ------
    InputError
        If the slope is not a number in [0, 1).

    Examples
    --------
    >>> LeakyReLU(Fraction(1, 10)).function(sympy.Integer(-5))
    -1/2
    """
    if not isinstance(slope, int | float | Fraction) or not 0 <= slope < 1:
        raise InputError(f"LeakyReLU needs a slope of at least 0 and below 1, but it is {slope!r}.")
    return _leaky(Fraction(float.__repr__(slope)) if isinstance(slope, float) else Fraction(slope))


def Sigmoid() -> Activation:
    """f(z) = 1/(1 + e⁻ᶻ), f′ = f(1 − f)."""
    return _SIGMOID


def Tanh() -> Activation:
    """f(z) = tanh z, f′ = 1 − f²."""
    return _TANH


def Softplus() -> Activation:
    """f(z) = log(1 + eᶻ), f′ the sigmoid."""
    return _SOFTPLUS


def GELU() -> Activation:
    """f(z) = zΦ(z) with Φ the normal distribution function; the exact form, not the one with tanh.

    References
    ----------
    Hendrycks & Gimpel (2016), Gaussian error linear units, section 2.
    """
    return _GELU


def _one(z: Any) -> sympy.Expr:
    return sympy.Integer(1)


def _zero(z: Any) -> sympy.Expr:
    return sympy.Integer(0)


def _itself(z: Any) -> Any:
    return z


def _relu(z: Any) -> sympy.Expr:
    return sympy.Max(z, 0)


def _heaviside(z: Any) -> sympy.Expr:
    return sympy.Heaviside(z)


def _tanh(z: Any) -> sympy.Expr:
    return sympy.tanh(z)


def _leaky_expression(z: Any, slope: Fraction) -> sympy.Expr:
    return _rational(slope) * z + _rational(1 - slope) * sympy.Max(z, 0)


def _leaky_derivative(z: Any, slope: Fraction) -> sympy.Expr:
    return _rational(slope) + _rational(1 - slope) * sympy.Heaviside(z)


def _rational(number: Fraction) -> sympy.Expr:
    return sympy.Rational(number.numerator, number.denominator)


def _sigmoid(z: Any) -> sympy.Expr:
    return 1 / (1 + sympy.exp(-z))


def _sigmoid_derivative(z: Any) -> sympy.Expr:
    return _sigmoid(z) * (1 - _sigmoid(z))


def _sigmoid_second(z: Any) -> sympy.Expr:
    return _sigmoid_derivative(z) * (1 - 2 * _sigmoid(z))


def _tanh_derivative(z: Any) -> sympy.Expr:
    return 1 - sympy.tanh(z) ** 2


def _tanh_second(z: Any) -> sympy.Expr:
    return -2 * sympy.tanh(z) * _tanh_derivative(z)


def _softplus(z: Any) -> sympy.Expr:
    return sympy.log(1 + sympy.exp(z))


def _normal_distribution(z: Any) -> sympy.Expr:
    return (1 + sympy.erf(z / sympy.sqrt(2))) / 2


def _normal_density(z: Any) -> sympy.Expr:
    return sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)


def _gelu(z: Any) -> sympy.Expr:
    return z * _normal_distribution(z)


def _gelu_derivative(z: Any) -> sympy.Expr:
    return _normal_distribution(z) + z * _normal_density(z)


def _gelu_second(z: Any) -> sympy.Expr:
    return (2 - z**2) * _normal_density(z)


# ---- float64 ------------------------------------------------------------------------------------------


def sigmoid(z: Array) -> Array:
    """1/(1 + e⁻ᶻ), with z kept above −700 so that nothing overflows."""
    powers = np.negative(z)
    np.minimum(powers, 700.0, out=powers)
    np.exp(powers, out=powers)
    powers += 1.0
    return np.divide(1.0, powers, out=powers)


def softplus(z: Array) -> Array:
    """log(1 + eᶻ) without overflow."""
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


def _normal_numbers(z: Array) -> tuple[Array, Array]:
    """Φ(z) and φ(z)."""
    from scipy.special import ndtr

    return ndtr(z), np.exp(-0.5 * z * z) * (1.0 / math.sqrt(2.0 * math.pi))


def _gelu_value(z: Array) -> Array:
    return z * _normal_numbers(z)[0]


def _gelu_first(z: Array, a: Array) -> Array:
    distribution, density = _normal_numbers(z)
    return distribution + z * density


def _gelu_curvature(z: Array, a: Array, first: Array) -> Array:
    return (2.0 - z * z) * _normal_numbers(z)[1]


def _leaky_value(z: Array, slope: float) -> Array:
    return np.where(z > 0, z, slope * z)


def _leaky_first(z: Array, a: Array, slope: float) -> Array:
    return np.where(z > 0, 1.0, slope)


def _ones(z: Array, a: Array) -> Array:
    return np.ones_like(z)


def _tanh_first(z: Array, a: Array) -> Array:
    return 1.0 - a * a


def _tanh_curvature(z: Array, a: Array, first: Array) -> Array:
    return -2.0 * a * first


def _sigmoid_first(z: Array, a: Array) -> Array:
    return a * (1.0 - a)


def _sigmoid_curvature(z: Array, a: Array, first: Array) -> Array:
    return first * (1.0 - 2.0 * a)


def _softplus_first(z: Array, a: Array) -> Array:
    return sigmoid(z)


def _softplus_curvature(z: Array, a: Array, first: Array) -> Array:
    return first * (1.0 - first)


_IDENTITY = Activation("Identity", _itself, _one, _zero, np.copy, _ones, None, 0, "({})", "{}")
_RELU = Activation(
    "ReLU",
    _relu,
    _heaviside,
    _zero,
    functools.partial(_leaky_value, slope=0.0),
    functools.partial(_leaky_first, slope=0.0),
    None,
    1,
    "max({}, 0)",
    r"\operatorname{{ReLU}}\left({}\right)",
)
_TANH = Activation(
    "Tanh",
    _tanh,
    _tanh_derivative,
    _tanh_second,
    np.tanh,
    _tanh_first,
    _tanh_curvature,
    2,
    "tanh({})",
    r"\tanh\left({}\right)",
)
_SIGMOID = Activation(
    "Sigmoid",
    _sigmoid,
    _sigmoid_derivative,
    _sigmoid_second,
    sigmoid,
    _sigmoid_first,
    _sigmoid_curvature,
    3,
    "sigmoid({})",
    r"\sigma\left({}\right)",
)
_SOFTPLUS = Activation(
    "Softplus",
    _softplus,
    _sigmoid,
    _sigmoid_derivative,
    softplus,
    _softplus_first,
    _softplus_curvature,
    4,
    "softplus({})",
    r"\log\left(1 + e^{{{}}}\right)",
)
_GELU = Activation(
    "GELU",
    _gelu,
    _gelu_derivative,
    _gelu_second,
    _gelu_value,
    _gelu_first,
    _gelu_curvature,
    5,
    "(({0})*(1 + erf(({0})/sqrt(2)))/2)",
    r"\operatorname{{GELU}}\left({}\right)",
)


@functools.cache
def _leaky(slope: Fraction) -> Activation:
    return Activation(
        f"LeakyReLU({slope!s})"
        if slope.denominator == 1
        else f"LeakyReLU(Fraction({slope.numerator}, {slope.denominator}))",
        functools.partial(_leaky_expression, slope=slope),
        functools.partial(_leaky_derivative, slope=slope),
        _zero,
        functools.partial(_leaky_value, slope=float(slope)),
        functools.partial(_leaky_first, slope=float(slope)),
        None,
        1,
        f"({float(slope)!r}*({{0}}) + {float(1 - slope)!r}*max({{0}}, 0))",
        r"\operatorname{{LeakyReLU}}\left({}\right)",
        float(slope),
    )


ACTIVATIONS: tuple[Activation, ...] = (_IDENTITY, _RELU, _leaky(Fraction(1, 100)), _SIGMOID, _TANH, _SOFTPLUS, _GELU)
"""Every row, for tests that run over all of them."""
