"""What is to be minimised: a function with the derivatives that are at hand.

A method says what it needs (``Need``), a problem says what it gives; ``Problem.require`` compares the two.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError, WrongKind

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Need(Enum):
    """What a method evaluates; the text completes "pass …"."""

    GRADIENT = "gradient=, a function x ↦ ∇f(x)"
    HESSIAN = "hessian=, a function x ↦ ∇²f(x)"
    CURVATURE = "hvp=, a function (x, v) ↦ ∇²f(x)v, or hessian=, a function x ↦ ∇²f(x)"
    GGN = "ggn=, a function (x, v) ↦ G(x)v with the Gauss-Newton matrix G, or linearise="
    FISHER = "fisher=, a function (x, v) ↦ F(x)v with the Fisher matrix F, or linearise="
    SQUARED_GRADIENTS = "squared_gradients=, a function x ↦ the mean over samples of their squared gradients"


class Linearised(Protocol):
    """A function at one point, with what products share: for networks, the activations.

    ``fisher_product(v)``, if there is one, gives F(x)v.
    """

    @property
    def value(self) -> Any:
        """f(x)."""
        ...

    @property
    def gradient(self) -> ArrayLike:
        """∇f(x), (n,)."""
        ...

    def ggn_product(self, v: Vector) -> ArrayLike:
        """G(x)v, (n,)."""
        ...


_OPTIONAL = (
    "gradient",
    "hessian",
    "hvp",
    "value_and_gradient",
    "ggn",
    "fisher",
    "linearise",
    "squared_gradients",
    "classify",
)
_SHOWN = ("f", "gradient", "hessian", "hvp", "ggn", "fisher", "squared_gradients")


@dataclass(frozen=True)
class Problem:
    """A function of n variables and the derivatives that it can give.

    The functions get a float64 vector x of shape (n,), which they must not write to; what they return is copied.

    Parameters
    ----------
    dimension : int
        The number n of variables, at least 1.
    f : x ↦ f(x), a number
    gradient : x ↦ ∇f(x), shape (n,), optional
    hessian : x ↦ ∇²f(x), shape (n, n), optional
    hvp : (x, v) ↦ ∇²f(x)v, shape (n,), optional
    value_and_gradient : x ↦ (f(x), ∇f(x)), optional
        Used where both are wanted, if it is cheaper than one after the other.
    ggn : (x, v) ↦ G(x)v, shape (n,), optional
        G = JᵀBJ is the (generalised) Gauss–Newton matrix of a loss of outputs: J their Jacobian, B ⪰ 0 the Hessian of
        the loss in the outputs.
    fisher : (x, v) ↦ F(x)v, shape (n,), optional
        The Fisher information of a model, on the scale of f.
    linearise : x ↦ Linearised, optional
        Value, gradient and products at x that share their work; in place of gradient, ggn and fisher.
    squared_gradients : x ↦ shape (n,), optional
        The mean over samples of their squared gradients, entry by entry (the diagonal of the empirical Fisher matrix).
    names : names of the variables, optional
        For messages.
    classify : x ↦ the kind of critical point that x is, optional
        Becomes ``solution.kind``; called only when that is read.

    Raises
    ------
    InputError, WrongKind
        If the dimension is not positive, names do not match it, or something that must be a function is not.

    Examples
    --------
    >>> from hessmath.optimize import Problem
    >>> bowl = Problem(2, lambda x: x @ x, gradient=lambda x: 2 * x)
    >>> bowl.gives
    ('f', 'gradient')
    """

    dimension: int
    f: Callable[[Vector], Any]
    gradient: Callable[[Vector], ArrayLike] | None = None
    hessian: Callable[[Vector], ArrayLike] | None = None
    hvp: Callable[[Vector, Vector], ArrayLike] | None = None
    value_and_gradient: Callable[[Vector], tuple[Any, ArrayLike]] | None = None
    ggn: Callable[[Vector, Vector], ArrayLike] | None = None
    fisher: Callable[[Vector, Vector], ArrayLike] | None = None
    linearise: Callable[[Vector], Linearised] | None = None
    squared_gradients: Callable[[Vector], ArrayLike] | None = None
    names: tuple[str, ...] = ()
    classify: Callable[[Vector], Any] | None = None

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "dimension", operator.index(self.dimension))
        except TypeError as error:
            raise WrongKind(f"dimension must be an integer, but is {self.dimension!r}.") from error
        if self.dimension < 1:
            raise InputError(f"dimension must be at least 1, but is {self.dimension}.")
        object.__setattr__(self, "names", tuple(self.names))
        if self.names and len(self.names) != self.dimension:
            raise InputError(
                f"names has {len(self.names)} entries, but the problem has {self.dimension} variables: "
                "give one name for each, or none."
            )
        for name in ("f", *_OPTIONAL):
            function = getattr(self, name)
            if not callable(function) and (name == "f" or function is not None):
                raise WrongKind(f"{name} must be a function, but is {function!r}.")

    @property
    def gives(self) -> tuple[str, ...]:
        """The names of what can be evaluated."""
        return tuple(name for name in _SHOWN if self._gives(name))

    def _gives(self, name: str) -> bool:
        if name == "gradient" and self.value_and_gradient is not None:
            return True
        if name in ("gradient", "ggn") and self.linearise is not None:
            return True
        return getattr(self, name) is not None

    def can(self, need: Need) -> bool:
        """Whether a need is met."""
        match need:
            case Need.GRADIENT:
                return self._gives("gradient")
            case Need.HESSIAN:
                return self._gives("hessian")
            case Need.CURVATURE:
                return self._gives("hvp") or self._gives("hessian")
            case Need.GGN:
                return self._gives("ggn")
            case Need.FISHER:
                return self.fisher is not None or self.linearise is not None
            case Need.SQUARED_GRADIENTS:
                return self.squared_gradients is not None

    def require(self, needs: Collection[Need], who: object) -> None:
        """Raise InputError unless every need is met; ``who`` has them."""
        for need in Need:  # in this order, so that the message does not depend on the order of a set
            if need in needs and not self.can(need):
                instead = ""
                if need is Need.SQUARED_GRADIENTS:
                    instead = " Or leave the preconditioner out, with preconditioner=None."
                elif need in (Need.HESSIAN, Need.GGN, Need.FISHER) and self._gives("hvp"):
                    instead = " Or use NewtonCG(), which needs only hvp."
                elif need is not Need.GRADIENT and self._gives("gradient"):
                    instead = " Or use GradientDescent(), which needs only the gradient."
                raise InputError(
                    f"{type(who).__name__} needs more than this problem gives ({', '.join(self.gives)}): "
                    f"pass {need.value}, to Problem.{instead}"
                )

    def variable(self, i: int) -> str:
        """How a message names variable i: "x0[1]", or "x0[1] (y)" if it has a name."""
        return f"x0[{i}] ({self.names[i]})" if self.names else f"x0[{i}]"

    def starting_point(self, x0: ArrayLike) -> Vector:
        """x0 as a new float64 vector of shape (n,).

        Raises
        ------
        InputError
            If it has another length, or a coordinate that is not a finite real number.
        """
        n = self.dimension
        x = real_array("x0", x0)
        if x.ndim == 0 and n == 1:
            x = x.reshape(1)
        if x.shape != (n,):
            what = f"has length {x.size}" if x.ndim == 1 else f"has shape {x.shape}"
            called = f" ({', '.join(self.names)})" if self.names else ""
            raise InputError(f"x0 {what}, but f takes {n} variable{'s' if n > 1 else ''}{called}.")
        if not np.isfinite(x).all():
            i = int(np.flatnonzero(~np.isfinite(x))[0])
            raise InputError(f"{self.variable(i)} is {x[i]}: every coordinate of the start must be a finite number.")
        return x


def notes_on(x0: object) -> tuple[str, ...]:
    """What float64 makes of the numbers of a start, if it is not what they are.

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.optimize.problem import notes_on
    >>> notes_on(np.float32([0.1]))
    ('x0 was float32 (about 7 digits) and is widened to float64',)
    """
    dtype = getattr(x0, "dtype", None)
    if not isinstance(dtype, np.dtype) or dtype.kind != "f" or dtype.itemsize == 8:
        return ()
    done = "widened" if dtype.itemsize < 8 else "rounded"
    digits = round(-math.log10(float(np.finfo(dtype).eps)))
    return (f"x0 was {dtype.name} (about {digits} digits) and is {done} to float64",)


def real_array(what: str, value: Any) -> Vector:
    """A new float64 array with the numbers of ``value``; ``what`` names it in messages.

    Raises
    ------
    InputError
        If it holds a complex number, text, None, or anything else that is not a real number.
    """
    try:
        raw = np.asarray(value)
        if raw.dtype.kind in "biuf":
            return raw.astype(np.float64)
        if raw.dtype.kind == "O":  # fractions, SymPy numbers; float() refuses None, which NumPy takes for nan
            return np.array([float(number) for number in raw.flat]).reshape(raw.shape)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{what} must consist of real numbers, but is {_shortened(value)} ({error}).") from error
    if raw.dtype.kind == "c":
        raise InputError(f"{what} must be real, but is complex: {_shortened(value)}. Check the domain of f.")
    raise InputError(f"{what} must consist of real numbers, but is {_shortened(value)}.")


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "…"
