"""Evaluating f and its derivatives, whatever the oracle: Python objects here, machine code in ``compiled.py``."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hessmath.linear.cg import apply
from hessmath.linear.twofold import family, twofold
from hessmath.optimize.oracle import Oracle

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


@family
def value(oracle, x):  # type: ignore[no-untyped-def]
    """f(x)."""


@family
def gradient(oracle, x, g):  # type: ignore[no-untyped-def]
    """g ← ∇f(x)."""


@family
def value_and_gradient(oracle, x, g):  # type: ignore[no-untyped-def]
    """f(x); g ← ∇f(x)."""


@family
def hessian(oracle, x, H):  # type: ignore[no-untyped-def]
    """H ← ∇²f(x)."""


@family
def look_at(oracle, x):  # type: ignore[no-untyped-def]
    """Make ready for products with ∇²f(x)."""


@family
def product(oracle, x, v, out):  # type: ignore[no-untyped-def]
    """Out ← ∇²f(x)v, after ``look_at`` the same x."""


# Python functions get a copy of x, which the caller may keep.


@value.of(Oracle)
def _(oracle: Oracle, x: Vector) -> float:
    return oracle.value(x.copy())


@gradient.of(Oracle)
def _(oracle: Oracle, x: Vector, g: Vector) -> None:
    g[:] = oracle.gradient(x.copy())


@value_and_gradient.of(Oracle)
def _(oracle: Oracle, x: Vector, g: Vector) -> float:
    found, g[:] = oracle.value_and_gradient(x.copy())
    return found


@hessian.of(Oracle)
def _(oracle: Oracle, x: Vector, H: Matrix) -> None:
    H[:] = oracle.hessian(x.copy())


@look_at.of(Oracle)
def _(oracle: Oracle, x: Vector) -> None:
    oracle.look_at(x.copy())


@product.of(Oracle)
def _(oracle: Oracle, x: Vector, v: Vector, out: Vector) -> None:
    out[:] = oracle.product(v.copy())


class HessianAt(NamedTuple):
    """∇²f(x) as an operator."""

    oracle: Any
    x: Vector


@apply.of(HessianAt)
def _(A: HessianAt, v: Vector, out: Vector) -> None:
    product(A.oracle, A.x, v, out)


@twofold
def hessian_at(oracle: Any, x: Vector) -> HessianAt:
    """∇²f(x) as an operator, made ready."""
    look_at(oracle, x)
    return HessianAt(oracle, x)
