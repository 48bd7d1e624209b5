"""Least squares as a problem: f = ½‖r(x)‖², ∇f = Jᵀr, and the Gauss–Newton matrix JᵀJ in the Hessian's place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hessmath.errors import InputError
from hessmath.optimize.problem import Problem, real_array

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class LeastSquares(Problem):
    """A problem whose ``hessian`` is JᵀJ, which leaves out Σ rᵢ∇²rᵢ."""


def least_squares(
    dimension: int,
    residuals: Callable[[Vector], ArrayLike],
    jacobian: Callable[[Vector], ArrayLike],
    *,
    names: tuple[str, ...] = (),
    classify: Callable[[Vector], Any] | None = None,
) -> LeastSquares:
    """The problem of making ½‖r(x)‖² small, for LevenbergMarquardt and GaussNewton.

    Parameters
    ----------
    dimension : the number n of variables
    residuals : x ↦ r(x), shape (m,)
    jacobian : x ↦ J(x), shape (m, n)
    names, classify : as for ``Problem``

    Examples
    --------
    >>> import numpy as np
    >>> from hessmath.optimize import LevenbergMarquardt, least_squares, minimize
    >>> t = np.arange(5.0)
    >>> y = 2.0 * np.exp(-0.5 * t)
    >>> problem = least_squares(
    ...     2,
    ...     lambda x: x[0] * np.exp(-x[1] * t) - y,
    ...     lambda x: np.stack([np.exp(-x[1] * t), -x[0] * t * np.exp(-x[1] * t)], axis=1),
    ... )
    >>> minimize(problem, [1.0, 1.0], LevenbergMarquardt()).x.round(6)
    array([2. , 0.5])
    """

    def r(x: Vector) -> Vector:
        found = real_array("residuals(x)", residuals(x))
        if found.ndim != 1:
            raise InputError(f"residuals(x) must be a vector, but has shape {found.shape}.")
        return found

    def both(x: Vector) -> tuple[Vector, Vector]:
        found, J = r(x), real_array("jacobian(x)", jacobian(x))
        if J.shape != (found.size, dimension):
            raise InputError(f"jacobian(x) has shape {J.shape}, but must have shape {(found.size, dimension)}.")
        return found, J

    def value(x: Vector) -> float:
        found = r(x)
        return 0.5 * float(found @ found)

    def gradient(x: Vector) -> Vector:
        found, J = both(x)
        return J.T @ found

    def matrix(x: Vector) -> Vector:
        J = both(x)[1]
        return J.T @ J

    return LeastSquares(dimension, value, gradient=gradient, hessian=matrix, names=names, classify=classify)
